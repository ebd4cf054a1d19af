"""How dense networks differ: counted from the scores in git by hand."""

import json
from pathlib import Path

import pandas as pd
import pytest
from support import ROOT, run_here

SCORES = ROOT / "results/scores/held_out"


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    files = {ending: tmp_path / f"seeds.{ending}" for ending in ("csv", "md", "html", "tex")}
    done = run_here("seeds", {"scores": SCORES, "epochs": 18, **files})
    assert done.returncode == 0, done.stderr
    for ending, path in files.items():
        assert path.read_bytes() == (ROOT / f"results/tables/seeds.{ending}").read_bytes(), "run `make readme`"
    return pd.read_csv(files["csv"]).set_index(["dataset", "model", "measure"])


def test_a_network_counts_as_the_mean_over_its_classes(table: pd.DataFrame):
    networks = []
    for path in SCORES.glob("mnist/lenet_300_100/seed*/own.csv"):
        rows = pd.read_csv(path).query(
            "units == 'released' and widths == 'released' and initial == 'kept' and loss == 'squared'"
        )
        assert len(rows) == 10
        right = rows.true_positives + rows.images - rows.positives - rows.false_positives
        networks.append((right / rows.images).sum() / 10)
    row = table.loc["mnist", "lenet_300_100", "accuracy"]
    assert (row.networks, row.least, row.most) == (len(networks), min(networks), max(networks))
    assert row["mean"] == pytest.approx(sum(networks) / len(networks), rel=1e-12)


def test_the_rates_are_those_of_the_released_rule(table: pd.DataFrame):
    rates = []
    for path in SCORES.glob("mnist/lenet_5/seed*/communities.json"):
        selected = json.loads(path.read_text())["selected"]
        rates.append(sum(entry["compress_rate"] for entry in selected if entry["method"] == "released") / 10)
    row = table.loc["mnist", "lenet_5", "compress_rate"]
    assert row.networks == len(rates) > 1
    assert (row.least, row.most) == pytest.approx((min(rates), max(rates)), rel=1e-12)
