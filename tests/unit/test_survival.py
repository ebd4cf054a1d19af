"""Which specialists die early: trained by the script, counted by its table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from support import Flags, kept_of, run_here, script_module, weights, write_dense

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.networks import models
from specdnn.networks.extract import Kept
from specdnn.networks.network import logits
from specdnn.training.members import Member

LENET = models.load("lenet_300_100")
LOSSES = ["squared", "balanced_cross_entropy"]
survival = script_module("compare/survival")
table = script_module("compare/survival_table")


def test_a_centred_specialist_says_neither_yes_nor_no_on_average():
    kept = Kept({name: tuple(units) for name, units in kept_of(LENET).items()})
    filed = ("released", "released", None, 1, 0, LENET, kept)
    begun = [Member(label, *filed).begun(weights(LENET), seed=1) for label in (0, 3)]
    images = torch.randn(50, 28, 28, generator=torch.Generator().manual_seed(1))
    given = type("Given", (), {"images": images})
    for before, after in zip(begun, survival.centred(begun, given), strict=True):
        answers = [logits(one.network(), one.network().prepare(images), 50)[:, 0] for one in (before, after)]
        assert abs(answers[0].mean()) > 1e-3
        assert abs(answers[1].mean()) < 1e-6
        torch.testing.assert_close(answers[1] - answers[1].mean(), answers[0] - answers[0].mean(), rtol=0, atol=1e-6)


@pytest.fixture
def flags(card: Path, tmp_path: Path) -> Flags:
    """Two classes of an untrained network."""
    dense = write_dense(tmp_path / "dense.safetensors", LENET)
    layers = {name: [*map(int, units)] for name, units in kept_of(LENET).items()}
    filed = {
        "network": LENET.name,
        "units": "released",
        "widths": "released",
        "share": None,
        "asked": 1,
        "kept": layers,
    }
    entries = [{**filed, "label": label, "initial": ["kept"], "losses": LOSSES, "draws": [1]} for label in (0, 3)]
    record = artefacts.make_record("compare_select", {"model": LENET.name}, {"dense": dense})
    artefacts.write_json(tmp_path / "own.json", {"record": record, "specialists": entries})
    schedule = {"epochs": 1, "batch_size": 50, "lr": 0.1, "lr_step": 5, "lr_gamma": 0.1, "momentum": 0.9}
    return {
        **{**schedule, "weight_decay": 0.0001, "threads": 1, "seed": 1, "split": 1, "protocol": "held_out"},
        **{"train_images": 600, "choosing_images": 200, "dataset": "mnist", "settings": "a"},
        **{"rates": [0.1, 1e-9], "losses": LOSSES, "data": card, "dense": dense},
        **{"selections": tmp_path / "own.json", "scores": tmp_path / "scores.csv", "state": tmp_path / "state"},
    }


def test_each_specialist_is_tried_at_each_rate_by_each_loss_from_each_bias(flags: Flags, tmp_path: Path):
    done = run_here("compare/survival", flags)
    assert (done.returncode, done.stderr) == (0, "")
    rows = pd.read_csv(tmp_path / "scores.csv")
    assert len(rows) == len(rows[["bias", "lr", "loss", "label"]].drop_duplicates()) == 2 * 2 * 2 * 2
    assert rows.balanced_accuracy.between(0, 1).all()
    assert (rows.balanced_accuracy[rows.always_no] == 0.5).all()
    learnt = rows[rows.lr == 0.1].set_index(["bias", "loss", "label"]).balanced_accuracy
    still = rows[rows.lr < 0.1].set_index(["bias", "loss", "label"]).balanced_accuracy
    assert learnt.mean() > still.mean() + 0.1, "a rate near nothing learns nothing"
    assert not (tmp_path / "state").exists()


def test_a_loss_that_no_specialist_has_is_refused(flags: Flags, tmp_path: Path):
    done = run_here("compare/survival", {**flags, "losses": ["distilled"]})
    assert done.returncode == 2
    assert f"{tmp_path / 'own.json'}: has none of SpecDNN's specialists by distilled;" in done.stderr
    assert not (tmp_path / "scores.csv").exists()


def rows(dead: list[bool], constant: list[bool], **filed: object) -> pd.DataFrame:
    place = {
        "dataset": "mnist",
        "model": "lenet_5",
        "seed": 1,
        "epochs": 3,
        "lr": 0.1,
        "loss": "squared",
        "bias": "cut",
    }
    labels = np.arange(len(dead))
    values = {"label": labels, "balanced_accuracy": 0.5, "always_no": dead, "constant": constant, "settings": "a"}
    return pd.DataFrame({**place, **values, **filed})


def test_the_dead_are_counted_and_those_whose_output_is_constant_among_them():
    both = pd.concat([rows([True, True, False], [True, False, True]), rows([False] * 3, [False] * 3, lr=0.01)])
    found = table.counted(both).set_index("lr")
    assert found[["specialists", "collapsed", "constant"]].to_dict("index") == {
        0.1: {"specialists": 3, "collapsed": 2, "constant": 1},
        0.01: {"specialists": 3, "collapsed": 0, "constant": 0},
    }


def test_scores_of_other_values_are_refused(tmp_path: Path):
    rows([True], [True]).to_csv(tmp_path / "survival.csv", index=False)
    with pytest.raises(UserError) as refused:
        table.scores(str(tmp_path / "survival.csv"), {"mnist/lenet_5": "b"})
    assert f"{tmp_path / 'survival.csv'}: of settings a, and params.yaml has b;" in str(refused.value)
