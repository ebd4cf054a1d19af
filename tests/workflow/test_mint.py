"""MINT's workflow on a tiny real subset: it ends in tables, and re-runs what a change concerns and nothing else."""

from pathlib import Path

import pandas as pd
import pytest
from checkout import SMOKE, contents, copy_of_the_checkout, run
from test_smoke import jobs

OVERLAYS = (SMOKE, "tests/smoke/mint.yaml")


def snakemake(folder: Path, *flags: str, overlays: tuple[str, ...] = ()) -> str:
    return run(folder, "snakemake", "--cores", "2", *flags, "--configfile", *OVERLAYS, *overlays, "--", "mint").stdout


@pytest.fixture(scope="module")
def study(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_of_the_checkout(tmp_path_factory.mktemp("mint"))
    snakemake(folder)
    return folder


@pytest.mark.parametrize("table", ["headline", "group_size", "sample_size"])
def test_the_smoke_run_ends_in_finished_tables(study: Path, table: str):
    rows = pd.read_csv(study / f"smoke/results/mint/tables/{table}.csv")
    assert list(rows.method) == ["dense", "released", "magnitude"] * 2
    pruned = rows.pivot(index="seed", columns="method", values="pruned")
    assert pruned.released.between(0, 100, inclusive="neither").all()
    assert (pruned.magnitude - pruned.released).abs().max() < 1e-9
    assert rows.best_epoch_accuracy.between(5, 100).all()


def test_a_second_run_does_nothing(study: Path):
    before = contents(study / "smoke/results/mint")
    assert "Nothing to be done" in snakemake(study)
    assert contents(study / "smoke/results/mint") == before


@pytest.mark.parametrize(
    ("change", "concerned"),
    [
        ("cells: {g5_m250: {delta: 0.6}}", {"mint_prune": 4, "mint_retrain": 4, "mint_evaluate": 2, "mint_table": 1}),
        ("cells: {g5_m250: {samples: 13}}", {"mint_score": 4, "mint_prune": 4, "mint_retrain": 4}),
        ("variants: {released: {edges: corrected}}", {"mint_score": 10, "mint_prune": 12, "mint_retrain": 12}),
        ("retrain: {lr: 0.05}", {"mint_retrain": 12, "mint_evaluate": 6, "mint_table": 3}),
    ],
)
def test_a_changed_parameter_re_runs_what_depends_on_it(study: Path, change: str, concerned: dict):
    overlay = study / "changed.yaml"
    overlay.write_text(f"mint: {{{change}}}\n")
    needed = jobs(snakemake(study, "-n", overlays=(str(overlay),)))
    assert {rule: needed.get(rule) for rule in concerned} == concerned
    assert not {"fetch", "mint_train", "train"} & set(needed)
    assert "mint_score" in concerned or "mint_score" not in needed
