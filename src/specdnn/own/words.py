"""The tables of a study as sections, and its sentence: how small, by which method, and better than what."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from specdnn.evaluation.inference import FEWEST, SIGNIFICANT, counted
from specdnn.own.summary import ALL, DENSE, REFERENCE, TUNED
from specdnn.report.rendering import Section
from specdnn.report.text import number, percent, signed

CALLED = {"random": "random units", "random_live": "random live units", "scratch": "training from scratch"}
DENSE_CALLED = {DENSE: "dense, its own decision", TUNED: "dense, threshold chosen alike"}
VALUES = (
    "Test images; means over the dense networks, with 95 % t intervals. Balanced accuracy: the mean of two shares, "
    "the set's images that are accepted, as whichever class of it, and the other images that are refused. Own "
    "class: of the set's images, those answered by their own class; one that is refused counts as wrong. AUROC: of the "
    "largest logit less its threshold. Thresholds and epochs were chosen on held-out images. The dense network is "
    "restricted to the set: by its own decision, its largest output, and at a threshold chosen as the specialists'. "
    "Bytes: of the ONNX file; µs: of one image on one thread; both of the first network's."
)
TESTS = (
    "Differences of balanced accuracy in points, paired by network: to the dense network with a chosen threshold, and "
    f"to {REFERENCE} at the same share. p: Student's paired t test of the latter, corrected after Holm over the "
    f"methods and shares of the set; none below {FEWEST} networks. Always no: specialists that refuse every image."
)
ANSWER = (
    "At each share the method that is best on held-out images is taken, and of these the smallest share whose mean on "
    "test images is within {near} of the dense network's, or else the nearest. Better or worse than a control: by the "
    f"paired test, corrected after Holm over the controls. A star: p below {SIGNIFICANT}."
)

Row = Mapping[str, Any]


def points(value: float) -> str:
    return signed(100 * value)


def ranged(value: float, low: float, high: float) -> str:
    return points(value) if pd.isna(low) else f"{points(value)} ({points(low)} to {points(high)})"


def share_of(value: float) -> str:
    return "–" if pd.isna(value) else f"{100 * value:g} %"


def margin(near: float) -> str:
    return f"{100 * near:g} point{'s' if near != 0.01 else ''}"


def probability(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def compared(control: str, one: Row) -> str:
    """better than random units (+1.20 points, p = 0.012); not told apart from ..."""
    by = f"{points(one['gain'])} points"
    if pd.isna(one["p"]):
        ahead = "ahead of" if one["gain"] > 0 else "not ahead of"
        return f"by the mean {ahead} {CALLED[control]} ({by}; too few networks for a test)"
    if one["p"] >= SIGNIFICANT:
        return f"not told apart from {CALLED[control]} ({by}, {probability(one['p'])})"
    return f"{'better' if one['gain'] > 0 else 'worse'} than {CALLED[control]} ({by}, {probability(one['p'])})"


def sentence(of: str, found: Row, what: str, near: float) -> str:
    """The answer for one set, its words as the numbers have it. found: of `summary.smallest`; what: shares are of."""
    method = str(CALLED.get(found["method"], found["method"]))
    place = f"{of}: " if of != ALL else "Over all sets: "
    size = f"{share_of(found['share'])} of the {what} ({found['parameters']:,.0f} parameters)"
    differs = f"{ranged(found['difference'], found['low'], found['high'])} points against the dense network"
    if found["within"]:
        head = f"{size} come within {margin(near)} of the dense network, by {method}: {differs}"
        if not pd.isna(found["near_p"]):
            sure = "the test agrees" if found["near_p"] < SIGNIFICANT else "by the mean, the test is not sure"
            head += f"; {sure} ({probability(found['near_p'])})"
    else:
        head = (
            f"no share comes within {margin(near)} of the dense network; the nearest is {size}, by {method}: {differs}"
        )
    tail = "; ".join(compared(control, one) for control, one in found["against"].items())
    told = f" {method[0].upper()}{method[1:]} here: {tail}." if tail else ""
    return f"{place}{head}.{told}"


def answers(found: Mapping[str, Row], what: str, near: float, study: str) -> Section:
    """A row a set, and a sentence each."""
    lines = []
    for of, one in found.items():
        line = {
            "": of,
            "share": share_of(one["share"]) if one["within"] else f"none; nearest {share_of(one['share'])}",
            "by": one["method"],
            "parameters": f"{one['parameters']:,.0f}",
            "balanced accuracy %": percent(one["balanced_accuracy"]),
            "dense %": percent(one["dense"]),
            "difference": points(one["difference"]),
        }
        for control, name in CALLED.items():
            own = one["against"].get(control)
            star = "*" if own and own["p"] < SIGNIFICANT else ""
            line[f"over {name}"] = f"{points(own['gain'])}{star}" if own else "–"
        lines.append(line)
    sentences = [sentence(of, one, what, near) for of, one in found.items()]
    return Section(f"{study}: how small?", pd.DataFrame(lines), [*sentences, ANSWER.format(near=margin(near))])


def _balanced(row: Row) -> str:
    value = percent(row["balanced_accuracy"])
    return value if pd.isna(row["low"]) else f"{value} ({percent(row['low'])}–{percent(row['high'])})"


def worth(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "": [DENSE_CALLED.get(row["method"], row["method"]) for row in rows],
            "share": [share_of(row["share"]) for row in rows],
            "parameters": [f"{row['parameters']:,.0f}" for row in rows],
            "multiply-accumulates": [f"{row['multiply_accumulates']:,.0f}" for row in rows],
            "bytes": ["–" if pd.isna(row["bytes"]) else f"{row['bytes']:,.0f}" for row in rows],
            "µs": [number(row["p50"], 0) for row in rows],
            "balanced accuracy %": [_balanced(row) for row in rows],
            "AUROC": [number(row["auroc"], 4) for row in rows],
            "own class %": [percent(row["accuracy_in_set"]) for row in rows],
            "others refused %": [percent(row["refused"]) for row in rows],
        }
    )


def told_apart(rows: list[Row], specialists: int) -> pd.DataFrame:
    """specialists: of a network, in each row."""
    against = {f"{prefix}difference": name for prefix, name in (("dense_", "the dense network"), ("", REFERENCE))}
    columns = {
        f"against {name}": [ranged(*(row[f"{column}{end}"] for end in ("", "_low", "_high"))) for row in rows]
        for column, name in against.items()
    }
    return pd.DataFrame(
        {
            "": [row["method"] for row in rows],
            "share": [share_of(row["share"]) for row in rows],
            **columns,
            "p (Holm)": ["<0.001" if row["p_holm"] < 0.001 else number(row["p_holm"], 3) for row in rows],
            "always no": [f"{row['collapsed']:.0f} of {row['networks'] * specialists}" for row in rows],
        }
    )


def of_set(table: pd.DataFrame, study: str, specialists: int, notes: bool) -> list[Section]:
    """Two tables of one set: what the specialists are worth, and what they are told apart from; notes: said here."""
    order = table.sort_values(["share", "balanced_accuracy"], ascending=False, na_position="first", kind="stable")
    rows: list[Row] = order.to_dict("records")  # type: ignore[assignment] # names are texts
    name, classes = rows[0]["set"], str(rows[0]["classes"]).replace("|", ", ")
    title = f"{study}, {name if name == ALL else classes}, {counted(int(table.networks.max()))}"
    own = [row for row in rows if row["method"] not in DENSE_CALLED]
    return [
        Section(title, worth(rows), [VALUES] if notes else []),
        Section(f"{title}: differences", told_apart(own, specialists), [TESTS] if notes else []),
    ]
