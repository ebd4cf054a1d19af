"""The papers' numbers, files of the folder `published/`: what each column may hold, and their one reader."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from specdnn.errors import UserError


@dataclass(frozen=True)
class Column:
    """expected: in words; pattern: of a whole cell; read: from a cell of that pattern, ValueError where it is none."""

    expected: str
    pattern: str
    read: Callable[[str], object] = str


def _numbers(most: float) -> Column:
    """NaN where nothing was published."""

    def read(cell: str) -> float:
        if (value := float(cell or "nan")) > most:
            raise ValueError
        return value

    return Column(f"a number from 0 to {most}, or nothing", r"(\d+(\.\d+)?)?", read)


TEXT, NAME = Column("a text", ".*"), Column("a name", ".+")
PERCENT, SHARE, COUNT = _numbers(100), _numbers(1), _numbers(10**9)


@dataclass(frozen=True)
class Form:
    """columns: in their order; key: what tells two rows apart; rows: all keys that there must be, where that is known.

    A row with an empty cell in its key is none that is looked up, and may be there twice.
    """

    columns: dict[str, Column]
    key: tuple[str, ...]
    rows: tuple[str, ...] = ()


CLASSES = (*map(str, range(10)), "average", "original")
SPECIALISTS = Form(  # a table of the SpecDNN paper
    {
        "class": Column("0 to 9, average or original", "|".join(CLASSES)),
        "compress_rate_percent": PERCENT,
        "kept_weights": COUNT,
        "accuracy_percent": PERCENT,
        "accuracy_before_retrain_percent": PERCENT,
        "note": TEXT,
    },
    key=("class",),
    rows=CLASSES,
)
MINT = Form(
    {
        "table": NAME,
        "groups": Column("groups as 20 or 250/100, or nothing", r"(\d+(/\d+)?)?"),
        "samples_per_class": Column("a whole number, or nothing", r"\d*"),
        "params_pruned_percent": PERCENT,
        "accuracy_percent": PERCENT,
        "delta": SHARE,
        "note": TEXT,
    },
    key=("table", "groups", "samples_per_class"),
)
LAYERS = ("relu1", "pool1", "relu2", "pool2", "relu3", "relu4", "logits")
SIMILARITY = Form(
    {
        "round": Column("a whole number", r"\d+", int),
        "density": SHARE,
        "accuracy": SHARE,
        **dict.fromkeys(LAYERS, SHARE),
    },
    key=("round",),
)


def read_published(path: str | Path, form: Form) -> pd.DataFrame:
    """The rows of a published CSV; numbers are floats, NaN where a cell is empty.

    Raises UserError, which names file, line and column and what was expected, for anything that is not of this form.
    """
    found: dict[tuple[str, ...], dict[str, object]] = {}
    header, *rows = _rows(path) or [(1, [])]
    if header[1] != [*form.columns]:
        raise UserError(
            f"{path}:1: expected the columns {','.join(form.columns)}; found {','.join(header[1]) or 'none'}"
        )
    for line, cells in rows:
        if len(cells) != len(form.columns):
            raise UserError(
                f"{path}:{line}: {len(cells)} cells, expected {len(form.columns)}: {','.join(form.columns)}"
            )
        row = dict(zip(form.columns, cells, strict=True))
        key = tuple(row[name] for name in form.key)
        key = key if all(key) else (*key, str(line))
        if key in found:
            raise UserError(
                f"{path}:{line}, {form.key[-1]}: a second row of {', '.join(key)}; expected one, delete one"
            )
        found[key] = {
            name: _value(f"{path}:{line}, {name}", row[name], column) for name, column in form.columns.items()
        }
    if missing := [name for name in form.rows if (name,) not in found]:
        raise UserError(f"{path}, {form.key[0]}: no row {missing[0]}; expected {', '.join(form.rows)}")
    return pd.DataFrame(found.values(), columns=[*form.columns])


def _value(where: str, cell: str, column: Column) -> object:
    try:
        if re.fullmatch(column.pattern, cell):
            return column.read(cell)
    except ValueError:
        pass
    raise UserError(f"{where}: '{cell}', expected {column.expected}; correct the cell")


def _rows(path: str | Path) -> list[tuple[int, list[str]]]:
    """Line and cells of every row that is not blank."""
    content = Path(path).read_bytes()
    try:
        rows = csv.reader(content.decode("utf-8-sig").splitlines(keepends=True), strict=True)
        return [(rows.line_num, cells) for cells in rows if cells]
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}:{line}: byte {content[error.start]:#x}, expected UTF-8; save the file as that"
        ) from None
    except csv.Error as error:
        raise UserError(f"{path}:{rows.line_num}: no CSV ({error}); expected cells with commas between them") from None
