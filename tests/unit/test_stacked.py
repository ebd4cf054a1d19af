"""Specialists trained together are those trained one by one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support import kept_of, weights

from specdnn.networks import extract, models
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import LOGISTIC, Architecture
from specdnn.networks.network import Network, drawn
from specdnn.training import loop, stacked
from specdnn.training.losses import cross_entropies, sigmoid_squared_error, squared_errors
from specdnn.training.members import Member
from specdnn.training.schedule import Schedule

SCHEDULE = Schedule(epochs=4, batch_size=50, lr=0.1, milestones=(3,), lr_gamma=0.1, momentum=0.9, weight_decay=1e-4)
RECORD = {"rule": "test", "params": {}, "inputs": {}}


def members(architecture: Architecture) -> list[Member]:
    """Three specialists of different classes and widths."""
    found = []
    for label, share in ((0, 1), (3, 2), (8, 4)):
        kept = Kept(
            {name: tuple(units[:: share if len(units) > 4 else 1]) for name, units in kept_of(architecture).items()}
        )
        tensors = extract.extract(weights(architecture), architecture, kept, (label,))
        found.append(Member(label, None, 0, architecture, kept, tensors))
    return found


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(150, 28, 28, generator=torch.Generator().manual_seed(1))


def targets(images: torch.Tensor, group: list[Member]) -> torch.Tensor:
    """Something that can be learnt: bright in a corner that differs from class to class."""
    return torch.stack([(images[:, member.label :, :9].mean(dim=(1, 2)) > 0).float() for member in group], dim=1)


def feed(inputs: torch.Tensor, wanted: torch.Tensor) -> loop.Feed:
    return loop.Feed.in_memory(inputs, wanted, SCHEDULE.batch_size, ("test", 1))


def fit(group: list[Member], images: torch.Tensor, state: Path) -> loop.Fit:
    module, wanted = stacked.assemble(group), targets(images, group)
    return loop.fit(
        module,
        feed(module.prepare(images), wanted),
        loss=squared_errors,
        tensors=module.tensors,
        scores=lambda: stacked.balanced_accuracies(stacked.all_logits(module, images, 100), wanted > 0),
        schedule=SCHEDULE,
        state=state,
        record=RECORD,
    )


def fit_alone(member: Member, images: torch.Tensor, state: Path) -> loop.Fit:
    network, wanted = member.network(), targets(images, [member])
    inputs = network.prepare(images)
    return loop.fit(
        network,
        feed(inputs, wanted),
        loss=sigmoid_squared_error,
        tensors=lambda: [network.tensors()],
        scores=lambda: stacked.balanced_accuracies(network(inputs), wanted > 0),
        schedule=SCHEDULE,
        state=state,
        record=RECORD,
    )


def largest_difference(ours: dict, theirs: dict) -> float:
    assert ours.keys() == theirs.keys()
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


def test_members_give_the_logits_of_the_networks_that_they_are(architecture: Architecture, images):
    group = members(architecture)
    answers = stacked.all_logits(stacked.assemble(group), images, 100)
    for k, member in enumerate(group):
        network = member.network()
        expected = network(network.prepare(images))[:, 0]
        torch.testing.assert_close(answers[:, k], expected, rtol=1e-5, atol=1e-5)


def test_training_together_is_training_one_by_one_on_the_same_images(
    architecture: Architecture, images, tmp_path: Path
):
    group = members(architecture)
    together = fit(group, images, tmp_path / "together.safetensors")
    for k, member in enumerate(group):
        alone = fit_alone(member, images, tmp_path / "alone.safetensors")
        assert largest_difference(together.best[k], alone.best[0]) < 1e-4
        assert largest_difference(together.last[k], alone.last[0]) < 1e-4
        assert largest_difference(together.last[k], member.tensors) > 1e-2, "it has learnt nothing"
        assert largest_difference(together.best[k], member.tensors) > 1e-3, "its best epoch is none of them"
        assert together.best_epochs[k] == alone.best_epochs[0]


def test_padding_stays_zero_through_training(images):
    group = members(models.load("lenet_300_100"))
    module, batches = stacked.Stack(group), torch.arange(150).split(50)
    pairs = loop.taken(module.prepare(images), targets(images, group), batches)
    loop.take_steps(module, pairs, squared_errors, loop.sgd(module, SCHEDULE))
    inside = sum(tensor.size for tensors in module.tensors() for tensor in tensors.values())
    changed = sum(int((parameter != 0).sum()) for parameter in module.parameters())
    assert changed <= inside < sum(parameter.numel() for parameter in module.parameters())


def test_the_logistic_control_is_a_logistic_regression_of_785_parameters():
    tensors = drawn(lambda: Network(LOGISTIC), "init", "logistic", 1).tensors()
    member = Member(4, None, 785, LOGISTIC, dense_kept(LOGISTIC), tensors)
    assert member.parameters == 785
    images = torch.randn(5, 28, 28)
    logits = stacked.all_logits(stacked.assemble([member]), images, 5)[:, 0]
    by_hand = images.flatten(1).numpy() @ tensors["pixels.weight"][0] + tensors["pixels.bias"]
    assert logits.numpy() == pytest.approx(by_hand, rel=1e-4, abs=1e-5)
    loss = cross_entropies(logits[:, None], torch.ones(5, 1))
    assert loss.item() == pytest.approx(np.log1p(np.exp(-by_hand)).mean(), rel=1e-4)
