"""Write the code that each stage depends on into dvc.yaml and studies/*/dvc.yaml; `make dvc`.

A stage names its rules in its command. What they depend on is read from rules/: the files that define them, their
scripts and all that these import. It stands below the line `# code` of the stage's deps, to their end.
"""

import re
from argparse import Namespace
from pathlib import Path

from specdnn.artefacts import write_text
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.imports import closure

EVERYWHERE = ["Snakefile", *(f"rules/{name}.smk" for name in ("code", "common", "phases", "validate", "values"))]
LOADED = {"models=": "src/specdnn/networks/architectures", "methods=": "src/specdnn/selection/methods"}  # by name
DEFINITION = re.compile(r"^(?:rule (\w+):|use rule (\w+) as (\w+) with:)\n((?:\n|[ #].*\n)*)", re.MULTILINE)
STAGE = re.compile(r"^ +cmd: python src/phase.py \w+ (.+)$")


def rules() -> dict[str, set[str]]:
    """Rule -> the files that it depends on, or the rule that it is made of."""
    found: dict[str, set[str]] = {}
    for path in sorted(Path("rules").rglob("*.smk"), key=lambda path: (len(path.parts), path)):  # the study, then rooms
        room = path.with_name("common.smk")
        for name, base, derived, body in DEFINITION.findall(path.read_text()):
            files = {path.as_posix(), room.as_posix()} | (found[base] if base else set())
            for script in re.findall(r'code\("([\w/]+\.py)"', body):
                files |= {*closure(script)}
            found[name or derived] = files | {folder for flag, folder in LOADED.items() if flag in body}
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
            files = {"src/phase.py", *EVERYWHERE}.union(*(known[rule] for rule in stage))
            replaced = line.replace("# code\n", "- ")
            out += [f"{replaced}{file}\n" for file in sorted(files) if Path(file).exists()]
    return "".join(out)


def main(args: Namespace, record: dict) -> None:
    known = rules()
    for path in args.pipelines:
        write_text(path, refreshed(path, Path(path).read_text(), known))


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--pipelines", "dvc.yaml files, refreshed in place")
    command.run(main)
