"""The extracted network is the masked one: same outputs, same training, and the counts that the tables report."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import weights

from specdnn.networks import extract, models
from specdnn.networks.extract import Kept, channels_of, dense_kept
from specdnn.networks.mask import MaskedNetwork
from specdnn.networks.models import Architecture, Conv, Linear
from specdnn.networks.network import Network
from specdnn.selection.walk import kept_of, walk_back
from specdnn.training import loop
from specdnn.training.losses import sigmoid_squared_error
from specdnn.training.schedule import Schedule

LENET_300_100, LENET_5 = models.load("lenet_300_100"), models.load("lenet_5")
few_examples = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
seeds = st.integers(0, 2**32 - 1)


def random_kept(architecture: Architecture, seed: int) -> Kept:
    """One input of each layer, a few, many, or all."""
    random = np.random.default_rng(seed)

    def some(inputs: int) -> tuple[int, ...]:
        count = random.choice([1, 3, inputs // 2, inputs])
        return tuple(sorted(random.choice(inputs, np.clip(count, 1, inputs), replace=False).tolist()))

    return Kept({layer.name: some(layer.inputs) for layer in architecture.layers})


def masked_and_extracted(architecture: Architecture, kept: Kept, label: int) -> tuple[Network, Network]:
    """The same specialist twice, in float64, from the same dense weights."""
    dense = {name: tensor.astype(np.float64) for name, tensor in weights(architecture).items()}
    masked = MaskedNetwork(architecture, kept, label).double().load(dense)
    small = extract.extract(dense, architecture, kept, (label,))
    return masked, Network(architecture, kept, (label,)).double().load(small)


def images(count: int) -> torch.Tensor:
    """Noise on an even background, on which all windows of a map are ties."""
    noise = torch.full((count, 28, 28), -0.42, dtype=torch.float64)
    noise[:, 4:24, 8:20] = torch.from_numpy(np.random.default_rng(1).normal(0, 1, (count, 20, 12)))
    return noise


def train(network: Network, steps: int) -> dict[str, np.ndarray]:
    """Weights after so many steps of the real loop, each on all images; momentum and weight decay included."""
    targets = torch.arange(8).remainder(2).double().unsqueeze(1)
    with tempfile.TemporaryDirectory() as folder:
        [last] = loop.fit(
            network,
            loop.Feed.in_memory(network.prepare(images(8)), targets, 8, ("test",)),
            loss=sigmoid_squared_error,
            tensors=lambda: [network.tensors()],
            scores=lambda: [0.0],
            schedule=Schedule(steps, 8, 0.1, Schedule.every(2, steps), 0.1, momentum=0.9, weight_decay=0.01),
            state=Path(folder, "state"),
            record={},
        ).last
        return last


@few_examples
@given(seeds, st.integers(0, 9))
def test_masked_and_extracted_networks_give_the_same_outputs(architecture: Architecture, seed: int, label: int):
    masked, small = masked_and_extracted(architecture, random_kept(architecture, seed), label)
    x = images(5)
    with torch.no_grad():
        difference = masked(masked.prepare(x)) - small(small.prepare(x))
    assert difference.shape == (5, 1)
    assert difference.abs().max() <= 1e-12


@pytest.mark.parametrize("steps", [1, 3])
@few_examples
@given(seeds, st.integers(0, 9))
def test_masked_and_extracted_networks_learn_the_same(architecture: Architecture, steps: int, seed: int, label: int):
    kept = random_kept(architecture, seed)
    masked, small = masked_and_extracted(architecture, kept, label)
    before = small.tensors()
    expected = extract.extract(train(masked, steps), architecture, kept, (label,))
    found = train(small, steps)
    for name, tensor in found.items():
        assert np.abs(tensor - expected[name]).max() <= 1e-12, name
        assert (tensor != before[name]).any(), f"{name} did not move, so nothing was compared"


@few_examples
@given(seeds)
def test_parameters_are_those_of_the_network_that_is_built(architecture: Architecture, seed: int):
    kept = random_kept(architecture, seed)
    built = sum(parameter.numel() for parameter in Network(architecture, kept, (3,)).parameters())
    assert extract.parameters(architecture, kept) == built


@pytest.mark.parametrize(
    ("dense", "counted", "parameters"), [(LENET_300_100, 266_200, 266_610), (LENET_5, 430_500, 431_080)]
)
def test_dense_networks_have_the_weights_that_the_paper_counts(dense: Architecture, counted: int, parameters: int):
    assert dense.weights == counted
    assert dense.parameters == parameters


def test_a_dense_network_is_100_percent(architecture: Architecture):
    assert sum(parameter.numel() for parameter in Network(architecture).parameters()) == architecture.parameters
    assert extract.compress_rate(architecture, dense_kept(architecture)) == 1


@few_examples
@given(seeds)
def test_compress_rate_follows_the_two_formulas_of_the_paper(seed: int):
    kept = random_kept(LENET_300_100, seed)
    n1, n2, n3 = (len(kept[name]) for name in ("fc1", "fc2", "fc3"))
    assert extract.compress_rate(LENET_300_100, kept) == (10 * n3 + n3 * n2 + n2 * n1) / 266_200
    kept = random_kept(LENET_5, seed)
    n1, n2, n3, n4 = (len(kept[name]) for name in ("conv1", "conv2", "fc1", "fc2"))
    assert extract.compress_rate(LENET_5, kept) == (500 * n1 + 1250 * n2 + 500 * n3 + 10 * n4) / 430_500


def test_compress_rate_of_a_network_counted_by_hand():
    kept = Kept(fc1=tuple(range(20)), fc2=(5, 7), fc3=(1, 2, 3))
    assert extract.compress_rate(LENET_300_100, kept) == (30 + 6 + 40) / 266_200
    assert extract.parameters(LENET_300_100, kept) == (3 + 1) + (6 + 3) + (40 + 2)
    # Features 16 and 31 are both of channel 1, so two filters of conv2 remain, of one input channel each.
    kept = Kept(conv1=(0,), conv2=(4,), fc1=(16, 31, 799), fc2=(0, 9))
    assert extract.compress_rate(LENET_5, kept) == (500 + 1250 + 1500 + 20) / 430_500
    assert extract.parameters(LENET_5, kept) == (2 + 1) + (6 + 2) + (50 + 2) + (25 + 1)


def test_feature_f_belongs_to_channel_f_over_16():
    channels, slots = channels_of((0, 15, 16, 40, 799), LENET_5.positions(2))
    assert LENET_5.positions(2) == 16
    assert channels == (0, 1, 2, 49)
    assert slots.tolist() == [0, 15, 16, 40, 63]


TOY = Architecture("toy", (Conv("c1", 1, 4), Conv("c2", 4, 3), Linear("f", 12, 2)), rows_counted="kept", title="toy")


def toy_weights() -> dict[str, np.ndarray]:
    """Class 1 reads features 5 and 6, both of channel 1; that channel reads channel 3 alone."""
    tensors = {name: np.zeros(shape) for name, shape in TOY.shapes().items()}
    tensors["f.weight"][0, [0, 11]] = 1
    tensors["f.weight"][1, [5, 6]] = -1
    tensors["c2.weight"][0, 0] = 1
    tensors["c2.weight"][1, 3] = -1
    tensors["c1.weight"][:] = 1
    return tensors


def test_the_walk_back_keeps_what_the_class_reads_and_nothing_else():
    # f: two of twelve inputs hold all strength, r = e^-3.5; Omega_1 = .308, Omega_2 = .048, Omega_3 > .99.
    # c2: one of four, r = e^-2.5; Omega_1 = .29, Omega_2 = .83. c1: its only input, r = e^-1.
    selections = walk_back(toy_weights(), TOY, 1, rule="first_exceed", t=0.5, on_empty="raise")
    assert kept_of(selections) == {"c1": (0,), "c2": (3,), "f": (5, 6)}
    assert [selections[name].status for name in ("f", "c2", "c1")] == ["selected", "selected", "all"]
    assert selections["c2"].omega_1 == pytest.approx(1 - (1 - np.exp(-2.5)) ** 4, rel=1e-11, abs=0)


def test_the_walk_back_names_the_layer_and_class_in_which_it_finds_nothing():
    tensors = toy_weights()
    tensors["c2.weight"][1] = 0
    with pytest.raises(ValueError, match=r"layer c2, class 1: .*all chosen rows are zero"):
        walk_back(tensors, TOY, 1, rule="first_exceed", t=0.5, on_empty="raise")


def test_extraction_takes_the_rows_that_the_layer_above_reads():
    tensors = weights(TOY)
    small = extract.extract(tensors, TOY, Kept(c1=(0,), c2=(1, 3), f=(5, 6, 8)), (1,))
    assert (small["f.weight"] == tensors["f.weight"][1:, [5, 6, 8]]).all()
    assert (small["c2.weight"] == tensors["c2.weight"][[1, 2]][:, [1, 3]]).all()
    assert (small["c2.bias"] == tensors["c2.bias"][[1, 2]]).all()
    assert (small["c1.weight"] == tensors["c1.weight"][[1, 3]]).all()
