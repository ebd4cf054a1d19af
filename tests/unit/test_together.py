"""Specialists trained together are those trained one by one, and an interrupted training goes on exactly."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support import KEPT, weights

from specdnn.networks import extract
from specdnn.networks.extract import Kept
from specdnn.networks.models import ARCHITECTURES
from specdnn.selection.methods.controls import LOGISTIC
from specdnn.training import loop, stacked
from specdnn.training.loop import Schedule
from specdnn.training.members import Member, fresh_weights

SCHEDULE = Schedule(epochs=3, batch_size=50, lr=0.1, lr_step=2, lr_gamma=0.1, momentum=0.9, weight_decay=1e-4)
RECORD = {"rule": "test", "params": {}, "inputs": {}}
ORDER = ("test", 1)


def members(model: str) -> list[Member]:
    """Three specialists of different classes and widths."""
    architecture = ARCHITECTURES[model]
    found = []
    for label, share in ((0, 1), (3, 2), (8, 4)):
        kept = Kept(
            {name: tuple([*units][:: share if len([*units]) > 4 else 1]) for name, units in KEPT[model].items()}
        )
        tensors = extract.extract(weights(architecture), architecture, kept, (label,))
        found.append(Member(label, "own", 0, architecture, kept, tensors))
    return found


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(150, 28, 28, generator=torch.Generator().manual_seed(1))


def targets(images: torch.Tensor, group: list[Member]) -> torch.Tensor:
    """Something that can be learnt: bright in a corner that differs from class to class."""
    return torch.stack([(images[:, member.label :, :9].mean(dim=(1, 2)) > 0).float() for member in group], dim=1)


def fit(group: list[Member], images: torch.Tensor, state: Path, schedule: Schedule = SCHEDULE) -> stacked.Fits:
    wanted = targets(images, group)
    return stacked.fit(
        stacked.assemble(group),
        images,
        wanted,
        loss=stacked.squared_errors,
        choose_by=lambda module: stacked.balanced_accuracies(stacked.all_logits(module, images, 100), wanted > 0),
        schedule=schedule,
        order=ORDER,
        state=state,
        record=RECORD,
    )


def largest_difference(ours: dict, theirs: dict) -> float:
    assert ours.keys() == theirs.keys()
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


@pytest.mark.parametrize("model", sorted(ARCHITECTURES))
def test_members_give_the_logits_of_the_networks_that_they_are(model: str, images):
    group = members(model)
    answers = stacked.all_logits(stacked.assemble(group), images, 100)
    for k, member in enumerate(group):
        network = member.network(member.tensors)
        expected = network(network.prepare(images))[:, 0]
        torch.testing.assert_close(answers[:, k], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("model", sorted(ARCHITECTURES))
def test_training_together_is_training_one_by_one_on_the_same_images(model: str, images, tmp_path: Path):
    group = members(model)
    fits = fit(group, images, tmp_path / "together.safetensors")
    for k, member in enumerate(group):
        network, wanted = member.network(member.tensors), targets(images, [member])
        alone = loop.fit(
            network,
            images,
            wanted,
            loss=loop.sigmoid_squared_error,
            choose_by=lambda trained, wanted=wanted: stacked.balanced_accuracies(
                trained(trained.prepare(images)), wanted > 0
            )[0],
            schedule=SCHEDULE,
            order=ORDER,
            state=tmp_path / "alone.safetensors",
            record=RECORD,
        )
        assert largest_difference(fits.best[k], alone.best) < 1e-4
        assert largest_difference(fits.best[k], member.tensors) > 1e-2, "it has learnt nothing"
        assert fits.best_epochs[k] == alone.best_epoch


def test_padding_stays_zero_through_training(images, tmp_path: Path):
    group = members("lenet_300_100")
    module = stacked.Stack(group)
    wanted = targets(images, group)
    optimiser = loop.sgd(module, SCHEDULE)
    batches = torch.arange(150).split(50)
    loop.take_steps(module, module.prepare(images), wanted, batches, stacked.squared_errors, optimiser)
    inside = sum(tensor.size for tensors in module.tensors() for tensor in tensors.values())
    changed = sum(int((parameter != 0).sum()) for parameter in module.parameters())
    assert changed <= inside < sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("model", sorted(ARCHITECTURES))
def test_an_interrupted_training_ends_with_the_same_bytes(model: str, images, tmp_path: Path, monkeypatch):
    group = members(model)
    whole = fit(group, images, tmp_path / "whole.safetensors")
    monkeypatch.setattr(together, "SAVE_EVERY", 0.0)
    state = tmp_path / "state.safetensors"

    def stop_in_the_third_epoch(*arguments, **others):
        if stop_in_the_third_epoch.calls == 2:
            raise KeyboardInterrupt
        stop_in_the_third_epoch.calls += 1
        return take_steps(*arguments, **others)

    take_steps, stop_in_the_third_epoch.calls = loop.take_steps, 0
    with monkeypatch.context() as patched:
        patched.setattr(training, "take_steps", stop_in_the_third_epoch)
        with pytest.raises(KeyboardInterrupt):
            fit(group, images, state)
    resumed = fit(group, images, state)
    assert resumed.history == whole.history
    assert resumed.best_epochs == whole.best_epochs
    for ours, theirs in zip(resumed.best, whole.best, strict=True):
        assert largest_difference(ours, theirs) == 0


def test_the_logistic_control_is_a_logistic_regression_of_785_parameters():
    kept = extract.dense_kept(LOGISTIC)
    tensors = fresh_weights(LOGISTIC, kept, (0,), "logistic", 1)
    member = Member(4, "own", 785, LOGISTIC, kept, tensors)
    assert member.parameters == 785
    images = torch.randn(5, 28, 28)
    logits = stacked.all_logits(stacked.assemble([member]), images, 5)[:, 0]
    by_hand = images.flatten(1).numpy() @ tensors["pixels.weight"][0] + tensors["pixels.bias"]
    assert logits.numpy() == pytest.approx(by_hand, rel=1e-4, abs=1e-5)
    loss = stacked.cross_entropies(logits[:, None], torch.ones(5, 1))
    assert loss.item() == pytest.approx(np.log1p(np.exp(-by_hand)).mean(), rel=1e-4)
