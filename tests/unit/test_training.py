"""The training loop: an interruption leaves no trace, and each protocol sees only the images that it may."""

import os
import shutil
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from support import ROOT, TRAIN_IMAGES, command_line, idx, training_flags, write_card, write_dense, write_selection

import retrain
import train
from specdnn import artefacts
from specdnn.data import idx, protocols
from specdnn.errors import UserError
from specdnn.networks.models import ARCHITECTURES, Architecture
from specdnn.networks.network import Network
from specdnn.training import loop

TEN_CLASSES = torch.arange(16) % 10
WRITTEN = ("best.safetensors", "last.safetensors", "history.csv")


class Interrupted(Exception):
    """Stands in for whatever ends a process between two epochs."""


@pytest.fixture
def run(card: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """run(main, architecture, folder, ...): `main` of train.py or retrain.py; returns the bytes that it wrote.

    stop_after: raise Interrupted once so many epochs are done and the state of the last but one is saved.
    """
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)

    def run(script, architecture: Architecture, folder: Path, stop_after: int | None = None, **changed: object):
        args = Namespace(**training_flags(card, folder, **changed))
        if script is train:
            args.model = architecture.name
        else:
            args.dense = write_dense(tmp_path / "dense.safetensors", architecture)
            args.selection = write_selection(tmp_path / "selection.json", args.dense, architecture)
        values = {name: value for name, value in vars(args).items() if not isinstance(value, Path)}
        record = artefacts.make_record(script.__name__, values, {"data": args.data})
        epochs_left = iter(range(stop_after or args.epochs))

        def logits(*given):
            if next(epochs_left, None) is None:
                raise Interrupted
            return network_logits(*given)

        network_logits = script.logits
        with monkeypatch.context() as patched:
            patched.setattr(script, "logits", logits)
            if stop_after is not None:
                with pytest.raises(Interrupted):
                    script.main(args, record)
                assert Path(args.state).exists()
                return {}
            script.main(args, record)
        assert sorted(path.name for path in folder.iterdir()) == sorted(WRITTEN)
        return {name: (folder / name).read_bytes() for name in WRITTEN}

    return run


@pytest.mark.parametrize("script", [train, retrain])
def test_an_interrupted_training_ends_in_the_same_bytes(script, run, architecture: Architecture, tmp_path: Path, capfd):
    whole = run(script, architecture, tmp_path / "whole")
    interrupted = tmp_path / "interrupted"
    run(script, architecture, interrupted, stop_after=2)  # and one more epoch before the second interruption
    run(script, architecture, interrupted, stop_after=1)
    capfd.readouterr()
    assert run(script, architecture, interrupted) == whole
    assert "resuming after epoch 3" in capfd.readouterr().out


SAVING_ALWAYS = """
import runpy, sys
from specdnn.training import loop
loop.SAVE_EVERY = 0.0
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_a_killed_process_ends_in_the_same_bytes(run, card: Path, tmp_path: Path):
    schedule = {"epochs": 12, "lr_step": 5}
    flags = {"model": "lenet_300_100", **training_flags(card, tmp_path / "killed", **schedule)}
    command = [sys.executable, "-c", SAVING_ALWAYS, *command_line("train", flags)]
    state = flags["state"]

    def start() -> subprocess.Popen:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def saved_at() -> int:
        return state.stat().st_mtime_ns if state.exists() else 0

    for _ in range(2):
        before = saved_at()
        process = start()
        while saved_at() == before:
            assert process.poll() is None, "the training ended before it could be killed"
            time.sleep(0.001)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    finished = start()
    assert "resuming after epoch" in finished.communicate()[0]
    whole = run(train, ARCHITECTURES["lenet_300_100"], tmp_path / "whole", **schedule)
    assert {name: (state.parent / name).read_bytes() for name in WRITTEN} == whole
    assert not state.exists()


def test_the_state_of_a_training_with_other_parameters_is_ignored(run, tmp_path: Path, capfd):
    lenet = ARCHITECTURES["lenet_300_100"]
    run(train, lenet, tmp_path / "resumed", stop_after=2, lr=0.05)
    assert run(train, lenet, tmp_path / "resumed", lr=0.1) == run(train, lenet, tmp_path / "whole", lr=0.1)
    assert "resuming" not in capfd.readouterr().out


@pytest.mark.parametrize("part", [0, 0.5, 0.99])
def test_a_truncated_state_starts_the_training_again(run, part: float, tmp_path: Path, capfd):
    lenet = ARCHITECTURES["lenet_300_100"]
    run(train, lenet, tmp_path / "resumed", stop_after=2)
    state = tmp_path / "resumed" / "state.safetensors"
    state.write_bytes(state.read_bytes()[: int(part * state.stat().st_size)])
    assert run(train, lenet, tmp_path / "resumed") == run(train, lenet, tmp_path / "whole")
    assert "resuming" not in capfd.readouterr().out


def fit(
    tmp_path: Path,
    accuracies: list[float],
    loss: Callable = loop.sigmoid_cross_entropy,
    targets: torch.Tensor = TEN_CLASSES,
    **changed: float,
) -> tuple[loop.Fit, list[dict[str, np.ndarray]]]:
    """A training on 16 images whose accuracies are given, and the weights after each of its epochs."""
    snapshots = []

    def choose_by(network: Network) -> float:
        snapshots.append(network.tensors())
        return accuracies[len(snapshots) - 1]

    values = {"batch_size": 8, "lr": 0.1, "lr_step": 2, "lr_gamma": 0.1, "momentum": 0.9, "weight_decay": 0.0}
    fitted = loop.fit(
        Network(ARCHITECTURES["lenet_300_100"]),
        torch.randn(16, 28, 28, generator=torch.Generator().manual_seed(0)),
        targets,
        loss=loss,
        choose_by=choose_by,
        schedule=loop.Schedule(epochs=len(accuracies), **{**values, **changed}),
        order=("test",),
        state=tmp_path / "state",
        record={},
    )
    return fitted, snapshots


def test_the_best_epoch_is_the_first_of_the_best(tmp_path: Path):
    fitted, snapshots = fit(tmp_path, [0.5, 0.9, 0.8, 0.9, 0.1])
    assert fitted.best_epoch == 2
    for name, tensor in fitted.best.items():
        assert (tensor == snapshots[1][name]).all()
        assert (fitted.last[name] == snapshots[4][name]).all()
    assert [row["accuracy"] for row in fitted.history] == [0.5, 0.9, 0.8, 0.9, 0.1]


def test_a_network_that_is_never_right_still_has_a_best_epoch(tmp_path: Path):
    assert fit(tmp_path, [0.0, 0.0])[0].best_epoch == 1


def test_the_learning_rate_drops_after_every_lr_step_epochs(tmp_path: Path):
    fitted, _ = fit(tmp_path, [0.0] * 5)
    assert [row["epoch"] for row in fitted.history] == [1, 2, 3, 4, 5]
    assert [row["lr"] for row in fitted.history] == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001], rel=1e-15)


def test_a_step_is_that_of_sgd_with_momentum_at_the_rate_of_the_epoch(tmp_path: Path):
    """A rate of zero from the third epoch on: the weights then stay where they are."""
    _, snapshots = fit(tmp_path, [0.0] * 4, lr_gamma=0.0)
    assert (snapshots[1]["fc3.weight"] != snapshots[0]["fc3.weight"]).any()
    assert (snapshots[3]["fc3.weight"] == snapshots[1]["fc3.weight"]).all()


def test_each_epoch_has_all_images_in_an_order_of_its_own(tmp_path: Path):
    seen = []

    def loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        seen.extend(targets.tolist())
        return logits.sigmoid().mean()

    fit(tmp_path, [0.0, 0.0, 0.0], loss=loss, targets=torch.arange(16))
    epochs = [seen[start : start + 16] for start in (0, 16, 32)]
    assert all(sorted(epoch) == list(range(16)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in [*epochs, range(16)]}) == 4


def test_a_diverging_loss_is_an_error_that_names_the_epoch_and_the_rate(tmp_path: Path):
    with pytest.raises(UserError, match=r"epoch 1: the loss is (nan|inf).*lower lr = 1e\+38"):
        fit(tmp_path, [0.0], lr=1e38)


def test_held_out_images_are_never_trained_on(run, card: Path, tmp_path: Path):
    """Whatever is drawn and written on them, the last epoch's weights stay the same; the test set is not there."""
    lenet, apart = ARCHITECTURES["lenet_300_100"], idx.held_out(200, of=600)
    last, accuracies = [], []
    for deface in (False, True):
        folder, results = tmp_path / f"data_{deface}", tmp_path / f"results_{deface}"
        shutil.copytree(card.parent, folder, ignore=shutil.ignore_patterns("t10k-*"))
        if deface:
            for kind, shape in (("images-idx3", (TRAIN_IMAGES, 28, 28)), ("labels-idx1", (TRAIN_IMAGES,))):
                file = folder / f"train-{kind}-ubyte"
                raw = np.frombuffer(file.read_bytes(), np.uint8)[-np.prod(shape) :].reshape(shape).copy()
                raw[:600][apart] = 0
                file.write_bytes(idx(raw))
        run(train, lenet, results, data=write_card(folder), protocol="held_out", choosing_images=200)
        last.append(artefacts.load_tensors(results / "last.safetensors")[0])
        accuracies.append([row.split(",")[3] for row in (results / "history.csv").read_text().splitlines()])
    for name, tensor in last[0].items():
        assert (tensor == last[1][name]).all()
    assert accuracies[0] != accuracies[1]


def test_held_out_parts_the_training_images_and_published_chooses_by_the_test_images(card: Path):
    training_set, choosing_set = protocols.splits(card, "held_out", train=600, choosing=200)
    everything = idx.load(card, "train", 600)
    assert (len(training_set.labels), len(choosing_set.labels)) == (400, 200)
    apart = idx.held_out(200, of=600)
    assert np.array_equal(choosing_set.images.numpy(), everything.images[apart])
    assert np.array_equal(training_set.images.numpy(), everything.images[~apart])
    training_set, choosing_set = protocols.splits(card, "published", train=600, choosing=200)
    assert np.array_equal(training_set.images.numpy(), everything.images)
    assert np.array_equal(choosing_set.images.numpy(), idx.load(card, "test", 200).images)


@pytest.mark.parametrize("count", [0, 600, 601])
def test_images_cannot_all_be_held_out(card: Path, count: int):
    with pytest.raises(UserError, match=r"images\.held_out = "):
        protocols.splits(card, "held_out", train=600, choosing=count)
