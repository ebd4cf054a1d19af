"""Features computed from their own windows are those of the whole pooled map, gradients and ties included."""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from specdnn.networks.models import ARCHITECTURES, Conv
from specdnn.networks.network import Network, max_pool
from specdnn.networks.patches import Windows, worth_it


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5), st.booleans(), st.integers(0, 2**32 - 1))
def test_windows_have_the_values_and_gradients_of_whole_maps(inputs, channels, features, ties, seed):
    """Half of the examples have an even background, whose outputs tie in every window."""
    layer = Conv("conv", inputs, channels, kernel=3)
    random = np.random.default_rng(seed)
    maps = np.zeros((2, inputs, 8, 6)) if ties else random.standard_normal((2, inputs, 8, 6))
    place = tuple(random.integers(size, size=features) for size in (channels, 3, 2))  # (8 - 2) / 2, (6 - 2) / 2
    values = [maps, random.standard_normal((channels, inputs, 3, 3)), random.standard_normal(channels)]
    ours, theirs = ([torch.tensor(value, requires_grad=True) for value in values] for _ in range(2))
    gradient = torch.tensor(random.standard_normal((2, features)))

    windows = max_pool(Windows(layer, inputs, 8, 6, place)(*ours), 2).flatten(1)
    whole = F.max_pool2d(F.conv2d(*theirs), 2)[:, *(torch.tensor(axis) for axis in place)]
    windows.backward(gradient)
    whole.backward(gradient)

    torch.testing.assert_close(windows, whole, rtol=1e-12, atol=1e-12)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-12, atol=1e-12)


def test_a_specialist_takes_windows_and_a_dense_network_takes_maps():
    conv2 = ARCHITECTURES["lenet_5"].layer("conv2")
    assert worth_it(conv2, inputs=3, channels=7, features=11, h=12, w=12)
    assert not worth_it(conv2, inputs=20, channels=50, features=800, h=12, w=12)
    assert not worth_it(conv2, inputs=20, channels=50, features=400, h=12, w=12)  # a matrix of 18 MB
    assert Network(ARCHITECTURES["lenet_5"])._windows is None
