"""Masks: a masked entry takes no part in anything, and training leaves it at zero."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from specdnn.networks import mask
from specdnn.training import loop
from specdnn.training.losses import sigmoid_squared_error
from specdnn.training.schedule import Schedule
from specdnn.training.steps import Steps

NAMES = ("0.weight", "0.bias", "2.weight")
INPUTS = torch.randn(32, 6, generator=torch.Generator().manual_seed(1))
TARGETS = (INPUTS[:, :1] > 0).float()


def network() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))


def masks() -> dict[str, np.ndarray]:
    """Of two layers, about half of the entries, and of the first some biases, too."""
    random = np.random.default_rng(0)
    return {name: random.random(tuple(network().get_parameter(name).shape)) < 0.5 for name in NAMES}


def masked() -> nn.Sequential:
    """The network whose masked entries start at zero."""
    module, of = network(), masks()
    tensors = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
    module.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in mask.zeroed(tensors, of).items()})
    mask.register(module, of)
    return module


def original(module: nn.Module, name: str) -> nn.Parameter:
    """The parameter beneath the mask."""
    layer, kind = name.split(".")
    return module.get_submodule(layer).parametrizations[kind].original


def used(module: nn.Module, name: str) -> Tensor:
    layer, kind = name.split(".")
    return getattr(module.get_submodule(layer), kind).detach()


@pytest.mark.parametrize("name", NAMES)
def test_a_masked_entry_is_zero_where_it_is_used_whatever_lies_beneath_and_the_others_are_themselves(name: str):
    module, before = network(), network().get_parameter(name).detach()
    mask.register(module, {name: masks()[name]})
    assert torch.equal(used(module, name), torch.where(torch.from_numpy(masks()[name]), before, 0.0))
    assert torch.equal(original(module, name), before)


def test_a_masked_entry_gets_no_gradient_and_the_others_that_of_a_network_with_zeros():
    module, plain = network(), network()
    mask.register(module, masks())  # what lies beneath is not zero: the mask alone keeps the gradient away
    with torch.no_grad():
        for name, of in masks().items():
            plain.get_parameter(name).mul_(torch.from_numpy(of))
    for each in (module, plain):
        sigmoid_squared_error(each(INPUTS), TARGETS).backward()
    for name, of in masks().items():
        gradient, kept = original(module, name).grad, torch.from_numpy(of)
        assert (gradient[~kept] == 0).all()
        assert (gradient[kept] != 0).any()
        torch.testing.assert_close(gradient[kept], plain.get_parameter(name).grad[kept], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("nesterov", [False, True])
def test_an_entry_that_starts_at_zero_stays_there_through_momentum_weight_decay_and_clipping(nesterov: bool):
    module = masked()
    before = {name: original(module, name).detach().clone() for name in NAMES}
    schedule = Schedule(1, 8, 0.5, (), 0.1, momentum=0.9, weight_decay=0.1, nesterov=nesterov)
    batches = [*torch.arange(32).split(8)] * 5
    steps = Steps(module, sigmoid_squared_error, loop.sgd(module, schedule), clip_norm=0.5)
    loop.take_steps(steps, loop.taken(INPUTS, TARGETS, batches))
    for name, of in masks().items():
        after, kept = original(module, name).detach(), torch.from_numpy(of)
        assert (after[~kept] == 0).all()
        assert (after[kept] != before[name][kept]).any()
        assert torch.equal(used(module, name), after)


def test_settling_leaves_plain_parameters_with_zeros_where_they_were_masked():
    module, before = network(), network().state_dict()
    mask.register(module, masks())
    answers = module(INPUTS)
    assert parametrize.is_parametrized(module[0])
    mask.settle(module, masks())
    assert not any(parametrize.is_parametrized(layer) for layer in module)
    assert module.state_dict().keys() == before.keys()
    for name, tensor in module.state_dict().items():
        kept = torch.from_numpy(masks()[name]) if name in NAMES else torch.ones_like(tensor, dtype=torch.bool)
        assert isinstance(module.get_parameter(name), nn.Parameter)
        assert torch.equal(tensor, torch.where(kept, before[name], 0.0))
    assert torch.equal(module(INPUTS), answers)


def test_a_mask_is_no_part_of_what_is_saved():
    module = masked()
    assert len(module.state_dict()) == len(network().state_dict())


def test_a_mask_spreads_over_a_parameter_and_reaches_into_modules():
    convolution = nn.Conv2d(3, 4, 5)
    module, before = nn.ModuleDict({"inner": nn.Sequential(convolution)}), convolution.weight.detach().clone()
    mask.register(module, {"inner.0.weight": np.array([0, 1, 1], dtype=np.float32).reshape(1, 3, 1, 1)})
    assert (convolution.weight[:, 0] == 0).all()
    assert torch.equal(convolution.weight[:, 1:], before[:, 1:])


def test_zeroed_tensors_are_copies_with_zeros_where_they_are_masked():
    tensors = {"a": np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32), "b": np.array([5.0], dtype=np.float32)}
    found = mask.zeroed(tensors, {"a": np.array([[1, 0], [0, 1]], dtype=np.float32)})
    assert found["a"].tolist() == [[1, 0], [0, 4]]
    assert found["a"].dtype == np.float32
    assert found["b"] is tensors["b"]
    assert tensors["a"].tolist() == [[1, 2], [3, 4]]
