"""What the specialists of a set of classes minimise: for each output the question "its class, or anything else?"."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn.training.losses import LOSSES

NAMES = tuple(name for name, loss in LOSSES.items() if not loss.taught)


class SetLoss(nn.Module):
    """The mean over the k outputs of a loss of `specdnn.training.losses`. Takes logits and targets, n x k.

    Where the loss is balanced, the images of an output's class weigh one half together, and all others the other half.
    """

    of_class: Tensor
    of_others: Tensor

    def __init__(self, name: str, shares: Sequence[float]):
        """shares: of the training images that are of each output's class."""
        super().__init__()
        self._entropy, balanced = LOSSES[name].entropy, LOSSES[name].balanced
        share = torch.tensor(shares)
        for kind, weights in (("of_class", 0.5 / share), ("of_others", 0.5 / (1 - share))):
            self.register_buffer(kind, weights if balanced else torch.ones_like(share), persistent=False)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        if self._entropy:
            errors = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        else:
            errors = F.mse_loss(torch.sigmoid(logits), targets, reduction="none")
        return (torch.lerp(self.of_others, self.of_class, targets) * errors).mean()


def wanted(labels: Tensor, classes: Sequence[int]) -> Tensor:
    """labels: n -> n x k, 1 where an image is of the output's class."""
    return (labels[:, None] == torch.tensor(classes)).float()
