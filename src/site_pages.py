"""MkDocs's hook for `make docs`: the site's pages from where they lie, so that the same links work here and on a forge.

Pages are README.md, those of docs, the tables of docs/report.yaml, and whatever they link to. A source file or a folder
gets a page that shows it; figures and data are copied.
"""

import mimetypes
import os
import re
import string
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from pygments.lexers import find_lexer_class_for_filename

from front_page import chapters_of
from specdnn.errors import UserError

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(<?([^)#\s>]+)")
ITEM = re.compile(r"([-*+]|\d+[.)]) ")
LONGEST = 100_000  # bytes; a longer source file is data
NOTE = re.compile("<!--.*?-->", re.DOTALL)
TABLES = "docs/report.yaml"


class Tidied(Preprocessor):
    """Without our notes, and with items of a list apart: one that comes right after a further paragraph of the last one
    would be read as part of it.
    """

    def run(self, lines: list[str]) -> list[str]:
        apart, further = [], False
        for line in NOTE.sub("", "\n".join(lines)).split("\n"):
            if ITEM.match(line):
                apart += [""] if further and apart[-1] else []
                further = False
            else:
                further = not line or (further and line.startswith("  "))
            apart.append(line)
        return apart


class AsForgesRead(Extension):
    """What belongs to an item of a list may stand as far in as its text, and any sign can be escaped."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.tab_length = 2
        md.build_parser()
        md.ESCAPED_CHARS = [*string.punctuation]
        md.preprocessors.register(Tidied(md), "tidied", 22)  # after fenced code has been taken out, before HTML is


class Shown(File):
    """What is no Markdown, on a page of its own; links to it stay as they are."""

    def __init__(self, place: str, text: str, config: MkDocsConfig):
        super().__init__(
            place, None, config.site_dir, False, dest_uri=f"{place}.html", inclusion=InclusionLevel.NOT_IN_NAV
        )
        self.content_string = text

    def is_documentation_page(self) -> bool:
        return True


def listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return "".join(f"- [{name}]({folder.name}/{name})\n" for name in names)


def shown(path: Path) -> str | None:
    """Markdown that shows a folder or a source file; nothing of what is no text or is data."""
    if path.is_dir():
        return listing(path)
    if path.stat().st_size > LONGEST or (mimetypes.guess_type(path.name)[0] or "").startswith("image/"):
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
    lexer = find_lexer_class_for_filename(path.name)
    return f"~~~~~~ {lexer.aliases[0] if lexer else 'text'}\n{text}\n~~~~~~\n"


def file_of(place: str, config: MkDocsConfig) -> File:
    path = ROOT / place
    if path.suffix != ".md" and (text := shown(path)) is not None:
        return Shown(place, f"# {place}\n\n{text}", config)
    in_nav = path.parent in (ROOT, ROOT / "docs")
    inclusion = InclusionLevel.UNDEFINED if in_nav else InclusionLevel.NOT_IN_NAV
    return File(place, str(ROOT), config.site_dir, False, inclusion=inclusion)


def linked(file: File) -> set[str]:
    """What a page links to and is there, from the top."""
    folder = os.path.dirname(file.src_uri)
    places = {os.path.normpath(os.path.join(folder, link)) for link in LINK.findall(file.content_string)}
    return {place for place in places if not place.startswith("..") and (ROOT / place).exists()}


def tables_in_nav() -> list[dict]:
    """The tables that docs/report.yaml lists and that have been made, as MkDocs's `nav`."""
    try:
        listed = chapters_of(ROOT / TABLES)
    except UserError as error:
        raise PluginError(str(error)) from None  # which MkDocs says in a line
    found = []
    for chapter in listed:
        tables = {item["title"]: f"results/{item['table']}.md" for item in chapter["items"] if "table" in item}
        items = [{title: place} for title, place in tables.items() if (ROOT / place).exists()]
        found += [{chapter["chapter"]: items}] if items else []
    return found


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    config.theme.static_templates.clear()  # 404.html and sitemap.xml need the site's address, which a folder lacks
    config.markdown_extensions.insert(0, AsForgesRead())  # first, for it begins the parser anew
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    tables = tables_in_nav()
    pages = ["README.md", *(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))]
    pages += [place for chapter in tables for items in chapter.values() for item in items for place in item.values()]
    files.remove(files.get_file_from_path("sitemap.xml"))  # the theme's template
    files.append(File("icon.svg", str(ROOT / "demo"), config.site_dir, False))
    while pages:
        place = pages.pop()
        if files.get_file_from_path(place) is None:
            file = file_of(place, config)
            files.append(file)
            if place.endswith(".md") or (ROOT / place).is_dir():
                pages += linked(file)

    def entries(entry: str | list) -> str | list:
        if entry == TABLES:
            return tables
        if isinstance(entry, str) and (ROOT / entry).is_dir():
            return sorted(place for place in files.src_uris if place.startswith(f"{entry}/"))
        return entry

    config.nav = [
        {title: entries(entry) for title, entry in item.items()} if isinstance(item, dict) else item
        for item in config.nav
    ]
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    if isinstance(page.file, Shown):
        page.meta["search"] = {"exclude": True}  # a word's first finds would be in code
    elif page.file.src_uri.startswith("results/"):
        # A page of tables begins with a heading of the second order, and its tables' titles are bold lines.
        markdown = re.sub(r"^\*\*(.+)\*\*$", r"## \1", re.sub(r"\A## ", "# ", markdown), flags=re.MULTILINE)
    return markdown
