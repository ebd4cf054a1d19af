"""The multilayer perceptron that MINT prunes on MNIST: 784-500-300-10, ReLU, dropout after both hidden layers."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from specdnn import seeding
from specdnn.data.protocols import Images
from specdnn.networks import mask, network
from specdnn.networks.models import Architecture, Layer, Linear
from specdnn.networks.network import Network
from specdnn.training.loop import Feed, Fit, fit
from specdnn.training.schedule import Schedule

MLP = Architecture(
    "mint_mlp",
    (Linear("fc1", 784, 500), Linear("fc2", 500, 300), Linear("fc3", 300, 10)),
    rows_counted="all",
    title="multilayer perceptron",
)
BITS = 2**16  # values of a random number that decides on one unit
PRUNABLE = ("fc2", "fc3")  # the paper leaves fc1, whose inputs are pixels, and all biases as they are


class Mlp(Network):
    """dropout: share of hidden units left out in training; masks: tensor name -> mask, 1 where a weight stays."""

    def __init__(self, dropout: float = 0.0, masks: Mapping[str, np.ndarray] | None = None):
        super().__init__(MLP)
        self._random = np.random.default_rng(0)  # draws which units are left out
        self._dropout = dropout
        mask.register(self.stack, masks or {})

    def begin(self, *names: object) -> None:
        """An epoch of training, in which the stream of these names draws which units are left out."""
        self.train()
        self._random = np.random.default_rng(seeding.stream(*names).initial_seed() % 2**64)

    def _hidden(self, x: Tensor, layer: Layer, seen: dict[str, Tensor] | None) -> Tensor:
        """As F.dropout, whose random numbers take a seventh of an epoch's time: 16 bits a unit, the share to 1e-5."""
        x = super()._hidden(x, layer, seen)
        if not (self.training and self._dropout):
            return x
        bits = self._random.integers(BITS, size=x.shape, dtype=np.uint16)
        kept = bits >= round(self._dropout * BITS)
        return x * torch.from_numpy(kept * np.float32(1 / (1 - self._dropout)))


def accuracy(mlp: Mlp, inputs: Tensor, labels: Tensor, batch_size: int) -> float:
    """Share of prepared inputs whose largest logit is that of their label; nothing is dropped out."""
    mlp.eval()
    return network.accuracy(mlp, inputs, labels, batch_size)


def train(
    mlp: Mlp,
    images: Images,
    choosing: Images,
    *,
    schedule: Schedule,
    order: tuple,
    choosing_batch: int,
    state: str,
    record: Mapping,
) -> Fit:
    """Train by cross-entropy and Nesterov's momentum; the best epoch is that of best accuracy on `choosing`.

    images, choosing: pixels in 0..1; order: names of the streams that shuffle and that drop units out; state, record,
    errors: as `specdnn.training.loop.fit`.
    """
    inputs, choosing_inputs = mlp.prepare(images.images), mlp.prepare(choosing.images)
    return fit(
        mlp,
        Feed.in_memory(inputs, images.labels, schedule.batch_size, order),
        loss=cross_entropy,
        tensors=lambda: [mlp.tensors()],
        scores=lambda: [accuracy(mlp, choosing_inputs, choosing.labels, choosing_batch)],
        schedule=replace(schedule, nesterov=True),
        begin=lambda epoch: mlp.begin(*order, "epoch", epoch, "dropout"),
        state=state,
        record=record,
    )
