"""MINT on a tiny real subset, as a study that DVC versions beside the main one.

It ends in tables, re-runs what a change concerns and nothing else, and comes back from a remote. `studies/compare` and
`studies/similarity` are made in the same way; tests/workflow/test_versions.py holds all of them against their rules.
"""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkout import ROOT, contents, run
from test_smoke import jobs
from versions import commit, git, repository, repro, set_params

PIPELINE = "studies/mint/dvc.yaml"
SMOKE_MINT = yaml.safe_load((ROOT / "tests/smoke/mint.yaml").read_text())
EVERYTHING = {
    "mint_train": 1,
    "mint_score": 3,
    "mint_prune": 4,
    "mint_retrain": 4,
    "mint_evaluate": 2,
    "mint_table": 3,
}


def snakemake(folder: Path, *flags: str) -> str:
    return run(folder, "snakemake", "--cores", "2", *flags, "--", "mint").stdout


@pytest.fixture(scope="module")
def study(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which `dvc repro studies/mint/dvc.yaml` has run, and nothing else."""
    folder = repository(tmp_path_factory.mktemp("mint"))
    set_params(folder, {**SMOKE_MINT, "versions": {"mint": ["results"]}})
    ran = repro(folder, PIPELINE)
    assert ran in (EVERYTHING, {**EVERYTHING, "fetch": 1})
    commit(folder, "MINT")
    return folder


@pytest.mark.parametrize("table", ["headline", "group_size", "sample_size"])
def test_the_study_ends_in_finished_tables(study: Path, table: str):
    rows = pd.read_csv(study / f"results/mint/tables/{table}.csv").set_index("method")
    assert list(rows.index) == ["dense", "released", "magnitude"]
    assert 0 < rows.pruned["released"] < 100
    assert rows.pruned["magnitude"] == pytest.approx(rows.pruned["released"])
    assert rows.best_epoch_accuracy.between(5, 100).all()


def test_a_second_run_does_nothing(study: Path):
    before = contents(study / "results/mint")
    assert repro(study, PIPELINE) == {}
    assert "Nothing to be done" in snakemake(study)
    assert contents(study / "results/mint") == before


@pytest.mark.parametrize(
    ("change", "concerned"),
    [
        ("cells: {g5_m250: {delta: 0.6}}", {"mint_prune": 2, "mint_retrain": 2, "mint_evaluate": 1, "mint_table": 2}),
        ("cells: {g5_m250: {samples: 13}}", {"mint_score": 2, "mint_prune": 2, "mint_retrain": 2}),
        ("variants: {released: {edges: corrected}}", {"mint_score": 3, "mint_prune": 4, "mint_retrain": 4}),
        ("retrain: {lr: 0.05}", {"mint_retrain": 4, "mint_evaluate": 2, "mint_table": 3}),
        ("seeds: [1, 2]", {"mint_train": 1, "mint_score": 3, "mint_prune": 4, "mint_table": 3}),
    ],
)
def test_a_changed_parameter_re_runs_what_depends_on_it(study: Path, change: str, concerned: dict):
    (study / "changed.yaml").write_text(f"mint: {{{change}}}\n")
    needed = jobs(snakemake(study, "-n", "--configfile", "changed.yaml"))
    assert {rule: needed.get(rule) for rule in concerned} == concerned
    assert not {"fetch", "train", *({"mint_train"} - set(concerned))} & set(needed)
    assert "mint_score" in concerned or "mint_score" not in needed


def test_what_dvc_keeps_comes_back_and_is_adopted(study: Path, tmp_path: Path):
    folder = Path(shutil.copytree(study, tmp_path / "study", symlinks=True))
    run(folder, "dvc", "remote", "add", "--default", "shared", str(tmp_path / "remote"))
    commit(folder, "a remote")
    run(folder, "dvc", "push")
    git(folder, "clone", "--quiet", ".", str(tmp_path / "clone"))
    run(tmp_path / "clone", "dvc", "pull", PIPELINE, "data")
    assert contents(tmp_path / "clone/results/mint") == contents(study / "results/mint")
    run(tmp_path / "clone", "dvc", "status", "--quiet", PIPELINE)
    snakemake(tmp_path / "clone", "--touch", "--forceall")
    assert "Nothing to be done" in snakemake(tmp_path / "clone", "-n")


def test_plain_repro_leaves_the_study_alone(study: Path):
    printed = run(study, "dvc", "repro", "--dry", check=False).stdout  # ends where a stage's input is not there yet
    assert "Running stage 'train'" in printed
    assert "studies" not in printed


def test_a_study_that_params_does_not_name_does_not_exist_for_dvc(study: Path, tmp_path: Path):
    """Else plain `dvc pull` would fail, and `dvc status` complain, in every clone that has not run all studies."""
    folder = Path(shutil.copytree(study, tmp_path / "study", symlinks=True))
    listed = ["dvc", "stage", "list", "--all", "--name-only"]
    assert f"{PIPELINE}:mint@results" in run(folder, *listed).stdout.split()
    set_params(folder, {"versions": {"mint": []}})
    assert "studies" not in run(folder, *listed).stdout
    assert "studies" not in run(folder, "dvc", "status").stdout
