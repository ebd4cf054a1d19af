"""README.md and docs say what the study's files say."""

from pathlib import Path

import pytest

import readme

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("README.md", 5),
        ("docs/findings.md", 6),
        ("docs/export.md", 1),
        ("docs/cluster.md", 1),
        ("docs/mint.md", 4),
        ("docs/similarity.md", 1),
    ],
)
def test_the_tables_and_numbers_in_the_prose_are_those_of_the_results(page: str, blocks: int, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = Path(page).read_text()
    assert text.count("<!-- begin") == blocks
    assert readme.refreshed(text) == text, "run `make readme`"
