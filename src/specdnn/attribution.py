"""Class gradients of a dense network's inner inputs: how much each moves the output of a class.

The statistics that `specdnn.methods.gradients` ranks by; their formulas stand there.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn.methods.gradients import STATISTICS
from specdnn.models import Conv
from specdnn.network import Network, max_pool


def layer_inputs(network: Network, images: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """What each layer of a dense network reads, n x inputs or n x inputs x h x w, tracked by autograd; and logits.

    images: n x 28 x 28, normalised.
    """
    seen: dict[str, Tensor] = {}
    x = network.prepare(images).requires_grad_()
    last = network.architecture.layers[-1]
    for layer in network.architecture.layers:
        if not isinstance(layer, Conv) and x.dim() == 4:
            x = x.contiguous().flatten(1)  # channel by channel, as the features are numbered
        seen[layer.name] = x
        x = network.stack[layer.name](x)
        if isinstance(layer, Conv):
            x = max_pool(x, layer.pool)
        if layer is not last:
            x = F.relu(x)
    return seen, x


def of_class(network: Network, images: Tensor, label: int) -> dict[str, dict[str, Tensor]]:
    """Layer -> statistic -> its mean over `images` of class `label` for each input of the layer, float32."""
    seen, logits = layer_inputs(network, images)
    gradients = torch.autograd.grad(torch.sigmoid(logits[:, label]).sum(), list(seen.values()))
    found = {}
    for (name, values), gradient in zip(seen.items(), gradients, strict=True):
        each = {"taylor": values.detach() * gradient, "captor": gradient.abs()}
        if gradient.dim() == 4:
            each = {statistic: maps.mean(dim=(2, 3)) for statistic, maps in each.items()}
        found[name] = {statistic: each[statistic].abs().mean(dim=0) for statistic in STATISTICS}
    return found
