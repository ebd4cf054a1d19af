"""Tables as Markdown, HTML and LaTeX: one list of titled frames of strings, three dresses."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 2rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; } p { max-width: 46rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .5rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd; }
thead th { white-space: normal; vertical-align: bottom; max-width: 6.5rem; }
th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 2px solid #444; }
"""


@dataclass(frozen=True)
class Section:
    """A frame of strings under a title, with sentences that say how to read it."""

    title: str
    frame: pd.DataFrame
    notes: Sequence[str] = ()


def markdown(title: str, sections: Sequence[Section]) -> str:
    parts = [f"## {title}"]
    for section in sections:
        parts += [f"**{section.title}**", markdown_table(section.frame), *section.notes]
    return "\n\n".join(parts) + "\n"


def markdown_table(frame: pd.DataFrame) -> str:
    alignment = ["left"] + ["right"] * (frame.shape[1] - 1)
    return frame.to_markdown(index=False, disable_numparse=True, colalign=alignment)


def page(title: str, sections: Sequence[Section]) -> str:
    """A self-contained HTML page."""
    parts = [f"<h1>{html.escape(title)}</h1>"]
    for section in sections:
        parts.append(f"<h2>{html.escape(section.title)}</h2>")
        parts.append(f'<div class="wide">{section.frame.to_html(index=False, border=0)}</div>')
        parts += [f"<p>{html.escape(note)}</p>" for note in section.notes]
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def latex(title: str, sections: Sequence[Section]) -> str:
    """booktabs tables, one float a section; needs \\usepackage{booktabs,graphicx}."""
    parts = []
    for section in sections:
        columns = "l" + "r" * (section.frame.shape[1] - 1)
        body = section.frame.map(_escape).rename(columns=_escape).to_latex(index=False, column_format=columns)
        notes = " ".join(_escape(note) for note in section.notes)
        parts.append(
            "\\begin{table*}\n\\centering\n"
            f"\\caption{{{_escape(title)}: {_escape(section.title)}. {notes}}}\n"
            f"\\resizebox{{\\textwidth}}{{!}}{{%\n{body}}}\n\\end{{table*}}\n"
        )
    return "\n".join(parts)


def _escape(text: str) -> str:
    for character in ("%", "_", "&", "#"):
        text = text.replace(character, f"\\{character}")
    return text.replace("−", "$-$").replace("–", "--")
