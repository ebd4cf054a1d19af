"""The layer-similarity study on a tiny real subset: what it makes from nothing, and when it makes it again."""

from pathlib import Path

import pandas as pd
import pytest
from checkout import SMOKE, snakemake
from test_smoke import jobs

METHODS = {"demo": ["fine_tuning"], "rounds": ["rewinding", "one_shot"]}


@pytest.fixture(scope="module")
def finished(smoke: Path) -> Path:
    """The smoke study in which the target `similarity` has run too."""
    snakemake(smoke, "similarity")
    return smoke


def needed(folder: Path, *flags: str) -> dict[str, int]:
    return jobs(snakemake(folder, "similarity", "-n", *flags))


@pytest.mark.parametrize("study", METHODS)
def test_every_study_ends_in_a_table_and_figures_with_references(finished: Path, study: str):
    results = finished / "smoke/results"
    table = pd.read_csv(results / f"tables/similarity_{study}.csv")
    assert set(table.method) == {*METHODS[study], "dense", "untrained"}
    assert (table[table.missing.isna()].seeds == 2).all()
    pruned = table[table.method == METHODS[study][0]].groupby("round").density.first()
    assert pruned.is_monotonic_decreasing
    assert pruned.iloc[-1] < 1
    cka = table[(table.metric == "linear_cka") & (table.layer == "relu3")].set_index("method")["mean"]
    assert cka["untrained"] < cka["dense"] < 1
    for method in METHODS[study]:
        assert "</svg>" in (results / f"figures/similarity_{study}_heatmaps_{method}.svg").read_text()
    assert "</svg>" in (results / f"figures/similarity_{study}_lines.svg").read_text()


def test_the_demo_stands_beside_its_published_rows(finished: Path):
    text = (finished / "smoke/results/tables/similarity_demo.md").read_text()
    assert " 0.509566 |" in text
    assert "0.9985 |" in text


def test_the_kept_units_of_every_specialist_are_compared(finished: Path):
    table = pd.read_csv(finished / "smoke/results/tables/similarity_units.csv")
    assert set(table.model) == {"lenet_300_100", "lenet_5"}
    assert (table.classes + table.dead_layer + table.too_few_samples == 2).all()


def test_a_second_run_does_nothing(finished: Path):
    assert "Nothing to be done" in snakemake(finished, "similarity")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            "similarity: {studies: {rounds: {compare: {images: 200}}}}",
            {"similarity_compare": 8, "similarity_gather": 1},
        ),
        ("similarity: {train: {lr: 0.05}}", {"similarity_train": 2, "similarity_prune": 8}),
        ("similarity: {units: {positions: 1000}}", {"similarity_units": 4, "similarity_units_table": 1}),
    ],
)
def test_a_changed_parameter_re_runs_what_depends_on_it_and_nothing_else(finished: Path, change: str, expected: dict):
    (finished / "changed.yaml").write_text(change)
    announced = needed(finished, "--configfile", SMOKE, "changed.yaml")
    assert {rule: announced.get(rule) for rule in expected} == expected
    assert not {"train", "retrain", "specialize", "fetch"} & set(announced)
    if "similarity_train" not in expected:
        assert not {"similarity_train", "similarity_prune"} & set(announced)
