"""The papers' numbers: read as they are printed, and another file is refused by name, line and column."""

from pathlib import Path

import pandas as pd
import pytest
from support import ROOT, run_here

from specdnn.errors import UserError
from specdnn.report.published import MINT, SIMILARITY, SPECIALISTS, read_published

FORMS = {
    "table1_lenet_300_100": SPECIALISTS,
    "table2_lenet_5": SPECIALISTS,
    "mint_mnist_mlp": MINT,
    "similarity_demo": SIMILARITY,
}


def test_every_published_file_has_a_form():
    assert {path.stem for path in (ROOT / "published").iterdir()} == FORMS.keys()


@pytest.mark.parametrize("name", FORMS)
def test_numbers_are_those_that_pandas_reads(name: str):
    """Bit for bit: the tables in git were made with them."""
    path = ROOT / f"published/{name}.csv"
    texts = dict.fromkeys(("class", "groups", "samples_per_class", "note"), str)
    expected = pd.read_csv(path, dtype={"kept_weights": float, **texts}, keep_default_na=False, na_values={
        column: [""] for column in FORMS[name].columns if column not in texts
    })  # fmt: skip
    pd.testing.assert_frame_equal(read_published(path, FORMS[name]), expected, check_exact=True)


TABLE, DEMO, OF_MINT = "table1_lenet_300_100", "similarity_demo", "mint_mnist_mlp"
COLUMNS = ",".join(SPECIALISTS.columns)
FAULTS = {  # file, what is replaced by what (None: everything), and what is said behind its name
    "an_extra_comma": (TABLE, "1,0.0770", "1,,0.0770", f":3: 7 cells, expected 6: {COLUMNS}"),
    "a_missing_cell": (TABLE, "1,0.0770", "1", f":3: 5 cells, expected 6: {COLUMNS}"),
    "a_conflict_marker": (TABLE, "2,0.2014", "<<<<<<< HEAD\n2,0.2014", f":4: 1 cells, expected 6: {COLUMNS}"),
    "an_empty_file": (TABLE, None, "", f":1: expected the columns {COLUMNS}; found none"),
    "a_column_of_another_name": (TABLE, "class,", "label,", f":1: expected the columns {COLUMNS}; found label,"),
    "an_extra_column": (TABLE, "note\n", "note,source\n", f":1: expected the columns {COLUMNS}; found class,"),
    "a_missing_column": (TABLE, ",note\n", "\n", f":1: expected the columns {COLUMNS}; found class,"),
    "a_word": (TABLE, "0.0770", "none", ":3, compress_rate_percent: 'none', expected a number from 0 to 100, or"),
    "nan": (TABLE, "98.66", "nan", ":3, accuracy_percent: 'nan', expected a number from 0 to 100, or nothing"),
    "too_much": (TABLE, "98.66", "9866", ":3, accuracy_percent: '9866', expected a number from 0 to 100, or nothing"),
    "a_decimal_comma": (TABLE, "0.0770", '"0,0770"', ":3, compress_rate_percent: '0,0770', expected a number"),
    "another_class": (TABLE, "1,0.0770", "10,0.0770", ":3, class: '10', expected 0 to 9, average or original"),
    "a_row_twice": (TABLE, "2,0.2014", "1,0.2014", ":4, class: a second row of 1; expected one"),
    "a_missing_row": (TABLE, "average,0.26541,,98.12,,\n", "", ", class: no row average; expected 0, 1, 2"),
    "latin_1": (TABLE, "marked", "é", ":10: byte 0xe9, expected UTF-8"),
    "an_open_quote": (TABLE, "marked", '"marked', ":13: no CSV (unexpected end of data)"),
    "a_round_without_number": (DEMO, "1,0.509566", ",0.509566", ":3, round: '', expected a whole number"),
    "a_share_in_percent": (DEMO, "0.9934", "99.34", ":3, accuracy: '99.34', expected a number from 0 to 1, or nothing"),
    "no_groups": (OF_MINT, "250/100", "250x100", ":3, groups: '250x100', expected groups as 20 or 250/100, or nothing"),
    "a_cell_twice": (OF_MINT, "size,10,250", "size,5,250", ":7, samples_per_class: a second row of group_size, 5, 250"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_by_file_line_and_column(fault: str, tmp_path: Path):
    name, old, new, message = FAULTS[fault]
    text = (ROOT / f"published/{name}.csv").read_text()
    path = tmp_path / "published.csv"
    path.write_text(text.replace(old, new, 1) if old else new, encoding="latin-1")
    with pytest.raises(UserError) as refused:
        read_published(path, FORMS[name])
    assert str(refused.value).startswith(f"{path}{message}")


def test_a_byte_order_mark_blank_lines_and_crlf_are_no_faults(tmp_path: Path):
    path = tmp_path / "published.csv"
    text = (ROOT / f"published/{DEMO}.csv").read_text()
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\r\n")
    pd.testing.assert_frame_equal(
        read_published(path, SIMILARITY), read_published(ROOT / f"published/{DEMO}.csv", SIMILARITY)
    )


def test_a_script_says_it_in_a_line(tmp_path: Path):
    (tmp_path / f"{DEMO}.csv").write_text("")
    flags = {"results": tmp_path / "results", "published": tmp_path, "numbers": tmp_path / "out"}
    refused = run_here("text_numbers", flags)
    assert refused.returncode == 2
    columns = ",".join(SIMILARITY.columns)
    assert refused.stderr == f"text_numbers: {tmp_path / DEMO}.csv:1: expected the columns {columns}; found none\n"
