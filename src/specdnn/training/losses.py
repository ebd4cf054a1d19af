"""What trainings minimise. All take logits; the paper's networks have sigmoid outputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn.data import CLASSES


def sigmoid_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy on the SIGMOID outputs, as released; logits: n x 10, labels: n."""
    return F.cross_entropy(torch.sigmoid(logits), labels)


def sigmoid_squared_error(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error of one sigmoid output against 0 or 1; logits: n x 1, targets: n x 1."""
    return F.mse_loss(torch.sigmoid(logits), targets)


@dataclass(frozen=True)
class OneClass:
    """What a specialist's training minimises: a loss for the question "this class, or another?".

    entropy: binary cross-entropy, else the squared error of the sigmoid; balanced: each side of the question weighs
    one half, else each image the same; taught: the targets are a dense network's answers, else 0 and 1.
    """

    entropy: bool
    balanced: bool
    taught: bool = False


LOSSES = {
    "squared": OneClass(entropy=False, balanced=False),  # the paper's
    "balanced_squared": OneClass(entropy=False, balanced=True),
    "cross_entropy": OneClass(entropy=True, balanced=False),
    "balanced_cross_entropy": OneClass(entropy=True, balanced=True),
    "distilled": OneClass(entropy=True, balanced=True, taught=True),
}


class OneClassLosses(nn.Module):
    """The sum of K specialists' mean losses, so that each gets the gradient of its own. Takes logits, n x K.

    targets: n x 20; column c is 1 for images of class c, column 10 + c a dense network's answer for it, 0..1.
    """

    truth: Tensor
    wanted: Tensor
    entropy: Tensor
    of_class: Tensor
    of_others: Tensor

    def __init__(self, names: Sequence[str], classes: Sequence[int], shares: Tensor):
        """names: of the loss of each specialist; classes: theirs; shares: of the training images, 10."""
        super().__init__()
        losses = [LOSSES[name] for name in names]
        self._buffer("truth", torch.tensor(classes))
        self._buffer("wanted", torch.tensor([c + CLASSES * one.taught for c, one in zip(classes, losses, strict=True)]))
        self._buffer("entropy", torch.tensor([one.entropy for one in losses]))
        balanced, share = torch.tensor([one.balanced for one in losses]), shares[list(classes)]
        self._buffer("of_class", torch.where(balanced, 0.5 / share, 1.0))
        self._buffer("of_others", torch.where(balanced, 0.5 / (1 - share), 1.0))

    def _buffer(self, name: str, values: Tensor) -> None:
        self.register_buffer(name, values, persistent=False)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        truth, wanted = targets.index_select(1, self.truth), targets.index_select(1, self.wanted)  # n x K
        errors = torch.where(
            self.entropy,
            F.binary_cross_entropy_with_logits(logits, wanted, reduction="none"),
            F.mse_loss(torch.sigmoid(logits), wanted, reduction="none"),
        )
        return (torch.lerp(self.of_others, self.of_class, truth) * errors).sum() / len(logits)
