"""What a selection says about a dense network, apart from the specialist it gives."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from specdnn.data import CLASSES
from specdnn.networks import extract
from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture
from specdnn.networks.network import Network, logits
from specdnn.selection.walk import kept_of, walk_back

Tensors = Mapping[str, np.ndarray]


def released_rate(tensors: Tensors, architecture: Architecture, labels: Sequence[int], t: float) -> float:
    """The compress rate of the released rule, mean over the classes."""
    return float(
        np.mean([extract.compress_rate(architecture, kept) for kept in released(tensors, architecture, labels, t)])
    )


def released(tensors: Tensors, architecture: Architecture, labels: Sequence[int], t: float) -> Iterator[Kept]:
    for label in labels:
        yield kept_of(walk_back(tensors, architecture, label, rule="released", t=t, on_empty="top1"))


def overlaps(kept: Sequence[Kept], architecture: Architecture) -> list[dict]:
    """Shared inputs of two classes, a layer: mean over the pairs, and what chance gives to sets of these sizes.

    Two sets of a and b of m inputs, drawn at random, share a b / m on average. Layers of one input say nothing.
    """
    rows = []
    for layer in architecture.layers:
        if layer.inputs == 1:
            continue
        pairs = [({*a[layer.name]}, {*b[layer.name]}) for a, b in combinations(kept, 2)]
        rows.append(
            {
                "layer": layer.name,
                "shared": float(np.mean([len(a & b) for a, b in pairs])),
                "by_chance": float(np.mean([len(a) * len(b) / layer.inputs for a, b in pairs])),
            }
        )
    return rows


def without(tensors: Tensors, architecture: Architecture, kept: Kept) -> dict[str, np.ndarray]:
    """The dense network without the hidden units of `kept`: the columns that read them are zero."""
    cut = dict(tensors)
    for layer in architecture.layers[1:]:
        weight = cut[f"{layer.name}.weight"].copy()
        weight[:, list(kept[layer.name])] = 0
        cut[f"{layer.name}.weight"] = weight
    return cut


def random_like(kept: Kept, architecture: Architecture, generator: np.random.Generator) -> Kept:
    """As many inputs of each layer, drawn at random."""
    sizes = ((layer.name, layer.inputs, len(kept[layer.name])) for layer in architecture.layers)
    return Kept({name: tuple(generator.choice(m, size, replace=False).tolist()) for name, m, size in sizes})


def recalls(
    tensors: Tensors, architecture: Architecture, images: Tensor, labels: Tensor, batch_size: int
) -> np.ndarray:
    """Share of each class's images that the ten outputs' largest names, shape (10,)."""
    network = Network(architecture).load(tensors)
    answers = logits(network, network.prepare(images), batch_size).argmax(1)
    right = (answers == labels).double()
    return torch.stack([right[labels == label].mean() for label in range(CLASSES)]).numpy()
