"""MINT's scripts, one after the other as the rules call them, and what each of them refuses."""

import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import ROOT, Flags, run_here, script_module, training_flags

from specdnn import artefacts

GRIDS = ["fc2=10x10", "fc3=10x5"]
CELL = {"grids": GRIDS, "delta": 0.5, "cap": 0.9}
METHODS = ["corrected", "random", "magnitude"]
SLIPS = {"pairing": "corrected", "neighbour": "corrected", "edges": "corrected"}


class Chain:
    """Paths and flags of a tiny study in one folder."""

    def __init__(self, card: Path, folder: Path):
        self.card, self.folder = card, folder
        self.dense = folder / "best.safetensors"

    def training(self, **changed: object) -> Flags:
        return training_flags(self.card, self.folder, epochs=2, dropout=0.2, **changed)

    def scores(self, grid: str) -> Path:
        return self.folder / f"scores_{grid[:3]}.safetensors"

    def mask(self, method: str) -> Path:
        return self.folder / f"mask_{method}.safetensors"

    def score(self, grid: str, **changed: object) -> Flags:
        values = {"grid": grid, "samples": 9, "train_images": 600, "seed": 1, "threads": 1, **SLIPS}
        files = {"scores": self.scores(grid), "state": self.folder / "scoring.safetensors"}
        return {**values, "data": self.card, "dense": self.dense, **files, **changed}

    def prune(self, method: str, **changed: object) -> Flags:
        files = {f"scores_{grid[:3]}": self.scores(grid) for grid in GRIDS} if method == "corrected" else {}
        if method != "corrected":
            files["reference"] = self.mask("corrected")
        return {"method": method, "seed": 1, **CELL, **files, "dense": self.dense, "mask": self.mask(method), **changed}

    def retrain(self, method: str, **changed: object) -> Flags:
        flags = training_flags(self.card, self.folder / method, epochs=2, dropout=0.2)
        return {**flags, "dense": self.dense, "mask": self.mask(method), **changed}

    def evaluate(self, **changed: object) -> Flags:
        files = {
            name: [self.folder / method / f"{name}.safetensors" for method in METHODS] for name in ("best", "last")
        }
        values = {"methods": METHODS, "test_images": 200, "batch_size": 100, "threads": 1}
        files |= {"masks": [self.mask(method) for method in METHODS], "metrics": self.folder / "metrics.json"}
        return {**values, "data": self.card, "dense": self.dense, **files, **changed}

    def table(self, **changed: object) -> Flags:
        cells = {"own": {**CELL, "samples": 9}}
        values = {"title": "Own", "table": "group_size", "cells": json.dumps(cells), "seeds": ["1"]}
        files = {"published": ROOT / "published/mint_mnist_mlp.csv", "metrics": [self.folder / "metrics.json"]}
        dresses = {dress: self.folder / f"table.{dress}" for dress in ("csv", "md", "html", "tex")}
        return {**values, "reference": "corrected", **files, **dresses, **changed}


def ran(script: str, flags: Flags) -> str:
    done = run_here(script, flags)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def refused(script: str, flags: Flags) -> str:
    done = run_here(script, flags)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


@pytest.fixture(scope="module")
def chain(card: Path, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A study of one cell, from the dense network to its table."""
    chain = Chain(card, tmp_path_factory.mktemp("mint"))
    ran("mint/train", chain.training())
    for grid in GRIDS:
        ran("mint/score", chain.score(grid))
    for method in METHODS:
        ran("mint/prune", chain.prune(method))
        ran("mint/retrain", chain.retrain(method))
    ran("mint/evaluate", chain.evaluate())
    ran("mint/table", chain.table())
    return chain


def test_every_method_prunes_as_many_blocks_of_each_layer(chain: Chain):
    masks = {method: artefacts.load_tensors(chain.mask(method))[0] for method in METHODS}
    pruned = {method: {layer: int((of == 0).sum()) for layer, of in mask.items()} for method, mask in masks.items()}
    assert pruned["random"] == pruned["magnitude"] == pruned["corrected"]
    assert 0 < pruned["corrected"]["fc2"] < 100
    assert (masks["random"]["fc2"] != masks["magnitude"]["fc2"]).any()


def test_metrics_are_of_the_networks_that_the_files_hold(chain: Chain):
    metrics = artefacts.read_json(chain.folder / "metrics.json")
    assert metrics["cell"] == CELL
    history = pd.read_csv(chain.folder / "random/history.csv").set_index("epoch").accuracy
    for epoch in ("best_epoch", "last_epoch"):
        found = metrics["methods"]["random"][epoch]
        assert found["accuracy"] == history[found["epoch"]]  # chosen on the same images
    mask = artefacts.load_tensors(chain.mask("random"))[0]
    gone = 1500 * (mask["fc2"] == 0).sum() + 60 * (mask["fc3"] == 0).sum()
    assert metrics["methods"]["random"]["pruned_share"] == pytest.approx(gone / 153_000)
    assert metrics["methods"]["random"]["best_epoch"]["stored_bytes"] < metrics["dense"]["best_epoch"]["stored_bytes"]


def test_the_table_has_a_row_a_method_and_says_so_where_the_paper_has_none(chain: Chain):
    rows = pd.read_csv(chain.folder / "table.csv")
    assert list(rows.method) == ["dense", *METHODS]
    text = (chain.folder / "table.md").read_text()
    assert "| 10" in text
    assert "| – |" in text.replace("  ", "")
    assert "inside the noise" in text


@pytest.fixture
def three_seeds(chain: Chain, tmp_path: Path) -> Flags:
    """Flags of a table over three seeds: `random` is always a point above `corrected`, `magnitude` above and below."""
    paths = []
    accuracies = {"corrected": (0.9, 0.92, 0.91), "random": (0.91, 0.93, 0.921), "magnitude": (0.91, 0.91, 0.91)}
    for place in range(3):
        metrics = artefacts.read_json(chain.folder / "metrics.json")
        for method, values in accuracies.items():
            metrics["methods"][method]["best_epoch"]["accuracy"] = values[place]
        paths.append(tmp_path / f"metrics_{place}.json")
        artefacts.write_json(paths[-1], metrics)
    return chain.table(seeds=["1", "2", "3"], metrics=paths, md=tmp_path / "table.md", csv=tmp_path / "table.csv")


def test_the_table_says_how_many_differences_lie_inside_the_noise(three_seeds: Flags, chain: Chain):
    ran("mint/table", three_seeds)
    text = Path(three_seeds["md"]).read_text()
    assert "Differences with an interval without 0: 1 of 2; by t-tests at 5 %, after Holm's correction: 1." in text
    assert "+1.033 ± 0.143" in text  # 1, 1 and 1.1 points; t with 2 degrees of freedom
    assert "−" in text.split("**Beside the controls**")[1]
    assert "91.00 ± 2.48" in text
    assert "One seed has no interval" in (chain.folder / "table.md").read_text()


def test_children_are_drawn_with_their_parents_unless_the_slip_is_asked_for():
    labels, of = np.arange(100) % 10, script_module("mint/score").drawn
    drawn = {
        (pairing, whose): of(Namespace(pairing=pairing, samples=9, seed=1, grid="fc2=10x10"), whose, labels)
        for pairing in ("released", "corrected")
        for whose in ("parents", "children")
    }
    parents = drawn["corrected", "parents"]
    assert np.array_equal(drawn["corrected", "children"], parents)
    assert np.array_equal(drawn["released", "parents"], parents)
    assert not np.array_equal(drawn["released", "children"], parents)


def test_each_slip_reaches_the_scores(chain: Chain, tmp_path: Path):
    corrected = artefacts.load_tensors(chain.scores("fc2"))[0]["scores"]
    for slip in SLIPS:
        ran(
            "mint/score",
            chain.score("fc2=10x10", **{slip: "released"}, scores=tmp_path / slip, state=tmp_path / "state"),
        )
        assert (artefacts.load_tensors(tmp_path / slip)[0]["scores"] != corrected).any()


def test_an_unfinished_scoring_leaves_a_state_and_a_finished_one_does_not(chain: Chain):
    assert not (chain.folder / "scoring.safetensors").exists()


def test_a_grid_that_does_not_fit_is_refused(chain: Chain):
    assert "fc2: 7 parent and 10 child groups do not divide" in refused("mint/score", chain.score("fc2=7x10"))
    assert "fc1: no layer that MINT prunes; use fc2 or fc3" in refused("mint/score", chain.score("fc1=7x10"))


def test_scores_of_another_grid_and_missing_scores_are_refused(chain: Chain):
    line = refused("mint/prune", chain.prune("corrected", grids=["fc2=20x20"]))
    assert f"{chain.scores('fc2')}: scores of fc2=10x10, not of fc2=20x20" in line
    without = {flag: value for flag, value in chain.prune("corrected").items() if flag != "scores_fc3"}
    assert "--method corrected: needs the scores of fc3 (--scores-fc3 FILE)" in refused("mint/prune", without)


def test_what_was_made_from_another_dense_network_is_stale(chain: Chain, tmp_path: Path):
    tensors, record = artefacts.load_tensors(chain.dense)
    other = tmp_path / "other.safetensors"
    artefacts.save_tensors(other, tensors, {**record, "epoch": 99})
    message = f"stale, it was made from another version of {other}"
    assert message in refused("mint/prune", chain.prune("corrected", dense=other))
    assert message in refused("mint/prune", chain.prune("random", dense=other))
    assert message in refused("mint/retrain", chain.retrain("random", dense=other))
    assert message in refused("mint/evaluate", chain.evaluate(dense=other))


def test_metrics_of_another_cell_are_stale(chain: Chain):
    cells = json.dumps({"own": {**CELL, "delta": 0.4, "samples": 9}})
    assert f"{chain.folder / 'metrics.json'}: stale, made with" in refused("mint/table", chain.table(cells=cells))
