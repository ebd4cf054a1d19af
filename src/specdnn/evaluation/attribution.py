"""Class gradients of a dense network's inner inputs: how much each moves the output of a class.

With P the outputs (sigmoids), a_i a layer's input and the mean over images of class y:

    taylor  |a_i dP(y)/da_i|                               Molchanov et al., ICLR 2017; a map counts as its mean
    captor  |dP(y)/da_i|                                   CAPTOR's class score; a map counts as its mean
"""

import torch
from torch import Tensor

from specdnn.networks.network import LOGITS, Network
from specdnn.networks.trace import trace

STATISTICS = ("taylor", "captor")


def of_class(network: Network, images: Tensor, label: int) -> dict[str, dict[str, Tensor]]:
    """Layer -> statistic -> its mean over `images` (n x 28 x 28) of class `label` for each input of the layer."""
    seen = trace(network, images, tracked=True)
    read = {layer.name: seen[layer.name] for layer in network.architecture.layers}
    gradients = torch.autograd.grad(torch.sigmoid(seen[LOGITS][:, label]).sum(), list(read.values()))
    found = {}
    for (name, values), gradient in zip(read.items(), gradients, strict=True):
        each = {"taylor": values.detach() * gradient, "captor": gradient.abs()}
        if gradient.dim() == 4:
            each = {statistic: maps.mean(dim=(2, 3)) for statistic, maps in each.items()}
        found[name] = {statistic: each[statistic].abs().mean(dim=0) for statistic in STATISTICS}
    return found
