"""The torch module: its faster pooling is torch's own, ties included, and its weights come and go unchanged."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from support import weights

from specdnn.errors import UserError
from specdnn.networks import models
from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture
from specdnn.networks.network import LOGITS, Network, accuracy, drawn, logits
from specdnn.networks.pooling import MaxPool2x2, max_pool, mean_pool
from specdnn.networks.trace import trace, traced

LENET_5 = models.load("lenet_5")

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


@given(st.integers(1, 3), st.integers(1, 3), even, even, st.integers(0, 2**32 - 1))
def test_mean_pooling_has_the_values_and_gradients_of_torch(images, channels, height, width, seed):
    random = torch.Generator().manual_seed(seed)
    maps = torch.randn(images, channels, height, width, generator=random).double()
    ours, theirs = maps.clone().requires_grad_(), maps.clone().requires_grad_()
    pooled, expected = mean_pool(ours, 2), F.avg_pool2d(theirs, 2)
    gradient = torch.randn(pooled.shape, generator=random).double()
    pooled.backward(gradient)
    expected.backward(gradient)
    torch.testing.assert_close(pooled, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("side", "size"), [(5, 2), (6, 3)])
def test_squares_that_do_not_fit_the_faster_pooling_are_pooled_too(side: int, size: int):
    maps = torch.arange(2 * side * side, dtype=torch.float32).reshape(1, 2, side, side)
    assert torch.equal(max_pool(maps, size), F.max_pool2d(maps, size))
    assert torch.equal(mean_pool(maps, size), F.avg_pool2d(maps, size))


def test_a_network_sees_only_the_part_of_the_image_that_its_features_depend_on():
    """Feature 0 is the top left of its 4 x 4 map: pooled from 2 x 2, convolved from 6 x 6, and so from 12, 16."""
    kept = Kept(conv1=(0,), conv2=(0, 1), fc1=(0,), fc2=(0,))
    network = Network(LENET_5, kept, (0,))
    assert network.prepare(torch.zeros(3, 28, 28)).shape == (3, 1, 16, 16)
    assert Network(LENET_5).prepare(torch.zeros(3, 28, 28)).shape == (3, 1, 28, 28)


def test_weights_come_back_as_they_were_loaded_and_as_a_copy(architecture: Architecture):
    given_weights = weights(architecture)
    network = Network(architecture).load(given_weights)
    tensors = network.tensors()
    assert {name: tensor.shape for name, tensor in tensors.items()} == architecture.shapes()
    for name, tensor in tensors.items():
        assert np.array_equal(tensor, given_weights[name])
        tensor[:] = 7
    for name, tensor in network.tensors().items():
        assert np.array_equal(tensor, given_weights[name])


def test_weights_of_another_network_are_not_loaded(architecture: Architecture):
    network, of_network = Network(architecture), weights(architecture)
    last = f"{architecture.layers[-1].name}.bias"
    for wrong in (
        {**of_network, "more": np.zeros(1)},
        {name: tensor for name, tensor in of_network.items() if name != last},
        {**of_network, last: np.zeros(1)},  # which torch would spread over all ten
    ):
        with pytest.raises(ValueError, match=f"{architecture.name}: these tensors are not its own"):
            network.load(wrong)


def test_untrained_weights_depend_on_the_names_of_their_stream_alone(architecture: Architecture):
    state = torch.get_rng_state()
    first = drawn(lambda: Network(architecture), "init", 1)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(7)
    again, other = drawn(lambda: Network(architecture), "init", 1), drawn(lambda: Network(architecture), "init", 2)
    for name, tensor in first.tensors().items():
        assert np.array_equal(again.tensors()[name], tensor)
        assert (other.tensors()[name] != tensor).any()


def test_logits_of_all_images_are_those_of_its_batches(architecture: Architecture):
    network = Network(architecture).load(weights(architecture))
    inputs = network.prepare(torch.randn(7, 28, 28, generator=torch.Generator().manual_seed(0)))
    answers = logits(network, inputs, 3)
    assert answers.shape == (7, 10)
    assert not answers.requires_grad
    assert torch.equal(answers[3:6], network(inputs[3:6]))
    labels = answers.argmax(1)
    assert accuracy(network, inputs, labels, 3) == 1
    labels[:3] = (labels[:3] + 1) % 10
    assert accuracy(network, inputs, labels, 3) == 4 / 7


def test_a_trace_has_what_every_layer_reads_and_the_logits_in_their_order(architecture: Architecture):
    network = Network(architecture).load(weights(architecture))
    images = torch.randn(7, 28, 28, generator=torch.Generator().manual_seed(0))
    seen = trace(network, images)
    before_pooling = [name for name in seen if name.endswith(".relu")]  # see `Network.forward`
    assert [name for name in seen if name not in before_pooling] == [*(of.name for of in architecture.layers), LOGITS]
    assert [seen[layer.name].shape[1] for layer in architecture.layers] == [
        layer.inputs for layer in architecture.layers
    ]
    assert torch.equal(seen[LOGITS], network(network.prepare(images)))
    top = architecture.layers[-1]
    by_hand = F.linear(seen[top.name], network.parameter(f"{top.name}.weight"), network.parameter(f"{top.name}.bias"))
    torch.testing.assert_close(seen[LOGITS], by_hand, rtol=1e-5, atol=1e-5)
    assert not any(values.requires_grad for values in seen.values())
    for name, values in traced(network, images, batch_size=3).items():
        torch.testing.assert_close(values, seen[name], rtol=1e-4, atol=1e-4)


MISFITS = {  # what of lenet_5.toml is replaced by what, and what is said behind the file's name
    "inputs": ("inputs = 800", "inputs = 700", "layer fc1: inputs = 700, expected 800: conv2 gives 50 x 4 x 4"),
    "channels": ("inputs = 20", "inputs = 10", "layer conv2: inputs = 10, expected 20: conv1 gives 20 x 12 x 12"),
    "image": ("inputs = 1,", "inputs = 3,", "layer conv1: inputs = 3, expected 1: the image gives 1 x 28 x 28"),
    "outputs": ("outputs = 500", "outputs = 400", "layer fc2: inputs = 500, expected 400: fc1 gives 400"),
    "classes": ("outputs = 10 ", "outputs = 9 ", "layer fc2: outputs = 9, expected 10: it is the last layer"),
    "kernel": (
        "outputs = 50, kernel = 5",
        "outputs = 50, kernel = 12",
        "layer conv2: kernel = 12 with pool = 2, expected at most 12 for kernel + pool - 1: conv1 gives 20 x 12 x 12",
    ),
    "kind": ('"linear", inputs = 800', '"recurrent", inputs = 800', "layer fc1: kind = recurrent, expected linear or"),
    "order": (
        '"linear", inputs = 500',
        '"convolution", inputs = 500',
        "layer fc2: kind = convolution, expected linear: fc1 is, and convolutions come first",
    ),
    "last": (
        '    { name = "fc1", kind = "linear", inputs = 800, outputs = 500 }, # 50 maps of 4 x 4\n'
        '    { name = "fc2", kind = "linear", inputs = 500, outputs = 10 },\n',
        "",
        "layer conv2: kind = convolution, expected linear: it is the last layer",
    ),
    "name": ('"conv2"', '"conv1"', "layer conv1: name = conv1, expected another name"),
    "text": ("inputs = 800", 'inputs = "800"', "layer fc1: inputs = '800', expected a whole number from 1"),
    "nothing": ("pool = 2", "pool = 0", "layer conv1: pool = 0, expected a whole number from 1"),
    "no_kind": ('kind = "linear", inputs = 800', "inputs = 800", "not a network ('kind'); see lenet_5.toml"),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_layers_that_do_not_fit_together_are_refused(misfit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old, new, message = MISFITS[misfit]
    text = (models.FOLDER / "lenet_5.toml").read_text()
    assert old in text
    path = tmp_path / f"{misfit}.toml"
    path.write_text(text.replace(old, new, 1))
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    with pytest.raises(UserError) as refused:
        models.load(misfit)
    assert str(refused.value).startswith(f"{path}: {message}")
