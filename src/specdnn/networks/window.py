"""The part of the image that kept features depend on: where a small convolutional network has to look.

Convolutions come first in a network, and the layer that reads their last map keeps single features of it: feature f is
place f % positions of channel f // positions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from specdnn.data import IMAGE_SIDE
from specdnn.networks.extract import Kept, channels_of
from specdnn.networks.models import Architecture, Conv


def seen_by(lines: range, convolutions: Sequence[Conv]) -> slice:
    """The lines (rows or columns) of the image that some lines of the last pooled map depend on."""
    start, stop = lines.start, lines.stop
    for layer in reversed(convolutions):
        start, stop = start * layer.pool, stop * layer.pool + layer.kernel - 1
    return slice(start, stop)


@dataclass(frozen=True)
class Window:
    """The smallest rectangle of the image that the kept features depend on, and where they lie in its last map.

    rows, columns: of the image; shape: of the last pooled map of the rectangle, channels x height x width; place: of
    each kept feature in that map, as (channel, row, column), arrays of one length.
    """

    rows: slice
    columns: slice
    shape: tuple[int, int, int]
    place: tuple[np.ndarray, np.ndarray, np.ndarray]

    @property
    def features(self) -> np.ndarray | None:
        """Index of each kept feature in the flattened map; None where all features are kept, in order."""
        found = np.ravel_multi_index(self.place, self.shape)
        return None if len(found) == math.prod(self.shape) else found

    @property
    def whole_image(self) -> bool:
        return self.rows == self.columns == slice(0, IMAGE_SIDE)


def _places(architecture: Architecture, features: Sequence[int]) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """How many channels the features belong to; and of each feature its channel among these, row and column."""
    positions = architecture.positions(len(architecture.convolutions))
    channels, slots = channels_of(features, positions)
    channel, position = np.divmod(slots, positions)
    row, column = np.divmod(position, math.isqrt(positions))
    return len(channels), channel, row, column


def window_of(architecture: Architecture, kept: Kept) -> Window:
    """What a small network of these kept units sees; the architecture must have convolutions."""
    convolutions = architecture.convolutions
    reader = architecture.layers[len(convolutions)]  # of the flattened map
    channels, channel, row, column = _places(architecture, kept[reader.name])
    rows, columns = (range(int(lines.min()), int(lines.max()) + 1) for lines in (row, column))
    return Window(
        seen_by(rows, convolutions),
        seen_by(columns, convolutions),
        (channels, len(rows), len(columns)),
        (channel, row - rows.start, column - columns.start),
    )


def visible(architecture: Architecture, kept: Kept) -> np.ndarray:
    """28 x 28, True where the output depends on a pixel: those kept, or all that kept means or features look at."""
    convolutions, side = architecture.convolutions, architecture.window
    if not convolutions:
        read = np.zeros((IMAGE_SIDE // side, IMAGE_SIDE // side), dtype=bool)
        read.flat[list(kept[architecture.layers[0].name])] = True
        return read.repeat(side, axis=0).repeat(side, axis=1)
    seen = np.zeros((IMAGE_SIDE, IMAGE_SIDE), dtype=bool)
    _, _, rows, columns = _places(architecture, kept[architecture.layers[len(convolutions)].name])
    for place in zip(rows.tolist(), columns.tolist(), strict=True):
        seen[tuple(seen_by(range(at, at + 1), convolutions) for at in place)] = True
    return seen
