"""What the scores of a study come to: means over its dense networks, intervals, paired tests, and one sentence.

The dense network is the unit of analysis (`specdnn.evaluation.inference`). A specialist is held against the dense
network whose threshold was chosen as its own was, on held-out images: a network that answers by its largest output
pays no heed to balanced accuracy, and would be beaten by a threshold alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from specdnn.errors import UserError
from specdnn.evaluation import inference
from specdnn.own.decisions import rates

ALL = "all sets"  # the mean over the sets of each network
REFERENCE = "magnitude"
DENSE, TUNED = "dense", "dense_tuned"
CONTROLS = ("random", "random_live", "scratch")  # what a method must beat to be of use
MEASURES = ["balanced_accuracy", "auroc", "accuracy_in_set", "refused", "held_out_balanced_accuracy"]
COSTS = ["parameters", "multiply_accumulates"]
TEXTS = dict.fromkeys(["study", "set", "classes", "method", "settings"], str)  # a class may be called 8
KEY = ["study", "set", "method", "share"]


def read(path: str, settings: Mapping[str, str]) -> pd.DataFrame:
    """The rows of one job; UserError where they were made with other values than `settings`, STUDY/SET -> a name."""
    rows = pd.read_csv(path, dtype=TEXTS)
    place = f"{rows['study'][0]}/{rows['set'][0]}"
    if {*rows.settings} != {settings.get(place)}:
        raise UserError(
            f"{path}: of settings {rows.settings[0]}, and the parameters are those of {settings.get(place)}; take back "
            "what was changed in studies/own/params.yaml, or delete the file and run `snakemake own`; it trains again"
        )
    return rows


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """With the rates of each row's counts; share: NaN for the dense network."""
    found = pd.DataFrame([rates(row) for row in rows.to_dict("records")], index=rows.index)
    return pd.concat([rows.drop(columns="auroc"), found], axis="columns")


def with_all(rows: pd.DataFrame) -> pd.DataFrame:
    """With a row for the mean over the sets, of each network, method and share; of several sets only."""
    found = [rows]
    for study, part in rows.groupby("study", sort=False):
        if part["set"].nunique() > 1:
            groups = part.groupby(["method", "share", "seed"], sort=False, dropna=False)
            means = groups[[*MEASURES, *COSTS]].mean().join(groups.collapsed.sum()).reset_index()
            found.append(means.assign(study=study, set=ALL, classes=ALL))
    return pd.concat(found, ignore_index=True)


def networks(rows: pd.DataFrame, method: str, share: Any = None) -> pd.DataFrame:
    """The rows of one method and share, by network."""
    own = rows[(rows.method == method) & (rows.share.isna() if share is None else rows.share == share)]
    return own.set_index("seed").sort_index()


def gains(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    return (one.balanced_accuracy - other.balanced_accuracy).dropna().to_numpy()


def _against(values: np.ndarray, prefix: str) -> dict[str, float]:
    low, high = inference.interval(values)
    mean = float(values.mean()) if len(values) else inference.NAN
    found = {"difference": mean, "difference_low": low, "difference_high": high, "p": inference.paired_p(values)}
    return {f"{prefix}{name}": value for name, value in found.items()}


def table(rows: pd.DataFrame, near: float) -> pd.DataFrame:
    """A row a study, set, method and share; p_holm: corrected over the methods and shares of a set."""
    found = []
    for (study, of), part in rows.groupby(["study", "set"], sort=False):
        tuned = networks(part, TUNED)
        lines = []
        for (method, share), own in part.groupby(["method", "share"], sort=False, dropna=False):
            own = own.set_index("seed").sort_index()
            low, high = inference.interval(own.balanced_accuracy.to_numpy())
            line = {"study": study, "set": of, "classes": own.classes.iloc[0], "method": method, "share": share}
            line |= {"networks": len(own), "collapsed": own.collapsed.sum(), "low": low, "high": high}
            line |= {name: own[name].mean() for name in [*MEASURES, *COSTS]}
            if method not in (DENSE, TUNED):
                behind = gains(own, tuned)
                line |= _against(behind, "dense_") | {"near_p": inference.not_below_p(behind, near)}
                if method != REFERENCE and len(reference := networks(part, REFERENCE, share)):
                    line |= _against(gains(own, reference), "")
            lines.append(line)
        p = inference.holm({str(place): line.get("p", inference.NAN) for place, line in enumerate(lines)})
        found += [{**line, "p_holm": p[str(place)]} for place, line in enumerate(lines)]
    frame = pd.DataFrame(found)
    missing = [name for name in ("difference", "difference_low", "difference_high", "p") if name not in frame]
    return frame.assign(**dict.fromkeys(missing, inference.NAN))


def smallest(rows: pd.DataFrame, near: float) -> dict:
    """How small the specialists of one set can be within `near` of the dense network; rows: a row a network.

    At each share the method is taken that is best on held-out images, which had no part in what is then said of the
    test images. The smallest share that is within by the mean counts; where there is none, the nearest, `within` False.
    """
    tuned = networks(rows, TUNED)
    tried = []
    for share in sorted(rows.share.dropna().unique()):
        at = rows[rows.share == share]
        best = at.groupby("method", sort=False).held_out_balanced_accuracy.mean().idxmax()
        own = networks(rows, best, share)
        behind = gains(own, tuned)
        low, high = inference.interval(behind)
        tried.append(
            {
                "share": share,
                "method": best,
                "parameters": own.parameters.mean(),
                "balanced_accuracy": own.balanced_accuracy.mean(),
                "dense": tuned.balanced_accuracy.mean(),
                "networks": len(own),
                **{"difference": behind.mean(), "low": low, "high": high},
                "within": bool(behind.mean() >= -near),
                "near_p": inference.not_below_p(behind, near),
                "against": _controls(rows, own, best, share),
            }
        )
    return next((one for one in tried if one["within"]), max(tried, key=lambda one: one["difference"]))


def _controls(rows: pd.DataFrame, own: pd.DataFrame, method: str, share: float) -> dict[str, dict[str, float]]:
    """The method's gain over each control at its share, with p corrected over these."""
    found = {}
    for control in CONTROLS:
        other = networks(rows, control, share)
        if control != method and len(other):
            values = gains(own, other)
            low, high = inference.interval(values)
            found[control] = {"gain": values.mean(), "low": low, "high": high, "p": inference.paired_p(values)}
    p = inference.holm({control: one["p"] for control, one in found.items()})
    return {control: {**one, "p": p[control]} for control, one in found.items()}


def joined(frames: Iterable[pd.DataFrame], order: Sequence[str]) -> pd.DataFrame:
    """All rows, studies and sets in the order of the parameters: STUDY/SET."""
    rows = pd.concat([*frames], ignore_index=True)
    if len(twice := rows[rows.duplicated([*KEY, "seed"])]):
        raise UserError(f"scores of {twice.iloc[0]['set']} are there twice; delete results/scores/own and run it again")
    places = rows.study + "/" + rows["set"]
    return rows.iloc[places.map({place: number for number, place in enumerate(order)}).argsort(kind="stable")]
