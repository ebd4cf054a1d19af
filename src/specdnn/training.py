"""One training loop, for dense networks and specialists alike, with exact resume.

SGD with momentum and weight decay on all parameters, and a learning rate that drops by `lr_gamma` every
`lr_step` epochs (SpecDNN's released schedule). The order of the images in epoch e comes from a stream named
after e, so an interrupted training needs no generator state to go on with the very same numbers.
"""

import json
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn import artefacts, seeding
from specdnn.errors import UserError
from specdnn.network import Network

HISTORY = ("epoch", "lr", "loss", "accuracy")  # columns; a resumed row comes back from JSON in another order
SAVE_EVERY = 5.0  # seconds between two saved states: at most this much work is done again after a kill


@dataclass(frozen=True)
class Schedule:
    epochs: int
    batch_size: int
    lr: float
    lr_step: int
    lr_gamma: float
    momentum: float
    weight_decay: float

    def lr_at(self, epoch: int) -> float:
        """Learning rate in epoch 1, 2, ..."""
        return self.lr * self.lr_gamma ** ((epoch - 1) // self.lr_step)


@dataclass
class Fit:
    """The outcome of a training: weights of the chosen and of the last epoch, and one history row an epoch."""

    best: dict[str, np.ndarray]
    best_epoch: int
    last: dict[str, np.ndarray]
    history: list[dict]


def sigmoid_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy on the SIGMOID outputs, as released; logits: n x 10, labels: n."""
    return F.cross_entropy(torch.sigmoid(logits), labels)


def sigmoid_squared_error(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error of one sigmoid output against 0 or 1; logits: n x 1, targets: n x 1."""
    return F.mse_loss(torch.sigmoid(logits), targets)


def sgd(network: Network, schedule: Schedule) -> torch.optim.SGD:
    return torch.optim.SGD(
        network.parameters(),
        lr=schedule.lr,
        momentum=schedule.momentum,
        weight_decay=schedule.weight_decay,
        fused=True,
    )


def take_steps(
    network: Network,
    inputs: Tensor,
    targets: Tensor,
    batches: Iterable[Tensor],
    loss: Callable[[Tensor, Tensor], Tensor],
    optimiser: torch.optim.SGD,
) -> float:
    """One step for each batch of indices into `inputs` and `targets`; returns the sum of the images' losses."""
    total = torch.zeros(())
    for batch in batches:
        value = loss(network(inputs.index_select(0, batch)), targets.index_select(0, batch))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        total += value.detach() * len(batch)
    return total.item()


def fit(
    network: Network,
    images: Tensor,
    targets: Tensor,
    *,
    loss: Callable[[Tensor, Tensor], Tensor],
    choose_by: Callable[[Network], float],
    schedule: Schedule,
    order: tuple,
    state: str | Path,
    record: Mapping,
) -> Fit:
    """Train `network` in place and keep the first epoch at which `choose_by` is largest, and the last one.

    images: n x 28 x 28; targets: what `loss` takes with the logits; order: names of the stream that shuffles;
    state: file for the state of an unfinished training, gone when done; a state whose record differs from
    `record` is ignored. Raises UserError when the loss stops being finite.
    """
    inputs = network.prepare(images)
    names = [name for name, _ in network.named_parameters()]
    optimiser = sgd(network, schedule)
    progress = _resume(Path(state), record, network, optimiser, names)
    saved_at = time.monotonic()
    for epoch in range(len(progress.history) + 1, schedule.epochs + 1):
        for group in optimiser.param_groups:
            group["lr"] = schedule.lr_at(epoch)
        shuffled = torch.randperm(len(inputs), generator=seeding.stream(*order, "epoch", epoch))
        batches = shuffled.split(schedule.batch_size)
        mean_loss = take_steps(network, inputs, targets, batches, loss, optimiser) / len(inputs)
        if not np.isfinite(mean_loss):
            raise UserError(f"epoch {epoch}: the loss is {mean_loss}; training diverged, lower lr = {schedule.lr}")
        accuracy = choose_by(network)
        progress.history.append({"epoch": epoch, "lr": schedule.lr_at(epoch), "loss": mean_loss, "accuracy": accuracy})
        if accuracy > max((row["accuracy"] for row in progress.history[:-1]), default=-1.0):
            progress.best, progress.best_epoch = network.tensors(), epoch
        if time.monotonic() - saved_at > SAVE_EVERY and epoch < schedule.epochs:
            progress.last = network.tensors()
            _save(Path(state), record, progress, optimiser, names)
            saved_at = time.monotonic()
    progress.last = network.tensors()
    return progress


def keep(fit: Fit, args: Namespace, record: Mapping) -> None:
    """Write the fit's checkpoints and history to `args.best`, `.last` and `.history`, and drop `args.state`."""
    artefacts.save_tensors(args.best, fit.best, {**record, "epoch": fit.best_epoch})
    artefacts.save_tensors(args.last, fit.last, {**record, "epoch": len(fit.history)})
    rows = [",".join(repr(row[column]) for column in HISTORY) for row in fit.history]
    artefacts.write_text(args.history, "\n".join([",".join(HISTORY), *rows]) + "\n")
    Path(args.state).unlink(missing_ok=True)


def _save(path: Path, record: Mapping, progress: Fit, optimiser: torch.optim.SGD, names: list[str]) -> None:
    momenta = [optimiser.state[parameter]["momentum_buffer"] for parameter in optimiser.param_groups[0]["params"]]
    tensors = {f"best/{name}": tensor for name, tensor in progress.best.items()}
    tensors |= {f"last/{name}": tensor for name, tensor in progress.last.items()}
    tensors |= {f"momentum/{name}": tensor.contiguous().numpy() for name, tensor in zip(names, momenta, strict=True)}
    progress_so_far = {"best_epoch": progress.best_epoch, "history": progress.history}
    artefacts.save_tensors(path, tensors, {"of": record, "progress": progress_so_far})


def _resume(path: Path, record: Mapping, network: Network, optimiser: torch.optim.SGD, names: list[str]) -> Fit:
    """The progress of an unfinished training with this very record, loaded into network and optimiser."""
    fresh = Fit(best={}, best_epoch=0, last={}, history=[])
    if not path.exists():
        return fresh
    try:
        tensors, saved = artefacts.load_tensors(path)
    except UserError:
        return fresh  # half a state is no state: training starts again from its beginning
    if saved.get("of") != json.loads(json.dumps(record)):
        return fresh
    part = {
        prefix: {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
        for prefix in ("best/", "last/", "momentum/")
    }
    network.load(part["last/"])
    for name, parameter in zip(names, optimiser.param_groups[0]["params"], strict=True):
        momentum = torch.empty_like(parameter).copy_(torch.from_numpy(part["momentum/"][name]))
        optimiser.state[parameter]["momentum_buffer"] = momentum
    print(f"resuming after epoch {len(saved['progress']['history'])}", flush=True)
    return Fit(best=part["best/"], last=part["last/"], **saved["progress"])
