"""The comparison on a tiny real subset: from the dense networks to tables and figures."""

import base64
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from checkout import SMOKE, copy_of_the_checkout, snakemake

from specdnn import artefacts
from specdnn.names import TINY

FIGURES = ["budgets", "losses", "classes", "relabelings", "overlap", "transfer", "removal"]
OF_COMPARISON = ["rankings", "longer", "hypotheses", "recipe", "collapse", "survival"]
TABLES = ["compare", *[f"compare_{name}" for name in OF_COMPARISON], "communities"]
OF_NETWORK = "smoke/results/compare/{stage}/held_out/mnist/{model}/seed1/{file}"


@pytest.fixture(scope="module")
def compared(smoke: Path) -> Path:
    snakemake(smoke, "--", "compare")
    return smoke


@pytest.fixture(scope="module")
def runs(compared: Path) -> pd.DataFrame:
    return pd.read_csv(compared / "smoke/results/compare/runs.csv")


def test_every_specialist_that_the_parts_cross_has_its_row(runs: pd.DataFrame):
    """Of two classes; rows of the same units: by weights and losses, widths, shares, draws."""
    counts = runs[~runs.units.str.startswith("tiny")].groupby(["model", "part", "units"]).size().to_dict()
    of_linear, networks = {"logistic": 2, "logistic_rule": 2}, 2
    of_linear |= {"released": 2 * (1 + 2) + (2 + 1) + 1, "captor": 2 * (1 + 2)}  # losses, draws; widths; distilled
    of_linear |= {"random_live": 2 * (2 + 2), "rule_inputs": 2 * (2 + 2)}
    assert counts == {
        **{("lenet_300_100", "own", units): 2 * networks * rows for units, rows in of_linear.items()},
        **{(model, "dense", "dense"): 2 * count for model, count in (("lenet_300_100", networks), ("lenet_5", 1))},
        ("lenet_300_100", "curve", "magnitude"): 2 * 2,
        ("lenet_300_100", "curve", "random"): 2 * 2 * 2,
        ("lenet_300_100", "mint", "mint_marginal"): 2,
        ("lenet_5", "own", "released"): 2,
        ("lenet_5", "own", "logistic"): 2 * 2,
    }
    tiny = runs[runs.units.str.startswith("tiny")].groupby(["model", "units", "seed", "label", "widths"])
    tiny = tiny.size()
    assert set(tiny) == {2}, "a row a draw"
    networks = [("lenet_300_100", "tiny", 1), ("lenet_300_100", "tiny", 2), ("lenet_300_100", "tiny_live", 1)]
    networks += [(model, "tiny_coarse", 1) for model in ("lenet_300_100", "lenet_5")]
    assert {key[:4] for key in tiny.index} == {(*network, label) for network in networks for label in (0, 1)}


def test_what_is_trained_for_longer_stands_beside_the_comparison_not_in_it(compared: Path, runs: pd.DataFrame):
    assert "longer" not in set(runs.part)
    longer = pd.read_csv(compared / "smoke/results/compare/longer.csv")
    assert longer.groupby("units").size().to_dict() == {"released": 2, "captor": 2}
    assert longer.epoch.max() == 2, "twice as many epochs as the comparison's"
    table = pd.read_csv(compared / "smoke/results/tables/compare_longer.csv")
    found = set(zip(table.units, table.epochs, table.networks, strict=True))
    assert found == {("released", 2, 1), ("captor", 2, 1)}


def test_sizes_are_those_that_were_asked_for_and_epochs_and_scores_are_possible_ones(runs: pd.DataFrame):
    linear = runs[runs.model == "lenet_300_100"]
    exact = linear[~linear.units.isin([*TINY, "logistic_rule"])]
    assert (exact.parameters == exact.asked).all(), "an exact budget is missed"
    assert (linear.parameters <= linear.asked).all()
    chosen = runs[runs.units != "dense"]
    assert (chosen.epoch == 1).all(), "the smoke comparison has one epoch"
    for score in ("balanced_accuracy", "tuned_balanced_accuracy", "auroc"):
        assert runs[score].between(0, 1).all()
    assert (runs.held_out_tuned >= runs.held_out_balanced_accuracy).all(), "0.5 is one of the thresholds"
    papers = (chosen.units == "released") & (chosen.widths == "released") & (chosen.initial == "kept")
    assert (chosen.accepts_3.notna() == papers).all()


@pytest.mark.parametrize(("model", "part"), [("lenet_300_100", "own"), ("lenet_300_100", "curve"), ("lenet_5", "own")])
def test_each_trained_specialist_has_weights_a_history_and_an_epoch_by_the_same_name(
    compared: Path, runs: pd.DataFrame, model: str, part: str
):
    trained = compared / OF_NETWORK.format(stage="retrain", model=model, file=part)
    tensors, record = artefacts.load_tensors(trained / "best.safetensors")
    history, _ = artefacts.load_tensors(trained / "history.safetensors")
    names = {name.rsplit("/", 1)[0] for name in tensors}
    assert names == {name.removeprefix("score/") for name in history if name.startswith("score/")}
    assert names == record["epochs"].keys()
    rows = runs[(runs.model == model) & (runs.seed == 1) & (runs.part == part) & (runs.units != "dense")]
    assert len(names) == len(rows)


def test_the_control_from_random_weights_keeps_the_very_units_of_the_released_rule(compared: Path):
    selections = compared / OF_NETWORK.format(stage="select", model="lenet_300_100", file="own.json")
    entries = artefacts.read_json(selections)["specialists"]
    (entry,) = (
        entry
        for entry in entries
        if (entry["units"], entry["widths"], entry["label"]) == ("released", "released", 0)
        and "distilled" not in entry["losses"]
    )
    assert entry["initial"] == ["kept", "random"]
    trained = compared / OF_NETWORK.format(stage="retrain", model="lenet_300_100", file="own/best.safetensors")
    tensors, _ = artefacts.load_tensors(trained)
    arms = [("kept", 1), ("random", 1), ("random", 2)]
    names = [f"{initial}/squared/released/released/own/{draw}/class0" for initial, draw in arms]
    kept, *drawn = (tensors[f"{name}/fc1.weight"] for name in names)
    assert kept.shape[1] == len(entry["kept"]["fc1"])
    assert {one.shape for one in drawn} == {kept.shape}
    assert not np.array_equal(*drawn)


def test_the_table_names_every_arm_and_its_numbers(compared: Path):
    rows = pd.read_csv(compared / "smoke/results/tables/compare.csv")
    text = (compared / "smoke/results/tables/compare.md").read_text()
    for row in rows.itertuples():
        digits = 2 if pd.isna(row.share) else 1
        assert row.units in text
        assert f"{100 * row.balanced_accuracy:.{digits}f}" in text
    assert "first_exceed_calibrated" in text
    assert "Kendall's tau" in (compared / "smoke/results/tables/compare_rankings.md").read_text()


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
    assert len(made) == 2 * (4 * len(TABLES) + 2 * len(FIGURES)), "each with its seal"
    assert not [path for path in made if (again / path).read_bytes() != (results / path).read_bytes()]


def test_the_report_has_the_comparison(compared: Path):
    snakemake(compared, "--report", "smoke/report_compare.html", "all", "compare")
    text = (compared / "smoke/report_compare.html").read_text()
    embedded = dict(re.findall(r"data:[\w/+;=-]+filename=([\w.]+);base64,([A-Za-z0-9+/=]+)", text))
    assert b"Methods at equal numbers" in base64.b64decode(embedded["compare.html"])
    assert {f"{table}.html" for table in TABLES} <= embedded.keys()
    assert {f"compare_{figure}.svg" for figure in FIGURES} <= embedded.keys()
