"""What the caller's environment would decide, or break."""

import shutil

import pytest
from study import NETWORK, RETRAINED, TABLE, Study, drop

BYTES = {  # what decides sums: libraries ask for it
    "OMP_DYNAMIC": "TRUE",
    "OMP_THREAD_LIMIT": "1",
    "OMP_SCHEDULE": "dynamic,1",
    "MKL_CBWR": "COMPATIBLE",
    "MKL_DYNAMIC": "FALSE",
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "TORCH_FORCE_WEIGHTS_ONLY_LOAD": "0",
    "NUMPY_EXPERIMENTAL_ARRAY_FUNCTION": "0",
    "PYTHONHASHSEED": "7",
}
FIGURES = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": "matplotlibrc",
    "MPLCONFIGDIR": ".",
}
INTERPRETER = {
    "PYTHONSAFEPATH": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "",
    "BASH_FUNC_python%%": "() { echo not this one; exit 3; }",
    "BASH_FUNC_ls%%": "() { exit 3; }",
}
LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}


def usetex(study: Study) -> None:
    (study / "matplotlibrc").write_text("text.usetex: True\nfont.size: 20\nsavefig.dpi: 30\naxes.facecolor: red\n")


def hostile(study: Study) -> None:
    usetex(study)
    study.changed = {**BYTES, **FIGURES, **INTERPRETER, **LOCALE}


def test_all_of_it_at_once_from_nothing(study: Study):
    hostile(study)
    drop(study / "small", study / ".snakemake")
    study.held()


@pytest.mark.parametrize("name", BYTES)
def test_a_variable_that_decides_sums_is_set(study: Study, name: str):
    study.changed = {name: BYTES[name]}
    drop(study / RETRAINED)
    study.held()


@pytest.mark.parametrize("name", FIGURES)
def test_matplotlib_is_told_another_backend_or_style(study: Study, name: str):
    usetex(study)
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
    drop(study / "data")
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
