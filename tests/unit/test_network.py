"""The torch module: its faster pooling is torch's own, ties included, and its weights come and go unchanged."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from support import weights

from specdnn.networks.extract import Kept
from specdnn.networks.models import ARCHITECTURES, Architecture
from specdnn.networks.network import MaxPool2x2, Network, logits, max_pool

even = st.integers(1, 6).map(lambda half: 2 * half)


@given(st.integers(1, 3), st.integers(1, 3), even, even, st.sampled_from([2, 1000]), st.integers(0, 2**32 - 1))
def test_max_pooling_has_the_values_and_gradients_of_torch(images, channels, height, width, levels, seed):
    """Two levels make nearly every window a tie, as the background of an image does."""
    random = torch.Generator().manual_seed(seed)
    maps = torch.randint(levels, (images, channels, height, width), generator=random).double()
    gradient = torch.randn(images, channels, height // 2, width // 2, generator=random).double()
    ours, theirs = maps.clone().requires_grad_(), maps.clone().requires_grad_()
    pooled = MaxPool2x2.apply(ours)
    expected = F.max_pool2d(theirs, 2)
    pooled.backward(gradient)
    expected.backward(gradient)
    assert torch.equal(pooled, expected)
    assert torch.equal(ours.grad, theirs.grad)


@pytest.mark.parametrize(("side", "size"), [(5, 2), (6, 3)])
def test_windows_that_do_not_fit_the_faster_pooling_are_pooled_too(side: int, size: int):
    maps = torch.arange(2 * side * side, dtype=torch.float32).reshape(1, 2, side, side)
    assert torch.equal(max_pool(maps, size), F.max_pool2d(maps, size))


def test_a_network_sees_only_the_part_of_the_image_that_its_features_depend_on():
    """Feature 0 is the top left of its 4 x 4 map: pooled from 2 x 2, convolved from 6 x 6, and so from 12, 16."""
    kept = Kept(conv1=(0,), conv2=(0, 1), fc1=(0,), fc2=(0,))
    network = Network(ARCHITECTURES["lenet_5"], kept, (0,))
    assert network.prepare(torch.zeros(3, 28, 28)).shape == (3, 1, 16, 16)
    assert Network(ARCHITECTURES["lenet_5"]).prepare(torch.zeros(3, 28, 28)).shape == (3, 1, 28, 28)


def test_weights_come_back_as_they_were_loaded_and_as_a_copy(architecture: Architecture):
    given_weights = weights(architecture)
    network = Network(architecture).load(given_weights)
    tensors = network.tensors()
    assert {name: tensor.shape for name, tensor in tensors.items()} == architecture.shapes()
    for name, tensor in tensors.items():
        assert np.array_equal(tensor, given_weights[name])
        tensor[:] = 7
    assert np.array_equal(network.tensors()["fc1.bias"], given_weights["fc1.bias"])


def test_logits_of_all_images_are_those_of_its_batches(architecture: Architecture):
    network = Network(architecture).load(weights(architecture))
    inputs = network.prepare(torch.randn(7, 28, 28, generator=torch.Generator().manual_seed(0)))
    answers = logits(network, inputs, 3)
    assert answers.shape == (7, 10)
    assert not answers.requires_grad
    assert torch.equal(answers[3:6], network(inputs[3:6]))
