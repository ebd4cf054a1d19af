"""Single features of a pooled convolution, for networks that keep few of them.

Feature (channel, row, column) of a map that is pooled over p x p windows reads p x p outputs of the convolution,
each a sum over one patch of the input. Written as columns of one matrix, all of them are a single matrix product.
"""

import numpy as np
import torch
from torch import Tensor

from specdnn.networks.models import Conv

WORTH = 4  # times the convolution's multiplications; small convolutions leave most of the vector lanes empty
LARGEST = 2**18  # numbers in the matrix, 1 MB: past a core's own cache, filling it costs more than it saves


class Patches:
    """The features at (channel, row, column) of the pooled output of `layer`, whose input is `inputs` maps of h x w.

    __call__(maps, weight, bias): n x inputs x h x w -> n x features x p x p, what the pooling is to choose from
    """

    def __init__(self, layer: Conv, inputs: int, h: int, w: int, place: tuple[np.ndarray, np.ndarray, np.ndarray]):
        # axes of what follows: feature, row and column in the pooling window, input, row and column in the kernel
        channel, row, column = (axis[:, None, None, None, None, None] for axis in place)
        a, b = np.ogrid[: layer.pool, : layer.pool]  # p x 1, 1 x p
        a, b = a[None, :, :, None, None, None], b[None, :, :, None, None, None]
        source, y, x = np.ogrid[:inputs, : layer.kernel, : layer.kernel]  # inputs x 1 x 1, 1 x k x 1, 1 x 1 x k
        column_of = np.arange(len(channel))[:, None, None, None, None, None] * layer.pool**2 + a * layer.pool + b
        row_of = (source * h + row * layer.pool + a + y) * w + column * layer.pool + b + x
        weight_of = ((channel * inputs + source) * layer.kernel + y) * layer.kernel + x
        self._pool = layer.pool
        self._channel = torch.as_tensor(np.repeat(place[0], layer.pool**2))
        self._shape = (inputs * h * w, len(self._channel))
        shape = np.broadcast_shapes(row_of.shape, column_of.shape, weight_of.shape)
        self._to = torch.as_tensor((row_of * self._shape[1] + column_of).reshape(-1))
        self._from = torch.tensor(np.broadcast_to(weight_of, shape).reshape(-1))

    def __call__(self, maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        taken = weight.reshape(-1).index_select(0, self._from)
        matrix = taken.new_zeros(self._shape[0] * self._shape[1]).index_copy(0, self._to, taken).view(self._shape)
        outputs = torch.addmm(bias.index_select(0, self._channel), maps.flatten(1), matrix)
        return outputs.view(len(maps), -1, self._pool, self._pool)


def worth_it(layer: Conv, inputs: int, channels: int, features: int, h: int, w: int) -> bool:
    """Whether so many features of `inputs` maps of h x w are cheaper as patches than as `channels` whole maps."""
    of_a_map = features * layer.pool**2 * h * w  # the matrix's numbers, and multiplications an image
    positions = (h - layer.kernel + 1) * (w - layer.kernel + 1)
    return inputs * of_a_map <= LARGEST and of_a_map <= WORTH * channels * positions * layer.kernel**2
