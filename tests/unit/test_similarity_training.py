"""The demo's network and its training: masks hold, and gradients are clipped."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from support import Flags, run_here
from torch import nn

from specdnn import seeding
from specdnn.networks.network import Network, drawn
from specdnn.similarity import checkpoint
from specdnn.similarity.network import ARCHITECTURE, LAYERS, pruned, representations
from specdnn.similarity.pruning import Masks, full_masks, prunable, prune
from specdnn.training import loop
from specdnn.training.schedule import Schedule

SCHEDULE = Schedule(15, 128, 0.1, (11, 13), 0.1, 0.9, 1e-4)


def initial() -> Network:
    return drawn(lambda: Network(ARCHITECTURE), "init", ARCHITECTURE.name, 1)


def halved() -> Masks:
    return prune(initial().tensors(), full_masks(ARCHITECTURE), prunable(ARCHITECTURE), 21_788)


def reference(tensors: dict[str, np.ndarray]) -> nn.Sequential:
    """The same network as plain torch modules, float64."""
    network = nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    ).double()
    for parameter, tensor in zip(network.parameters(), tensors.values(), strict=True):
        parameter.data.copy_(torch.from_numpy(tensor))
    return network


def test_the_network_has_the_parameters_of_the_demo():
    assert ARCHITECTURE.parameters == 44_426
    assert sum(parameter.numel() for parameter in Network(ARCHITECTURE).parameters()) == 44_426


def test_representations_are_those_of_plain_modules_in_their_order():
    network, images = initial(), torch.randn(5, 28, 28)
    x, expected = images.unsqueeze(1).double(), []
    for module in reference(network.tensors()):
        x = module(x)
        expected += [x] if isinstance(module, nn.ReLU | nn.AvgPool2d) else []
    found = representations(network, images, batch_size=2)
    assert tuple(found) == tuple(LAYERS)
    for layer, plain in zip(found.values(), [*expected, x], strict=True):
        torch.testing.assert_close(layer, plain.float(), rtol=1e-4, atol=1e-5)


def test_rates_drop_after_the_milestones_and_fine_tuning_stays_at_the_last():
    rates = [SCHEDULE.lr_at(epoch) for epoch in range(1, 16)]
    assert rates == pytest.approx([0.1] * 11 + [0.01] * 2 + [0.001] * 2)
    continued = SCHEDULE.continued()
    assert [continued.lr_at(epoch) for epoch in range(1, 16)] == pytest.approx([0.001] * 15)


def test_training_is_that_of_plain_modules_with_masked_and_clipped_gradients(tmp_path: Path):
    masks, norm = halved(), 0.05
    network = pruned(initial().tensors(), masks).double()
    plain = reference(network.tensors())
    images, labels = torch.randn(48, 28, 28, dtype=torch.float64), torch.arange(48) % 10
    loop.fit(
        network,
        loop.Feed.in_memory(network.prepare(images), labels, 16, ("test",)),
        loss=F.cross_entropy,
        tensors=lambda: [network.tensors()],
        scores=lambda: [0.0],
        schedule=Schedule(2, 16, 0.1, (1,), 0.1, 0.9, 1e-2, clip_norm=norm),
        state=tmp_path / "state",
        record={},
    )
    optimiser = torch.optim.SGD(plain.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-2)
    norms = []
    for epoch, rate in ((1, 0.1), (2, 0.01)):
        optimiser.param_groups[0]["lr"] = rate
        for batch in torch.randperm(48, generator=seeding.stream("test", "epoch", epoch)).split(16):
            optimiser.zero_grad()
            F.cross_entropy(plain(images[batch].unsqueeze(1)), labels[batch]).backward()
            for parameter, mask in zip(plain.parameters(), masks.values(), strict=True):
                parameter.grad *= torch.from_numpy(mask)
            norms.append(nn.utils.clip_grad_norm_(plain.parameters(), norm).item())
            optimiser.step()
    assert min(norms) > norm  # or nothing would have been clipped
    for ours, theirs in zip(network.tensors().values(), plain.parameters(), strict=True):
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=0, atol=1e-12)


# The scripts.


def flags(card: Path, folder: Path, **changed: object) -> Flags:
    """Flags of `similarity_train`, for a training of a second."""
    values = {
        "train_images": 600,
        "test_images": 200,
        "epochs": 3,
        "batch_size": 20,
        "lr": 0.1,
        "milestones": [1, 2],
        "lr_gamma": 0.1,
        "momentum": 0.9,
        "weight_decay": 0.0001,
        "clip_norm": 1.0,
        "seed": 1,
        "threads": 1,
        "data": card,
        "network": folder / "network.safetensors",
        "history": folder / "history.csv",
        "state": folder / "state.safetensors",
    }
    return {**values, **changed}


def rounds_flags(card: Path, folder: Path, start: Path, **changed: object) -> Flags:
    return {"method": "rewinding", "fraction": 0.5, "round": 1, "start": start, **flags(card, folder, **changed)}


@pytest.fixture(scope="module")
def dense(card: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a dense network as `similarity_train` makes it."""
    folder = tmp_path_factory.mktemp("dense")
    done = run_here("similarity/train", {**flags(card, folder), "initial": folder / "initial.safetensors"})
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_the_untrained_network_is_kept_and_the_trained_one_is_better_than_chance(dense: Path, card: Path):
    tensors, _, made = checkpoint.load(dense / "initial.safetensors", {"data": card})
    assert made["epoch"] == 0
    assert all(np.array_equal(tensor, tensors[name]) for name, tensor in initial().tensors().items())
    _, _, made = checkpoint.load(dense / "network.safetensors", {"data": card})
    assert (made["epoch"], made["density"]) == (3, 1.0)
    assert made["accuracy"] > 0.5
    assert (dense / "history.csv").read_text().splitlines()[-1].endswith(repr(made["accuracy"]))


@pytest.mark.parametrize("method", ["rewinding", "fine_tuning", "one_shot"])
def test_two_rounds_of_each_method_end_in_the_same_number_of_parameters(
    method, dense: Path, card: Path, tmp_path: Path
):
    start, densities = dense / "network.safetensors", []
    for step in (1, 2):
        folder = tmp_path / str(step)
        from_here = dense / "network.safetensors" if method == "one_shot" else start
        done = run_here("similarity/prune", rounds_flags(card, folder, from_here, method=method, round=step))
        assert (done.returncode, done.stderr) == (0, "")
        before, old, _ = checkpoint.load(from_here, {"data": card})
        after, new, made = checkpoint.load(folder / "network.safetensors", {"start": from_here})
        assert not any((new[name] & ~old[name]).any() for name in new)
        assert any((before[name][new[name]] != after[name][new[name]]).any() for name in new)
        densities.append(made["density"])
        rates = [float(row.split(",")[1]) for row in (folder / "history.csv").read_text().splitlines()[1:]]
        assert rates == pytest.approx([0.001] * 3 if method == "fine_tuning" else [0.1, 0.01, 0.001])
        start = folder / "network.safetensors"
    assert densities == pytest.approx([0.509566, 0.264350], abs=1e-6)


def refused(script: str, given: Flags) -> str:
    done = run_here(script, given)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"milestones": ["1", "x"]}, "--milestones: x is not a whole number, 1 or more"),
        ({"fraction": 1}, "--fraction: 1 is not a number strictly between 0 and 1"),
        ({"round": 0}, "--round: 0 is not a whole number, 1 or more"),
        ({"method": "magic"}, "--method: invalid choice: 'magic'"),
        ({"lr": 1e38, "clip_norm": 1e38}, "training diverged, lower lr = 1e+38"),
    ],
)
def test_wrong_values_are_refused_by_name(changed: dict, message: str, card: Path, dense: Path, tmp_path: Path):
    given = rounds_flags(card, tmp_path / "out", dense / "network.safetensors", **changed)
    assert message in refused("similarity/prune", {**given, **changed})
    assert not (tmp_path / "out").exists()


def test_a_network_trained_on_other_data_is_stale(card: Path, dense: Path, tmp_path: Path):
    tensors, masks, made = checkpoint.load(dense / "network.safetensors", {"data": card})
    stale = tmp_path / "stale.safetensors"
    checkpoint.save(stale, tensors, masks, {**made, "inputs": {"data": "0" * 64}})
    assert f"{stale}: stale, it was made from another version of {card}" in refused(
        "similarity/prune", rounds_flags(card, tmp_path / "out", stale)
    )


def test_a_pruned_parameter_with_a_value_is_refused(card: Path, dense: Path, tmp_path: Path):
    tensors, _, made = checkpoint.load(dense / "network.safetensors", {"data": card})
    broken = tmp_path / "broken.safetensors"
    checkpoint.save(broken, tensors, halved(), made)
    assert f"{broken}: conv1.bias has values where it is pruned" in refused(
        "similarity/prune", rounds_flags(card, tmp_path / "out", broken)
    )
