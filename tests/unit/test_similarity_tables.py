"""Tables and figures of the layer-similarity study: what they average, and that a missing value is shown as missing."""

import itertools
from pathlib import Path

import pandas as pd
import pytest
from support import ROOT, run_here

from specdnn import artefacts

LAYERS = ("relu1", "pool1", "relu2", "pool2", "relu3", "relu4", "logits")
METRICS = ("thresholded_mean_cca", "linear_cka_debiased", "nbs")
NETWORKS = [("fine_tuning", 1, 0.509566), ("fine_tuning", 2, 0.26435), ("dense", 0, 1.0), ("untrained", 0, 1.0)]


def gathered() -> pd.DataFrame:
    """Two seeds whose similarities are 0.8 and 0.9; seed 2 has none of relu1 flattened."""
    rows = []
    for (method, step, density), seed, layer, metric in itertools.product(NETWORKS, (1, 2), LAYERS, METRICS):
        for view in ["flattened", "positions"] if layer in LAYERS[:4] else ["units"]:
            dead = seed == 2 and (layer, view) == ("relu1", "flattened")
            rows.append(
                {
                    "method": method,
                    "round": step,
                    "density": density,
                    "accuracy": None if method == "untrained" else 0.98 + seed / 100,
                    "seed": seed,
                    "layer": layer,
                    "view": view,
                    "metric": metric,
                    "samples": 500,
                    "units": 10,
                    "value": None if dead else 0.7 + seed / 10,
                    "distance": None if "debiased" in metric else f"{metric}_distance",
                    "distance_value": None if dead or "debiased" in metric else 0.3 - seed / 10,
                    "status": "dead layer" if dead else "ok",
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the table of the gathered study."""
    folder = tmp_path_factory.mktemp("study")
    gathered().to_csv(folder / "gathered.csv", index=False)
    given = {
        "title": "A study",
        "similarities": folder / "gathered.csv",
        "published": ROOT / "published/similarity_demo.csv",
        **{dress: folder / f"table.{dress}" for dress in ("csv", "md", "html", "tex")},
    }
    done = run_here("similarity/table", given)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_the_table_averages_over_seeds_and_says_how_many_had_a_value(study: Path):
    table = pd.read_csv(study / "table.csv").set_index(["method", "round", "layer", "view", "metric"])
    whole = table.loc[("fine_tuning", 1, "relu3", "units", "nbs")]
    assert (whole["mean"], whole["min"], whole["max"], whole.seeds) == pytest.approx((0.85, 0.8, 0.9, 2))
    assert whole["std"] == pytest.approx(0.1 / 2**0.5)
    assert whole.distance_mean == pytest.approx(0.15)
    half = table.loc[("fine_tuning", 1, "relu1", "flattened", "nbs")]
    assert half["mean"] == pytest.approx(0.8)
    assert (half.seeds, half.missing) == (1, "dead layer")


def test_published_numbers_stand_beside_ours_with_the_difference(study: Path):
    lines = (study / "table.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    network = next(row for row in rows if row[:2] == ["fine_tuning", "1"])
    assert network[2:] == ["0.509566", "0.9950", "0.0071", "2", "0.9934", "+0.0016"]
    beside = {row[2]: row[3:] for row in rows if row[:2] == ["fine_tuning", "2"] and len(row) == 3 + len(LAYERS)}
    assert beside["published"][0] == "0.9980"
    assert beside["mean over seeds"] == ["0.8500"] * 7
    assert beside["difference"][0] == "−0.1480"
    assert any(row[0] == "floor: untrained, another seed" and row[3] == "–" for row in rows)


def test_figures_show_every_metric_and_layer(study: Path):
    given = {"method": "fine_tuning", "table": study / "table.csv", "figure": study / "heatmaps.svg"}
    assert run_here("similarity/heatmaps", given).stderr == ""
    assert (study / "heatmaps.svg").read_text().count("<image") >= len(METRICS)
    given = {"metric": "nbs", "view": "flattened", "table": study / "table.csv", "figure": study / "lines.svg"}
    assert run_here("similarity/lines", given).stderr == ""
    assert "</svg>" in (study / "lines.svg").read_text()


def test_specialists_are_averaged_over_classes_and_dead_layers_are_counted(tmp_path: Path):
    files = []
    for label in (0, 1):
        rows = [
            {
                "layer": layer,
                "view": "units",
                "retraining": stage,
                "images": images,
                "metric": metric,
                "value": None if (dead := label == 1 and stage == "after") else 0.5,
                "status": "dead layer" if dead else "ok",
            }
            for layer in ("fc2", "output")
            for stage in ("before", "after")
            for images in ("class", "others")
            for metric in ("unit_correlation", "linear_cka", "mean_cca")
        ]
        files.append(tmp_path / f"{label}.json")
        of = {"protocol": "held_out", "model": "lenet_5", "seed": 1, "method": "released", "label": label}
        artefacts.write_json(files[-1], {"record": {}, "of": of, "rows": rows})
    given = {"similarities": files, **{dress: tmp_path / f"units.{dress}" for dress in ("csv", "md", "html", "tex")}}
    done = run_here("similarity/units_table", given)
    assert (done.returncode, done.stderr) == (0, "")
    table = pd.read_csv(tmp_path / "units.csv")
    assert (table["mean"] == 0.5).all()
    assert (table[table.retraining == "before"].classes == 2).all()
    after = table[table.retraining == "after"]
    assert (after.classes == 1).all()
    assert (after.dead_layer == 1).all()
    assert "lenet_5, held_out, seed 1, released" in (tmp_path / "units.md").read_text()
