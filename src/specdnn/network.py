"""A dense network, or the small one that is left of it, as one torch module.

A small network has the kept units only. What it drops, no kept unit ever reads, so its outputs and its
gradients are those of the dense network with the other columns masked to zero.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn import windows
from specdnn.extraction import Kept, channels_of, dense_kept
from specdnn.models import Architecture, Conv

CHANNELS_LAST_FROM = 16  # filters; below, the vector lanes of the channels_last kernels run empty


class MaxPool2x2(torch.autograd.Function):
    """`F.max_pool2d(maps, 2)` of n x c x h x w, h and w even: same values, same gradients, ties to the first.

    Four to six times as fast where channels are not last: whole rows are compared at once. Ties must go to the
    first of a window, row by row, because the background of an image is one tie next to another.
    """

    @staticmethod
    def forward(ctx, maps: Tensor) -> Tensor:
        left, right = maps[..., 0::2].contiguous(), maps[..., 1::2].contiguous()  # n x c x h x w/2
        left_wins = _at_least(left, right)
        rows = torch.maximum(left, right, out=left)
        upper, lower = rows[..., 0::2, :], rows[..., 1::2, :]  # n x c x h/2 x w/2
        ctx.save_for_backward(left_wins, _at_least(upper, lower))
        return torch.maximum(upper, lower)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        left_wins, upper_wins = ctx.saved_tensors
        rows = torch.empty_like(left_wins)
        torch.mul(gradient, upper_wins, out=rows[..., 0::2, :])
        torch.sub(gradient, rows[..., 0::2, :], out=rows[..., 1::2, :])
        pairs = rows.new_empty(*rows.shape, 2)
        torch.mul(rows, left_wins, out=pairs[..., 0])
        torch.sub(rows, pairs[..., 0], out=pairs[..., 1])
        return pairs.flatten(-2)


def _at_least(first: Tensor, second: Tensor) -> Tensor:
    """1.0 where first >= second, else 0.0; a bool mask would cost a conversion at every use."""
    return torch.ge(first, second, out=torch.empty_like(first, memory_format=torch.contiguous_format))


def max_pool(maps: Tensor, size: int) -> Tensor:
    rows_first = maps.is_contiguous() and not any(side % 2 for side in maps.shape[2:])
    return MaxPool2x2.apply(maps) if size == 2 and rows_first else F.max_pool2d(maps, size)


def seen_by(lines: range, convolutions: Sequence[Conv]) -> slice:
    """The lines (rows or columns) of the image that some lines of the last pooled map depend on."""
    start, stop = lines.start, lines.stop
    for layer in reversed(convolutions):
        start, stop = start * layer.pool, stop * layer.pool + layer.kernel - 1
    return slice(start, stop)


class Network(nn.Module):
    """`architecture` reduced to the kept inputs of each layer and to the given outputs; all of it by default.

    prepare(images):  n x 28 x 28 -> what `forward` takes: n x kept pixels, or n x 1 x the rectangle of the
                      image that the kept features depend on
    forward(inputs):  -> logits, n x outputs; a sigmoid turns them into the paper's outputs
    """

    def __init__(self, architecture: Architecture, kept: Kept | None = None, outputs: tuple[int, ...] | None = None):
        super().__init__()
        kept = kept or dense_kept(architecture)
        rows = kept.rows(architecture, outputs or tuple(range(architecture.layers[-1].outputs)))
        self.architecture = architecture
        self.stack = nn.ModuleDict()
        for layer in architecture.layers:
            inputs, units = len(kept[layer.name]), len(rows[layer.name])
            if isinstance(layer, Conv):
                self.stack[layer.name] = nn.Conv2d(inputs, units, layer.kernel)
            else:
                self.stack[layer.name] = nn.Linear(inputs, units)
        self._pixels = torch.tensor(kept[architecture.layers[0].name])
        self._convolutions = [layer for layer in architecture.layers if isinstance(layer, Conv)]
        self._windows: windows.Windows | None = None  # None: whole maps
        self._flat: Tensor | None = None  # None: every feature of the maps, in order
        if self._convolutions:
            self._crop(kept)
            if self.stack[self._convolutions[0].name].out_channels >= CHANNELS_LAST_FROM:
                self.to(memory_format=torch.channels_last)

    def _crop(self, kept: Kept) -> None:
        """Compute no more of the maps than the smallest rectangle around the kept features."""
        above = len(self._convolutions)  # the layer that reads the flattened map
        positions = self.architecture.positions(above)
        slots = channels_of(kept[self.architecture.layers[above].name], positions)[1]
        channel, position = np.divmod(slots, positions)
        row, column = np.divmod(position, math.isqrt(positions))
        rows, columns = (range(int(place.min()), int(place.max()) + 1) for place in (row, column))
        self._seen = seen_by(rows, self._convolutions), seen_by(columns, self._convolutions)
        row, column = row - rows.start, column - columns.start
        last = self._convolutions[-1]
        inputs, channels = len(kept[last.name]), self.stack[last.name].out_channels
        h, w = (len(lines) * last.pool + last.kernel - 1 for lines in (rows, columns))
        if windows.worth_it(last, inputs, channels, len(slots), h, w):
            self._windows = windows.Windows(last, inputs, h, w, (channel, row, column))
        elif len(slots) < channels * len(rows) * len(columns):
            self._flat = torch.as_tensor((channel * len(rows) + row) * len(columns) + column)

    def prepare(self, images: Tensor) -> Tensor:
        if self._convolutions:
            return images[:, *self._seen].unsqueeze(1).contiguous()
        return images.flatten(1).index_select(1, self._pixels)

    def forward(self, x: Tensor) -> Tensor:
        last = self.architecture.layers[-1]
        for layer in self.architecture.layers:
            if isinstance(layer, Conv):
                # before the ReLU: same values, a quarter of the work
                x = max_pool(self._convolve(x, layer), layer.pool)
            else:
                x = self.stack[layer.name](self._flatten(x) if x.dim() == 4 else x)
            if layer is not last:
                x = F.relu(x)
        return x

    def _convolve(self, x: Tensor, layer: Conv) -> Tensor:
        convolution = self.stack[layer.name]
        if self._windows is not None and layer is self._convolutions[-1]:
            return self._windows(x, convolution.weight, convolution.bias)
        return convolution(x)

    def _flatten(self, x: Tensor) -> Tensor:
        """n x kept features, in ascending order."""
        return x.flatten(1) if self._flat is None else x.flatten(1).index_select(1, self._flat)

    def tensors(self) -> dict[str, np.ndarray]:
        """Weights and biases by the names of `Architecture.shapes`; a copy."""
        return {
            name.removeprefix("stack."): tensor.detach().contiguous().numpy().copy()
            for name, tensor in self.named_parameters()
        }

    def load(self, tensors: Mapping[str, np.ndarray]) -> "Network":
        """Take over weights and biases; returns self. Shapes must fit (RuntimeError)."""
        self.load_state_dict({f"stack.{name}": torch.from_numpy(tensor) for name, tensor in tensors.items()})
        return self


@torch.no_grad()
def logits(network: Network, inputs: Tensor, batch_size: int) -> Tensor:
    """The logits for all prepared inputs, n x outputs, computed batch by batch."""
    return torch.cat([network(batch) for batch in inputs.split(batch_size)])
