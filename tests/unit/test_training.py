"""The training loop: an interruption leaves no trace, and each protocol sees only the images that it may."""

import copy
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from support import (
    ROOT,
    TRAIN_IMAGES,
    Flags,
    command_line,
    idx,
    interrupted_after,
    kept_of,
    run_here,
    training_flags,
    weights,
    write_card,
    write_dense,
    write_selection,
)

from specdnn import artefacts
from specdnn.data.idx import held_out, load
from specdnn.data.protocols import splits
from specdnn.errors import UserError
from specdnn.networks import models
from specdnn.networks.extract import dense_kept
from specdnn.networks.models import LOGISTIC, Architecture
from specdnn.networks.network import Network, drawn
from specdnn.similarity import checkpoint
from specdnn.similarity.network import ARCHITECTURE as AVERAGED
from specdnn.similarity.pruning import full_masks
from specdnn.training import loop
from specdnn.training.losses import sigmoid_cross_entropy
from specdnn.training.schedule import Schedule
from specdnn.training.sgd import Sgd
from specdnn.training.steps import Steps

LENET = models.load("lenet_300_100")
TEN_CLASSES = torch.arange(16) % 10


def ran(script: str, flags: Flags) -> str:
    done = run_here(script, flags)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def written(script: str, flags: Flags) -> tuple[dict[str, bytes], str]:
    """The bytes of all that a training writes and leaves behind, and what it says."""
    said = ran(script, flags)
    files = {path.name: path.read_bytes() for path in Path(flags["history"]).parent.iterdir()}
    made = [flags[name].name for name in ("best", "last", "network", "history") if name in flags]
    assert sorted(files) == sorted([*made, *(f"{name}.sha256" for name in made)])
    return files, said


def dense(card: Path, folder: Path, architecture: Architecture = LENET, **changed: object) -> tuple[str, Flags]:
    return "train", {"model": architecture.name, **training_flags(card, folder, **changed)}


def specialist(card: Path, folder: Path, architecture: Architecture) -> tuple[str, Flags]:
    checkpoint_of = write_dense(folder.parent / "dense.safetensors", architecture)
    selection = write_selection(folder.parent / "selection.json", checkpoint_of, architecture)
    return "retrain", {**training_flags(card, folder), "dense": checkpoint_of, "selection": selection}


def stacked(card: Path, folder: Path, architecture: Architecture) -> tuple[str, Flags]:
    """Specialists of two sizes, from both kinds of weights and by two losses; and of another kind, logistic ones."""
    checkpoint_of, selections = folder.parent / "dense.safetensors", folder.parent / "selections.json"
    params = {"model": architecture.name, "seed": 1}
    record = artefacts.make_record("compare_select", params, {"dense": write_dense(checkpoint_of, architecture)})
    filed = {"widths": "released", "draws": [1], "asked": 0, "network": architecture.name}
    both = {"initial": ["kept", "random"], "losses": ["squared", "distilled"]}
    kinds = [
        {**filed, **both, "units": "released", "share": None, "kept": kept_of(architecture)},
        {**filed, **both, "units": "released", "share": 0.05, "kept": dense_kept(architecture), "losses": ["squared"]},
        {**filed, "units": "logistic", "share": None, "kept": dense_kept(LOGISTIC), "network": LOGISTIC.name}
        | {"initial": ["random"], "losses": ["cross_entropy"]},
    ]
    specialists = [{**kind, "label": label} for kind in kinds for label in (0, 8)]
    artefacts.write_json(selections, {"record": record, "specialists": specialists})
    flags = training_flags(card, folder, history=folder / "history.safetensors")
    del flags["last"]
    return "compare/retrain", {**flags, "dense": checkpoint_of, "selections": selections}


def mint(card: Path, folder: Path) -> tuple[str, Flags]:
    return "mint/train", training_flags(card, folder, dropout=0.2)


def similarity(card: Path, folder: Path) -> tuple[str, Flags]:
    """A network of which half is masked; its gradients are clipped."""
    start, record = folder.parent / "start.safetensors", artefacts.make_record("test", {}, {"data": card})
    checkpoint.save(start, weights(AVERAGED), full_masks(AVERAGED), record)
    flags = training_flags(card, folder, lr=0.01, network=folder / "network.safetensors")
    for other in ("protocol", "choosing_images", "lr_step", "best", "last"):
        del flags[other]
    pruning = {"method": "rewinding", "fraction": 0.5, "round": 1, "start": start}
    return "similarity/prune", {**flags, **pruning, "test_images": 200, "milestones": [2], "clip_norm": 0.1}


@pytest.mark.parametrize(
    ("kind", "network"),
    [*product((dense, specialist, stacked), models.names()), (mint, None), (similarity, None)],
    ids=lambda given: getattr(given, "__name__", given or ""),
)
def test_an_interrupted_training_ends_in_the_same_bytes(
    kind: Callable[..., tuple[str, Flags]], network: str | None, card: Path, tmp_path: Path
):
    of_network = (models.load(network),) if network else ()
    whole, _ = written(*kind(card, tmp_path / "whole", *of_network))
    script, flags = kind(card, tmp_path / "interrupted", *of_network)
    # The second interruption of a stacked training is one of the second kind: of the first, all epochs are done.
    epochs, resumed_at = ((2, 3), [4, 1]) if kind is stacked else ((2, 1), [3])
    for more in epochs:
        with interrupted_after(more):
            run_here(script, flags)
        assert not flags["history"].exists()
    resumed, said = written(script, flags)
    assert resumed == whole
    assert [int(line.split()[-1]) for line in said.splitlines() if line.startswith("resuming")] == resumed_at


def test_a_training_without_momentum_is_resumed_too(card: Path, tmp_path: Path):
    with interrupted_after(2):
        run_here(*dense(card, tmp_path / "resumed", momentum=0))
    resumed, said = written(*dense(card, tmp_path / "resumed", momentum=0))
    assert resumed == written(*dense(card, tmp_path / "whole", momentum=0))[0]
    assert "resuming after epoch 2" in said


SAVING_ALWAYS = """
import runpy, sys
from specdnn.training import loop
loop.SAVE_EVERY = 0.0
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_a_killed_process_ends_in_the_same_bytes(card: Path, tmp_path: Path):
    schedule = {"epochs": 12, "lr_step": 5}
    script, flags = dense(card, tmp_path / "killed", **schedule)
    command = [sys.executable, "-c", SAVING_ALWAYS, *command_line(script, flags)]
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
    whole, _ = written(*dense(card, tmp_path / "whole", **schedule))
    assert {path.name: path.read_bytes() for path in state.parent.iterdir()} == whole


def test_the_state_of_a_training_with_other_parameters_is_ignored(card: Path, tmp_path: Path):
    with interrupted_after(2):
        run_here(*dense(card, tmp_path / "resumed", lr=0.05))
    resumed, said = written(*dense(card, tmp_path / "resumed", lr=0.1))
    assert resumed == written(*dense(card, tmp_path / "whole", lr=0.1))[0]
    assert "resuming" not in said


@pytest.mark.parametrize("part", [0, 0.5, 0.99])
def test_a_truncated_state_starts_the_training_again(part: float, card: Path, tmp_path: Path):
    script, flags = dense(card, tmp_path / "resumed")
    with interrupted_after(2):
        run_here(script, flags)
    state = flags["state"]
    state.write_bytes(state.read_bytes()[: int(part * state.stat().st_size)])
    resumed, said = written(script, flags)
    assert resumed == written(*dense(card, tmp_path / "whole"))[0]
    assert "resuming" not in said


def fit(
    tmp_path: Path,
    accuracies: list[float],
    loss: loop.Loss = sigmoid_cross_entropy,
    targets: torch.Tensor = TEN_CLASSES,
    **changed: float,
) -> tuple[loop.Fit, list[dict[str, np.ndarray]]]:
    """A training on 16 images whose accuracies are given, and the weights after each of its epochs."""
    network, snapshots = drawn(lambda: Network(LENET), "test"), []

    def scores() -> list[float]:
        snapshots.append(network.tensors())
        return [accuracies[len(snapshots) - 1]]

    values = {"batch_size": 8, "lr": 0.1, "lr_gamma": 0.1, "momentum": 0.9, "weight_decay": 0.0, **changed}
    images = torch.randn(16, 28, 28, generator=torch.Generator().manual_seed(0))
    fitted = loop.fit(
        network,
        loop.Feed.in_memory(network.prepare(images), targets, values["batch_size"], ("test",)),
        loss=loss,
        tensors=lambda: [network.tensors()],
        scores=scores,
        schedule=Schedule(epochs=len(accuracies), milestones=Schedule.every(2, len(accuracies)), **values),
        state=tmp_path / "state",
        record={},
    )
    return fitted, snapshots


def test_the_best_epoch_is_the_first_of_the_best(tmp_path: Path):
    fitted, snapshots = fit(tmp_path, [0.5, 0.9, 0.8, 0.9, 0.1])
    assert fitted.best_epochs == [2]
    for name, tensor in fitted.best[0].items():
        assert (tensor == snapshots[1][name]).all()
        assert (fitted.last[0][name] == snapshots[4][name]).all()
    assert [row["scores"] for row in fitted.history] == [[0.5], [0.9], [0.8], [0.9], [0.1]]


def test_a_network_that_is_never_right_still_has_a_best_epoch(tmp_path: Path):
    assert fit(tmp_path, [0.0, 0.0])[0].best_epochs == [1]


def test_the_learning_rate_drops_after_each_milestone(tmp_path: Path):
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


def test_held_out_images_are_never_trained_on(card: Path, tmp_path: Path):
    """Whatever is drawn and written on them, the last epoch's weights stay the same; the test set is not there."""
    apart, last, accuracies = held_out(200, among=600), [], []
    for deface in (False, True):
        folder, results = tmp_path / f"data_{deface}", tmp_path / f"results_{deface}"
        shutil.copytree(card.parent, folder, ignore=shutil.ignore_patterns("t10k-*"))
        if deface:
            for kind, shape in (("images-idx3", (TRAIN_IMAGES, 28, 28)), ("labels-idx1", (TRAIN_IMAGES,))):
                file = folder / f"train-{kind}-ubyte"
                raw = np.frombuffer(file.read_bytes(), np.uint8)[-np.prod(shape) :].reshape(shape).copy()
                raw[:600][apart] = 0
                file.write_bytes(idx(raw))
        ran(*dense(write_card(folder), results, protocol="held_out", choosing_images=200))
        last.append(artefacts.load_tensors(results / "last.safetensors")[0])
        accuracies.append([row.split(",")[3] for row in (results / "history.csv").read_text().splitlines()])
    for name, tensor in last[0].items():
        assert (tensor == last[1][name]).all()
    assert accuracies[0] != accuracies[1]


@pytest.mark.parametrize("pixels", ["normalised", "scaled"])
def test_held_out_parts_the_training_images_and_published_chooses_by_the_test_images(card: Path, pixels: str):
    training_set, choosing_set = splits(card, "held_out", train=600, choosing=200, pixels=pixels)
    everything = getattr(load(card, "train", 600), pixels)
    assert (len(training_set.labels), len(choosing_set.labels)) == (400, 200)
    apart = held_out(200, among=600)
    assert np.array_equal(choosing_set.images.numpy(), everything[apart])
    assert np.array_equal(training_set.images.numpy(), everything[~apart])
    training_set, choosing_set = splits(card, "published", train=600, choosing=200, pixels=pixels)
    assert np.array_equal(training_set.images.numpy(), everything)
    assert np.array_equal(choosing_set.images.numpy(), getattr(load(card, "test", 200), pixels))


def test_each_split_holds_out_images_of_its_own_and_split_0_those_of_the_main_study():
    assert np.flatnonzero(held_out(3, among=10)).tolist() == [2, 4, 6]
    assert np.flatnonzero(held_out(3, among=10, split=1)).tolist() == [4, 7, 8]
    masks = {held_out(200, among=600, split=split).tobytes() for split in range(20)}
    assert len(masks) == 20
    assert held_out(200, among=600, split=0).tobytes() == held_out(200, among=600).tobytes()


@pytest.mark.parametrize("count", [0, 600, 601])
def test_images_cannot_all_be_held_out(card: Path, count: int):
    with pytest.raises(UserError, match=r"images\.held_out = "):
        splits(card, "held_out", train=600, choosing=count)


def test_steps_hold_nothing_that_an_unfinished_training_would_have_to_save():
    """Half of them by another object over the same network and optimiser is what a resumed training does."""
    images = torch.randn(16, 28, 28, generator=torch.Generator().manual_seed(0))
    ends = []
    for parts in ([[0, 1, 2, 3]], [[0, 1], [2, 3]]):
        network = drawn(lambda: Network(LENET), "test")
        optimiser = Sgd(network.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=False)
        inputs = network.prepare(images)
        for batches in parts:
            steps = Steps(network, sigmoid_cross_entropy, optimiser, clip_norm=0.1)
            loop.take_steps(steps, loop.taken(inputs, TEN_CLASSES, [torch.arange(16).split(4)[k] for k in batches]))
        ends.append(network.tensors())
    assert all((ends[0][name] == ends[1][name]).all() for name in ends[0])
    assert (ends[0]["fc1.weight"] != drawn(lambda: Network(LENET), "test").tensors()["fc1.weight"]).any()


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.9, False), (0.9, True), (0.0, False)])
def test_the_steps_are_those_of_torchs_own_class(momentum: float, nesterov: bool):
    """To the last bit, with a learning rate that changes and a parameter that gets no gradient."""
    theirs = torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3), torch.nn.Linear(3, 1))
    ours = copy.deepcopy(theirs)
    values = {"momentum": momentum, "weight_decay": 1e-4, "nesterov": nesterov}
    pairs = [
        (theirs, torch.optim.SGD(theirs.parameters(), lr=0.1, fused=True, **values)),
        (ours, Sgd(ours.parameters(), lr=0.1, **values)),
    ]
    for epoch in range(3):
        inputs = torch.randn(11, 7, generator=torch.Generator().manual_seed(epoch))
        for network, optimiser in pairs:
            optimiser.zero_grad()
            network[:3](inputs).square().mean().backward()
            optimiser.step()
        pairs[0][1].param_groups[0]["lr"] = pairs[1][1].lr = 0.1 / (epoch + 2)
    for theirs_one, ours_one in zip(theirs.parameters(), ours.parameters(), strict=True):
        assert torch.equal(theirs_one, ours_one)
