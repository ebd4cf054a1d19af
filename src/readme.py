"""Refresh the numbers and the embedded tables of README.md and docs; `make readme`.

    97.59 %<!-- table1_lenet_300_100.best_epoch_accuracy -->    the number of that key; a new one is written as ?
    <!-- begin PATH --> ... <!-- end -->                        title and first table of a Markdown file, or all of it
                                                                where it has no title
    <!-- begin PATH#TITLE --> ... <!-- end -->                  title and table of its section whose title begins so
    <!-- begin notes PATH#TITLE --> ... <!-- end -->            what stands below that table

Everything else on a page is ordinary Markdown. Do not put a blank between a number and its key.
"""

import re
from argparse import Namespace
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

from specdnn.artefacts import read_json
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.files import write_text

EMBEDDED = re.compile(r"(<!-- begin (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
KEYED = re.compile(r"((?:[+−±]?\d[\d.,]*(?:\s%)?|\?)?)<!-- (?!end -->|begin )(.+?) -->", re.DOTALL)
QUOTED = "QUOTED of src/specdnn/report/numbers.py"


def embedded(place: str) -> str:
    """What stands at `PATH`, `PATH#TITLE` or `notes PATH#TITLE`."""
    path, _, wanted = place.removeprefix("notes ").partition("#")
    if not Path(path).exists():
        raise UserError(f"there is no {path}")
    parts = Path(path).read_text(encoding="utf-8").strip().split("\n\n")
    if wanted:
        found = [number for number, part in enumerate(parts) if part.startswith(f"**{wanted}")]
        if len(found) != 1:
            raise UserError(f"{len(found)} sections of {path} begin with '{wanted}', not one")
        table, *notes = takewhile(lambda part: not part.startswith("**"), parts[found[0] + 1 :])
        return "\n\n".join(notes if place.startswith("notes ") else [parts[found[0]], table])
    if not parts[0].startswith("## "):
        return "\n\n".join(parts)
    return f"**{parts[0].removeprefix('## ')}**\n\n{parts[2]}"


def advice(key: str, numbers: Mapping[str, str]) -> str:
    """What to do about an unknown key: its column has no keys so far, its cell is empty, or there is no such row."""
    row, _, column = key.rpartition(".")
    table = f"{key.partition('.')[0]}."
    if all(known.rpartition(".")[0] != row for known in numbers):
        return f"results/tables/numbers.json has all keys, of the tables and columns in {QUOTED}"
    if any(known.startswith(table) and known.endswith(f".{column}") for known in numbers):
        return f"{column} of this row is empty in its table"
    return f"add the column {column} to its table in {QUOTED}, and to KINDS how it is written; then `make readme`"


def refreshed(page: str, text: str, numbers: dict[str, str]) -> str:
    """The text of a page with its tables and numbers as they are now; UserError names page and key."""

    def number(match: re.Match) -> str:
        old, key = match.groups()
        if key not in numbers:
            raise UserError(f"{page}: there is no number of the key {key}; {advice(key, numbers)}")
        if not old:
            raise UserError(f"{page}: no number stands before the key {key}; put a ? there")
        return f"{numbers[key]}<!-- {key} -->"

    def table(match: re.Match) -> str:
        try:
            return f"{match[1]}\n{embedded(match[2])}\n\n{match[3]}"
        except UserError as error:
            raise UserError(f"{page}: {error}") from None

    return EMBEDDED.sub(table, KEYED.sub(number, text))


def main(args: Namespace, record: dict) -> None:
    numbers = read_json(args.numbers)
    for page in args.pages:
        write_text(page, refreshed(page, Path(page).read_text(encoding="utf-8"), numbers))


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads("--numbers", "JSON of `text_numbers`")
    command.reads_many("--pages", "Markdown pages, refreshed in place")
    command.run(main)
