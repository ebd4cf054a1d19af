"""The network of the layer-similarity demo: a LeNet-5 with average pooling, and a mask over its parameters.

Source: marcozullich/pruned_layer_similarity, MNIST_demo: conv 6@5x5, ReLU, average pool, conv 16@5x5, ReLU, average
pool, 256-120-84-10; 44,426 parameters; the representations are those of the four ReLUs, two pools and the logits.
"""

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from specdnn.networks import mask
from specdnn.networks.models import Architecture, Conv, Linear
from specdnn.networks.network import LOGITS, Network
from specdnn.networks.trace import traced

ARCHITECTURE = Architecture(
    "lenet_5_average",
    (
        Conv("conv1", 1, 6, pooling="mean"),
        Conv("conv2", 6, 16, pooling="mean"),
        Linear("fc1", 256, 120),
        Linear("fc2", 120, 84),
        Linear("fc3", 84, 10),
    ),
    rows_counted="all",
    title="LeNet-5 with average pooling",
)
LAYERS = {  # from the image to the output; what each is called in a trace: the input of the next layer, mostly
    "relu1": "conv1.relu",
    "pool1": "conv2",
    "relu2": "conv2.relu",
    "pool2": "fc1",
    "relu3": "fc2",
    "relu4": "fc3",
    "logits": LOGITS,
}
POOL2 = (16, 4, 4)  # channels, height and width of what fc1 reads as one row


def pruned(tensors: Mapping[str, np.ndarray], masks: Mapping[str, np.ndarray]) -> Network:
    """The network with these parameters; pruned ones are 0, get no gradient, and so stay 0 in training.

    masks: tensor name -> what survives, shape of the tensor.
    """
    network = Network(ARCHITECTURE)
    mask.register(network.stack, {name: masks[name] for name in ARCHITECTURE.shapes()})  # a sum of norms has an order
    # times the mask, and not `mask.zeroed`: that would give another sign to some zeros
    return network.load({name: tensor * np.float32(masks[name]) for name, tensor in tensors.items()})


def representations(network: Network, images: Tensor, batch_size: int) -> dict[str, Tensor]:
    """Layer -> activations on all images (n x 28 x 28): n x channels x height x width, or n x units, float32."""
    seen = traced(network, images, batch_size)
    found = {layer: seen[name] for layer, name in LAYERS.items()}
    return {**found, "pool2": found["pool2"].unflatten(1, POOL2)}
