"""A layer's activations as a matrix, samples x units; a convolution's maps can be read in two ways.

flattened: a sample is an image, a unit is one place of one channel; n x (channels * height * width)
positions: a sample is one place of one image, a unit is a channel; (n * height * width) x channels, of which so many
           rows are drawn, the same ones for every network
units:     a layer without maps has only this; n x units
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from specdnn import seeding


def matrices(layer: str, activations: Tensor, positions: int) -> Iterator[tuple[str, Tensor]]:
    """(view, samples x units) for every way of reading a layer: n x channels x height x width, or n x units."""
    if activations.dim() == 2:
        yield "units", activations
        return
    yield "flattened", activations.flatten(1)
    yield "positions", at_positions(layer, activations, positions)


def at_positions(layer: str, maps: Tensor, positions: int) -> Tensor:
    """At most `positions` rows of the maps' places x channels, drawn by a stream that names layer and size alone."""
    rows = maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[1])
    if len(rows) <= positions:
        return rows
    drawn = torch.randperm(len(rows), generator=seeding.stream("similarity", "positions", layer, len(rows)))
    return rows[drawn[:positions].sort().values]
