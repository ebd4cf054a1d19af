"""Training with dropout and Nesterov momentum: the package's loop (specdnn.training) has neither.

Schedule, checkpoints, history, resume and the streams' names are the package's own.
"""

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn import seeding, training
from specdnn.errors import UserError
from specdnn.mint.mlp import Mlp, accuracy
from specdnn.protocols import Images
from specdnn.training import Fit, Schedule
from specdnn.training_flags import CHOOSING_BATCH


def sgd(network: Mlp, schedule: Schedule) -> torch.optim.SGD:
    return torch.optim.SGD(
        network.parameters(),
        lr=schedule.lr,
        momentum=schedule.momentum,
        weight_decay=schedule.weight_decay,
        nesterov=True,
        fused=True,
    )


def epoch_of_steps(
    network: Mlp, inputs: Tensor, labels: Tensor, batch_size: int, optimiser: torch.optim.SGD, stream: tuple
) -> float:
    """One pass over the inputs, in the order and with the dropped units of this stream; returns the mean loss."""
    network.train()
    network.random = np.random.default_rng(seeding.stream(*stream, "dropout").initial_seed() % 2**64)
    shuffled = torch.randperm(len(inputs), generator=seeding.stream(*stream))
    total = training.take_steps(network, inputs, labels, shuffled.split(batch_size), F.cross_entropy, optimiser)
    return total / len(inputs)


def fit(
    network: Mlp,
    images: Images,
    choosing: Images,
    *,
    schedule: Schedule,
    order: tuple,
    state: str | Path,
    record: Mapping,
) -> Fit:
    """Train `network` in place by cross-entropy; keep the first epoch of best accuracy on `choosing`, and the last.

    images, choosing: pixels in 0..1; order, state, record, errors: as `specdnn.training.fit`.
    """
    inputs, choosing_inputs = network.prepare(images.images), network.prepare(choosing.images)
    names = [name for name, _ in network.named_parameters()]
    optimiser = sgd(network, schedule)
    progress = training._resume(Path(state), record, network, optimiser, names)
    saved_at = time.monotonic()
    for epoch in range(len(progress.history) + 1, schedule.epochs + 1):
        lr = schedule.lr_at(epoch)
        for group in optimiser.param_groups:
            group["lr"] = lr
        stream = (*order, "epoch", epoch)
        loss = epoch_of_steps(network, inputs, images.labels, schedule.batch_size, optimiser, stream)
        if not np.isfinite(loss):
            raise UserError(f"epoch {epoch}: the loss is {loss}; training diverged, lower lr = {schedule.lr}")
        score = accuracy(network, choosing_inputs, choosing.labels, CHOOSING_BATCH)
        progress.history.append({"epoch": epoch, "lr": lr, "loss": loss, "accuracy": score})
        if score > max((row["accuracy"] for row in progress.history[:-1]), default=-1.0):
            progress.best, progress.best_epoch = network.tensors(), epoch
        if time.monotonic() - saved_at > training.SAVE_EVERY and epoch < schedule.epochs:
            progress.last = network.tensors()
            training._save(Path(state), record, progress, optimiser, names)
            saved_at = time.monotonic()
    progress.last = network.tensors()
    return progress
