"""Say in a line what became of each specialist of a study: the end of `make specialist`."""

from argparse import Namespace
from pathlib import Path

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.own.card import line


def main(args: Namespace, record: dict) -> None:
    lines = []
    for path in args.cards:
        facts = artefacts.read_json(path)
        lines.append(line(facts["classes"], facts["scores"], facts["bytes"]["onnx"], Path(path).parent.as_posix()))
    artefacts.write_text(args.answer, "\n".join(lines) + "\n")
    print(*lines, sep="\n")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--cards", "card.json of `own_export`, one a specialist")
    command.writes("--answer", "text: a line each")
    command.run(main)
