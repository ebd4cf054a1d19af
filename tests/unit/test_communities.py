"""Analyses of a dense network: renumbering, overlap, removal, class gradients."""

import numpy as np
import pytest
import torch
from support import weights

from specdnn.evaluation import attribution, communities
from specdnn.networks import models
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import Architecture
from specdnn.networks.network import LOGITS, Network, logits
from specdnn.networks.relabel import relabelled
from specdnn.networks.trace import trace
from specdnn.similarity.network import ARCHITECTURE as AVERAGED

LENET_300_100, T = models.load("lenet_300_100"), 0.99


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(6, 28, 28, generator=torch.Generator().manual_seed(2))


def answers(architecture: Architecture, tensors: dict, images: torch.Tensor) -> torch.Tensor:
    network = Network(architecture).load(tensors)
    return logits(network, network.prepare(images), 6)


def test_renumbering_hidden_units_changes_no_output_but_the_released_rate(architecture: Architecture, images):
    dense, generator = weights(architecture), np.random.default_rng(0)
    renumbered = relabelled(dense, architecture, generator)
    first = f"{architecture.layers[0].name}.bias"
    assert not np.array_equal(renumbered[first], dense[first])
    expected = answers(architecture, dense, images)
    torch.testing.assert_close(answers(architecture, renumbered, images), expected, rtol=1e-4, atol=1e-4)
    rates = {
        communities.released_rate(relabelled(dense, architecture, generator), architecture, range(3), T)
        for _ in range(5)
    }
    assert len(rates) > 1


def test_overlap_counts_shared_inputs_and_what_chance_gives():
    kept = [
        Kept(fc1=(0, 1, 2, 3), fc2=(0,), fc3=(5, 6)),
        Kept(fc1=(2, 3), fc2=(1,), fc3=(5, 6)),
    ]
    rows = {row["layer"]: row for row in communities.overlaps(kept, LENET_300_100)}
    assert rows["fc1"]["shared"] == 2
    assert rows["fc1"]["by_chance"] == pytest.approx(4 * 2 / 784)
    assert rows["fc2"]["shared"] == 0
    assert rows["fc3"]["shared"] == 2
    assert rows["fc3"]["by_chance"] == pytest.approx(2 * 2 / 100)


def test_layers_of_one_input_say_nothing_of_overlap():
    architecture = models.load("lenet_5")
    layers = [row["layer"] for row in communities.overlaps([dense_kept(architecture)] * 2, architecture)]
    assert layers == ["conv2", "fc1", "fc2"]


def test_removing_units_is_dropping_their_outputs(images):
    """Without units 3 and 7 of the first hidden layer: computed by hand with those two set to zero."""
    dense = weights(LENET_300_100)
    cut = communities.without(dense, LENET_300_100, Kept(fc1=(1,), fc2=(3, 7), fc3=()))
    x = images.flatten(1).numpy()
    hidden = np.maximum(x @ dense["fc1.weight"].T + dense["fc1.bias"], 0)
    hidden[:, [3, 7]] = 0
    hidden = np.maximum(hidden @ dense["fc2.weight"].T + dense["fc2.bias"], 0)
    expected = hidden @ dense["fc3.weight"].T + dense["fc3.bias"]
    assert answers(LENET_300_100, cut, images).numpy() == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert np.array_equal(dense["fc2.weight"], weights(LENET_300_100)["fc2.weight"]), "the original is untouched"


def test_random_sets_are_as_large_as_the_communities_they_stand_for(architecture: Architecture):
    kept = Kept({layer.name: tuple(range(min(3, layer.inputs))) for layer in architecture.layers})
    drawn = communities.random_like(kept, architecture, np.random.default_rng(0))
    assert {name: len({*units}) for name, units in drawn.items()} == {name: len(units) for name, units in kept.items()}


def test_class_gradients_of_the_last_layer_are_those_of_a_sigmoid(architecture: Architecture, images):
    """dP/da = P (1 - P) w; taylor multiplies by the activation."""
    network = Network(architecture).load(weights(architecture))
    found = attribution.of_class(network, images, 4)
    last = architecture.layers[-1].name
    seen = trace(network, images)
    p = torch.sigmoid(seen[LOGITS][:, 4:5])
    gradient = p * (1 - p) * network.stack[last].weight[4].detach()
    torch.testing.assert_close(found[last]["captor"], gradient.abs().mean(0), rtol=1e-4, atol=1e-9)
    expected = (seen[last] * gradient).abs().mean(0)
    torch.testing.assert_close(found[last]["taylor"], expected, rtol=1e-4, atol=1e-9)


def test_class_gradients_of_the_pixels_are_finite_differences(images):
    network = Network(LENET_300_100).load(weights(LENET_300_100)).double()
    image, pixel, step = images[:1].double(), 406, 1e-6
    found = attribution.of_class(network, image, 2)["fc1"]["captor"][pixel].item()

    def probability(shift: float) -> float:
        moved = image.clone()
        moved[0, pixel // 28, pixel % 28] += shift
        return torch.sigmoid(network(network.prepare(moved))[0, 2]).item()

    assert found == pytest.approx(abs(probability(step) - probability(-step)) / (2 * step), rel=1e-4)


def test_every_input_of_every_layer_has_its_class_gradient(architecture: Architecture, images):
    check_class_gradients(architecture, images)


def test_maps_before_a_pooling_by_means_are_no_inputs_and_have_none(images):
    check_class_gradients(AVERAGED, images)


def check_class_gradients(architecture: Architecture, images: torch.Tensor) -> None:
    found = attribution.of_class(Network(architecture).load(weights(architecture)), images, 0)
    assert {name: {k: len(v) for k, v in each.items()} for name, each in found.items()} == {
        layer.name: {"taylor": layer.inputs, "captor": layer.inputs} for layer in architecture.layers
    }
