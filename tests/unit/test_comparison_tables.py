"""The comparison's tables, on scores whose answer is known by hand."""

import json
from pathlib import Path

import pandas as pd
import pytest
from comparison import along_budgets, enough, per_network
from comparison_schedules import compared
from support import run_here

SHARES = {"0.01": 100, "0.1": 1000, "0.3": 3000}


def curve(method: str, held_out: list[float]) -> pd.DataFrame:
    """One network's specialists of class 0 along three budgets."""
    rows = pd.DataFrame({"budget": [*SHARES], "parameters": [*SHARES.values()], "held_out_score": held_out})
    return rows.assign(model="lenet_5", method=method, seed=1, label=0)


def test_the_smallest_budget_that_reaches_the_target_on_held_out_images_is_chosen():
    chosen = enough(curve("random", [0.90, 0.97, 0.96]), 0.97)
    assert chosen[["parameters", "budget", "reached"]].values.tolist() == [[1000, "enough", True]]


def test_where_no_budget_reaches_the_target_the_largest_stands_and_says_so():
    chosen = enough(curve("random", [0.90, 0.92, 0.91]), 0.97)
    assert chosen[["parameters", "reached"]].values.tolist() == [[3000, False]]


def test_budgets_are_chosen_for_each_method_by_itself_and_own_sizes_are_no_part_of_the_curve():
    runs = pd.concat([curve("random", [0.9, 0.9, 0.98]), curve("taylor", [0.98, 0.9, 0.9])])
    runs = pd.concat([runs, curve("taylor", [1.0, 1.0, 1.0]).assign(budget="own", parameters=1)])
    assert enough(runs, 0.97).set_index("method").parameters.to_dict() == {"random": 3000, "taylor": 100}


def test_what_is_reached_without_the_collapsed_is_told_apart_from_the_mean():
    measures = dict.fromkeys(["accuracy", "auroc", "recall", "false_positive_rate", "parameters", "asked"], 1.0)
    runs = pd.DataFrame({"label": [0, 1, 2], "balanced_accuracy": [0.9, 0.5, 0.8], "collapsed": [False, True, False]})
    runs = runs.assign(model="lenet_5", budget="own", method="random", seed=1, reached=False, **measures)
    row = per_network(runs).iloc[0]
    assert (row.balanced_accuracy, row.not_collapsed, row.collapsed) == pytest.approx((2.2 / 3, 0.85, 1))


def test_collapsed_specialists_are_counted_under_both_schedules(tmp_path: Path):
    columns = ["model", "seed", "method", "label", "budget", "balanced_accuracy", "collapsed"]
    own, ten = (("lenet_5", seed, "random", label) for seed, label in ((1, 0), (10, 1)))
    other = ("lenet_5", 1, "taylor", 0)
    cells = [(*own, "own", 0.5, True), (*own, "long", 0.9, False), (*ten, "own", 0.5, True)]
    cells += [(*other, budget, 0.8, False) for budget in ("own", "long")]
    pd.DataFrame(cells, columns=columns).to_csv(tmp_path / "runs.csv", index=False)
    written = {name: tmp_path / f"schedules.{name}" for name in ("csv", "md", "html", "tex")}
    schedules = {"short": "lenet_5=20/6", "long": "50/15", "resamples": 100}
    assert run_here("compare/schedules", {"runs": tmp_path / "runs.csv", **schedules, **written}).returncode == 0
    row = pd.read_csv(written["csv"]).set_index("method").loc["random"]
    assert (row.networks, row.collapsed_short, row.collapsed_long) == (1, 1, 0)


def scores(**methods: list[float]) -> pd.DataFrame:
    return pd.DataFrame(methods)


def test_methods_that_a_longer_schedule_turns_round_are_counted_if_they_were_told_apart():
    short = scores(a=[0.9, 0.9, 0.9, 0.9], b=[0.8, 0.8, 0.8, 0.8], c=[0.1, 0.1, 0.1, 0.1])
    long = scores(a=[0.8, 0.8, 0.8, 0.8], b=[0.9, 0.9, 0.9, 0.9], c=[0.1, 0.1, 0.1, 0.1])
    rows = compared(short, long, 1000).set_index("method")
    assert rows.told_apart.to_dict() == {"a": 2, "b": 2, "c": 2}
    assert rows.swapped.to_dict() == {"a": 1, "b": 1, "c": 0}
    assert rows.rank_short.to_dict() == {"a": 1, "b": 2, "c": 3}
    assert rows.rank_long.to_dict() == {"a": 2, "b": 1, "c": 3}


def test_methods_within_the_noise_may_change_places():
    short = scores(a=[0.90, 0.70, 0.90, 0.70], b=[0.72, 0.86, 0.72, 0.86])
    long = scores(a=[0.70, 0.88, 0.70, 0.88], b=[0.90, 0.72, 0.90, 0.72])
    rows = compared(short, long, 1000)
    assert rows.rank_short.tolist() != rows.rank_long.tolist()
    assert rows.told_apart.sum() == rows.swapped.sum() == 0


def along(networks: int) -> pd.DataFrame:
    """Rows of the table along two budgets: random is told apart at the smaller one, disparity nowhere."""
    rows = [
        ("random", "0.1", 0.96, -0.01, 0.2),
        ("random", "0.01", 0.9, -0.06, 0.04),
        ("magnitude", "0.1", 0.97, None, None),
        ("magnitude", "0.01", 0.96, None, None),
        ("disparity", "0.1", 0.98, 0.01, 0.2),
        ("disparity", "0.01", 0.97, 0.01, 0.2),
    ]
    columns = ["method", "budget", "balanced_accuracy", "difference", "p_holm"]
    return pd.DataFrame(rows, columns=columns).assign(model="lenet_5", networks=networks, low=0.5, high=1.0)


def test_what_differs_along_the_budgets_has_a_star():
    table = along_budgets(along(10)).set_index("method")
    assert table["1 %"].to_dict() == {
        "random": "90.0* (50.0–100.0)",
        "magnitude": "96.0 (50.0–100.0)",
        "disparity": "97.0 (50.0–100.0)",
    }
    assert not table["10 %"].str.contains("*", regex=False).any()


def joined(folder: Path, part: str = "a", found: str = "c"):
    """`compare_runs` on one class of one network; its scores are of settings "a", "b" for long, communities of "c"."""
    for name, method, settings in (("own", "random", part), ("long", "random", "b")):
        rows = [("lenet_5", 1, "dense", "all", 0, settings), ("lenet_5", 1, method, "own", 0, settings)]
        columns = ["model", "seed", "method", "budget", "label", "settings"]
        pd.DataFrame(rows, columns=columns).to_csv(folder / f"{name}.csv", index=False)
    (folder / "communities.json").write_text(
        json.dumps({"record": {"params": {"model": "lenet_5", "settings": found}}})
    )
    flags = {name: folder / f"{name}.csv" for name in ("long", "runs")}
    flags |= {
        "scores": folder / "own.csv",
        "communities": folder / "communities.json",
        "joined": folder / "joined.json",
    }
    return run_here("compare/runs", {**flags, "settings": ["a", "b", "c"]})


def test_scores_are_joined_and_the_dense_network_counts_once(tmp_path: Path):
    assert joined(tmp_path).returncode == 0
    runs = pd.read_csv(tmp_path / "runs.csv")
    assert runs[["method", "budget"]].values.tolist() == [["dense", "all"], ["random", "own"], ["random", "long"]]
    assert [*json.loads((tmp_path / "joined.json").read_text())] == ["lenet_5"]


@pytest.mark.parametrize("other", [{"part": "z"}, {"found": "z"}])
def test_scores_of_other_settings_are_refused_by_name(tmp_path: Path, other: dict):
    done = joined(tmp_path, **other)
    assert done.returncode == 2
    file = "own.csv" if "part" in other else "communities.json"
    assert f"{tmp_path / file}: of settings z, and params.yaml has" in done.stderr
    assert not (tmp_path / "runs.csv").exists()
