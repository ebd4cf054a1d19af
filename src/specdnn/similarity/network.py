"""The network of the layer-similarity demo: a LeNet-5 with average pooling, and a mask over its parameters.

Source: marcozullich/pruned_layer_similarity, MNIST_demo: conv 6@5x5, ReLU, average pool, conv 16@5x5, ReLU, average
pool, 256-120-84-10; 44,426 parameters; the representations are those of the four ReLUs, two pools and the logits.
"""

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn import seeding
from specdnn.models import Architecture, Conv, Linear
from specdnn.network import Network
from specdnn.similarity.pruning import full_masks

ARCHITECTURE = Architecture(
    "lenet_5_average",
    (Conv("conv1", 1, 6), Conv("conv2", 6, 16), Linear("fc1", 256, 120), Linear("fc2", 120, 84), Linear("fc3", 84, 10)),
    rows_counted="all",
)
LAYERS = ("relu1", "pool1", "relu2", "pool2", "relu3", "relu4", "logits")  # from the image to the output


def average_pool(maps: Tensor) -> Tensor:
    """Means of 2 x 2 squares, as F.avg_pool2d: n x channels x h x w, h and w even.

    Sums of strided views, which on a CPU take less time than its own kernel, forward and backward.
    """
    rows = maps[..., ::2, :] + maps[..., 1::2, :]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


class PrunableNetwork(Network):
    """The demo's network; pruned parameters are 0, get no gradient, and so stay 0 in training.

    masks: tensor name -> what survives, shape of the tensor; all of it by default
    prepare(images): n x 28 x 28 -> n x 1 x 28 x 28; forward(inputs) -> logits, n x 10
    """

    def __init__(self, masks: Mapping[str, np.ndarray] | None = None):
        super().__init__(ARCHITECTURE)
        masks = masks or full_masks(ARCHITECTURE)
        self._masks = {name: torch.from_numpy(mask).float() for name, mask in masks.items()}

    def load(self, tensors: Mapping[str, np.ndarray]) -> "PrunableNetwork":
        """Take over the parameters that survive; the others become 0. Shapes must fit (RuntimeError)."""
        super().load({name: tensor * self._masks[name].numpy() for name, tensor in tensors.items()})
        return self

    def forward(self, x: Tensor) -> Tensor:
        return self.representations(x)["logits"]

    def representations(self, x: Tensor) -> dict[str, Tensor]:
        """Layer -> its activations: n x channels x height x width, or n x units, in the order of LAYERS."""
        out = {}
        for number in (1, 2):
            out[f"relu{number}"] = F.relu(self._layer(f"conv{number}", x))
            x = out[f"pool{number}"] = average_pool(out[f"relu{number}"])
        out["relu3"] = F.relu(self._layer("fc1", x.flatten(1)))
        out["relu4"] = F.relu(self._layer("fc2", out["relu3"]))
        out["logits"] = self._layer("fc3", out["relu4"])
        return out

    def _layer(self, name: str, x: Tensor) -> Tensor:
        weight, bias = (
            parameter * self._masks[f"{name}.{kind}"].to(parameter.dtype)
            for kind, parameter in (("weight", self.stack[name].weight), ("bias", self.stack[name].bias))
        )
        return F.conv2d(x, weight, bias) if weight.dim() == 4 else F.linear(x, weight, bias)


def untrained(seed: int) -> PrunableNetwork:
    """The network with torch's default initial weights, drawn from the seed's own stream."""
    with torch.random.fork_rng():
        torch.manual_seed(seeding.stream("init", ARCHITECTURE.name, seed).initial_seed())
        return PrunableNetwork()


@torch.no_grad()
def representations(network: PrunableNetwork, images: Tensor, batch_size: int) -> dict[str, Tensor]:
    """Layer -> activations on all images (n x 28 x 28), float32, computed batch by batch."""
    batches = [network.representations(network.prepare(batch)) for batch in images.split(batch_size)]
    return {layer: torch.cat([batch[layer] for batch in batches]) for layer in LAYERS}
