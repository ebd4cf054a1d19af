"""Specialists of a given number of parameters, for any method that can rank.

How the parameters are spread over the layers is given as a shape: widths whose proportions are wanted, such as
those of another method's selection, or the layers' own widths. The shape is scaled until the count fits, and the
widths near that are searched for the one that meets it exactly, or else most nearly.
"""

import math
from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np

from specdnn.errors import UserError
from specdnn.networks.extract import Kept, channels_of
from specdnn.networks.models import Architecture
from specdnn.selection.method import Method
from specdnn.selection.rules import Selection
from specdnn.selection.walk import Source, walk

SEARCHED = 0.25  # share by which a width is varied in search of the exact count; at least 2
HALVINGS = 30  # of the interval of scales

Widths = tuple[int, ...]  # kept inputs of each layer, first layer first


def full_shape(architecture: Architecture) -> Widths:
    """The same share of every layer's inputs."""
    return tuple(layer.inputs for layer in architecture.layers)


def shape_of(architecture: Architecture, kept: Kept) -> Widths:
    return tuple(len(kept[layer.name]) for layer in architecture.layers)


def select(source: Source, label: int, method: Method, budget: int, shape: Widths) -> dict[str, Selection]:
    """Layer name -> selection, status "budget", with the weights and biases closest to `budget`.

    Among equally close counts the widths nearest to the scaled shape win. A budget below the smallest specialist,
    of one input a layer, gives that one; `specdnn.networks.extract.parameters` tells what was reached.
    """
    ranked = _Ranked(source, label, method)
    best: Widths = ()
    apart = math.inf
    for widths, count in ranked.near(ranked.scaled(shape, budget), budget):
        if abs(count - budget) < apart:
            apart, best = abs(count - budget), widths
        if apart == 0:
            break
    width = dict(zip((layer.name for layer in source.architecture.layers), best, strict=True))
    return walk(source, label, lambda among: _take(ranked.order(among.name, among.rows), width[among.name]))


def _take(order: np.ndarray, width: int) -> Selection:
    return Selection(tuple(int(unit) for unit in order[:width]), width, "budget", None, strongest=int(order[0]))


class _Ranked:
    """One class's layers in a method's order of preference; every order is asked for once."""

    def __init__(self, source: Source, label: int, method: Method):
        self._layers = source.architecture.layers
        self._architecture = source.architecture
        self._outputs: tuple[int, ...] = (label,)  # rows of the last layer
        self.order = cache(lambda name, rows: method.order(source.candidates(name, rows, label)))
        self._solved = next(index for index, layer in enumerate(self._layers) if layer.inputs > 1)
        if self._solved and source.architecture.positions(self._solved) > 1:
            raise UserError(
                f"{source.architecture.name}: no exact budgets where a single convolution feeds linear layers"
            )

    def _rows_below(self, index: int, rows: tuple[int, ...], width: int) -> tuple[int, ...]:
        """Rows of the layer below; any of the right number, where no layer from here down has channels to count."""
        if all(self._architecture.positions(below) == 1 for below in range(1, index + 1)):
            return tuple(range(width))  # spares a costly method every order but those that it is asked for in the end
        units = self.order(self._layers[index].name, rows)[:width]
        return channels_of(units, self._architecture.positions(index))[0]

    def parameters(self, widths: Widths) -> int:
        count, rows = 0, self._outputs
        for index in reversed(range(len(self._layers))):
            count += len(rows) * (widths[index] * self._layers[index].kernel_area + 1)
            rows = self._rows_below(index, rows, widths[index]) if index else rows
        return count

    def scaled(self, shape: Widths, budget: int) -> Widths:
        """The largest multiple of the shape that is within the budget, rounded and at least 1 a layer."""

        def at(scale: float) -> Widths:
            limits = ((width, layer.inputs) for width, layer in zip(shape, self._layers, strict=True))
            return tuple(min(max(round(scale * width), 1), most) for width, most in limits)

        if self.parameters(at(1)) == budget:
            return at(1)
        low, high = 0.0, max(layer.inputs / width for width, layer in zip(shape, self._layers, strict=True))
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.parameters(at(middle)) <= budget else (low, middle)
        return at(low)

    def near(self, wanted: Widths, budget: int) -> Iterator[tuple[Widths, int]]:
        """Widths about the wanted ones, nearest first, with their count.

        The first layer with a choice gets what then fits best; the widths of the layers above it are varied.
        """
        varied = range(self._solved + 1, len(self._layers))
        windows = [self._window(wanted[index], self._layers[index].inputs) for index in varied]
        for above in sorted(product(*windows), key=lambda pairs: sum(distortion for distortion, _ in pairs)):
            yield from self._completed(tuple(width for _, width in above), budget)

    @staticmethod
    def _window(wanted: int, most: int) -> list[tuple[float, int]]:
        """(distortion, width) for the widths about the wanted one."""
        reach = max(2, round(SEARCHED * wanted))
        widths = range(max(1, wanted - reach), min(most, wanted + reach) + 1)
        return [(abs(math.log(width / wanted)), width) for width in widths]

    def _completed(self, above: Widths, budget: int) -> Iterator[tuple[Widths, int]]:
        """The widths above the solved layer, with the one or two widths of the solved layer that come closest."""
        count, rows = 0, self._outputs
        for index in reversed(range(self._solved + 1, len(self._layers))):
            width = above[index - self._solved - 1]
            count += len(rows) * (width * self._layers[index].kernel_area + 1)
            rows = self._rows_below(index, rows, width)
        layer = self._layers[self._solved]
        beneath = sum(lower.kernel_area + 1 for lower in self._layers[: self._solved])  # rows of a single input
        each = len(rows) * layer.kernel_area + beneath
        count += len(rows)
        for width in {min(max((budget - count) // each + extra, 1), layer.inputs) for extra in (0, 1)}:
            yield (1,) * self._solved + (width, *above), count + width * each
