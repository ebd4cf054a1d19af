"""Pooling over 2 x 2 windows in fewer passes over memory than torch's own kernels on a CPU take."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn.networks.models import Conv


class MaxPool2x2(torch.autograd.Function):
    """`F.max_pool2d(maps, 2)` of n x c x h x w, h and w even: same values, same gradients, ties to the first.

    Four to six times as fast where channels are not last: whole rows are compared at once. Ties must go to the
    first of a window, row by row, because the background of an image is one tie next to another.
    """

    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:  # torch does not name the context's type
        left, right = maps[..., 0::2].contiguous(), maps[..., 1::2].contiguous()  # n x c x h x w/2
        left_wins = _at_least(left, right)
        rows = torch.maximum(left, right, out=left)
        upper, lower = rows[..., 0::2, :], rows[..., 1::2, :]  # n x c x h/2 x w/2
        ctx.save_for_backward(left_wins, _at_least(upper, lower))
        return torch.maximum(upper, lower)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        left_wins, upper_wins = ctx.saved_tensors
        rows = torch.empty_like(left_wins)
        torch.mul(gradient, upper_wins, out=rows[..., 0::2, :])
        torch.sub(gradient, rows[..., 0::2, :], out=rows[..., 1::2, :])
        pairs = rows.new_empty(*rows.shape, 2)
        torch.mul(rows, left_wins, out=pairs[..., 0])
        torch.sub(rows, pairs[..., 0], out=pairs[..., 1])
        return pairs.flatten(-2)


class OnCuda(torch.autograd.Function):
    """`F.max_pool2d(maps, size)` on a graphics card, where torch calls its gradient nondeterministic.

    It is not for windows that do not overlap: each value is in one window, so nothing is added in any order.
    """

    @staticmethod
    def forward(ctx: Any, maps: Tensor, size: int) -> Tensor:
        pooled, places = F.max_pool2d(maps, size, return_indices=True)
        ctx.save_for_backward(maps, places)
        ctx.size = size
        return pooled

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        maps, places = ctx.saved_tensors
        mode = torch.get_deterministic_debug_mode()
        torch.set_deterministic_debug_mode("default")
        try:
            backward = torch.ops.aten.max_pool2d_with_indices_backward
            size = [ctx.size] * 2
            return backward(gradient, maps, size, size, [0, 0], [1, 1], False, places), None
        finally:
            torch.set_deterministic_debug_mode(mode)


def _at_least(first: Tensor, second: Tensor) -> Tensor:
    """1.0 where first >= second, else 0.0; a bool mask would cost a conversion at every use."""
    return torch.ge(first, second, out=torch.empty_like(first, memory_format=torch.contiguous_format))


def max_pool(maps: Tensor, size: int) -> Tensor:
    """Largest values of size x size squares: n x c x h x w -> n x c x h//size x w//size."""
    if maps.is_cuda:
        return OnCuda.apply(maps, size)
    rows_first = maps.is_contiguous() and not any(side % 2 for side in maps.shape[2:])
    return MaxPool2x2.apply(maps) if size == 2 and rows_first else F.max_pool2d(maps, size)


def mean_pool(maps: Tensor, size: int) -> Tensor:
    """Means of size x size squares, likewise; of 2 x 2, h and w even, as sums of strided views."""
    if size != 2 or any(side % 2 for side in maps.shape[2:]):
        return F.avg_pool2d(maps, size)
    rows = maps[..., ::2, :] + maps[..., 1::2, :]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def activated(maps: Tensor, layer: Conv) -> tuple[Tensor, Tensor]:
    """A convolution's outputs after ReLU and pooling; and before the pooling, where that came last."""
    if layer.pooling == "max":
        pooled = F.relu(max_pool(maps, layer.pool))  # pooled first: same values, a quarter of the ReLU's work
        return pooled, pooled
    whole = F.relu(maps)
    return mean_pool(whole, layer.pool), whole
