"""The export on a tiny real subset: networks, cards and the table, from Snakemake and from DVC."""

import base64
import hashlib
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from checkout import ROOT, SMOKE, contents, snakemake
from test_smoke import jobs
from versions import changed, commit, repro, set_params

OF = "published/mnist/lenet_5/seed1"
NETWORKS = ["dense", "released/class0", "released/class1"]


def export(folder: Path, *flags: str) -> str:
    return snakemake(folder, "--configfile", SMOKE, "tests/smoke/export.yaml", *flags, "--", "export")


@pytest.fixture(scope="module")
def finished(smoke: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the smoke study in which the target `export` has run too."""
    folder = Path(shutil.copytree(smoke, tmp_path_factory.mktemp("export") / "study"))
    export(folder)
    return folder


def test_the_table_has_every_network_in_both_variants_with_what_it_costs(finished: Path):
    rows = pd.read_csv(finished / "smoke/results/tables/export.csv")
    networks = ["dense", "class 0", "class 1", "ensemble"]
    expected = {(network, variant) for network in networks for variant in ("float32", "int8")}
    assert set(zip(rows.network, rows.variant, strict=True)) == {*expected, ("empty", "float32")}
    of = rows[rows.network != "empty"].set_index(["network", "variant"])
    measured = ["p50_of_1", "p95_of_1", "p50_of_128", "p95_of_128", "peak_bytes"]
    assert (of[[*measured, "bytes", "gzip_bytes", "accuracy"]] > 0).all(axis=None)
    assert (of.xs("float32", level="variant").differing_decisions == 0).all()
    assert of.loc["dense", "float32"].parameters == 431_080
    assert of.loc["class 0", "float32"].bytes < of.loc["dense", "float32"].bytes / 10
    assert (finished / "smoke/results/tables/export.md").read_text().count("| all together") == 2
    for dress in ("html", "tex"):
        assert "one specialist" in (finished / f"smoke/results/tables/export.{dress}").read_text()


def test_the_report_shows_the_table_with_its_caption(finished: Path):
    snakemake(
        finished, "--configfile", SMOKE, "tests/smoke/export.yaml", "--report", "smoke/report.html", "--", "export"
    )
    text = (finished / "smoke/report.html").read_text()
    table = re.search(r"filename=export\.html;base64,([A-Za-z0-9+/=]+)", text)[1]
    assert b"<title>Exported networks" in base64.b64decode(table)
    assert "What the exported networks cost and whether they still answer as in torch" in text


def metrics_of(folder: Path, network: str) -> dict:
    return json.loads((folder / f"smoke/results/evaluate/{OF}/{network}/metrics.json").read_text())


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_has_a_card_that_says_what_evaluate_found(finished: Path, network: str):
    base, found = finished / "smoke/results/export" / OF, metrics_of(finished, network)
    card = json.loads((base / f"{network}.card.json").read_text())
    text = (base / f"{network}.card.md").read_text()
    assert card["scores"]["accuracy"] == found["best_epoch"]["accuracy"] == card["variants"]["float32"]["accuracy"]
    assert f"{100 * found['best_epoch']['accuracy']:.2f} %" in text
    assert hashlib.sha256((base / f"{network}.onnx").read_bytes()).hexdigest() in text
    if network != "dense":
        assert f"{100 * found['always_no']:.2f} %" in text


def test_a_second_run_does_nothing_and_another_opset_exports_anew_but_trains_nothing(finished: Path):
    assert "Nothing to be done" in export(finished)
    (finished / "changed.yaml").write_text("study: {protocols: [published], models: [lenet_5]}\nexport: {opset: 18}\n")
    needed = jobs(snakemake(finished, "-n", "--configfile", SMOKE, "changed.yaml", "--", "export"))
    assert {rule: needed[rule] for rule in ("export_onnx", "export_int8", "export_check", "export_card")} == {
        "export_onnx": 3,
        "export_int8": 3,
        "export_check": 3,
        "export_card": 3,
    }
    assert not {"train", "specialize", "retrain", "evaluate"} & set(needed)


def test_the_recipe_goes_from_the_dense_network_to_its_card(smoke: Path):
    """And every export has it beside the paper's, but for the protocol that has no held-out images to choose by."""
    of = "smoke/results/export/held_out/mnist/lenet_300_100/seed1/tiny_coarse/class1"
    csv = "smoke/results/aggregate/held_out/mnist/lenet_300_100/seed1/tiny_coarse/specialists.csv"
    snakemake(smoke, f"{of}.card.md", csv)
    text = (smoke / f"{of}.card.md").read_text()
    assert re.search(r"\d means and .* was chosen among [2-6] shapes on held-out images", text)
    assert "cut from" not in text
    rows = pd.read_csv(smoke / csv)
    assert (rows.best_epoch_balanced_accuracy[:2] > 0.8).all()
    assert rows.compress_rate.isna().tolist() == [True, True, False], "nothing was cut"
    assert "Nothing to be done" in snakemake(smoke, "-n")
    asked = jobs(snakemake(smoke, "-n", "--", "export"))
    published, held_out = 2 * (1 + 2), (1 + 2 + 2) + (1 + 2)
    assert asked["export_card"] == published + held_out - 1, "one is there"


def test_under_dvc_the_export_is_a_stage_of_its_own(finished_repro: tuple[Path, dict], tmp_path: Path):
    folder = Path(shutil.copytree(finished_repro[0], tmp_path / "study", symlinks=True))
    shutil.copy(ROOT / "dvc.yaml", folder / "dvc.yaml")
    commit(folder, "with the export")
    exports = {"export_onnx": 2, "export_int8": 2, "export_check": 2, "export_ensemble": 1, "export_card": 2}
    assert exports.items() <= repro(folder, "export").items()
    assert repro(folder, "export") == {}
    before = contents(folder / "results")
    set_params(folder, {"export": {"opset": 18}})
    assert repro(folder, "export") == exports
    assert {Path(name).parts[0] for name in changed(contents(folder / "results"), before)} == {"export"}
