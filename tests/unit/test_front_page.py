"""The report: what was found, and every table and figure, in one file without a script."""

import base64
import re
from pathlib import Path

import pytest
import yaml
from support import ROOT, run_here, script_module

from specdnn.errors import UserError

front_page = script_module("front_page")

CHAPTERS = yaml.safe_load((ROOT / "docs/report.yaml").read_text())
ITEMS = [item for chapter in CHAPTERS for item in chapter["items"]]


def written(folder: Path, results: Path) -> str:
    flags = {"readme": ROOT / "README.md", "chapters": ROOT / "docs/report.yaml", "captions": ROOT / "docs/captions"}
    done = run_here("front_page", {**flags, "results": results, "page": folder / "report.html"})
    assert done.returncode == 0, done.stderr
    return (folder / "report.html").read_text()


BROKEN = {
    "- chapter: [1\n": "not YAML (",
    "chapter: A\n": "the file: {'chapter': 'A'} is not of type 'array'; correct it",
    "- {chapter: A}\n": "[0]: 'items' is a required property; correct it",
    "- {chapter: A, items: [{table: tables/a}]}\n": "[0].items[0]: 'title' is a required property; correct it",
    "- {chapter: A, items: [{title: T, tabel: tables/a}]}\n": "[0].items[0]: ",
    "- {chapter: A, items: [{title: T}]}\n": "[0].items[0]: expected a table or a figure, and not both; correct it",
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_chapters_are_refused_in_a_line(text: str, tmp_path: Path):
    file = tmp_path / "report.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as refused:
        front_page.chapters_of(file)
    assert str(refused.value).startswith(f"{file}: {BROKEN[text]}")


def test_the_script_says_so_with_the_line_and_ends(tmp_path: Path):
    file = tmp_path / "report.yaml"
    file.write_text("- chapter: [1\n")
    flags = {"readme": ROOT / "README.md", "chapters": file, "captions": ROOT / "docs/captions"}
    done = run_here("front_page", {**flags, "results": tmp_path, "page": tmp_path / "report.html"})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"front_page: {file}: not YAML (")
    assert "line 2, column 1" in done.stderr


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("report"), ROOT / "results")


def test_it_opens_with_the_verdict_and_both_tables(page: str):
    text = re.sub(r"<[^>]+>", "", page)
    places = [
        text.index(words)
        for words in (
            "The paper's mean accuracies come out again",
            "Table I. LeNet-300-100 on MNIST, as published",
            "Table II. LeNet-5 on MNIST, as published",
            "LeNet-5 on MNIST: from one dense network to the next",
            "Choices of units under each loss",
        )
    ]
    assert places == sorted(places)
    assert "git clone" not in text


def test_every_table_and_figure_in_git_is_on_it_once_and_whole(page: str):
    figures = {path.stem: path.read_bytes() for path in (ROOT / "results/figures").glob("*.svg")}
    images = [base64.b64decode(image) for image in re.findall(r"svg\+xml;base64,([\w+/=]+)", page)]
    assert sorted(images) == sorted(figures.values())
    tables = {path.stem for folder in ("tables", "mint/tables") for path in (ROOT / "results" / folder).glob("*.html")}
    assert sorted(re.findall(r'<details id="(\w+)"', page)) == sorted(tables | {*figures})


def test_it_needs_no_network_and_no_script_and_its_links_lead_somewhere(page: str):
    assert not re.search(r"<(script|link|iframe)|src=\"(?!data:)", page)
    for place in re.findall(r'href="([^"]+)"', page):
        if place.startswith("#"):
            assert f'id="{place[1:]}"' in page
        elif not place.startswith("https:"):
            assert (ROOT / "results" / place.partition("#")[0]).exists(), place


def test_every_item_has_a_title_of_its_own():
    titles = [item["title"] for item in ITEMS]
    assert len(titles) == len({*titles})
    assert not [title for title in titles if "_" in title]


def test_a_study_of_ones_own_is_on_it_too(tmp_path: Path):
    tables = tmp_path / "results/tables"
    tables.mkdir(parents=True)
    (tables / "held_out_mine.html").write_text(
        "<html><head><title>LeNet-5 on mine</title></head><body><h1>LeNet-5 on mine</h1><p>x</p></body></html>"
    )
    page = written(tmp_path, tmp_path / "results")
    assert "<summary>LeNet-5 on mine</summary>" in page
