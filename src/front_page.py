"""Write results/report.html: what was found, in the README's words, then every table and figure that lies in results.

One file without a script that opens offline, on a phone too. It needs no run: tables and figures are in git.
"""

import base64
import html
import re
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import jinja2
import yaml
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from specdnn.artefacts import write_text
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.files import verified

FOLD = "## Run it"  # where the README goes on with what a report has no use for
WORDS = 40  # characters from which on a cell is a sentence, whose lines may break
TEXT = {"type": "string", "minLength": 1}
ITEM = {
    "type": "object",
    "properties": {"title": TEXT, "table": TEXT, "figure": TEXT, "caption": TEXT, "open": {"type": "boolean"}},
    "required": ["title"],
    "oneOf": [{"required": ["table"]}, {"required": ["figure"]}],
    "additionalProperties": False,
}
CHAPTER = {
    "type": "object",
    "properties": {"chapter": TEXT, "items": {"type": "array", "items": ITEM}},
    "required": ["chapter", "items"],
    "additionalProperties": False,
}
STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --page: #fff; --line: #d5d5d5; --link: #0b57a4; --fold: #f4f4f2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --page: #161616; --line: #444; --link: #8ab8ff; --fold: #222; }
}
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto; padding: 1rem;
  max-width: 62rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
p, ul { max-width: 44rem; } a { color: var(--link); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .25rem .5rem; text-align: right; border-bottom: 1px solid var(--line); }
thead th { vertical-align: bottom; border-bottom-width: 2px; }
.own td { white-space: nowrap; } .own td.words { white-space: normal; min-width: 14rem; text-align: left; }
th:first-child, td:first-child { text-align: left; }
details { margin: .6rem 0; border: 1px solid var(--line); border-radius: .4rem; }
summary { padding: .6rem .8rem; background: var(--fold); cursor: pointer; font-weight: 600; border-radius: .4rem; }
details > :not(summary) { margin-left: .8rem; margin-right: .8rem; }
details h1 { display: none; } details h2 { font-size: 1rem; margin-top: 1.2rem; }
figure { margin: 1rem 0; } img { width: 100%; min-width: 34rem; background: #fff; }
@media (max-width: 30rem) { body { padding: .7rem; } th, td { padding: .2rem .2rem; } table { font-size: .72rem; }
  ul { padding-left: 1.2rem; } }
"""


def chapters_of(path: str | Path) -> list[dict]:
    """The chapters, each with its items. Raises UserError for a file that is no list of such."""
    try:
        found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML ({' '.join(str(error).split())}); correct it") from None
    for wrong in Draft202012Validator({"type": "array", "items": CHAPTER}).iter_errors(found):
        said = "expected a table or a figure, and not both" if wrong.validator == "oneOf" else wrong.message
        raise UserError(f"{path}: {wrong.json_path.removeprefix('$') or 'the file'}: {said}; correct it")
    return found


@dataclass(frozen=True)
class Item:
    """path: of the table's page or of the figure."""

    title: str
    path: Path
    caption: str = ""
    open: bool = False

    @property
    def anchor(self) -> str:
        return self.path.stem


def item(entry: dict, results: Path, captions: Path) -> Item:
    figure = entry.get("figure")
    path = results / (f"figures/{figure}.svg" if figure else f"{entry['table']}.html")
    text = ""
    if name := entry.get("caption"):
        # Snakemake's captions are templates: those of the comparison's figures say which one they are about.
        wildcards = SimpleNamespace(figure=str(figure).rpartition("_")[2])
        template = jinja2.Template((captions / f"{name}.rst").read_text(encoding="utf-8"))
        text = template.render(snakemake=SimpleNamespace(wildcards=wildcards)).strip()
    return Item(entry["title"], path, text, entry.get("open", False))


def others(results: Path, known: set[Path]) -> list[Item]:
    """Tables that no chapter names: those of sets of specialists that a study of one's own has."""
    found = sorted(path for path in (results / "tables").glob("*.html") if path not in known)
    return [Item(re.search(r"<title>(.*?)</title>", path.read_text(encoding="utf-8"))[1], path) for path in found]


def content(of: Item) -> str:
    verified(of.path)
    if of.path.suffix == ".svg":
        data = base64.b64encode(of.path.read_bytes()).decode()
        image = f'<img alt="{html.escape(of.title)}" src="data:image/svg+xml;base64,{data}">'
        return f'<figure><div class="wide">{image}</div></figure>'
    body = re.search(r"<body>(.*)</body>", of.path.read_text(encoding="utf-8"), re.DOTALL)
    if not body:
        raise UserError(f"{of.path}: no page of a table; make it again")
    cells = re.sub(rf"<td>([^<]{{{WORDS},}})</td>", r'<td class="words">\1</td>', body[1])
    return f'<div class="own">{cells}</div>'


def folded(of: Item) -> str:
    caption = f"<p>{html.escape(of.caption)}</p>" if of.caption else ""
    opened = " open" if of.open else ""
    return (
        f'<details id="{of.anchor}"{opened}><summary>{html.escape(of.title)}</summary>{caption}{content(of)}</details>'
    )


def introduction(readme: str, anchors: set[str]) -> str:
    """The README up to what one does with it, as HTML; links to tables that are on this page lead there."""
    text = re.sub(r"<!--.*?-->", "", readme.partition(FOLD)[0], flags=re.DOTALL)
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    page = markdown.render(text.replace("](#run-it)", "](README.md#run-it)"))

    def link(match: re.Match) -> str:
        place, stem = match[1], Path(match[1]).stem
        if place.startswith("http"):
            return match[0]
        return f'href="#{stem}"' if stem in anchors else f'href="../{place}"'

    def heading(match: re.Match) -> str:
        """With the name that a link within the README calls it by."""
        name = re.sub(r"[^\w -]", "", match[1].lower()).replace(" ", "-")
        return f'<h2 id="{name}">{match[1]}</h2>'

    page = re.sub(r'href="([^"#][^"]*)"', link, page)
    page = re.sub(r"<h2>(.*?)</h2>", heading, page)
    return page.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")


def main(args: Namespace, record: dict) -> None:
    results = Path(args.results)
    found = {
        entry["chapter"]: [item(about, results, Path(args.captions)) for about in entry["items"]]
        for entry in chapters_of(args.chapters)
    }
    known = {of.path for items in found.values() for of in items}
    found["Further tables"] = others(results, known)
    found = {title: [of for of in items if of.path.exists()] for title, items in found.items()}
    found = {title: items for title, items in found.items() if items}
    anchors = {of.anchor for items in found.values() for of in items}
    parts = [introduction(Path(args.readme).read_text(encoding="utf-8"), anchors)]
    for title, items in found.items():
        parts += [f"<h2>{html.escape(title)}</h2>", *map(folded, items)]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>SpecDNN, regenerated</title><style>{STYLE}</style>"
    )
    page = f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'
    write_text(args.page, page)
    print(f"{args.page}: {sum(map(len, found.values()))} tables and figures")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads("--readme", "README.md, whose first sections open the page")
    command.reads("--chapters", "YAML: what comes after them, in which order")
    command.takes("--captions", "folder of the captions")
    command.takes("--results", "folder of the results")
    command.writes("--page", "HTML, one file")
    command.run(main)
