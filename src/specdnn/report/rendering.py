"""Tables as Markdown, HTML and LaTeX: one list of titled frames of strings, three dresses.

Titles and cells are text, whoever wrote them: what they hold is shown, and is no markup of any of the three. The notes
are the project's own sentences, and may be Markdown.
"""

import html
import re
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

MARKDOWN = re.compile(r"[\\`<>&|\[\]]")  # code, HTML, links, borders of cells; not the stars, which tables set as marks
LATEX = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "−": "$-$",
    "–": "--",
    **{character: f"\\{character}" for character in "%_&#${}"},
}


@dataclass(frozen=True)
class Section:
    """A frame of strings under a title, with sentences that say how to read it."""

    title: str
    frame: pd.DataFrame
    notes: Sequence[str] = ()


def markdown(title: str, sections: Sequence[Section]) -> str:
    parts = [f"## {_in_markdown(title)}"]
    for section in sections:
        parts += [f"**{_in_markdown(section.title)}**", markdown_table(section.frame), *section.notes]
    return "\n\n".join(parts) + "\n"


def markdown_table(frame: pd.DataFrame) -> str:
    alignment = ["left"] + ["right"] * (frame.shape[1] - 1)
    frame = frame.map(_in_markdown).rename(columns=_in_markdown)
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
        body = section.frame.map(_in_latex).rename(columns=_in_latex).to_latex(index=False, column_format=columns)
        notes = " ".join(_in_latex(note) for note in section.notes)
        parts.append(
            "\\begin{table*}\n\\centering\n"
            f"\\caption{{{_in_latex(title)}: {_in_latex(section.title)}. {notes}}}\n"
            f"\\resizebox{{\\textwidth}}{{!}}{{%\n{body}}}\n\\end{{table*}}\n"
        )
    return "\n".join(parts)


def _in_markdown(text: str) -> str:
    return MARKDOWN.sub(r"\\\g<0>", _in_one_line(text))


def _in_latex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in _in_one_line(text))


def _in_one_line(text: str) -> str:
    """A line's end would end a heading, a row or a caption."""
    return " ".join(text.splitlines())
