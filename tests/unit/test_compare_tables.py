"""The comparison's tables, on scores whose answer is known by hand."""

import json
from pathlib import Path

import pandas as pd
import pytest
from support import run_here, script_module

table, schedules = script_module("compare/table"), script_module("compare/schedules")

SHARES = {0.01: 100, 0.1: 1000, 0.3: 3000}


def curve(method: str, held_out: list[float]) -> pd.DataFrame:
    """One network's specialists of class 0 along three budgets."""
    rows = pd.DataFrame({"share": [*SHARES], "parameters": [*SHARES.values()], "held_out_score": held_out})
    return rows.assign(model="lenet_5", part="curve", method=method, seed=1, label=0)


def test_the_smallest_budget_that_reaches_the_target_on_held_out_images_is_chosen():
    chosen = table.enough(curve("random", [0.90, 0.97, 0.96]), 0.97)
    assert chosen[["parameters", "part", "reached"]].values.tolist() == [[1000, "enough", True]]
    assert chosen.share.isna().all()


def test_where_no_budget_reaches_the_target_the_largest_stands_and_says_so():
    chosen = table.enough(curve("random", [0.90, 0.92, 0.91]), 0.97)
    assert chosen[["parameters", "reached"]].values.tolist() == [[3000, False]]


def test_budgets_are_chosen_for_each_method_by_itself_and_own_sizes_are_no_part_of_the_curve():
    runs = pd.concat([curve("random", [0.9, 0.9, 0.98]), curve("taylor", [0.98, 0.9, 0.9])])
    runs = pd.concat([runs, curve("taylor", [1.0, 1.0, 1.0]).assign(part="own", share=None, parameters=1)])
    assert table.enough(runs, 0.97).set_index("method").parameters.to_dict() == {"random": 3000, "taylor": 100}


def test_what_is_reached_without_the_collapsed_is_told_apart_from_the_mean():
    measures = dict.fromkeys(["accuracy", "auroc", "recall", "false_positive_rate", "parameters", "asked"], 1.0)
    runs = pd.DataFrame({"label": [0, 1, 2], "balanced_accuracy": [0.9, 0.5, 0.8], "collapsed": [False, True, False]})
    runs = runs.assign(model="lenet_5", part="own", share=None, method="random", seed=1, reached=False, **measures)
    row = table.per_network(runs).iloc[0]
    assert (row.balanced_accuracy, row.not_collapsed, row.collapsed) == pytest.approx((2.2 / 3, 0.85, 1))


def test_collapsed_specialists_are_counted_under_both_schedules(tmp_path: Path):
    columns = ["model", "seed", "method", "label", "part", "balanced_accuracy", "collapsed"]
    own, ten = (("lenet_5", seed, "random", label) for seed, label in ((1, 0), (10, 1)))
    other = ("lenet_5", 1, "taylor", 0)
    cells = [(*own, "own", 0.5, True), (*own, "long", 0.9, False), (*ten, "own", 0.5, True)]
    cells += [(*other, part, 0.8, False) for part in ("own", "long")]
    pd.DataFrame(cells, columns=columns).to_csv(tmp_path / "runs.csv", index=False)
    written = {name: tmp_path / f"schedules.{name}" for name in ("csv", "md", "html", "tex")}
    values = {"short": "lenet_5=20/6", "long": "50/15", "resamples": 100}
    assert run_here("compare/schedules", {"runs": tmp_path / "runs.csv", **values, **written}).returncode == 0
    row = pd.read_csv(written["csv"]).set_index("method").loc["random"]
    assert (row.networks, row.collapsed_short, row.collapsed_long) == (1, 1, 0)


def scores(**methods: list[float]) -> pd.DataFrame:
    return pd.DataFrame(methods)


def test_methods_that_a_longer_schedule_turns_round_are_counted_if_they_were_told_apart():
    short = scores(a=[0.9, 0.9, 0.9, 0.9], b=[0.8, 0.8, 0.8, 0.8], c=[0.1, 0.1, 0.1, 0.1])
    long = scores(a=[0.8, 0.8, 0.8, 0.8], b=[0.9, 0.9, 0.9, 0.9], c=[0.1, 0.1, 0.1, 0.1])
    rows = schedules.compared(short, long, 1000).set_index("method")
    assert rows.told_apart.to_dict() == {"a": 2, "b": 2, "c": 2}
    assert rows.swapped.to_dict() == {"a": 1, "b": 1, "c": 0}
    assert rows.rank_short.to_dict() == {"a": 1, "b": 2, "c": 3}
    assert rows.rank_long.to_dict() == {"a": 2, "b": 1, "c": 3}


def test_methods_within_the_noise_may_change_places():
    short = scores(a=[0.90, 0.70, 0.90, 0.70], b=[0.72, 0.86, 0.72, 0.86])
    long = scores(a=[0.70, 0.88, 0.70, 0.88], b=[0.90, 0.72, 0.90, 0.72])
    rows = schedules.compared(short, long, 1000)
    assert rows.rank_short.tolist() != rows.rank_long.tolist()
    assert rows.told_apart.sum() == rows.swapped.sum() == 0


def along(networks: int) -> pd.DataFrame:
    """Rows of the table along two budgets: random is told apart at the smaller one, disparity nowhere."""
    rows = [
        ("random", 0.1, 0.96, -0.01, 0.2),
        ("random", 0.01, 0.9, -0.06, 0.04),
        ("magnitude", 0.1, 0.97, None, None),
        ("magnitude", 0.01, 0.96, None, None),
        ("disparity", 0.1, 0.98, 0.01, 0.2),
        ("disparity", 0.01, 0.97, 0.01, 0.2),
    ]
    columns = ["method", "share", "balanced_accuracy", "difference", "p_holm"]
    return pd.DataFrame(rows, columns=columns).assign(model="lenet_5", networks=networks, low=0.5, high=1.0)


def test_what_differs_along_the_budgets_has_a_star():
    shown = table.along_budgets(along(10)).set_index("method")
    assert shown["1 %"].to_dict() == {
        "random": "90.0* (50.0–100.0)",
        "magnitude": "96.0 (50.0–100.0)",
        "disparity": "97.0 (50.0–100.0)",
    }
    assert not shown["10 %"].str.contains("*", regex=False).any()


PRESENT = {"own": "a", "long": "b", "mint": "c", "communities": "d"}  # settings of each part


def joined(folder: Path, **found: str):
    """`compare_runs` on one class of one network; `found`: the settings of parts that are not the PRESENT ones."""
    for part, settings in {**PRESENT, **found}.items():
        if part == "communities":
            record = {"params": {"model": "lenet_5", "settings": settings}}
            (folder / "communities.json").write_text(json.dumps({"record": record}))
            continue
        method = "mint" if part == "mint" else "random"
        rows = [("lenet_5", 1, name, of, None, 0, settings) for name, of in (("dense", "dense"), (method, part))]
        columns = ["model", "seed", "method", "part", "share", "label", "settings"]
        pd.DataFrame(rows, columns=columns).to_csv(folder / f"{part}.csv", index=False)
    flags = {name: folder / f"{name}.{kind}" for name, kind in (("runs", "csv"), ("communities", "json"))}
    flags |= {"scores": [folder / f"{part}.csv" for part in ("own", "mint", "long")], "joined": folder / "joined.json"}
    return run_here("compare/runs", {**flags, "settings": [f"lenet_5/{part}={of}" for part, of in PRESENT.items()]})


def test_scores_are_joined_and_the_dense_network_counts_once(tmp_path: Path):
    done = joined(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    runs = pd.read_csv(tmp_path / "runs.csv")
    expected = [["dense", "dense"], ["random", "own"], ["mint", "own"], ["random", "long"]]
    assert runs[["method", "part"]].values.tolist() == expected
    assert "settings" not in runs
    assert [*json.loads((tmp_path / "joined.json").read_text())] == ["lenet_5"]


@pytest.mark.parametrize("part", PRESENT)
def test_scores_of_other_settings_are_refused_by_name(tmp_path: Path, part: str):
    done = joined(tmp_path, **{part: "z"})
    assert done.returncode == 2
    file = "communities.json" if part == "communities" else f"{part}.csv"
    assert f"{tmp_path / file}: of settings z, and params.yaml has {PRESENT[part]};" in done.stderr
    assert not (tmp_path / "runs.csv").exists()


def test_scores_of_a_part_that_the_comparison_no_longer_has_are_refused(tmp_path: Path):
    joined(tmp_path)
    rows = pd.read_csv(tmp_path / "own.csv").replace({"model": {"lenet_5": "lenet_300_100"}})
    rows.to_csv(tmp_path / "own.csv", index=False)
    settings = [f"lenet_5/{part}={of}" for part, of in PRESENT.items()]
    flags = {"settings": settings, "scores": tmp_path / "own.csv", "communities": tmp_path / "communities.json"}
    done = run_here("compare/runs", {**flags, "runs": tmp_path / "again.csv", "joined": tmp_path / "again.json"})
    assert done.returncode == 2
    assert f"{tmp_path / 'own.csv'}: of settings a, and params.yaml has None;" in done.stderr
    assert not (tmp_path / "again.csv").exists()
