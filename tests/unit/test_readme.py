"""README.md says what the study's files say."""

from pathlib import Path

import readme

ROOT = Path(__file__).parents[2]


def test_the_tables_and_numbers_in_the_readme_are_those_of_the_results(monkeypatch):
    monkeypatch.chdir(ROOT)
    text = Path("README.md").read_text()
    assert text.count("<!-- begin") == 3
    assert readme.refreshed(text) == text, "run `make readme`"
