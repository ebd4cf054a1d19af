"""Hidden units under other numbers: what a network computes does not depend on them. No torch: selection needs none."""

from collections.abc import Mapping

import numpy as np

from specdnn.networks.models import Architecture


def relabelled(
    tensors: Mapping[str, np.ndarray], architecture: Architecture, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """The same function with the hidden units of every layer renumbered at random."""
    renumbered = dict(tensors)
    for index, layer in enumerate(architecture.layers[:-1]):
        above, positions = architecture.layers[index + 1], architecture.positions(index + 1)
        order = generator.permutation(layer.outputs)
        inputs = (order[:, None] * positions + np.arange(positions)).ravel()
        for kind in ("weight", "bias"):
            renumbered[f"{layer.name}.{kind}"] = renumbered[f"{layer.name}.{kind}"][order]
        renumbered[f"{above.name}.weight"] = renumbered[f"{above.name}.weight"][:, inputs]
    return renumbered
