"""Features computed from their own patches are those of the whole pooled map, and a small network looks no further."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from support import weights

from specdnn.data import IMAGE_SIDE
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.mask import MaskedNetwork
from specdnn.networks.models import LOGISTIC, Architecture, Conv, Linear, coarse
from specdnn.networks.network import Network
from specdnn.networks.patches import Patches, worth_it
from specdnn.networks.pooling import max_pool
from specdnn.networks.window import visible, window_of

LENET_5 = models.load("lenet_5")


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5), st.booleans(), st.integers(0, 2**32 - 1))
def test_patches_have_the_values_and_gradients_of_whole_maps(inputs, channels, features, ties, seed):
    """Half of the examples have an even background, whose outputs tie in every window."""
    layer = Conv("conv", inputs, channels, kernel=3)
    random = np.random.default_rng(seed)
    maps = np.zeros((2, inputs, 8, 6)) if ties else random.standard_normal((2, inputs, 8, 6))
    place = tuple(random.integers(size, size=features) for size in (channels, 3, 2))  # (8 - 2) / 2, (6 - 2) / 2
    values = [maps, random.standard_normal((channels, inputs, 3, 3)), random.standard_normal(channels)]
    ours, theirs = ([torch.tensor(value, requires_grad=True) for value in values] for _ in range(2))
    gradient = torch.tensor(random.standard_normal((2, features)))

    patches = max_pool(Patches(layer, inputs, 8, 6, place)(*ours), 2).flatten(1)
    whole = F.max_pool2d(F.conv2d(*theirs), 2)[:, *(torch.tensor(axis) for axis in place)]
    patches.backward(gradient)
    whole.backward(gradient)

    torch.testing.assert_close(patches, whole, rtol=1e-12, atol=1e-12)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-12, atol=1e-12)


def test_a_specialist_takes_patches_and_a_dense_network_takes_maps():
    conv2 = LENET_5.layer("conv2")
    assert worth_it(conv2, inputs=3, channels=7, features=11, h=12, w=12)
    assert not worth_it(conv2, inputs=20, channels=50, features=800, h=12, w=12)
    assert not worth_it(conv2, inputs=20, channels=50, features=400, h=12, w=12)  # a matrix of 18 MB
    assert Network(LENET_5)._patches is None


# What a small network sees, against brute force.


def toy(layers: list[tuple[int, int, str]]) -> Architecture | None:
    """Convolutions of these kernels, pools and kinds of pooling below one linear layer; None if no map is left."""
    side, units, convolutions = IMAGE_SIDE, 1, []
    for number, (kernel, pool, pooling) in enumerate(layers):
        convolutions.append(Conv(f"conv{number}", units, number + 2, kernel, pool, pooling))
        side, units = (side - kernel + 1) // pool, number + 2
    top = Linear("top", units * side**2, 2)
    return Architecture("toy", (*convolutions, top), rows_counted="all", title="toy") if side > 0 else None


convolutions = st.tuples(st.integers(1, 6), st.integers(1, 3), st.sampled_from(["max", "mean"]))
architectures = st.lists(convolutions, min_size=1, max_size=3).map(toy).filter(bool)


def some(architecture: Architecture, seed: int) -> Kept:
    """One, two or half of a convolution's inputs; few features of the last map, which may be all that it has."""
    random = np.random.default_rng(seed)
    kept = {}
    for layer in architecture.layers:
        most = 6 if isinstance(layer, Linear) else max(1, layer.inputs // 2)
        count = random.integers(1, min(most, layer.inputs), endpoint=True)
        kept[layer.name] = tuple(sorted(random.choice(layer.inputs, count, replace=False).tolist()))
    return Kept(kept)


def last_map(architecture: Architecture, tensors: dict[str, np.ndarray], images: torch.Tensor) -> torch.Tensor:
    """n x channels x height x width, by torch's own functions on the whole images."""
    x = images.unsqueeze(1)
    for layer in architecture.convolutions:
        weight, bias = (torch.from_numpy(tensors[f"{layer.name}.{kind}"]) for kind in ("weight", "bias"))
        pool = F.max_pool2d if layer.pooling == "max" else F.avg_pool2d
        x = pool(F.conv2d(x, weight, bias).relu(), layer.pool)
    return x


def looked_at(architecture: Architecture, kept: Kept) -> np.ndarray:
    """28 x 28: whether a kept feature changes where a pixel does.

    With positive weights and an even image, where all places of a map are equal, a brighter pixel makes everything
    that depends on it larger, also the largest of a square.
    """
    tensors = {name: np.abs(tensor).astype(np.float64) + 0.1 for name, tensor in weights(architecture).items()}
    images = torch.ones(1 + IMAGE_SIDE**2, IMAGE_SIDE, IMAGE_SIDE, dtype=torch.float64)
    images[1:].flatten(1).fill_diagonal_(2.0)
    top = architecture.layers[len(architecture.convolutions)].name
    features = last_map(architecture, tensors, images).flatten(1)[:, list(kept[top])]
    return (features[1:] > features[0] * (1 + 1e-12)).any(1).numpy().reshape(IMAGE_SIDE, IMAGE_SIDE)


def agrees_with_brute_force(architecture: Architecture, kept: Kept) -> None:
    depends = looked_at(architecture, kept)
    assert np.array_equal(visible(architecture, kept), depends)
    window = window_of(architecture, kept)
    for lines, axis in ((window.rows, 1), (window.columns, 0)):
        found = np.flatnonzero(depends.any(axis))
        assert (lines.start, lines.stop) == (found[0], found[-1] + 1)
    assert window.whole_image == all(depends.any(axis)[[0, -1]].all() for axis in (0, 1))


@settings(max_examples=40)
@given(architectures, st.integers(0, 2**32 - 1))
def test_the_window_holds_the_pixels_that_the_kept_features_depend_on_and_no_others(architecture, seed):
    agrees_with_brute_force(architecture, some(architecture, seed))


@pytest.mark.parametrize("features", [(0,), (15,), (16, 37), (5, 6, 799), range(800)])
def test_the_window_of_lenet_5(features):
    kept = Kept({**dense_kept(LENET_5), "fc1": tuple(features)})
    agrees_with_brute_force(LENET_5, kept)
    assert window_of(LENET_5, kept).whole_image == (len(features) == 800)


@settings(max_examples=40)
@given(architectures, st.integers(0, 2**32 - 1))
def test_the_kept_features_are_found_in_the_last_map_of_the_window(architecture, seed):
    kept, images = some(architecture, seed), torch.randn(2, IMAGE_SIDE, IMAGE_SIDE, dtype=torch.float64)
    tensors = {name: tensor.astype(np.float64) for name, tensor in weights(architecture).items()}
    window = window_of(architecture, kept)
    units = kept.rows(architecture, (0,))[architecture.convolutions[-1].name]
    expected = last_map(architecture, tensors, images).flatten(1)[:, list(kept["top"])]
    found = last_map(architecture, tensors, images[:, window.rows, window.columns])[:, list(units)]
    assert found.shape[1:] == window.shape
    torch.testing.assert_close(found[:, *map(torch.from_numpy, window.place)], expected, rtol=1e-12, atol=1e-12)
    flat = found.flatten(1)
    flat = flat if window.features is None else flat[:, window.features]
    torch.testing.assert_close(flat, expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=40)
@given(architectures, st.integers(0, 2**32 - 1))
def test_a_small_network_of_any_convolutions_answers_as_the_masked_one(architecture, seed):
    kept, images = some(architecture, seed), torch.randn(3, IMAGE_SIDE, IMAGE_SIDE, dtype=torch.float64)
    tensors = {name: tensor.astype(np.float64) for name, tensor in weights(architecture).items()}
    masked = MaskedNetwork(architecture, kept, 1).double().load(tensors)
    small = Network(architecture, kept, (1,)).double().load(extract.extract(tensors, architecture, kept, (1,)))
    torch.testing.assert_close(small(small.prepare(images)), masked(masked.prepare(images)), rtol=1e-12, atol=1e-12)


def test_without_convolutions_the_kept_pixels_are_what_is_seen():
    seen = visible(LOGISTIC, Kept(pixels=(0, 29, 783)))
    assert np.flatnonzero(seen).tolist() == [0, 29, 783]
    assert seen.shape == (IMAGE_SIDE, IMAGE_SIDE)


def test_of_means_all_pixels_of_the_kept_squares_are_seen():
    """Squares 0, 6 and 8 of 7 x 7: the corners at the top, and the second of the second row."""
    network = coarse(4, 3)
    seen = visible(network, Kept(hidden=(0, 6, 8), output=(0, 1, 2)))
    expected = np.zeros((IMAGE_SIDE, IMAGE_SIDE), dtype=bool)
    expected[:4, :4] = expected[:4, 24:] = expected[4:8, 4:8] = True
    assert np.array_equal(seen, expected)
    assert visible(network, dense_kept(network)).all()
