"""A dense network, or the small one that is left of it, as one torch module.

A small network has the kept units only. What it drops, no kept unit ever reads, so its outputs and its
gradients are those of the dense network with the other columns masked to zero.
"""

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn.extraction import Kept, channels_of, dense_kept
from specdnn.models import Architecture, Conv

CHANNELS_LAST_FROM = 4  # filters; below, the vector lanes of the channels_last kernels run empty (make bench)


class Network(nn.Module):
    """`architecture` reduced to the kept inputs of each layer and to the given outputs; all of it by default.

    prepare(images):  n x 28 x 28 -> what `forward` takes: n x kept pixels, or n x 1 x 28 x 28
    forward(inputs):  -> logits, n x outputs; a sigmoid turns them into the paper's outputs
    """

    def __init__(self, architecture: Architecture, kept: Kept | None = None, outputs: tuple[int, ...] | None = None):
        super().__init__()
        kept = kept or dense_kept(architecture)
        rows = kept.rows(architecture, outputs or tuple(range(architecture.layers[-1].outputs)))
        self.architecture = architecture
        self.stack = nn.ModuleDict()
        for index, layer in enumerate(architecture.layers):
            inputs, units = len(kept[layer.name]), len(rows[layer.name])
            if isinstance(layer, Conv):
                self.stack[layer.name] = nn.Conv2d(inputs, units, layer.kernel)
            else:
                self.stack[layer.name] = nn.Linear(inputs, units)
            if index and architecture.positions(index) > 1:
                self._flat = torch.as_tensor(channels_of(kept[layer.name], architecture.positions(index))[1])
        self._pixels = torch.tensor(kept[architecture.layers[0].name])
        first = self.stack[architecture.layers[0].name]
        self._convolutional = isinstance(first, nn.Conv2d)
        if self._convolutional and first.out_channels >= CHANNELS_LAST_FROM:
            self.to(memory_format=torch.channels_last)

    def prepare(self, images: Tensor) -> Tensor:
        if self._convolutional:
            return images.unsqueeze(1)
        return images.flatten(1).index_select(1, self._pixels)

    def forward(self, x: Tensor) -> Tensor:
        last = self.architecture.layers[-1]
        for layer in self.architecture.layers:
            if not isinstance(layer, Conv) and x.dim() == 4:
                x = x.flatten(1).index_select(1, self._flat)  # n x kept features
            x = self.stack[layer.name](x)
            if isinstance(layer, Conv):
                x = F.max_pool2d(x, layer.pool)  # before the ReLU: same values and gradients, a quarter of the work
            if layer is not last:
                x = F.relu(x)
        return x

    def tensors(self) -> dict[str, np.ndarray]:
        """Weights and biases by the names of `Architecture.shapes`; a copy."""
        return {
            name.removeprefix("stack."): tensor.detach().contiguous().numpy().copy()
            for name, tensor in self.named_parameters()
        }

    def load(self, tensors: Mapping[str, np.ndarray]) -> "Network":
        """Take over weights and biases; returns self. Shapes must fit (RuntimeError)."""
        self.load_state_dict({f"stack.{name}": torch.from_numpy(tensor) for name, tensor in tensors.items()})
        return self


@torch.no_grad()
def logits(network: Network, inputs: Tensor, batch_size: int) -> Tensor:
    """The logits for all prepared inputs, n x outputs, computed batch by batch."""
    return torch.cat([network(batch) for batch in inputs.split(batch_size)])
