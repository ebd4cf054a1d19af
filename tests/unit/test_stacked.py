"""Specialists trained together are those trained one by one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support import kept_of, weights

from specdnn import artefacts, seeding
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import LOGISTIC, Architecture
from specdnn.networks.network import Network, drawn
from specdnn.training import blocks, loop, stacked
from specdnn.training.convolved import Convolved
from specdnn.training.losses import LOSSES, OneClassLosses
from specdnn.training.members import Member, by_kind, load
from specdnn.training.schedule import Schedule
from specdnn.training.steps import Steps

SCHEDULE = Schedule(epochs=4, batch_size=50, lr=0.1, milestones=(3,), lr_gamma=0.1, momentum=0.9, weight_decay=1e-4)
RECORD = {"rule": "test", "params": {}, "inputs": {}}
Assemble = Callable[[list[Member]], torch.nn.Module]


def member(architecture: Architecture, kept: Kept, label: int, **filed: object) -> Member:
    return replace(Member(label, "released", "released", None, 1, 0, architecture, kept), **filed)


def members(architecture: Architecture) -> list[Member]:
    """Four specialists of different classes, widths and losses."""
    found = []
    for label, step, loss in (
        (0, 1, "squared"),
        (3, 2, "balanced_cross_entropy"),
        (8, 4, "squared"),
        (1, 2, "distilled"),
    ):
        units = kept_of(architecture).items()
        kept = Kept({name: tuple(of[:: step if len(of) > 4 else 1]) for name, of in units})
        found.append(member(architecture, kept, label, loss=loss).begun(weights(architecture), seed=1))
    return found


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(150, 28, 28, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def targets(images) -> torch.Tensor:
    """Something that can be learnt, n x 20: bright in a corner that differs from class to class; and how bright."""
    corners = torch.stack([images[:, label:, :9].mean(dim=(1, 2)) for label in range(10)], dim=1)
    return torch.cat([(corners > 0).float(), torch.sigmoid(9 * corners)], dim=1)


def fit(group: list[Member], assemble: Assemble, images, targets, state: Path) -> tuple[list[Member], loop.Fit]:
    module = assemble(group)
    labels = [one.label for one in module.members]
    is_class = targets[:, labels] > 0
    return module.members, loop.fit(
        module,
        loop.Feed.in_memory(module.prepare(images), targets, SCHEDULE.batch_size, ("test", 1)),
        loss=OneClassLosses([one.loss for one in module.members], labels, targets[:, :10].mean(0)),
        tensors=module.tensors,
        scores=lambda: stacked.balanced_accuracies(stacked.all_logits(module, images, 100), is_class),
        schedule=SCHEDULE,
        state=state,
        record=RECORD,
    )


def largest_difference(ours: dict, theirs: dict) -> float:
    assert ours.keys() == theirs.keys()
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


def whole(group: list[Member]) -> torch.nn.Module:
    """Stacked, whatever the device would have."""
    return (Convolved if group[0].architecture.convolutions else stacked.Stack)(group)


@pytest.fixture(params=[whole, stacked.SideBySide])
def assemble(request) -> Assemble:
    return request.param


def test_members_give_the_logits_of_the_networks_that_they_are(architecture: Architecture, assemble: Assemble, images):
    module = assemble(members(architecture))
    answers = stacked.all_logits(module, images, 100)
    for k, one in enumerate(module.members):
        network = one.network()
        expected = network(network.prepare(images))[:, 0]
        torch.testing.assert_close(answers[:, k], expected, rtol=1e-5, atol=1e-5)


def test_a_module_gives_back_the_weights_that_it_was_given(architecture: Architecture, assemble: Assemble):
    module = assemble(members(architecture))
    for one, tensors in zip(module.members, module.tensors(), strict=True):
        assert largest_difference(tensors, one.tensors) == 0


def test_training_together_is_training_one_by_one_on_the_same_images(
    architecture: Architecture, images, targets, tmp_path: Path
):
    ordered, together = fit(members(architecture), whole, images, targets, tmp_path / "together.safetensors")
    for k, one in enumerate(ordered):
        _, alone = fit([one], stacked.SideBySide, images, targets, tmp_path / "alone.safetensors")
        assert largest_difference(together.best[k], alone.best[0]) < 1e-4
        assert largest_difference(together.last[k], alone.last[0]) < 1e-4
        assert largest_difference(together.last[k], one.tensors) > 1e-2, "it has learnt nothing"
        assert largest_difference(together.best[k], one.tensors) > 1e-3, "its best epoch is none of them"
        assert together.best_epochs[k] == alone.best_epochs[0]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_a_graphics_card_trains_what_a_processor_trains(architecture: Architecture, images, targets, tmp_path: Path):
    ordered, here = fit(members(architecture), whole, images, targets, tmp_path / "here.safetensors")

    def on_card(group: list[Member]) -> torch.nn.Module:
        return stacked.assemble(group, "cuda")

    loss = OneClassLosses([one.loss for one in ordered], [one.label for one in ordered], targets[:, :10].mean(0))
    found = []
    for _ in range(2):
        module = on_card(members(architecture))
        inputs, wanted = module.prepare(images).cuda(), targets.cuda()
        fitted = loop.fit(
            module,
            loop.Feed.in_memory(inputs, wanted, SCHEDULE.batch_size, ("test", 1)),
            loss=loss.cuda(),
            tensors=module.tensors,
            scores=lambda: [0.0] * len(ordered),
            schedule=SCHEDULE,
            state=tmp_path / "card.safetensors",
            record=RECORD,
        )
        found.append(fitted.last)
    for k in range(len(ordered)):
        assert largest_difference(found[0][k], here.last[k]) < 1e-3
        assert largest_difference(found[0][k], found[1][k]) == 0, "the same twice"


def test_what_a_member_does_not_have_stays_zero_through_training(
    architecture: Architecture, images, targets, monkeypatch
):
    monkeypatch.setattr(blocks, "ALIKE", 1000)  # one block of all: much is padded
    module = whole(members(architecture))
    loss = OneClassLosses(["squared"] * 4, [one.label for one in module.members], targets[:, :10].mean(0))
    pairs = loop.taken(module.prepare(images), targets, torch.arange(150).split(50))
    loop.take_steps(Steps(module, loss, loop.sgd(module, SCHEDULE)), pairs)
    inside = sum(tensor.size for tensors in module.tensors() for tensor in tensors.values())
    changed = sum(int((parameter != 0).sum()) for parameter in module.parameters())
    assert changed <= inside < sum(parameter.numel() for parameter in module.parameters())


def test_the_logistic_control_is_a_logistic_regression_of_785_parameters():
    tensors = drawn(lambda: Network(LOGISTIC), "init", "logistic", 1).tensors()
    one = member(LOGISTIC, dense_kept(LOGISTIC), 4, units="logistic", tensors=tensors)
    assert one.parameters == 785
    images = torch.randn(5, 28, 28)
    logits = stacked.all_logits(stacked.assemble([one]), images, 5)
    by_hand = images.flatten(1).numpy() @ tensors["pixels.weight"][0] + tensors["pixels.bias"]
    assert logits[:, 0].numpy() == pytest.approx(by_hand, rel=1e-4, abs=1e-5)
    loss = OneClassLosses(["cross_entropy"], [4], torch.full((10,), 0.1))
    assert loss(logits, torch.ones(5, 20)).item() == pytest.approx(np.log1p(np.exp(-by_hand)).mean(), rel=1e-4)


def drawn_member(architecture: Architecture, label: int, units: str) -> Member:
    one = member(architecture, dense_kept(architecture), label, units=units, initial="random")
    return replace(one, widths=architecture.name).begun({}, seed=1)


def gradients(module: torch.nn.Module, images: torch.Tensor) -> list[dict[str, np.ndarray]]:
    """Of the mean of each member's logits, found from a step of size 1."""
    before = module.tensors()
    module(module.prepare(images)).mean(0).sum().backward()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter -= parameter.grad
    after = module.tensors()
    return [{name: old[name] - new[name] for name in old} for old, new in zip(before, after, strict=True)]


@pytest.mark.parametrize(
    "architectures",
    [[models.coarse(4, hidden) for hidden in (2, 5, 12)], [models.coarse(7, 0), models.coarse(7, 0)]],
    ids=["means", "means and no hidden layer"],
)
def test_networks_on_means_are_the_same_together_as_one_by_one(architectures: list[Architecture], images):
    group = [drawn_member(architecture, label, "tiny_coarse") for label, architecture in enumerate(architectures)]
    assert len([*by_kind(group)]) == 1
    together, apart = stacked.Stack(group), stacked.SideBySide(group)
    order = [group.index(one) for one in together.members]
    answers = stacked.all_logits(together, images, 100)
    torch.testing.assert_close(answers, stacked.all_logits(apart, images, 100)[:, order], rtol=1e-5, atol=1e-5)
    assert answers.std(0).min() > 1e-3
    ours, theirs = gradients(together, images), gradients(apart, images)
    for k, place in enumerate(order):
        assert largest_difference(ours[k], theirs[place]) < 1e-5
        assert min(np.abs(of).max() for of in ours[k].values()) > 1e-4


def test_networks_on_means_of_other_squares_are_of_another_kind():
    networks = [
        models.coarse(2, 0),
        models.coarse(2, 4),
        models.coarse(4, 4),
        models.tiny(4),
    ]
    group = [drawn_member(architecture, 0, "tiny_coarse") for architecture in networks]
    assert [one.kind for one in group] == ["1-0-2", "2-0-2", "2-0-4", "2-0"]
    assert len([*by_kind(group)]) == len(group)


def test_a_balanced_loss_weighs_both_answers_alike():
    shares = torch.full((10,), 0.1)
    wanted = torch.zeros(10, 20)
    wanted[0, 3] = 1  # one image of ten is of class 3
    for name, loss in LOSSES.items():
        logits = torch.zeros(10, 1, requires_grad=True)
        OneClassLosses([name], [3], shares)(logits, wanted).backward()
        ours, theirs = logits.grad[0, 0].item(), logits.grad[1:, 0].sum().item()
        if not loss.taught:
            assert -theirs / ours == pytest.approx(1 if loss.balanced else 9, rel=1e-5)


def test_a_taught_specialist_follows_the_dense_networks_answers():
    wanted = torch.zeros(4, 20)
    wanted[:, 13] = torch.tensor([0.1, 0.2, 0.7, 0.9])
    logits = torch.logit(wanted[:, 13:14]).requires_grad_()
    OneClassLosses(["distilled"], [3], torch.full((10,), 0.1))(logits, wanted).backward()
    assert logits.grad.abs().max() < 1e-6


def test_selections_are_crossed_with_weights_losses_and_draws(tmp_path: Path):
    architecture = models.load("lenet_300_100")
    cut = {"network": "lenet_300_100", "kept": {layer.name: [0] for layer in architecture.layers}}
    tiny2 = {"network": "tiny2", "kept": {"hidden": [5], "output": [0, 1]}}
    crossed = {"share": None, "asked": 6, "parameters": 6, "label": 0, "losses": ["squared", "distilled"]}
    both = {"initial": ["kept", "random"], "widths": "released"}
    entries = [
        {**cut, **crossed, **both, "units": "released", "draws": [1, 2]},
        *({**cut, **crossed, **both, "units": "random", "draws": [draw]} for draw in (1, 2)),
        {**tiny2, **crossed, "initial": ["random"], "units": "tiny", "widths": "tiny2", "draws": [1, 2]},
    ]
    dense = tmp_path / "dense.safetensors"
    artefacts.save_tensors(dense, weights(architecture), RECORD)
    record = artefacts.make_record("compare_select", {"model": "lenet_300_100"}, {"dense": str(dense)})
    artefacts.write_json(tmp_path / "own.json", {"record": record, "specialists": entries})
    found, params = load(tmp_path / "own.json", dense)
    assert params == {"model": "lenet_300_100"}
    assert len(found) == len({one.name for one in found}) == 2 * (3 + 4 + 2)
    assert sorted(one.draw for one in found if one.units == "released" and one.loss == "squared") == [1, 1, 2]
    assert {one.initial for one in found if one.units == "tiny"} == {"random"}
    assert [len(group) for group in by_kind(found)] == [14, 4]


def test_random_weights_are_those_of_the_seed_and_the_draw_and_the_same_for_every_loss():
    seeding.make_deterministic(1)
    architecture = models.load("lenet_300_100")
    kept = Kept({name: tuple(units) for name, units in kept_of(architecture).items()})
    one = member(architecture, kept, 0, initial="random")
    begun = one.begun({}, seed=1).tensors
    assert largest_difference(begun, replace(one, loss="distilled").begun({}, seed=1).tensors) == 0
    for other in (replace(one, draw=2).begun({}, seed=1), one.begun({}, seed=2)):
        assert largest_difference(begun, other.tensors) > 0.01


def test_extraction_is_what_a_kept_member_begins_with(architecture: Architecture):
    one = members(architecture)[1]
    cut = extract.extract(weights(architecture), architecture, one.kept, (one.label,))
    assert largest_difference(one.tensors, cut) == 0
