"""The comparison's tables, on scores whose answer is known by hand."""

import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support import ROOT, run_here, script_module

from specdnn.errors import UserError
from specdnn.evaluation import arms
from specdnn.report import comparison
from specdnn.report.numbers import KINDS, numbers

table, hypotheses, rankings, recipe, runs, longer = (
    script_module(f"compare/{name}") for name in ("table", "hypotheses", "rankings", "recipe", "runs", "longer")
)
FAIR = "balanced_cross_entropy"
ARGS = Namespace(alike=0.005, near_dense=0.01, resamples=100)
NOISE = 0.0001 * np.array([-2, -1, 0, 1, 2])  # of five networks around their mean


def specialists(scores, **arm: object) -> pd.DataFrame:
    """One specialist of class 0 of each dense network; scores: balanced accuracy, seeds 1, 2, ..."""
    scores = np.asarray(scores, float)
    rows = pd.DataFrame({"seed": range(1, len(scores) + 1), "balanced_accuracy": scores})
    place = {"dataset": "mnist", "model": "lenet_5", "label": 0, "draw": 1, "parameters": 500}
    named = {"units": "released", "initial": "kept", "loss": FAIR, "widths": "released", "share": np.nan}
    measures = dict.fromkeys(["tuned_balanced_accuracy", "auroc", "accuracy", "recall"], scores)
    held_out = dict.fromkeys(["held_out_balanced_accuracy", "held_out_tuned"], scores)
    fixed = {"false_positive_rate": 0.0, "collapsed": False, "tuned_collapsed": False}
    return rows.assign(**{**place, **named, **measures, **held_out, **fixed, **arm})


def dense(score: float) -> pd.DataFrame:
    return specialists(score + NOISE, units="dense", initial="", loss="", widths="")


def summary(*parts: pd.DataFrame) -> pd.DataFrame:
    return table.summary(pd.concat(parts), ARGS).set_index(["units", "initial", "loss", "widths"])


def test_a_value_is_the_mean_over_classes_and_draws_of_each_network():
    drawn = [
        specialists([0.9 + 0.01 * draw], units="random", draw=draw, label=label) for draw in (1, 2) for label in (0, 1)
    ]
    row = arms.per_network(pd.concat(drawn)).iloc[0]
    assert (row.balanced_accuracy, row.specialists) == (pytest.approx(0.915), 4)


def test_what_is_reached_without_the_collapsed_is_told_apart_from_the_mean():
    parts = [specialists([score], label=k, collapsed=score == 0.5) for k, score in enumerate((0.9, 0.5, 0.8))]
    row = arms.per_network(pd.concat(parts)).iloc[0]
    assert (row.balanced_accuracy, row.not_collapsed) == pytest.approx((2.2 / 3, 0.85))
    assert (row.collapsed, row.collapsed_share) == (1, pytest.approx(1 / 3))


def test_the_best_tiny_shape_is_chosen_on_held_out_images_for_each_network_and_class():
    tiny = {"units": "tiny", "initial": "random"}
    shapes = [
        specialists([0.90, 0.90], widths="tiny1", held_out_balanced_accuracy=[0.8, 0.6], **tiny),
        specialists([0.70, 0.70], widths="tiny2", held_out_balanced_accuracy=[0.7, 0.7], **tiny),
    ]
    chosen = arms.with_best_tiny(pd.concat([*shapes, specialists([0.5, 0.5])]))
    tiny_rows = chosen[chosen.units == "tiny"].set_index("seed")
    assert tiny_rows.balanced_accuracy.to_dict() == {1: 0.90, 2: 0.70}
    assert set(tiny_rows.widths) == {"tiny"}
    assert (chosen.units == "released").sum() == 2


def test_the_shape_is_that_of_the_best_mean_over_its_draws_and_keeps_all_of_them():
    tiny = {"units": "tiny", "initial": "random"}
    held_out = {("tiny1", 1): 0.99, ("tiny1", 2): 0.50, ("tiny2", 1): 0.80, ("tiny2", 2): 0.80}
    shapes = [
        specialists([0.9], widths=widths, draw=draw, held_out_balanced_accuracy=score, **tiny)
        for (widths, draw), score in held_out.items()
    ]
    assert arms.with_best_tiny(pd.concat(shapes)).held_out_balanced_accuracy.tolist() == [0.80, 0.80]


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, "own"),
        ({"units": "random"}, "own"),
        ({"initial": "random"}, "controls"),
        ({"units": "rule_inputs"}, "controls"),
        ({"units": "logistic", "widths": "pixels"}, "controls"),
        ({"widths": "even"}, "widths"),
        ({"units": "magnitude", "widths": "even", "share": 0.01}, "curve"),
        ({"units": "random", "initial": "random", "widths": "even", "share": 0.01}, "curve"),
        ({"units": "dense"}, "dense"),
    ],
)
def test_the_kind_of_an_arm(changed: dict, kind: str):
    usual = {"units": "released", "initial": "kept", "widths": "released", "share": float("nan")}
    assert arms.kind_of({**usual, **changed}) == kind


def test_an_arm_is_held_against_specdnns_choice_under_the_same_loss():
    rows = summary(
        specialists(0.90 + NOISE),
        specialists(0.80 + NOISE, loss="squared"),
        specialists(0.93 + NOISE[::-1], units="random_live"),
        specialists(0.85 + NOISE[::-1], units="random_live", loss="squared"),
    )
    assert rows.against.dropna().unique().tolist() == ["released"]
    assert rows.difference["random_live", "kept", FAIR, "released"] == pytest.approx(0.03)
    assert rows.difference["random_live", "kept", "squared", "released"] == pytest.approx(0.05)
    assert rows.loss_difference["released", "kept", FAIR, "released"] == pytest.approx(0.10)
    assert np.isnan(rows.loss_difference["released", "kept", "squared", "released"])


def test_differences_are_paired_over_the_networks_that_have_both():
    """The sixth network, which the other arm misses, would move the mean."""
    rows = summary(specialists([*(0.90 + NOISE), 0.1]), specialists(0.91 + 2 * NOISE, units="random"))
    row = rows.loc["random", "kept", FAIR, "released"]
    assert (row.pairs, row.networks, row.difference) == (5, 5, pytest.approx(0.01))


def test_along_the_curve_an_arm_is_held_against_the_magnitudes_at_its_share():
    rows = summary(
        *(
            specialists(score + NOISE, units="magnitude", widths="even", share=share)
            for share, score in ((0.01, 0.9), (0.1, 0.97))
        ),
        *(
            specialists(score - NOISE, units="random", widths="even", share=share)
            for share, score in ((0.01, 0.8), (0.1, 0.96))
        ),
        specialists(0.5 + NOISE),
    )
    differences = rows.loc["random"].set_index("share").difference
    assert differences.to_dict() == pytest.approx({0.01: -0.10, 0.1: -0.01})
    assert set(rows.against.dropna()) == {"magnitude"}


def test_a_family_is_that_of_one_loss_and_kind():
    """Three arms in the family of own, one each in those of widths and of another loss, which p of one test shows."""
    noisy = [0.9 + 10 * NOISE[[order, *(set(range(5)) - {order})]] + 0.001 for order in (1, 2, 3)]
    rows = summary(
        specialists(0.9 + NOISE),
        *(
            specialists(scores, units=units)
            for units, scores in zip(("random", "taylor", "captor"), noisy, strict=True)
        ),
        specialists(noisy[0], widths="even"),
        specialists(0.9 + NOISE, loss="squared"),
        specialists(noisy[0], units="random", loss="squared"),
    )
    assert rows.p_holm["released", "kept", FAIR, "even"] == rows.p["released", "kept", FAIR, "even"]
    assert rows.p_holm["random", "kept", "squared", "released"] == rows.p["random", "kept", "squared", "released"]
    own = rows.loc[["random", "taylor", "captor"]].loc[lambda found: found.index.get_level_values("loss") == FAIR]
    assert own.p_holm.min() == pytest.approx(min(1, 3 * own.p.min()))


def curve(scores: dict[float, float], gain: float = 0) -> pd.DataFrame:
    """Rows of a curve; gain: of a chosen threshold, which the dense network has not."""
    parts = [specialists(score - NOISE, units="random", widths="even", share=share) for share, score in scores.items()]
    parts = [part.assign(tuned_balanced_accuracy=part.balanced_accuracy + gain) for part in parts]
    return summary(dense(0.99), *parts).loc["random"].set_index("share")


def test_the_smallest_share_near_the_dense_network_by_the_mean_and_by_the_test():
    """At 0.01 the mean is a hair within one point of the dense network, too little for the test."""
    rows = curve({0.001: 0.90, 0.01: 0.98005, 0.1: 0.985})
    assert set(rows.smallest_share) == {0.01}
    assert set(rows.smallest_share_tested) == {0.1}
    assert rows.near_dense_p[0.01] > 0.05 > rows.near_dense_p[0.1]


def test_the_tests_go_down_from_the_largest_share_and_stop_where_one_fails():
    rows = curve({0.001: 0.985, 0.01: 0.97, 0.1: 0.985})
    assert set(rows.smallest_share) == {0.001}
    assert set(rows.smallest_share_tested) == {0.1}


def test_at_chosen_thresholds_both_are_taken_at_theirs():
    rows = curve({0.001: 0.90, 0.01: 0.975, 0.1: 0.985}, gain=0.01)
    assert set(rows.smallest_share) == {0.1}
    assert set(rows.tuned_smallest_share) == set(rows.tuned_smallest_share_tested) == {0.01}
    assert rows.tuned_dense_difference[0.01] == pytest.approx(-0.005)


def test_no_share_may_be_near():
    rows = curve({0.001: 0.90, 0.1: 0.95})
    assert rows[["smallest_share", "smallest_share_tested"]].isna().all(axis=None)
    lines = comparison.near_dense(rows.reset_index().assign(units="random", initial="kept"))
    assert lines.values.tolist() == [["random", *["none"] * 4]]


def test_what_differs_along_the_shares_has_a_star():
    rows = [
        ("random", 0.1, 0.96, 0.2),
        ("random", 0.01, 0.9, 0.04),
        ("magnitude", 0.1, 0.97, None),
        ("magnitude", 0.01, 0.96, None),
        ("disparity", 0.01, 0.97, 0.2),
    ]
    frame = pd.DataFrame(rows, columns=["units", "share", "balanced_accuracy", "p_holm"])
    shown = comparison.along_shares(frame.assign(initial="kept", low=0.5, high=1.0)).set_index("")
    assert shown["1 %"].to_dict() == {
        "random": "90.0* (50.0–100.0)",
        "magnitude": "96.0 (50.0–100.0)",
        "disparity": "97.0 (50.0–100.0)",
    }
    assert shown["10 %"].to_dict() == {
        "random": "96.0 (50.0–100.0)",
        "magnitude": "97.0 (50.0–100.0)",
        "disparity": "–",
    }


def ranked(**scores: float) -> pd.DataFrame:
    """A row a network; each method's noise is of another order, so that differences vary."""
    return pd.DataFrame({name: score + np.roll(NOISE, k) for k, (name, score) in enumerate(scores.items())})


def test_pairs_that_another_ranking_turns_round_are_counted_if_they_were_told_apart():
    found = rankings.agreement(ranked(a=0.9, b=0.8, c=0.1), ranked(a=0.8, b=0.9, c=0.1))
    assert found["tau"] == pytest.approx(1 / 3)
    assert (found["told_apart"], found["reversed"], found["contradicted"]) == (3, 1, 1)


def test_methods_within_the_noise_may_change_places():
    found = rankings.agreement(ranked(a=0.90001, b=0.9, c=0.1), ranked(a=0.9, b=0.90001, c=0.1))
    assert (found["told_apart"], found["reversed"], found["contradicted"]) == (2, 0, 0)


def test_a_reversal_that_one_side_alone_can_tell_is_no_contradiction():
    found = rankings.agreement(ranked(a=0.95, b=0.9, c=0.1), ranked(a=0.9, b=0.90001, c=0.1))
    assert (found["told_apart"], found["reversed"], found["contradicted"]) == (3, 1, 0)


def test_a_method_that_ran_on_fewer_networks_than_others_is_left_out_of_a_ranking():
    everywhere = [specialists(score + NOISE, units=units) for units, score in (("released", 0.9), ("random", 0.8))]
    found = rankings.rankings(pd.concat([*everywhere, specialists([0.85], units="mint")]))
    assert [sorted(scores.columns) for scores in found.values()] == [["random", "released"]] * len(found)
    assert {len(scores) for scores in found.values()} == {len(NOISE)}


def test_rankings_are_compared_where_one_factor_differs_over_the_methods_of_both():
    one, other = ranked(a=0.9, b=0.8, c=0.7), ranked(b=0.8, a=0.7, d=0.6)
    place, stopped = ("mnist", "lenet_5", "auroc"), rankings.STOPPED
    frames = {("squared", *place, stopped): one, (FAIR, *place, stopped): other}
    frames[FAIR, "digits", "lenet_5", "tuned", stopped] = other
    rows = rankings.between(frames)
    assert rows[["between", "first", "second", "methods"]].values.tolist() == [["loss", "squared", FAIR, 2]]


def test_a_longer_schedule_is_compared_with_the_stopped_one_on_the_networks_of_both():
    place, (stopped, longer) = ("mnist", "lenet_5", "auroc"), (rankings.STOPPED, rankings.LONGER)
    one, other = ranked(a=0.9, b=0.8, c=0.7), ranked(a=0.7, b=0.8, c=0.9)
    frames = {(loss, *place, stopped): one for loss in ("squared", FAIR)}
    frames |= {(loss, *place, longer): other.iloc[:4] for loss in ("squared", FAIR)}
    rows = rankings.between(frames)
    found = rows[["between", "loss", "first", "second", "networks", "tau"]].values.tolist()
    assert [row[:4] for row in found] == [
        ["loss", found[0][1], "squared", FAIR],
        ["schedule", "squared", stopped, longer],
        ["schedule", FAIR, stopped, longer],
    ]
    assert [row[4:] for row in found] == [[5, 1.0], [4, -1.0], [4, -1.0]]


def test_what_more_epochs_are_worth_is_paired_by_the_networks_of_both():
    before = [specialists(0.80 + SEVEN), specialists(0.70 + SEVEN, units="random")]
    after = [specialists(0.85 + NOISE, collapsed=True), specialists(0.6 + NOISE, units="captor")]
    found = longer.gains(*(arms.of_arms(arms.per_network(pd.concat(parts))) for parts in (before, after)))
    assert [row["units"] for row in found] == ["released"], "only what ran by both"
    row = found[0]
    gains = 0.05 + NOISE - SEVEN[: len(NOISE)]
    assert (row["networks"], row["collapsed"], row["stopped_collapsed"]) == (5, 5, 0)
    assert row["difference"] == pytest.approx(gains.mean())
    assert row["p"] == pytest.approx(stats.ttest_1samp(gains, 0).pvalue)


LEFT, RIGHT = ("random_live", "kept", FAIR, "released", None), ("released", "kept", FAIR, "released", None)


@pytest.mark.parametrize(
    ("expects", "gain", "noise", "outcome"),
    [
        ("above", 0.01, 1, "holds"),
        ("above", -0.01, 1, "reversed"),
        ("above", 0.0001, 10, "not shown"),
        ("below", -0.01, 1, "holds"),
        ("below", 0.01, 1, "reversed"),
        ("apart", -0.01, 1, "differs"),
        ("apart", 0.0001, 10, "not shown"),
        ("alike", 0.001, 1, "holds"),
        ("alike", 0.01, 1, "fails"),
        ("alike", -0.01, 1, "fails"),
        ("alike", 0.004, 20, "open"),
    ],
)
def test_outcomes(expects: str, gain: float, noise: float, outcome: str):
    one = hypotheses.Hypothesis("it", "It is so.", LEFT, RIGHT, expects, "balanced_accuracy")
    runs = pd.concat([specialists(0.9 + gain + noise * NOISE, units="random_live"), specialists(np.full(5, 0.9))])
    row = hypotheses.tested([one], arms.of_arms(arms.per_network(runs)), 0.005)[0]
    assert row["outcome"] == outcome
    assert row["difference"] == pytest.approx(gain)


def test_few_networks_leave_a_hypothesis_untested_and_a_missing_arm_leaves_it_out():
    one = hypotheses.Hypothesis("it", "It is so.", LEFT, RIGHT, "above", "balanced_accuracy")
    few = arms.per_network(pd.concat([specialists([0.9] * 4, units="random_live"), specialists([0.8] * 4)]))
    assert hypotheses.tested([one], arms.of_arms(few), 0.005)[0]["outcome"] == "too few networks"
    assert hypotheses.tested([one], arms.of_arms(few[few.units == "released"]), 0.005) == []


def test_the_stated_hypotheses_are_readable_and_of_known_arms():
    found = hypotheses.read(ROOT / "docs/hypotheses.yaml")
    assert len(found) > 10
    for one in found:
        assert one.left != one.right
        assert one.says.endswith(".")


STATED = """
arm: {units: released, initial: kept, loss: squared, widths: released, share: null}
hypotheses:
  - {id: one, says: It is so., left: {}, right: {units: random}, expects: above}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("expects: above", "expects: higher", "hypothesis one: higher is none of above, below, alike, apart"),
        ("units: random", "unit: random", "hypothesis one: unit is none of units"),
        (", right: {units: random}", "", "hypothesis 1: no right; add it"),
        ("expects: above", "expects: above, measure: speed", "hypothesis one: speed is none of"),
        ("share: null", "", "arm: no share; add it"),
        ("{id: one", "{id: [", "correct it"),
    ],
)
def test_a_hypothesis_that_is_wrong_is_refused_by_name(tmp_path: Path, old: str, new: str, message: str):
    path = tmp_path / "hypotheses.yaml"
    path.write_text(STATED.replace(old, new))
    with pytest.raises(UserError) as refused:
        hypotheses.read(path)
    assert str(path) in str(refused.value)
    assert message in str(refused.value)


def chosen(*parts: pd.DataFrame) -> pd.DataFrame:
    """Rows of the recipe's CSV; networks 1 and 2 choose."""
    networks = recipe.network_values(pd.concat(parts))
    places = {dataset: arms.of_arms(part) for dataset, part in networks.groupby("dataset")}
    return pd.DataFrame(recipe.of_model(places, "lenet_5", range(1, 3))).set_index("row")


SEVEN = np.array([0, 0, *NOISE])


def test_the_recipe_is_chosen_on_held_out_images_and_tested_on_the_other_networks():
    papers = specialists(0.80 + SEVEN, loss="squared")
    best = specialists(0.90 - SEVEN, units="random", held_out_balanced_accuracy=[1, 1, *[0] * 5], collapsed=True)
    better_on_test = specialists(0.99 + SEVEN, held_out_balanced_accuracy=0.95, held_out_tuned=0.95)
    rows = chosen(papers, best, better_on_test)
    assert rows[["units", "threshold"]].loc["recipe"].tolist() == ["random", "0.5"]
    assert (rows.networks["recipe"], rows.collapsed["recipe"], rows.specialists["recipe"]) == (5, 5, 5)
    assert rows.difference["released"] == pytest.approx(0.10)
    assert rows.units["rank2"] == "released"
    assert "cut" not in rows.index, "the recipe is cut itself"


def test_what_the_choosing_networks_have_not_run_is_no_candidate_but_a_control_where_one_thing_differs():
    best = specialists(0.90 + SEVEN, units="tiny", initial="random", widths="tiny", held_out_tuned=0.95)
    papers = specialists(0.80 + SEVEN, loss="squared")
    later = [
        specialists(0.93 + SEVEN, units="tiny_live", initial="random", widths="tiny"),
        specialists(0.91 + SEVEN, units="tiny", initial="random", widths="tiny", loss="balanced_squared"),
        specialists(0.99 + SEVEN, units="tiny_live", initial="random", widths="tiny", loss="squared"),  # two things
    ]
    rows = chosen(papers, best, *[rows[rows.seed > 3] for rows in later])
    assert (rows.units["recipe"], rows.threshold["recipe"]) == ("tiny", "tuned")
    assert [*rows.index[:4]] == ["recipe", "released", "released_tuned", "cut"]
    assert [*rows.index[4:6]] == ["tiny_live", "balanced_squared"]
    assert rows.networks[["recipe", "released_tuned", "tiny_live"]].tolist() == [5, 5, 4]
    assert rows.difference["tiny_live"] == pytest.approx(-0.03)
    assert rows.threshold[["released", "released_tuned", "tiny_live"]].tolist() == ["0.5", "tuned", "tuned"]


def test_the_recipe_is_held_against_the_best_candidates_of_two_other_kinds():
    papers = specialists(0.80 + SEVEN, loss="squared", held_out_balanced_accuracy=0.5, held_out_tuned=0.5)
    cut = specialists(0.85 + SEVEN, held_out_balanced_accuracy=0.6, held_out_tuned=0.6)
    tiny = {"initial": "random", "widths": "tiny"}
    pixels = [
        specialists(0.87 + SEVEN, units="tiny", loss=loss, held_out_balanced_accuracy=score, held_out_tuned=0, **tiny)
        for loss, score in (("squared", 0.7), ("balanced_squared", 0.8))
    ]
    best = specialists(0.90 + SEVEN, units="tiny_coarse", held_out_balanced_accuracy=0.9, held_out_tuned=0, **tiny)
    rows = chosen(papers, cut, *pixels, best)
    assert rows.units["recipe"] == "tiny_coarse"
    assert rows.loss[["cut", "pixels"]].tolist() == ["balanced_cross_entropy", "balanced_squared"]
    assert rows.difference[["cut", "pixels"]].tolist() == pytest.approx([0.05, 0.03])


def test_the_best_that_is_cut_is_chosen_for_each_network_and_class_among_what_draws_nothing_and_ran_everywhere():
    one = specialists([0.80, 0.81], held_out_tuned=[0.9, 0.7])
    other = specialists([0.70, 0.71], loss="squared", held_out_tuned=[0.8, 0.8])
    second_class = specialists([0.60, 0.61], label=1, held_out_tuned=[0.1, 0.1])
    unfit = [
        *(specialists([1, 1], units="random", draw=draw, held_out_tuned=1) for draw in (1, 2)),
        specialists([1], units="mint", held_out_tuned=1),
        specialists([1, 1], share=0.01, held_out_tuned=1),
        specialists([1, 1], units="tiny", initial="random", held_out_tuned=1),
    ]
    found = arms.best_cut(pd.concat([one, other, second_class, *unfit])).sort_values(["label", "seed"])
    assert found.balanced_accuracy.tolist() == [0.80, 0.71, 0.60, 0.61]
    assert found[["units", "initial", "loss", "widths"]].drop_duplicates().values.tolist() == [
        ["cut_by_class", "kept", "", ""]
    ]


def test_networks_that_are_to_choose_and_have_not_run_are_named():
    both = pd.DataFrame({"dataset": ["mnist", "mnist", "digits", "digits"], "seed": [1, 2, 1, 5]})
    assert recipe.yet_to_run(both, range(1, 4)) == {2, 3}
    assert recipe.yet_to_run(both, range(1, 2)) == set()


def test_a_tuned_threshold_may_be_chosen_and_counts_its_own_collapsed():
    papers = specialists(0.80 + SEVEN, loss="squared")
    tuned = specialists(0.90 - SEVEN, held_out_tuned=0.97, tuned_balanced_accuracy=0.95 + SEVEN, collapsed=True)
    rows = chosen(papers, tuned)
    assert rows.threshold["recipe"] == "tuned"
    assert (rows.test["recipe"], rows.collapsed["recipe"]) == (pytest.approx(0.95), 0)


def test_the_recipe_is_for_all_datasets_of_a_network_together():
    """One arm is best on the first dataset, another on the second, and a third on both together."""
    parts = [specialists(0.80 + SEVEN, loss="squared", dataset=dataset) for dataset in ("mnist", "digits")]
    for units, scores in {"random": (0.99, 0.7), "taylor": (0.7, 0.99), "captor": (0.9, 0.9)}.items():
        parts += [
            specialists(score + SEVEN, units=units, dataset=place)
            for score, place in zip(scores, ("mnist", "digits"), strict=True)
        ]
    parts.append(specialists(0.999 + SEVEN, units="disparity"))  # on one dataset only
    assert chosen(*parts).units["recipe"].tolist() == ["captor", "captor"]


def test_what_is_not_of_specdnns_own_number_of_parameters_is_no_candidate():
    papers = specialists(0.80 + SEVEN, loss="squared")
    larger = [
        specialists(0.99 + SEVEN, units="magnitude", widths="even", share=0.1),
        specialists(0.98 + SEVEN, units="logistic", initial="random", widths="pixels"),
        specialists(0.97 + SEVEN, units="dense", initial="", loss="", widths=""),
    ]
    rows = chosen(papers, *larger)
    assert rows.units["recipe"] == "released"
    assert rows.units["logistic"] == "logistic"


def test_counts_become_rates():
    counts = {"images": 100, "positives": 10, "true_positives": 8, "false_positives": 9}
    row = runs.scored(pd.DataFrame([{**counts, "tuned_true_positives": 0, "tuned_false_positives": 0}])).iloc[0]
    assert (row.recall, row.false_positive_rate, row.accuracy) == pytest.approx((0.8, 0.1, 0.89))
    assert (row.balanced_accuracy, row.tuned_balanced_accuracy) == pytest.approx((0.85, 0.5))
    assert (row.collapsed, row.tuned_collapsed) == (False, True)


PRESENT = {"own": "a", "curve": "b", "dense": "c"}  # settings of each part
COUNTS = {"images": 100, "positives": 10, "true_positives": 5, "false_positives": 0}


def joined(folder: Path, scores: tuple[str, ...] = ("own", "curve", "dense"), **found: str):
    """`compare_runs` on one class of one network; `found`: the settings of parts that are not the PRESENT ones."""
    keys = {"dataset": "mnist", "model": "lenet_5"}
    for part, settings in {**PRESENT, **found}.items():
        units = [{"units": "dense"}, {"units": "random", "share": 0.1 if part == "curve" else None}]
        rows = pd.DataFrame(units[:1] if part == "dense" else units)
        rows = rows.assign(**keys, seed=1, part=part, initial=None, loss=None, widths=None, draw=1, label=0, **COUNTS)
        rows = rows.assign(tuned_true_positives=5, tuned_false_positives=0, settings=settings)
        rows.to_csv(folder / f"{part}.csv", index=False)
    settings = [f"mnist/lenet_5/{part}={of}" for part, of in PRESENT.items()]
    files = {"runs": folder / "runs.csv", "scores": [folder / f"{part}.csv" for part in scores]}
    return run_here("compare/runs", {**files, "settings": settings})


def test_scores_are_joined_and_the_dense_network_is_that_of_its_own_part(tmp_path: Path):
    done = joined(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = pd.read_csv(tmp_path / "runs.csv")
    assert found[["units", "part"]].values.tolist() == [["random", "own"], ["random", "curve"], ["dense", "dense"]]
    assert "settings" not in found
    assert found.balanced_accuracy.tolist() == [0.75] * 3


@pytest.mark.parametrize("part", PRESENT)
def test_scores_of_other_settings_are_refused_by_name(tmp_path: Path, part: str):
    done = joined(tmp_path, **{part: "z"})
    assert done.returncode == 2
    assert f"{tmp_path / part}.csv: of settings z, and params.yaml has {PRESENT[part]};" in done.stderr
    assert not (tmp_path / "runs.csv").exists()


@pytest.mark.parametrize("settings", ["d", "z"])
def test_communities_are_joined_by_dataset_and_network_unless_they_are_of_other_settings(tmp_path: Path, settings: str):
    found, joined = tmp_path / "communities.json", tmp_path / "joined.json"
    record = {"params": {"dataset": "mnist", "model": "lenet_5", "settings": settings}}
    found.write_text(json.dumps({"record": record}))
    flags = {"settings": "mnist/lenet_5=d", "communities": found, "joined": joined}
    done = run_here("compare/communities_joined", flags)
    if settings == "d":
        assert json.loads(joined.read_text()) == {"mnist": {"lenet_5": [{"record": record}]}}
    else:
        assert (done.returncode, joined.exists()) == (2, False)
        assert f"{found}: of settings z, and params.yaml has d;" in done.stderr


def test_scores_of_a_part_that_the_comparison_no_longer_has_are_refused(tmp_path: Path):
    joined(tmp_path)
    rows = pd.read_csv(tmp_path / "own.csv").replace({"dataset": {"mnist": "digits"}})
    rows.to_csv(tmp_path / "own.csv", index=False)
    settings = [f"mnist/lenet_5/{part}={of}" for part, of in PRESENT.items()]
    files = {"scores": tmp_path / "own.csv", "runs": tmp_path / "again.csv"}
    done = run_here("compare/runs", {**files, "settings": settings})
    assert done.returncode == 2
    assert f"{tmp_path / 'own.csv'}: of settings a, and params.yaml has None;" in done.stderr
    assert not (tmp_path / "again.csv").exists()


def test_a_specialist_that_is_in_two_parts_is_refused(tmp_path: Path):
    done = joined(tmp_path, scores=("own", "own"))
    assert done.returncode == 2
    assert "units random, draw 1, label 0 are in two parts" in done.stderr


def test_no_column_is_written_in_two_ways():
    columns = " ".join(KINDS).split()
    assert len(columns) == len({*columns})


def test_numbers_of_the_comparison_are_named_by_their_arms(tmp_path: Path):
    """A row of each table; what is empty is no part of a key, and a column that no page quotes has none."""
    from specdnn import files

    place = {"dataset": "mnist", "model": "lenet_5"}
    arm = {"units": "random", "initial": "kept", "loss": FAIR, "widths": "even"}
    ranking = {"between": "loss", **place, "loss": None, "measure": "auroc", "first": "squared", "second": FAIR}
    mine = {"study": "mine", "classes": "Shirt"}
    tables = {
        "compare": [
            {**place, **arm, "share": 0.01, "difference": -0.0112, "auroc": 0.9},
            {**place, "units": "dense", "balanced_accuracy": 0.9},
        ],
        "compare_hypotheses": [{**place, "id": "loss", "difference": 0.0251, "outcome": "holds"}],
        "compare_recipe": [
            {**place, "row": "released", "p_holm": 0.01},
            {"model": "lenet_5", "row": "rank1", "networks": 3},
        ],
        "compare_rankings": [{**ranking, "tau": 0.5}],
        "own": [  # `classes` are names here, and a number elsewhere
            {**mine, "set": "all sets", "method": "magnitude", "share": 0.03, "balanced_accuracy": 0.9},
            {**mine, "set": "shirt", "method": "dense", "balanced_accuracy": 0.95},
        ],
    }
    (tmp_path / "tables").mkdir()
    for name, rows in tables.items():
        files.write_text(tmp_path / f"tables/{name}.csv", pd.DataFrame(rows).to_csv(index=False))
    found = {key: number.text for key, number in numbers(tmp_path, ROOT / "published").items()}
    assert found == {
        f"compare.mnist.lenet_5.random.kept.{FAIR}.even.0.01.difference": "−1.1",
        "compare.mnist.lenet_5.dense.balanced_accuracy": "90.0 %",
        "hypotheses.mnist.lenet_5.loss.difference": "+2.5",
        "hypotheses.mnist.lenet_5.loss.holds": "1",
        "recipe.mnist.lenet_5.released.p_holm": "0.010",
        "recipe.lenet_5.rank1.networks": "3",
        f"rankings.loss.mnist.lenet_5.auroc.squared.{FAIR}.tau": "0.50",
        "own.mine.all.magnitude.0.03.balanced_accuracy": "90.0 %",
        "own.mine.shirt.dense.balanced_accuracy": "95.0 %",
    }


def test_the_collapsed_are_counted_by_the_width_of_their_narrowest_layer():
    collapse = script_module("compare/collapse")
    record = {"params": {"seed": 1}}
    widths = ((0, 1, "released"), (1, 5, "released"), (0, 9, "paper"))
    selected = [{"label": label, "narrowest": width, "method": method} for label, width, method in widths]
    joined = {"mnist": {"lenet_5": [{"record": record, "selected": selected}]}}
    filed = {"dataset": "mnist", "model": "lenet_5", "seed": 1, "initial": "kept", "loss": "squared", "share": None}
    cells = [(0, "released", True), (0, "released", False), (1, "released", False), (0, "even", True)]
    runs = pd.DataFrame([{**filed, "label": label, "widths": own, "collapsed": no} for label, own, no in cells])
    rows = collapse.counted(runs, collapse.narrowest(joined)).set_index("narrowest")
    assert rows[["specialists", "collapsed"]].to_dict("index") == {
        1: {"specialists": 2, "collapsed": 1},
        3: {"specialists": 1, "collapsed": 0},
    }
