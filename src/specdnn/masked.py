"""The released procedure's network: the dense one with the columns that are not kept set to 0 at each forward.

The study trains the extracted network instead, which is the same experiment in a small part of the time. This is
the reference that tests compare it with and that `make bench` times it against.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn.extraction import Kept
from specdnn.models import Architecture, Conv
from specdnn.network import Network


class MaskedNetwork(Network):
    """All units of `architecture`; one logit, that of `output`; same parameters and names as the dense network."""

    def __init__(self, architecture: Architecture, kept: Kept, output: int):
        super().__init__(architecture)
        self._output = output
        self._masks = {}
        for layer in architecture.layers:
            mask = torch.zeros(1, layer.inputs, *([1, 1] if isinstance(layer, Conv) else []))
            mask[:, list(kept[layer.name])] = 1
            self._masks[layer.name] = mask

    def forward(self, x: Tensor) -> Tensor:
        last = self.architecture.layers[-1]
        for layer in self.architecture.layers:
            module = self.stack[layer.name]
            weight = module.weight * self._masks[layer.name].to(module.weight.dtype)
            if isinstance(layer, Conv):
                x = F.max_pool2d(F.relu(F.conv2d(x, weight, module.bias)), layer.pool)
            else:
                x = F.linear(x.flatten(1), weight, module.bias)
                x = x if layer is last else F.relu(x)
        return x[:, self._output : self._output + 1]
