"""The site of `make docs`: every link leads somewhere, nothing comes from another host, pages read as on a forge."""

import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from mkdocs.exceptions import PluginError
from support import ROOT, script_module

HOSTS = {
    "developer.android.com",
    "developer.apple.com",
    "github.com",
    "keepachangelog.com",
    "onnxruntime.ai",
    "semver.org",
    "w3id.org",
}
SAME = {"h1", "h2", "h3", "li", "th", "td", "pre", "strong", "em", "img"}  # what both readers of Markdown must see


class Seen(HTMLParser):
    """links: of anchors. loaded: what the browser asks for by itself. text and tags: of the article."""

    def __init__(self, page: str, whole: bool = False):
        super().__init__()
        self.links, self.loaded, self.ids, self.text, self.tags = [], [], set(), [], Counter()
        self.inside, self.permalink = whole, False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]):
        given = dict(attrs)
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a":
            self.links += [given["href"]] if "href" in given else []
        elif not (tag == "link" and given["rel"] in ("prev", "next")):
            self.loaded += [given[name] for name in ("href", "src", "srcset", "data", "poster") if name in given]
        else:
            self.links.append(given["href"])
        self.inside |= tag == "article"
        self.permalink = tag == "a" and given.get("class") == "headerlink"
        if self.inside and tag in SAME:
            self.tags[tag] += 1

    def handle_endtag(self, tag: str):
        self.inside &= tag != "article"
        self.permalink &= tag != "a"

    def handle_data(self, data: str):
        if self.inside and not self.permalink:
            self.text += data.split()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": "src"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Seen]:
    return {path: Seen(path.read_text()) for path in sorted(site.rglob("*.html"))}


def test_it_starts_with_the_readme(site: Path, pages):
    title = (ROOT / "README.md").read_text().partition("\n")[0].removeprefix("# ")
    assert " ".join(pages[site / "index.html"].text).startswith(title)


def test_every_link_leads_to_a_file_and_a_place_in_it_or_to_a_known_host(site: Path, pages):
    lost = []
    for path, seen in pages.items():
        for link in seen.links + seen.loaded:
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme:
                found = parts.scheme in ("http", "https") and parts.hostname in HOSTS
            elif target.suffix == ".html" and parts.fragment:
                found = target in pages and unquote(parts.fragment) in pages[target].ids
            else:
                found = target.is_file() and target.is_relative_to(site.resolve())
            lost += [] if found else [(path.relative_to(site).as_posix(), link)]
    assert lost == []


def test_it_loads_nothing_from_another_host(site: Path, pages):
    loaded = {link for seen in pages.values() for link in seen.loaded}
    assert len(loaded) > 5
    assert [link for link in loaded if re.match(r"(\w+:)?//", link)] == []
    styles = "".join(path.read_text() for path in [*pages, *site.rglob("*.css")])
    assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//\S*", styles) == []


def test_every_page_of_git_reads_as_a_forge_reads_it(site: Path, pages):
    """MkDocs's own reader wants more indentation in lists and knows fewer escapes; src/site_pages.py sees to it."""
    forge, read = MarkdownIt("commonmark").enable("table"), 0
    for source in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/*.md")):
        name = "index" if source.stem == "README" else source.relative_to(ROOT).with_suffix("").as_posix()
        here = pages[site / f"{name}.html"]
        there = Seen(forge.render(source.read_text()), whole=True)
        assert here.tags == there.tags, source.name
        assert "".join(here.text) == "".join(there.text), source.name
        read += 1
    assert read > 10


def test_a_table_in_git_is_on_it_with_its_parts_as_sections(site: Path, pages):
    seen = pages[site / "results/tables/side_by_side.html"]
    assert (seen.tags["h1"], seen.tags["h2"] > 0, seen.tags["td"] > 10) == (1, True, True)


def test_source_that_a_page_links_to_is_shown_and_a_folder_listed(site: Path, pages):
    assert "Apache License" in " ".join(pages[site / "LICENSE.html"].text)
    assert "params.yaml.html" in " ".join(pages[site / "tests/faults.html"].links)


def test_notes_to_ourselves_are_not_on_it(pages):
    assert [path.name for path in pages if "<!--" in path.read_text().partition("<article")[2]] == []


def test_make_builds_it_though_a_folder_has_the_targets_name():
    command = ["make", "--dry-run", "--old-file=.venv/ready", "docs"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "mkdocs build --strict" in done.stdout


def test_a_broken_list_of_tables_ends_the_build_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    site_pages = script_module("site_pages")
    (tmp_path / "docs").mkdir()
    (tmp_path / site_pages.TABLES).write_text("- {chapter: A}\n")
    monkeypatch.setattr(site_pages, "ROOT", tmp_path)
    with pytest.raises(PluginError, match=r"report\.yaml: \[0\]: 'items' is a required property; correct it"):
        site_pages.tables_in_nav()
