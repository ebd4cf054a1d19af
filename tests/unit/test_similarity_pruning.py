"""Magnitude pruning: exact counts, masks that only shrink, ties by place, and elsewhere what torch prunes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT, weights
from torch.nn.utils import prune as torch_prune

from specdnn.networks.network import Network
from specdnn.similarity.network import ARCHITECTURE, pruned
from specdnn.similarity.pruning import METHODS, density, full_masks, prunable, prune, pruned_count, surviving

NAMES = prunable(ARCHITECTURE)


def rounds(fraction: float, count: int) -> list[dict]:
    """Masks after each of `count` rounds, the weights of the survivors being drawn anew in between."""
    masks, history = full_masks(ARCHITECTURE), []
    for step in range(count):
        random = np.random.default_rng(step)
        tensors = {name: random.normal(size=mask.shape) for name, mask in masks.items()}
        masks = prune(tensors, masks, NAMES, pruned_count(surviving(masks, NAMES), fraction))
        history.append(masks)
    return history


def test_all_layers_but_the_last_are_pruned_weights_and_biases():
    layers = [name.split(".")[0] for name in NAMES]
    assert layers == ["conv1", "conv1", "conv2", "conv2", "fc1", "fc1", "fc2", "fc2"]
    assert surviving(full_masks(ARCHITECTURE), NAMES) == 44_426 - 850


def test_halving_twice_gives_the_densities_of_the_demo():
    assert [round(density(masks), 6) for masks in rounds(0.5, 2)] == [0.509566, 0.264350]


def test_every_round_prunes_exactly_its_number_and_brings_nothing_back():
    before = full_masks(ARCHITECTURE)
    for masks in rounds(0.2, 10):
        alive = surviving(before, NAMES)
        assert alive - surviving(masks, NAMES) == round(0.2 * alive)
        assert not any((masks[name] & ~before[name]).any() for name in masks)
        assert masks["fc3.weight"].all()
        before = masks


@given(st.integers(1, 50_000), st.floats(0.01, 0.99), st.integers(1, 12))
def test_one_shot_prunes_as_many_as_the_rounds_it_replaces(alive: int, fraction: float, times: int):
    left = alive
    for _ in range(times):
        left -= pruned_count(left, fraction)
    assert pruned_count(alive, fraction, times) == alive - left


def test_it_prunes_what_torch_prunes():
    tensors, masks = weights(ARCHITECTURE), full_masks(ARCHITECTURE)
    network = Network(ARCHITECTURE).load(tensors)
    modules = [(network.stack[name.split(".")[0]], name.split(".")[1]) for name in NAMES]
    for _ in range(3):
        count = pruned_count(surviving(masks, NAMES), 0.2)
        masks = prune(tensors, masks, NAMES, count)
        torch_prune.global_unstructured(modules, torch_prune.L1Unstructured, amount=count)
        for (module, kind), name in zip(modules, NAMES, strict=True):
            assert np.array_equal(masks[name], getattr(module, f"{kind}_mask").numpy() == 1)


def test_ties_go_in_the_order_of_the_tensors_and_of_their_values():
    tensors = {"a": np.array([[1.0, -1.0], [2.0, 1.0]]), "b": np.array([-1.0, 0.5, 1.0])}
    masks = {name: np.ones(tensor.shape, dtype=bool) for name, tensor in tensors.items()}
    assert prune(tensors, masks, ["a", "b"], 3)["a"].tolist() == [[False, False], [True, True]]
    assert prune(tensors, masks, ["a", "b"], 3)["b"].tolist() == [True, False, True]
    assert prune(tensors, masks, ["b", "a"], 3)["b"].tolist() == [False, False, False]
    assert masks["a"].all()


def test_the_smallest_magnitude_among_the_survivors_counts_not_that_of_the_pruned():
    tensors = {"a": np.array([0.0, 0.0, 3.0, -2.0, 1.0])}
    masks = {"a": np.array([False, False, True, True, True])}
    assert prune(tensors, masks, ["a"], 1)["a"].tolist() == [False, False, True, True, False]


def test_more_than_survive_cannot_be_pruned():
    masks = {"a": np.array([True, False])}
    with pytest.raises(ValueError, match="cannot prune 2 parameters: 1 survive"):
        prune({"a": np.ones(2)}, masks, ["a"], 2)


def test_the_schema_offers_the_methods_that_there_are():
    import yaml

    schema = yaml.safe_load((ROOT / "schemas/params.schema.yaml").read_text())
    assert schema["$defs"]["pruning"]["enum"] == list(METHODS)


def test_pruned_parameters_are_0_in_the_network_and_the_others_are_kept():
    tensors, masks = weights(ARCHITECTURE), rounds(0.5, 1)[0]
    loaded = pruned(tensors, masks).tensors()
    for name, mask in masks.items():
        assert np.array_equal(loaded[name], np.where(mask, tensors[name], 0))
    assert torch.count_nonzero(torch.from_numpy(loaded["fc1.weight"])) < masks["fc1.weight"].size
