"""The four files of a script that writes a table."""

from argparse import Namespace
from collections.abc import Sequence

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.report.rendering import Section, latex, markdown, page


def add(command: Command) -> None:
    command.writes("--csv", "the data, one row an item")
    command.writes("--md", "Markdown")
    command.writes("--html", "self-contained HTML")
    command.writes("--tex", "LaTeX, booktabs")


def write(args: Namespace, title: str, sections: Sequence[Section], rows: pd.DataFrame) -> None:
    artefacts.write_text(args.csv, rows.to_csv(index=False))
    artefacts.write_text(args.md, markdown(title, sections))
    artefacts.write_text(args.html, page(title, sections))
    artefacts.write_text(args.tex, latex(title, sections))
