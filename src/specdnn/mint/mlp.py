"""The multilayer perceptron that MINT prunes on MNIST: 784-500-300-10, ReLU, dropout after both hidden layers."""

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn import seeding
from specdnn.artefacts import read_json
from specdnn.models import Architecture, Linear
from specdnn.network import Network, logits

MLP = Architecture(
    "mint_mlp",
    (Linear("fc1", 784, 500), Linear("fc2", 500, 300), Linear("fc3", 300, 10)),
    rows_counted="all",
)
BITS = 2**16  # values of a random number that decides on one unit
PRUNABLE = ("fc2", "fc3")  # the paper leaves fc1, whose inputs are pixels, and all biases as they are


class Mlp(Network):
    """dropout: share of hidden units left out in training; masks: layer -> units x inputs, 1 where a weight stays.

    random: draws which units are left out.
    """

    def __init__(self, dropout: float = 0.0, masks: Mapping[str, np.ndarray] | None = None):
        super().__init__(MLP)
        self.random = np.random.default_rng(0)
        self._dropout = dropout
        self._masks = {layer: torch.from_numpy(mask) for layer, mask in (masks or {}).items()}

    def hidden(self, x: Tensor) -> dict[str, Tensor]:
        """Layer name -> its output, n x units: after the ReLU where there is one, logits at the end."""
        outputs = {}
        for layer in MLP.layers:
            module = self.stack[layer.name]
            mask = self._masks.get(layer.name)
            x = F.linear(x, module.weight if mask is None else module.weight * mask, module.bias)
            if layer is not MLP.layers[-1]:
                x = F.relu(x)
            outputs[layer.name] = x
            if layer is not MLP.layers[-1]:
                x = self._drop_out(x)
        return outputs

    def _drop_out(self, x: Tensor) -> Tensor:
        """As F.dropout, whose random numbers take a seventh of an epoch's time: 16 bits a unit, the share to 1e-5."""
        if not (self.training and self._dropout):
            return x
        bits = self.random.integers(BITS, size=x.shape, dtype=np.uint16)
        kept = bits >= round(self._dropout * BITS)
        return x * torch.from_numpy(kept * np.float32(1 / (1 - self._dropout)))

    def forward(self, x: Tensor) -> Tensor:
        return self.hidden(x)[MLP.layers[-1].name]

    def load(self, tensors: Mapping[str, np.ndarray]) -> "Mlp":
        """Take over weights and biases, masked weights as zeros, which training then leaves alone; returns self."""
        masks = {f"{layer}.weight": mask.numpy() for layer, mask in self._masks.items()}
        return super().load(
            {name: np.where(masks[name], tensor, 0) if name in masks else tensor for name, tensor in tensors.items()}
        )


def untrained(seed: int, dropout: float) -> Mlp:
    """torch's default initial weights, drawn from the seed's own stream."""
    with torch.random.fork_rng():
        torch.manual_seed(seeding.stream("mint", "init", seed).initial_seed())
        return Mlp(dropout)


def pixels(images: Tensor, card: str) -> Tensor:
    """Images of this dataset with pixels in 0..1, as this network takes them; `data.load` normalises them."""
    of = read_json(card)
    return ((images * of["std"] + of["mean"]) * 255).round() / 255


def accuracy(network: Mlp, inputs: Tensor, labels: Tensor, batch_size: int) -> float:
    """Share of prepared inputs whose largest logit is that of their label; nothing is dropped out."""
    network.eval()
    return (logits(network, inputs, batch_size).argmax(1) == labels).double().mean().item()
