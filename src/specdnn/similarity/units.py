"""The kept units of a class's specialist, as they answer in the dense network and in the specialist."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn.extraction import Kept
from specdnn.models import Architecture, Conv
from specdnn.network import Network, max_pool

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


@torch.no_grad()
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
    network = Network(architecture).load(tensors)
    batches = [_answers(network, kept, label, batch) for batch in images.split(batch_size)]
    return {name: torch.cat([batch[name] for batch in batches]) for name in batches[0]}


def _answers(network: Network, kept: Kept, label: int, images: Tensor) -> dict[str, Tensor]:
    first, *_, last = network.architecture.layers
    x, out = network.prepare(images), {}
    for layer in network.architecture.layers:
        x = x if isinstance(layer, Conv) else x.flatten(1)
        if layer is not first:
            out[layer.name] = x[:, list(kept[layer.name])]
        x = network.stack[layer.name](x)
        x = max_pool(x, layer.pool) if isinstance(layer, Conv) else x
        x = x if layer is last else F.relu(x)
    return {**out, OUTPUT: x[:, [label]]}
