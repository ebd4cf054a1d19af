"""What trainings minimise. All take logits; the paper's networks have sigmoid outputs."""

import torch
import torch.nn.functional as F
from torch import Tensor


def sigmoid_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy on the SIGMOID outputs, as released; logits: n x 10, labels: n."""
    return F.cross_entropy(torch.sigmoid(logits), labels)


def sigmoid_squared_error(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error of one sigmoid output against 0 or 1; logits: n x 1, targets: n x 1."""
    return F.mse_loss(torch.sigmoid(logits), targets)


def squared_errors(logits: Tensor, targets: Tensor) -> Tensor:
    """Sum over the members of their mean squared errors, so that each gets the gradient of its own; both n x K."""
    return F.mse_loss(torch.sigmoid(logits), targets, reduction="sum") / len(logits)


def cross_entropies(logits: Tensor, targets: Tensor) -> Tensor:
    """Likewise of their binary cross-entropies: logistic regression."""
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(logits)
