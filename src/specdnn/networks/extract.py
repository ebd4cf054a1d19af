"""From kept units to the small network that computes the same function. No torch: plain arrays."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from specdnn.errors import UserError
from specdnn.networks.models import Architecture


class Kept(dict[str, tuple[int, ...]]):
    """Layer name -> its kept inputs, ascending. Ascending, so that sums run in the dense network's order."""

    @classmethod
    def checked(cls, found: Mapping[str, Iterable[int]], architecture: Architecture, where: str) -> "Kept":
        """What a file holds. Raises UserError, which names `where`, unless it is inputs of each layer, each once."""
        names = [layer.name for layer in architecture.layers]
        if set(found) != set(names):
            raise UserError(f"{where}: layers {', '.join(found)}, expected {', '.join(names)}; delete it and run again")
        kept = cls({name: tuple(sorted(found[name])) for name in names})
        for layer in architecture.layers:
            units = kept[layer.name]
            if len(set(units)) < len(units) or not set(units) <= set(range(layer.inputs)):
                raise UserError(
                    f"{where}: {layer.name} keeps {units}, expected some of 0 to {layer.inputs - 1}, each once; "
                    "delete it and run again"
                )
        return kept

    def rows(self, architecture: Architecture, outputs: Sequence[int]) -> dict[str, tuple[int, ...]]:
        """Layer name -> the rows (units) that remain: those that the layer above reads, and `outputs` on top."""
        rows = {architecture.layers[-1].name: tuple(outputs)}
        for index in range(len(architecture.layers) - 1):
            below, above = architecture.layers[index], architecture.layers[index + 1]
            rows[below.name] = channels_of(self[above.name], architecture.positions(index + 1))[0]
        return rows


def dense_kept(architecture: Architecture) -> Kept:
    return Kept({layer.name: tuple(range(layer.inputs)) for layer in architecture.layers})


def channels_of(features: Sequence[int] | np.ndarray, positions: int) -> tuple[tuple[int, ...], np.ndarray]:
    """The units that some inputs of the layer above come from, and those inputs' places among them.

    With `positions` values per unit, feature f is value f % positions of unit f // positions.
    Returns the units, ascending, and for each feature its index in the flattened kept units.
    """
    units, slots = np.unique(np.asarray(features) // positions, return_inverse=True)
    return tuple(int(unit) for unit in units), slots * positions + np.asarray(features) % positions


def extract(
    tensors: Mapping[str, np.ndarray], architecture: Architecture, kept: Kept, outputs: Sequence[int]
) -> dict[str, np.ndarray]:
    """Weights and biases of the small network: the kept rows and columns of each layer."""
    rows = kept.rows(architecture, outputs)
    small = {}
    for layer in architecture.layers:
        of_rows = tensors[f"{layer.name}.weight"][list(rows[layer.name])]
        small[f"{layer.name}.weight"] = of_rows[:, list(kept[layer.name])]
        small[f"{layer.name}.bias"] = tensors[f"{layer.name}.bias"][list(rows[layer.name])]
    return small


def parameters(architecture: Architecture, kept: Kept) -> int:
    """Weights and biases of the small network with one output."""
    rows = kept.rows(architecture, (0,))
    return sum(len(rows[layer.name]) * (len(kept[layer.name]) * layer.kernel_area + 1) for layer in architecture.layers)


def compress_rate(architecture: Architecture, kept: Kept) -> float:
    """The paper's compress rate, as a fraction of the dense network's weights; biases not counted.

    LeNet-300-100: (10 n3 + n3 n2 + n2 n1) / 266,200 counts kept rows only (but all ten outputs);
    LeNet-5: (500 n1 + 1250 n2 + 500 n3 + 10 n4) / 430,500 counts all rows of a kept column.
    """
    outputs = range(architecture.layers[-1].outputs)
    kept_rows = kept.rows(architecture, outputs)
    counted = 0
    for layer in architecture.layers:
        rows = layer.outputs if architecture.rows_counted == "all" else len(kept_rows[layer.name])
        counted += rows * layer.kernel_area * len(kept[layer.name])
    return counted / architecture.weights
