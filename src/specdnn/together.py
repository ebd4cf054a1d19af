"""Many small networks trained as one module, on the same images in the same order.

Specialists are so small that calling torch costs more than computing. Those without convolutions are stacked:
padded to equal widths and multiplied as one batch of matrices. Padding stays zero through every step, since
a unit with zero weights on both sides has no gradient, and the pixel that pads an input is zero. Those with
convolutions gain nothing by stacking (measured) and stand side by side, sharing the loop and the images.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn import artefacts, seeding, training
from specdnn.errors import UserError
from specdnn.members import Member
from specdnn.models import Conv
from specdnn.network import logits
from specdnn.training import SAVE_EVERY, Schedule

Tensors = dict[str, np.ndarray]


class Stack(nn.Module):
    """K members of linear layers only, as one batch of K matrices a layer.

    prepare(images): n x 28 x 28 -> n x 785, the last column zero; forward(inputs): -> logits, n x K
    """

    def __init__(self, members: Sequence[Member]):
        super().__init__()
        self._names = [layer.name for layer in members[0].architecture.layers]
        self._sizes = [[member.tensors[f"{name}.weight"].shape for name in self._names] for member in members]
        pixels = [member.kept[self._names[0]] for member in members]
        widest = max(map(len, pixels))
        blank = members[0].architecture.layers[0].inputs
        padded = [[*kept, *[blank] * (widest - len(kept))] for kept in pixels]
        self._pixels = torch.tensor(padded).flatten()
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for place in range(len(self._names)):
            outputs, inputs = (max(sizes[place][axis] for sizes in self._sizes) for axis in (0, 1))
            self.weights.append(torch.zeros(len(members), inputs, outputs))
            self.biases.append(torch.zeros(len(members), 1, outputs))
        self.load([member.tensors for member in members])

    def prepare(self, images: Tensor) -> Tensor:
        return F.pad(images.flatten(1), (0, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = x.index_select(1, self._pixels).view(len(x), len(self._sizes), -1).transpose(0, 1)
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, F.relu(x) if place else x, weight)
        return x[..., 0].T

    def tensors(self) -> list[Tensors]:
        """Weights and biases of each member, by the names of its architecture; copies."""
        found: list[Tensors] = [{} for _ in self._sizes]
        for place, name in enumerate(self._names):
            weight, bias = self.weights[place].detach().numpy(), self.biases[place].detach().numpy()
            for member, sizes in enumerate(self._sizes):
                outputs, inputs = sizes[place]
                found[member][f"{name}.weight"] = weight[member, :inputs, :outputs].T.copy()
                found[member][f"{name}.bias"] = bias[member, 0, :outputs].copy()
        return found

    @torch.no_grad()
    def load(self, tensors: Sequence[Mapping[str, np.ndarray]]) -> None:
        for place, name in enumerate(self._names):
            for member, of_member in enumerate(tensors):
                weight = torch.from_numpy(np.ascontiguousarray(of_member[f"{name}.weight"].T))
                self.weights[place][member, : weight.shape[0], : weight.shape[1]] = weight
                self.biases[place][member, 0, : weight.shape[1]] = torch.from_numpy(of_member[f"{name}.bias"])


class SideBySide(nn.Module):
    """K members of any kind. prepare(images): as they are; forward(images): n x 28 x 28 -> logits, n x K"""

    def __init__(self, members: Sequence[Member]):
        super().__init__()
        self.networks = nn.ModuleList(member.network(member.tensors) for member in members)

    def prepare(self, images: Tensor) -> Tensor:
        return images

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([network(network.prepare(x)) for network in self.networks], dim=1)

    def tensors(self) -> list[Tensors]:
        return [network.tensors() for network in self.networks]

    def load(self, tensors: Sequence[Mapping[str, np.ndarray]]) -> None:
        for network, of_network in zip(self.networks, tensors, strict=True):
            network.load(of_network)


def assemble(members: Sequence[Member]) -> Stack | SideBySide:
    """All members must be of one architecture."""
    convolutional = any(isinstance(layer, Conv) for layer in members[0].architecture.layers)
    return SideBySide(members) if convolutional else Stack(members)


def squared_errors(logits: Tensor, targets: Tensor) -> Tensor:
    """Sum over the members of their mean squared errors, so that each gets the gradient of its own; both n x K."""
    return F.mse_loss(torch.sigmoid(logits), targets, reduction="sum") / len(logits)


def cross_entropies(logits: Tensor, targets: Tensor) -> Tensor:
    """Likewise of their binary cross-entropies: logistic regression."""
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(logits)


def balanced_accuracies(answers: Tensor, is_class: Tensor) -> list[float]:
    """Mean of recall and specificity of each column; answers: logits, n x K; is_class: n x K, bool."""
    says_yes = answers > 0
    recall = (says_yes & is_class).sum(0) / is_class.sum(0)
    specificity = (~says_yes & ~is_class).sum(0) / (~is_class).sum(0)
    return ((recall.double() + specificity.double()) / 2).tolist()


@dataclass
class Fits:
    """The outcome: each member's weights at its chosen epoch, that epoch, and one history row an epoch."""

    best: list[Tensors]
    best_epochs: list[int]
    history: list[dict]  # epoch, lr, loss (mean over the members), scores (one a member)


def fit(
    module: Stack | SideBySide,
    images: Tensor,
    targets: Tensor,
    *,
    loss: Callable[[Tensor, Tensor], Tensor],
    choose_by: Callable[[Stack | SideBySide], list[float]],
    schedule: Schedule,
    order: tuple,
    state: str | Path,
    record: Mapping,
) -> Fits:
    """Train all members at once; each keeps the first epoch at which its own score is largest.

    images: n x 28 x 28; targets: n x K. As `specdnn.training.fit` otherwise, but that the state of a finished
    training stays until the caller has written what it needs. Raises UserError when the loss is not finite.
    """
    inputs = module.prepare(images)
    optimiser = training.sgd(module, schedule)
    fits = _resume(Path(state), record, module, optimiser)
    saved_at = time.monotonic()
    for epoch in range(len(fits.history) + 1, schedule.epochs + 1):
        for group in optimiser.param_groups:
            group["lr"] = schedule.lr_at(epoch)
        shuffled = torch.randperm(len(inputs), generator=seeding.stream(*order, "epoch", epoch))
        total = training.take_steps(module, inputs, targets, shuffled.split(schedule.batch_size), loss, optimiser)
        if not np.isfinite(total):
            raise UserError(f"epoch {epoch}: the loss is {total}; training diverged, lower lr = {schedule.lr}")
        scores = choose_by(module)
        mean_loss = total / len(inputs) / targets.shape[1]
        fits.history.append({"epoch": epoch, "lr": schedule.lr_at(epoch), "loss": mean_loss, "scores": scores})
        _keep_best(fits, module, scores, epoch)
        if time.monotonic() - saved_at > SAVE_EVERY or epoch == schedule.epochs:
            _save(Path(state), record, fits, module, optimiser)
            saved_at = time.monotonic()
    return fits


def _keep_best(fits: Fits, module: Stack | SideBySide, scores: list[float], epoch: int) -> None:
    past = [row["scores"] for row in fits.history[:-1]]
    improved = [score > max((row[k] for row in past), default=-1.0) for k, score in enumerate(scores)]
    if any(improved):
        for k, tensors in enumerate(module.tensors()):
            if improved[k]:
                fits.best[k], fits.best_epochs[k] = tensors, epoch


def _save(path: Path, record: Mapping, fits: Fits, module: nn.Module, optimiser: torch.optim.SGD) -> None:
    tensors = {f"last/{name}": parameter.detach().numpy() for name, parameter in module.named_parameters()}
    for (name, _), parameter in zip(module.named_parameters(), optimiser.param_groups[0]["params"], strict=True):
        tensors[f"momentum/{name}"] = optimiser.state[parameter]["momentum_buffer"].numpy()
    tensors |= {f"best/{k}/{name}": value for k, best in enumerate(fits.best) for name, value in best.items()}
    progress = {"best_epochs": fits.best_epochs, "history": fits.history}
    artefacts.save_tensors(path, tensors, {"of": record, "progress": progress})


def _resume(path: Path, record: Mapping, module: Stack | SideBySide, optimiser: torch.optim.SGD) -> Fits:
    """The progress of a training with this very record, loaded into module and optimiser; or a fresh start."""
    members = len(module.tensors())
    fresh = Fits(best=[{} for _ in range(members)], best_epochs=[0] * members, history=[])
    if not path.exists():
        return fresh
    try:
        tensors, saved = artefacts.load_tensors(path)
    except UserError:
        return fresh  # half a state is no state: training starts again from its beginning
    if saved.get("of") != json.loads(json.dumps(record)):
        return fresh
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.from_numpy(tensors[f"last/{name}"]))
            momentum = torch.empty_like(parameter).copy_(torch.from_numpy(tensors[f"momentum/{name}"]))
            optimiser.state[parameter]["momentum_buffer"] = momentum
    best = [
        {name.removeprefix(f"best/{k}/"): value for name, value in tensors.items() if name.startswith(f"best/{k}/")}
        for k in range(members)
    ]
    return Fits(best, **saved["progress"])


def all_logits(module: Stack | SideBySide, images: Tensor, batch_size: int) -> Tensor:
    """The logits of all members for all images, n x K."""
    return logits(module, module.prepare(images), batch_size)
