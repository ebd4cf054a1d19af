"""The demo's training: the project's loop, with a learning rate that drops after given epochs and clipped gradients."""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn import artefacts, seeding, training
from specdnn.cli import Command, count, fraction, natural, number
from specdnn.network import logits
from specdnn.protocols import splits
from specdnn.similarity import checkpoint
from specdnn.similarity.network import PrunableNetwork
from specdnn.similarity.pruning import Masks

CHECKING_BATCH = 1000  # images per forward pass where an epoch is scored
FLAGS = {
    "train_images": (count, "use the first so many training images"),
    "test_images": (count, "score every epoch on the first so many test images; no epoch is chosen by that"),
    "epochs": (count, "passes over the training images"),
    "batch_size": (count, "images per step"),
    "lr": (number, "learning rate of the first epoch"),
    "lr_gamma": (fraction, "factor of a drop of the learning rate"),
    "momentum": (number, "momentum of SGD"),
    "weight_decay": (number, "weight decay on all parameters"),
    "clip_norm": (number, "largest norm of a step's gradient over all parameters; longer ones are scaled to it"),
    "seed": (natural, "names the random streams"),
    "threads": (count, "torch threads; a value like any other, since sums split by thread"),
}


@dataclass(frozen=True)
class Schedule:
    """milestones: epochs after which the learning rate drops by `lr_gamma`."""

    epochs: int
    batch_size: int
    lr: float
    milestones: tuple[int, ...]
    lr_gamma: float
    momentum: float
    weight_decay: float

    def lr_at(self, epoch: int) -> float:
        """Learning rate in epoch 1, 2, ..."""
        return self.lr * self.lr_gamma ** sum(epoch > milestone for milestone in self.milestones)

    def continued(self) -> "Schedule":
        """As many epochs at the rate of the last one: fine-tuning."""
        return replace(self, lr=self.lr_at(self.epochs), milestones=())


def add(command: Command) -> None:
    for name, (kind, help) in FLAGS.items():
        command.takes(f"--{name.replace('_', '-')}", help, type=kind)
    command.takes_many("--milestones", "epochs after which the learning rate drops", each=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.writes("--network", "checkpoint of the last epoch, with masks")
    command.writes("--history", "CSV: epoch, lr, loss, accuracy on the test images")
    command.writes("--state", "state of an unfinished training; removed when done")


def schedule(args: argparse.Namespace) -> Schedule:
    """The schedule that the flags stand for."""
    milestones = tuple(map(int, args.milestones))
    return Schedule(args.epochs, args.batch_size, args.lr, milestones, args.lr_gamma, args.momentum, args.weight_decay)


def clip_gradients(parameters: Iterable[Tensor], norm: float) -> None:
    """From now on scale the gradient over all `parameters` to `norm` where it is longer, as soon as its last part is
    there: a step that follows backward() then takes the clipped one."""
    parameters = list(parameters)
    missing = len(parameters)

    def one_more(_: Tensor) -> None:
        nonlocal missing
        missing -= 1
        if not missing:
            torch.nn.utils.clip_grad_norm_(parameters, norm)
            missing = len(parameters)

    for parameter in parameters:
        parameter.register_post_accumulate_grad_hook(one_more)


def train(
    network: PrunableNetwork, masks: Masks, args: argparse.Namespace, schedule: Schedule, order: tuple, record: dict
) -> float:
    """Train in place with cross-entropy, write checkpoint and history; returns the test accuracy of the last epoch.

    order: names of the stream that shuffles. Raises UserError when the loss stops being finite.
    """
    seeding.make_deterministic(args.threads)
    training_set, test_set = splits(args.data, "published", train=args.train_images, choosing=args.test_images)
    test_inputs = network.prepare(test_set.images)

    def accuracy(trained: PrunableNetwork) -> float:
        answers = logits(trained, test_inputs, CHECKING_BATCH).argmax(1)
        return (answers == test_set.labels).double().mean().item()

    clip_gradients(network.parameters(), args.clip_norm)
    fit = training.fit(
        network,
        training_set.images,
        training_set.labels,
        loss=F.cross_entropy,
        choose_by=accuracy,
        schedule=schedule,
        order=order,
        state=args.state,
        record=record,
    )
    last = fit.history[-1]["accuracy"]
    rows = [",".join(repr(row[column]) for column in training.HISTORY) for row in fit.history]
    artefacts.write_text(args.history, "\n".join([",".join(training.HISTORY), *rows]) + "\n")
    checkpoint.save(args.network, fit.last, masks, {**record, "epoch": len(fit.history), "accuracy": last})
    Path(args.state).unlink(missing_ok=True)
    return last
