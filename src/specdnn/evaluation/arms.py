"""The arms of the comparison: how its specialists are made, and what each way is worth on each dense network.

An arm is a choice of `units`, `initial` weights, `loss`, `widths` and, along the curve, a `share` of the parameters.
Its value on a network is the mean over the classes and over the draws of whatever is random.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from specdnn.names import CONTROLS, HALVES, TINY

PLACE = ["dataset", "model"]
ARM = ["units", "initial", "loss", "widths", "share"]  # share: NaN at SpecDNN's own number of parameters
NETWORK = "seed"
PAPERS_LOSS = "squared"
CUT_BY_CLASS = "cut_by_class"
UNRANKED = [*HALVES, *CONTROLS]  # units that no method ranks
MEASURES = {  # prefix of its columns -> measure
    "": "balanced_accuracy",
    "tuned_": "tuned_balanced_accuracy",
    "auroc_": "auroc",
}
HELD_OUT = ["held_out_balanced_accuracy", "held_out_tuned"]  # thresholds 0.5, and chosen on the same images
MEANS = [*MEASURES.values(), "accuracy", "recall", "false_positive_rate", "not_collapsed", "parameters", *HELD_OUT]

Arm = tuple[str, str, str, str, float | None]  # in the order of ARM


def kind_of(arm: Mapping) -> str:
    """Which comparison an arm belongs to: dense, curve, controls, widths or own.

    own: a method's units at SpecDNN's own widths, trained on from the dense network's weights.
    """
    if arm["units"] == "dense":
        return "dense"
    if pd.notna(arm["share"]):
        return "curve"
    if arm["units"] in UNRANKED or arm["initial"] == "random":
        return "controls"
    return "own" if arm["widths"] == "released" else "widths"


def read_runs(path: str | Path) -> pd.DataFrame:
    """The CSV of `compare_runs`, best tiny shapes chosen; what does not apply to an arm is an empty text."""
    runs = pd.read_csv(path, dtype=dict.fromkeys([*PLACE, *ARM[:4]], str))
    return with_best_tiny(runs.fillna(dict.fromkeys(ARM[:4], "")))


def with_best_tiny(runs: pd.DataFrame) -> pd.DataFrame:
    """Of the tiny shapes of each network and class, the best on held-out images, as one arm of the widths "tiny".

    A shape's held-out score is the mean over its draws; of equals the first in the alphabet stands.
    """
    is_tiny = runs.units.isin(TINY)
    tiny = runs[is_tiny]
    if tiny.empty:
        return runs
    case = [*PLACE, NETWORK, "units", "label", "initial", "loss", "share"]
    scores = tiny.groupby([*case, "widths"], dropna=False).held_out_balanced_accuracy.mean().reset_index()
    best = scores.sort_values("held_out_balanced_accuracy", ascending=False, kind="stable").drop_duplicates(case)
    chosen = tiny.merge(best[[*case, "widths"]], on=[*case, "widths"]).assign(widths="tiny")
    return pd.concat([runs[~is_tiny], chosen], ignore_index=True)


def best_cut(runs: pd.DataFrame) -> pd.DataFrame:
    """For each network and class the best specialist that is cut, as an arm of the units CUT_BY_CLASS.

    Of all that are cut at SpecDNN's own number of parameters, draw nothing, and ran on every network of the dataset:
    the one with the best held-out score at a chosen threshold; of equals the first in the alphabet. So it has the
    freedom that a small network has in its shape.
    """
    cut = runs[(runs.initial == "kept") & runs.share.isna()]
    draws = cut.groupby([*PLACE, *ARM], dropna=False).draw.transform("nunique")
    ran = cut.groupby([*PLACE, *ARM], dropna=False)[NETWORK].transform("nunique")
    cut = cut[(draws == 1) & (ran == cut.groupby(PLACE)[NETWORK].transform("nunique"))]
    case = [*PLACE, NETWORK, "label"]
    ordered = cut.sort_values(ARM[:4]).sort_values("held_out_tuned", ascending=False, kind="stable")
    best = ordered.drop_duplicates(case)
    return best.assign(units=CUT_BY_CLASS, loss="", widths="")


def per_network(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a dataset, model, arm and network: means of MEANS over classes and draws.

    specialists, collapsed: how many, and how many of them say no to every image; collapsed_share: the one of the other;
    not_collapsed: mean balanced accuracy of the others, NaN where there are none.
    """
    runs = runs.assign(
        not_collapsed=runs.balanced_accuracy.mask(runs.collapsed), collapsed_share=runs.collapsed.astype(float)
    )
    counts = {"specialists": ("label", "size"), "collapsed": ("collapsed", "sum")}
    means = {name: (name, "mean") for name in [*MEANS, "collapsed_share"]}
    groups = runs.groupby([*PLACE, *ARM, NETWORK], sort=False, dropna=False)
    return groups.agg(**means, **counts).reset_index()


def of_arms(networks: pd.DataFrame) -> dict[Arm, pd.DataFrame]:
    """The rows of `per_network` of one dataset and model: arm -> a row a network; the share of an arm is None, not NaN.

    NaN differs from itself, so an arm with it could not be looked up.
    """
    found = {}
    for _, rows in networks.groupby(ARM, sort=False, dropna=False):
        units, initial, loss, widths, share = rows[ARM].iloc[0]
        found[units, initial, loss, widths, None if pd.isna(share) else share] = rows.set_index(NETWORK).sort_index()
    return found


def difference(arm: pd.DataFrame, reference: pd.DataFrame, measure: str) -> pd.Series:
    """Paired differences of two arms, over the networks that have both."""
    return (arm[measure] - reference[measure]).dropna()
