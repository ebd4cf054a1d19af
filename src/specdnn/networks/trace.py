"""What a network's layers see of images: the one forward pass that everything which looks inside a network uses."""

import torch
from torch import Tensor

from specdnn.networks.network import Network


def trace(network: Network, images: Tensor, tracked: bool = False) -> dict[str, Tensor]:
    """What each layer reads, by its name, and the logits, by LOGITS: n x inputs, or n x inputs x h x w.

    Of a convolution that is pooled by means, also its maps before that, as "conv1.relu".

    images: n x 28 x 28; tracked: whether autograd follows, from the first layer's input on.
    """
    seen: dict[str, Tensor] = {}
    with torch.set_grad_enabled(tracked):
        network(network.prepare(images).requires_grad_(tracked), seen)
    return seen


def traced(network: Network, images: Tensor, batch_size: int) -> dict[str, Tensor]:
    """`trace` of many images, computed batch by batch."""
    batches = [trace(network, batch) for batch in images.split(batch_size)]
    return {name: torch.cat([batch[name] for batch in batches]) for name in batches[0]}
