"""Parameters with entries that are always zero, by torch's parametrizations: the one way to mask in this package.

A masked entry is zero whenever it is used, so it gets no gradient, and one that starts at zero stays zero in training:
momentum and weight decay leave it alone.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture, Conv
from specdnn.networks.network import Network


class Mask(nn.Module):
    """Multiplies a parameter by a mask of its shape, or of one that spreads over it, with 1 where an entry stays."""

    def __init__(self, mask: Tensor):
        super().__init__()
        self.mask: Tensor
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, parameter: Tensor) -> Tensor:
        return parameter * self.mask


def register(module: nn.Module, masks: Mapping[str, np.ndarray]) -> None:
    """From now on mask these parameters: {"fc1.weight": mask}, names as seen from `module`."""
    for name, mask in masks.items():
        owner, _, kind = name.rpartition(".")
        layer = module.get_submodule(owner)
        values = torch.as_tensor(mask).to(getattr(layer, kind))
        parametrize.register_parametrization(layer, kind, Mask(values))


def settle(module: nn.Module, masks: Mapping[str, np.ndarray]) -> None:
    """Undo `register`: the parameters are plain ones again, with zeros where they were masked."""
    for name in masks:
        owner, _, kind = name.rpartition(".")
        parametrize.remove_parametrizations(module.get_submodule(owner), kind, leave_parametrized=True)


def zeroed(tensors: Mapping[str, np.ndarray], masks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The tensors with 0 where they are masked: what a masked network starts from."""
    return {name: np.where(masks[name], tensor, 0) if name in masks else tensor for name, tensor in tensors.items()}


class MaskedNetwork(Network):
    """The released procedure's network: the dense one with the columns that are not kept masked; one logit.

    The study trains the extracted network instead, which is the same experiment in a small part of the time. This is
    the reference that tests compare it with and that `make bench` times it against.
    """

    def __init__(self, architecture: Architecture, kept: Kept, output: int):
        super().__init__(architecture)
        self._output = output
        masks = {}
        for layer in architecture.layers:
            mask = np.zeros((1, layer.inputs, *([1, 1] if isinstance(layer, Conv) else [])), dtype=np.float32)
            mask[:, list(kept[layer.name])] = 1
            masks[f"{layer.name}.weight"] = mask
        register(self.stack, masks)

    def forward(self, x: Tensor, seen: dict[str, Tensor] | None = None) -> Tensor:
        return super().forward(x, seen)[:, [self._output]]
