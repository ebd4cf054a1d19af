"""The kept units of a class's specialist, as they answer in the dense network and in the specialist."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture
from specdnn.networks.network import LOGITS, Network
from specdnn.networks.trace import traced

OUTPUT = "output"


def embed(
    small: Mapping[str, np.ndarray], architecture: Architecture, kept: Kept, outputs: Sequence[int]
) -> dict[str, np.ndarray]:
    """The small network's tensors at their places in the dense one's shapes, 0 elsewhere: `extract` backwards.

    Its kept units answer as they do in the small network, since the units around them are 0.
    """
    rows = kept.rows(architecture, outputs)
    tensors = {name: np.zeros(shape, dtype=np.float32) for name, shape in architecture.shapes().items()}
    for layer in architecture.layers:
        place = np.ix_(rows[layer.name], kept[layer.name])
        tensors[f"{layer.name}.weight"][place] = small[f"{layer.name}.weight"]
        tensors[f"{layer.name}.bias"][list(rows[layer.name])] = small[f"{layer.name}.bias"]
    return tensors


def answers(
    tensors: Mapping[str, np.ndarray],
    architecture: Architecture,
    kept: Kept,
    label: int,
    images: Tensor,
    batch_size: int,
) -> dict[str, Tensor]:
    """What the kept units of a network of dense shape answer on images (n x 28 x 28), float32.

    Layer -> its kept inputs, for every layer but the first, whose inputs are pixels: n x units, or
    n x channels x height x width where a convolution reads them; and OUTPUT -> the class's logit, n x 1.
    """
    seen = traced(Network(architecture).load(tensors), images, batch_size)
    read = {layer.name: seen[layer.name][:, list(kept[layer.name])] for layer in architecture.layers[1:]}
    return {**read, OUTPUT: seen[LOGITS][:, [label]]}
