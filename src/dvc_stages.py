"""Write the code that each stage depends on into dvc.yaml and studies/*/dvc.yaml; `make dvc`.

A stage names its rules in its command. Their scripts, and the rooms of the library that these import from, directly or
not, stand below the line `# code` of the stage's deps, to their end. A room is named whole: which of its modules a job
depends on, Snakemake knows, and makes again no more than that.
"""

import re
from argparse import Namespace
from pathlib import Path

from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.files import write_text
from specdnn.imports import closure

EVERYWHERE = {"Snakefile", "rules", "src/phase.py"}
LOADED = {"models=": "src/specdnn/networks", "methods=": "src/specdnn/selection"}  # rooms of what is loaded by name
DEFINITION = re.compile(r"^(?:rule (\w+):|use rule (\w+) as (\w+) with:)\n((?:\n|[ #].*\n)*)", re.MULTILINE)
STAGE = re.compile(r"^ +cmd: .*python src/phase.py \w+ (.+)$")
ROOM = re.compile(r"^(src/specdnn/\w+)/.+$")


def rules() -> dict[str, set[str]]:
    """Rule -> its script and the rooms that it needs."""
    found: dict[str, set[str]] = {}
    for path in sorted(Path("rules").rglob("*.smk"), key=lambda path: (len(path.parts), path)):  # the study, then rooms
        for name, base, derived, body in DEFINITION.findall(path.read_text(encoding="utf-8")):
            files = set().union(*map(closure, re.findall(r'code\("([\w/]+\.py)"', body)))
            rooms = {ROOM.sub(r"\1", file) for file in files} | {room for flag, room in LOADED.items() if flag in body}
            found[name or derived] = rooms | found.get(base, set())
    return found


def refreshed(path: str, text: str, known: dict[str, set[str]]) -> str:
    """The text of a dvc.yaml with its stages' code as it is now; UserError names a stage's unknown rule."""
    out: list[str] = []
    stage, replaced = [], None
    for line in text.splitlines(keepends=True):
        if replaced and line.startswith(replaced):
            continue
        out.append(line)
        stage, replaced = (command[1].split() if (command := STAGE.match(line)) else stage), None
        if line.strip() == "# code":
            if unknown := [rule for rule in stage if rule not in known]:
                raise UserError(f"{path}: no rule {unknown[0]} in rules/; correct the command of the stage")
            replaced = line.replace("# code\n", "- ")
            out += [f"{replaced}{file}\n" for file in sorted(EVERYWHERE.union(*(known[rule] for rule in stage)))]
    return "".join(out)


def main(args: Namespace, record: dict) -> None:
    known = rules()
    for path in args.pipelines:
        write_text(path, refreshed(path, Path(path).read_text(encoding="utf-8"), known))


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--pipelines", "dvc.yaml files, refreshed in place")
    command.run(main)
