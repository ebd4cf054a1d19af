"""What the caller's environment would decide, or break."""

import shutil

import pytest
from hostile import BYTES, EVERYTHING, FIGURES, INTERPRETER, LOCALE, write_style
from small_study import NETWORK, RETRAINED, TABLE, Study, drop


def test_all_of_it_at_once_from_nothing(study: Study):
    write_style(study.folder)
    study.changed = EVERYTHING
    drop(study / "small", study / ".snakemake")
    study.held()


@pytest.mark.parametrize("name", BYTES)
def test_a_variable_that_decides_sums_is_set(study: Study, name: str):
    study.changed = {name: BYTES[name]}
    drop(study / RETRAINED)
    study.held()


@pytest.mark.parametrize("name", FIGURES)
def test_matplotlib_is_told_another_backend_or_style(study: Study, name: str):
    write_style(study.folder)
    study.changed = {name: FIGURES[name]}
    drop(study / f"{TABLE.replace('tables', 'figures')}_kept.svg")
    study.held()


@pytest.mark.parametrize("name", INTERPRETER)
def test_the_interpreter_or_the_shell_is_told_something_else(study: Study, name: str):
    study.changed = {name: INTERPRETER[name]}
    drop(study / f"{TABLE}.md")
    study.held()


def test_the_locale_is_not_utf_8_and_the_data_are_to_be_fetched(study: Study):
    """A name that is not ASCII in the first source, which does not answer: the second is tried."""
    study.changed = LOCALE
    drop(study / "data", study / NETWORK)
    study.held()


@pytest.mark.parametrize("name", ["a {x} b", "a 'b' c", 'a "b" c', "$(touch owned)", "é"])
def test_the_folder_has_a_strange_name(study: Study, name: str):
    moved = study.folder.parent / name
    shutil.move(study.folder, moved)
    study.folder = moved
    drop(study / f"{TABLE}.md")
    study.held()
    assert not (study / "owned").exists()


def test_the_home_folder_is_missing(study: Study):
    study.changed = {"HOME": "/nonexistent"}
    drop(study / f"{TABLE.replace('tables', 'figures')}_kept.svg", study / NETWORK / "history.csv")
    study.held()
