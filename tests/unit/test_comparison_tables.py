"""The comparison's tables, on scores whose answer is known by hand."""

import json
from pathlib import Path

import pandas as pd
import pytest
from comparison import along_budgets, enough, per_network
from comparison_schedules import compared
from support import run_here

import comparison_prose
from comparison_prose import at_own_size, by_mint, collapse, told_apart

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


def test_the_collapsed_are_counted_for_methods_that_ran_on_every_network():
    columns = ["method", "networks", "specialists", "collapsed", "not_collapsed"]
    rows = [("random", 2, 20, 1, 0.95), ("scratch", 2, 20, 3, 0.85), ("released", 2, 20, 0, 0.9)]
    rows += [("mint", 1, 10, 5, 0.99), ("logistic", 2, 20, 0, 0.8)]
    sentence = " ".join(collapse(pd.DataFrame(rows, columns=columns).set_index("method")).split())
    assert "Of 20 specialists" in sentence
    assert "every image: scratch 3, random 1." in sentence
    assert "from 85.0 % (scratch) to 95.0 % (random)" in sentence


@pytest.mark.parametrize(("networks", "said"), [(7, "none of 4 p can come out below 0.06"), (8, "the rule: random ")])
def test_too_few_networks_for_a_p_below_5_percent_are_said_to_be_too_few(networks: int, said: str):
    p = {"released": None, "random": 0.04, "scratch": 0.9, "taylor": 0.9, "captor": 0.9}
    rows = pd.DataFrame({"method": p.keys(), "p_holm": p.values(), "budget": "own", "networks": networks})
    assert said in told_apart(rows)


def test_a_model_without_mints_methods_has_no_sentence_of_them():
    assert by_mint(pd.DataFrame({"method": ["released"], "budget": ["own"], "networks": [9]})) == ""


@pytest.mark.parametrize(("networks", "told"), [(10, "long"), (9, "own")])
def test_a_longer_schedule_speaks_for_a_model_only_if_all_its_networks_ran_under_it(networks: int, told: str):
    rows = pd.DataFrame({"method": "released", "budget": ["own", "long", "all"], "networks": [10, networks, 10]})
    assert at_own_size(rows).budget.tolist() == [told]


def test_collapsed_specialists_are_counted_under_both_schedules(tmp_path: Path):
    columns = ["model", "seed", "method", "label", "budget", "balanced_accuracy", "collapsed"]
    own, ten = (("lenet_5", seed, "random", label) for seed, label in ((1, 0), (10, 1)))
    other = ("lenet_5", 1, "taylor", 0)
    cells = [(*own, "own", 0.5, True), (*own, "long", 0.9, False), (*ten, "own", 0.5, True)]
    cells += [(*other, budget, 0.8, False) for budget in ("own", "long")]
    pd.DataFrame(cells, columns=columns).to_csv(tmp_path / "runs.csv", index=False)
    written = {name: tmp_path / f"schedules.{name}" for name in ("csv", "md", "html", "tex")}
    schedules = {"short": "lenet_5=20/6", "long": "50/15", "resamples": 100}
    assert run_here("comparison_schedules", {"runs": tmp_path / "runs.csv", **schedules, **written}).returncode == 0
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


@pytest.mark.parametrize(("networks", "said"), [(10, "balanced accuracy: `random` −6.00 at 1 %."), (6, "")])
def test_what_differs_along_the_budgets_is_said_where_enough_networks_ran(networks: int, said: str, monkeypatch):
    monkeypatch.setattr(comparison_prose, "comparison_rows", lambda: along(networks))
    text = " ".join(comparison_prose.along_budgets().split())
    assert text.endswith(said)
    assert bool(text) == bool(said)


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
    return run_here("compare_runs", {**flags, "settings": ["a", "b", "c"]})


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
