"""The table of own networks, counted again from the scores in git by other code than its own: pandas and scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support import ROOT

SCORES = sorted((ROOT / "results/scores/own").glob("*/seed*/*.csv"))
PLACE = ["study", "set", "method", "share"]
CLOSE = {"rtol": 0, "atol": 1e-12}
NEAR = 0.01  # of studies/own/params.yaml
DENSE = ["dense", "dense_tuned"]


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    """A row a network, set, method and share; the mean over all sets is one, too. The dense network has share 1."""
    rows = pd.concat([pd.read_csv(path) for path in SCORES], ignore_index=True).fillna({"share": 1.0})
    recall, refused = rows.accepted / rows.set_images, 1 - rows.false_alarms / rows.other_images
    rows["balanced_accuracy"], rows["refused"] = (recall + refused) / 2, refused
    rows["accuracy_in_set"] = rows.right / rows.set_images
    rows["collapsed"] = (rows.accepted == 0) & (rows.false_alarms == 0)
    networks = rows.groupby(["study", "method", "share", "seed"])
    everywhere = networks[["balanced_accuracy", "refused", "accuracy_in_set", "auroc"]].mean()
    everywhere = everywhere.assign(collapsed=networks.collapsed.sum(), set="all sets").reset_index()
    return pd.concat([rows, everywhere], ignore_index=True).set_index([*PLACE, "seed"]).sort_index()


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rows = pd.read_csv(ROOT / "results/tables/own.csv").fillna({"share": 1.0})
    return rows.set_index(PLACE).sort_index()


def holm(p: pd.Series) -> pd.Series:
    order = p.sort_values()
    corrected = (order * np.arange(len(order), 0, -1)).cummax().clip(upper=1.0)
    return corrected.reindex(p.index)


def test_every_specialist_is_there_once(scores: pd.DataFrame):
    assert not scores.index.duplicated().any()
    single = scores.drop(index="all sets", level="set").drop(index=DENSE, level="method")
    assert len(single.loc["fashion_mnist"]) == 4 * 7 * 3 * 5
    assert (single.groupby(PLACE).size() == 5).all()


def test_a_score_is_what_its_counts_come_to(scores: pd.DataFrame):
    known = scores.drop(index="all sets", level="set")
    assert (known.accepted <= known.set_images).all()
    assert (known.right <= known.accepted).all()
    assert (known.set_images + known.other_images == 10_000).all()


def test_means_and_intervals(scores: pd.DataFrame, table: pd.DataFrame):
    for place, found in scores.groupby(PLACE):
        row = table.loc[place]
        for name in ("balanced_accuracy", "refused", "accuracy_in_set", "auroc"):
            np.testing.assert_allclose(row[name], found[name].mean(), err_msg=f"{place} {name}", **CLOSE)
        values = found.balanced_accuracy
        limits = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
        np.testing.assert_allclose([row.low, row.high], limits, err_msg=str(place), **CLOSE)
        assert row.collapsed == found.collapsed.sum()
    assert len(table) == scores.groupby(PLACE).ngroups


@pytest.mark.parametrize(("prefix", "reference"), [("", "magnitude"), ("dense_", "dense_tuned")])
def test_differences_are_paired_by_network(scores: pd.DataFrame, table: pd.DataFrame, prefix: str, reference: str):
    tried = 0
    for (study, of, method, share), row in table.iterrows():
        if method in (*DENSE, reference):
            continue
        own = scores.loc[study, of, method, share].balanced_accuracy
        other = scores.loc[study, of, reference, 1.0 if reference in DENSE else share].balanced_accuracy
        test = stats.ttest_rel(own, other.loc[own.index])
        limits = test.confidence_interval(0.95)
        wanted = [(own - other).mean(), limits.low, limits.high, test.pvalue]
        shown = [row[f"{prefix}{name}"] for name in ("difference", "difference_low", "difference_high", "p")]
        np.testing.assert_allclose(shown, wanted, err_msg=f"{of} {method} {share}", **CLOSE)
        if reference in DENSE:
            near = stats.ttest_1samp(own - other, -NEAR, alternative="greater").pvalue
            np.testing.assert_allclose(row.near_p, near, err_msg=f"{of} {method} {share}", **CLOSE)
        tried += 1
    assert tried == 5 * (6 if reference == "magnitude" else 7) * 3


def test_p_is_corrected_over_the_methods_and_shares_of_a_set(table: pd.DataFrame):
    for place, rows in table.groupby(["study", "set"]):
        known = rows.p.dropna()
        assert len(known) == 6 * 3
        np.testing.assert_allclose(rows.p_holm.loc[known.index], holm(known), err_msg=str(place), **CLOSE)
