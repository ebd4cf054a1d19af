"""The networks, as an ordered list of layers with their prunable inputs. No torch: selection needs none.

Units are counted as the paper counts them: the inputs of a layer are the units that a selection rule may
keep. Where a convolution feeds a linear layer, the inputs of the linear layer are single features of the
flattened map, and feature f belongs to channel f // positions.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from specdnn.errors import UserError

IMAGE_SIDE = 28  # pixels; every dataset of the study has 28 x 28 grey images


@dataclass(frozen=True)
class Linear:
    name: str
    inputs: int
    outputs: int
    kernel_area: int = 1


@dataclass(frozen=True)
class Conv:
    """A square convolution without padding, followed by max-pooling over `pool` x `pool` windows."""

    name: str
    inputs: int
    outputs: int
    kernel: int = 5
    pool: int = 2

    @property
    def kernel_area(self) -> int:
        return self.kernel**2


Layer = Linear | Conv


@dataclass(frozen=True)
class Architecture:
    """Layers from input to output, ReLU between them, a sigmoid on each output.

    `rows_counted` tells how the paper's compress rate counts this network (science differs per table):
    "kept" rows only (Table I) or "all" rows of a kept column (Table II).
    """

    name: str
    layers: tuple[Layer, ...]
    rows_counted: Literal["kept", "all"]

    def layer(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer.name == name)

    def positions(self, index: int) -> int:
        """How many inputs of layer `index` one output unit of the layer before gives: 1, or the map's area."""
        return self.layers[index].inputs // self.layers[index - 1].outputs

    @property
    def weights(self) -> int:
        """Number of weights, biases not counted (the paper's 100 %)."""
        return sum(layer.outputs * layer.inputs * layer.kernel_area for layer in self.layers)

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.weights + sum(layer.outputs for layer in self.layers)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Tensor name -> shape, for every weight (outputs x inputs [x k x k]) and bias."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in self.layers:
            kernel = (layer.kernel, layer.kernel) if isinstance(layer, Conv) else ()
            shapes[f"{layer.name}.weight"] = (layer.outputs, layer.inputs, *kernel)
            shapes[f"{layer.name}.bias"] = (layer.outputs,)
        return shapes

    def check(self, tensors: dict[str, np.ndarray], path: str) -> None:
        """Refuse (UserError) tensors that are not this network's; `path` is for the message."""
        found = {name: tensor.shape for name, tensor in tensors.items()}
        if found != self.shapes():
            wrong = sorted(set(found.items()) ^ set(self.shapes().items()))
            raise UserError(f"{path}: not a checkpoint of {self.name}; these tensors differ: {wrong}")


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture(
            "lenet_300_100",
            (Linear("fc1", 784, 300), Linear("fc2", 300, 100), Linear("fc3", 100, 10)),
            rows_counted="kept",
        ),
        Architecture(
            "lenet_5",
            (Conv("conv1", 1, 20), Conv("conv2", 20, 50), Linear("fc1", 800, 500), Linear("fc2", 500, 10)),
            rows_counted="all",
        ),
    )
}
