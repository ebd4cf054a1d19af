"""The one training loop: for a dense network, a specialist, or many specialists at once, with exact resume.

The order of the images in epoch e comes from a stream named after e, so an interrupted training needs no generator
state to go on with the very same numbers. Each network in the module keeps the epoch that its own score is best at.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from specdnn import artefacts, seeding
from specdnn.errors import UserError
from specdnn.networks.network import Tensors
from specdnn.training import resume
from specdnn.training.schedule import Schedule
from specdnn.training.sgd import Sgd
from specdnn.training.steps import Loss, Steps

HISTORY = ("epoch", "lr", "loss", "accuracy")  # columns of the history of one network
SAVE_EVERY = 5.0  # seconds between two saved states: at most this much work is done again after a kill

Batches = Iterable[tuple[Tensor, Tensor]]  # what the module takes, and what the loss takes with its logits


@dataclass(frozen=True)
class Feed:
    """images: how many an epoch has; batches: epoch (1, 2, ...) -> its batches, in its order."""

    images: int
    batches: Callable[[int], Batches]

    @classmethod
    def in_memory(cls, inputs: Tensor, targets: Tensor, batch_size: int, order: tuple) -> "Feed":
        """inputs, targets: n x ...; order: names of the stream that shuffles."""

        def batches(epoch: int) -> Batches:
            shuffled = torch.randperm(len(inputs), generator=seeding.stream(*order, "epoch", epoch)).to(inputs.device)
            return taken(inputs, targets, shuffled.split(batch_size))

        return cls(len(inputs), batches)


@dataclass
class Fit:
    """The outcome of a training, a list entry a network: tensors of its best and of the last epoch.

    history: one row an epoch: epoch, lr, loss (mean over images and networks), scores (one a network).
    """

    best: list[Tensors]
    best_epochs: list[int]
    history: list[dict] = field(default_factory=list)
    last: list[Tensors] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Of a single network: its best epoch, and the accuracy there."""
        epoch = self.best_epochs[0]
        return f"epoch {epoch}, accuracy {self.history[epoch - 1]['scores'][0]:.4f}"


@dataclass(frozen=True)
class Files:
    """What the training of one network writes: checkpoints of two epochs, a CSV, and a state while it is unfinished."""

    best: str
    last: str
    history: str
    state: str


def taken(inputs: Tensor, targets: Tensor, batches: Iterable[Tensor]) -> Batches:
    """The batches of indices into inputs and targets."""
    return ((inputs.index_select(0, batch), targets.index_select(0, batch)) for batch in batches)


def sgd(module: nn.Module, schedule: Schedule) -> Sgd:
    return Sgd(
        module.parameters(),
        lr=schedule.lr,
        momentum=schedule.momentum,
        weight_decay=schedule.weight_decay,
        nesterov=schedule.nesterov,
    )


def take_steps(steps: Steps, batches: Batches) -> float:
    """One step for each batch; returns the sum of the images' losses."""
    total: Tensor | float = 0.0
    for inputs, targets in batches:
        total = total + steps(inputs, targets) * len(inputs)  # stays on the device: to read it would wait for it
    return float(total)


def fit(
    module: nn.Module,
    feed: Feed,
    *,
    loss: Loss,
    tensors: Callable[[], list[Tensors]],
    scores: Callable[[], Sequence[float]],
    schedule: Schedule,
    state: str | Path,
    record: Mapping,
    begin: Callable[[int], object] | None = None,
    keep_state: bool = False,
    ties: Literal["first", "last"] = "first",
) -> Fit:
    """Train the networks of `module` in place; each keeps the epoch at which its score is largest, and the last.

    ties: which epoch where several are best.

    tensors: copies of each network's weights and biases by now; scores: after each epoch, one a network; begin: called
    with each epoch's number before it; state: file for the state of an unfinished training, for the caller to remove
    once it has written what it needs; one whose record differs from `record` is ignored; keep_state: save the finished
    training's, too, for a caller of several. Raises UserError when the loss stops being finite.
    """
    optimiser = sgd(module, schedule)
    fit = _resumed(state, record, module, optimiser, len(tensors()))
    steps = Steps(module, loss, optimiser, schedule.clip_norm)
    saved_at = time.monotonic()
    for epoch in range(len(fit.history) + 1, schedule.epochs + 1):
        optimiser.lr = schedule.lr_at(epoch)
        if begin is not None:
            begin(epoch)
        total = take_steps(steps, feed.batches(epoch))
        if not np.isfinite(total):
            raise UserError(f"epoch {epoch}: the loss is {total}; training diverged, lower lr = {schedule.lr}")
        mean = total / feed.images / len(fit.best)
        row = {"epoch": epoch, "lr": schedule.lr_at(epoch), "loss": mean, "scores": [*scores()]}
        fit.history.append(row)
        print(_said(row, schedule.epochs), flush=True)
        _keep_best(fit, tensors, ties)
        unfinished = epoch < schedule.epochs
        if (unfinished and time.monotonic() - saved_at > SAVE_EVERY) or (keep_state and not unfinished):
            progress = {"best_epochs": fit.best_epochs, "history": fit.history}
            resume.save(state, record, module, optimiser, fit.best, progress)
            saved_at = time.monotonic()
    fit.last = tensors()
    return fit


def _said(row: Mapping, epochs: int) -> str:
    """A line of the log."""
    scores = row["scores"]
    of = f", mean of {len(scores)} networks" if len(scores) > 1 else ""
    score = f", score {np.mean(scores):.4f}{of}" if any(scores) else ""  # all zero: nothing is chosen by them
    return f"epoch {row['epoch']} of {epochs}: loss {row['loss']:.4f}{score}"


def _keep_best(fit: Fit, tensors: Callable[[], list[Tensors]], ties: str) -> None:
    *past, now = np.array([row["scores"] for row in fit.history])  # epochs x networks
    best = np.max(past, axis=0, initial=-1.0) if past else np.full(len(now), -1.0)
    improved = now >= best if ties == "last" else now > best
    if any(improved):
        for k, of_network in enumerate(tensors()):
            if improved[k]:
                fit.best[k], fit.best_epochs[k] = of_network, len(fit.history)


def _resumed(state: str | Path, record: Mapping, module: nn.Module, optimiser: Sgd, networks: int) -> Fit:
    """Where an unfinished training with this very record had come to, loaded into both; or a fresh start."""
    found = resume.load(state, record, module, optimiser, networks)
    if found is None:
        return Fit([{}] * networks, [0] * networks)
    best, progress = found
    print(f"resuming after epoch {len(progress['history'])}", flush=True)
    return Fit(best, **progress)


def keep(fit: Fit, files: Files, record: Mapping) -> None:
    """Write the checkpoints and the history of a single network, and drop its state."""
    artefacts.save_tensors(files.best, fit.best[0], {**record, "epoch": fit.best_epochs[0]})
    artefacts.save_tensors(files.last, fit.last[0], {**record, "epoch": len(fit.history)})
    write_history(files.history, fit)
    Path(files.state).unlink(missing_ok=True)


def write_history(path: str | Path, fit: Fit) -> None:
    """The history of a single network, as CSV."""
    values = [(row["epoch"], row["lr"], row["loss"], row["scores"][0]) for row in fit.history]
    rows = [",".join(map(repr, row)) for row in values]
    artefacts.write_text(path, "\n".join([",".join(HISTORY), *rows]) + "\n")
