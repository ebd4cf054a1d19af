"""Write the numbers that README.md and docs quote, from the tables that lie in the results folder."""

from argparse import Namespace
from pathlib import Path

from specdnn.artefacts import write_json
from specdnn.cli import Command
from specdnn.report.numbers import numbers


def main(args: Namespace, record: dict) -> None:
    found = numbers(Path(args.results), Path(args.published))
    write_json(args.numbers, {key: number.text for key, number in found.items()})
    print(f"{Path(args.numbers).name}: {len(found)} numbers")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--results", "folder of the results")
    command.takes("--published", "folder of the papers' numbers")
    command.writes("--numbers", "JSON: key -> the number as a page writes it")
    command.run(main)
