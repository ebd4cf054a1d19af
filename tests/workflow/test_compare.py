"""The comparison on a tiny real subset: from the dense networks to tables and figures."""

import base64
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from checkout import SMOKE, copy_of_the_checkout, snakemake

FIGURES = ["budgets", "classes", "relabelings", "overlap", "transfer", "removal"]
SELECT = "smoke/results/compare/select/held_out/mnist/{model}/seed1/{method}/own.json"


@pytest.fixture(scope="module")
def compared(smoke: Path) -> Path:
    snakemake(smoke, "--", "compare")
    return smoke


def selections(folder: Path, model: str, method: str) -> list[dict]:
    return json.loads((folder / SELECT.format(model=model, method=method)).read_text())["specialists"]


def test_every_network_method_budget_and_class_has_its_row(compared: Path):
    runs = pd.read_csv(compared / "smoke/results/compare/runs.csv").fillna({"share": 1})
    counts = runs.groupby(["model", "part", "share"]).size().to_dict()
    assert counts == {
        ("lenet_300_100", "own", 1): 5 * 2,  # methods, classes
        ("lenet_300_100", "long", 1): 2 * 2,
        ("lenet_300_100", "dense", 1): 2,
        ("lenet_300_100", "curve", 0.003): 2,
        ("lenet_300_100", "curve", 0.03): 2,
        ("lenet_5", "own", 1): 4 * 2,
        ("lenet_5", "dense", 1): 2,
    }
    assert runs.balanced_accuracy.between(0, 1).all()
    linear = runs[(runs.model == "lenet_300_100") & (runs.method != "dense")]
    assert (linear.parameters == linear.asked).all(), "an exact budget is missed"
    chosen = runs[runs.method != "dense"]
    assert (chosen[chosen.part != "long"].epoch == 1).all(), "the smoke comparison has one epoch"
    assert chosen.held_out_score.between(0, 1).all()


@pytest.mark.parametrize("model", ["lenet_300_100", "lenet_5"])
def test_the_control_from_random_weights_keeps_the_very_units_of_the_released_rule(compared: Path, model: str):
    kept = {
        method: [entry["kept"] for entry in selections(compared, model, method)] for method in ("released", "scratch")
    }
    assert kept["released"] == kept["scratch"]
    assert kept["released"] != [entry["kept"] for entry in selections(compared, model, "captor")]


def test_the_table_names_every_method_and_its_numbers(compared: Path):
    rows = pd.read_csv(compared / "smoke/results/tables/compare.csv")
    text = (compared / "smoke/results/tables/compare.md").read_text()
    for row in rows.itertuples():
        digits = 1 if row.part == "curve" else 2
        assert f"{100 * row.balanced_accuracy:.{digits}f}" in text
    assert "first_exceed_calibrated" in text
    schedules = (compared / "smoke/results/tables/compare_schedules.md").read_text()
    assert "Kendall's tau" in schedules


def test_every_figure_is_there_twice(compared: Path):
    for figure in FIGURES:
        path = compared / f"smoke/results/figures/compare_{figure}.svg"
        assert "</svg>" in path.read_text()
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_a_second_comparison_does_nothing_and_another_rate_retrains_only(compared: Path):
    assert "Nothing to be done" in snakemake(compared, "-n", "compare")
    (compared / "slower.yaml").write_text("compare: {retrain: {lr: 0.05}}")
    printed = snakemake(compared, "-n", "compare", "--configfile", SMOKE, "slower.yaml")
    needed = {rule for rule, _ in re.findall(r"^(\w+) +(\d+)$", printed, re.MULTILINE)}
    assert "compare_retrain" in needed
    assert not {"compare_train", "compare_gradients", "compare_select", "compare_communities"} & needed


def test_the_tables_and_figures_are_the_same_again_from_the_scores_alone(compared: Path, tmp_path: Path):
    folder = copy_of_the_checkout(tmp_path)
    results, again = compared / "smoke/results", folder / "smoke/results"
    shutil.copytree(results / "scores", again / "scores")
    recount = re.search(r"(--forcerun .+ -- compare)", (folder / "Makefile").read_text()).group(1).split()
    snakemake(folder, *recount)
    assert not (again / "compare/train").exists(), "something was trained"
    made = sorted(path.relative_to(again) for place in ("tables", "figures") for path in (again / place).iterdir())
    assert len(made) == 2 * (3 * 4 + 2 * len(FIGURES)), "each with its seal"
    assert not [path for path in made if (again / path).read_bytes() != (results / path).read_bytes()]


def test_the_report_has_the_comparison(compared: Path):
    snakemake(compared, "--report", "smoke/report_compare.html", "all", "compare")
    text = (compared / "smoke/report_compare.html").read_text()
    embedded = dict(re.findall(r"data:[\w/+;=-]+filename=([\w.]+);base64,([A-Za-z0-9+/=]+)", text))
    assert b"Methods at equal numbers" in base64.b64decode(embedded["compare.html"])
    for figure in FIGURES:
        assert f"compare_{figure}.svg" in embedded
