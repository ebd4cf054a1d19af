"""The flags that `train` and `retrain` share: images, protocol and schedule, and the files of a training."""

import argparse
from dataclasses import fields

from specdnn.cli import Command, count, fraction, natural, number
from specdnn.protocols import PROTOCOLS, Images, splits
from specdnn.training import Schedule

CHOOSING_BATCH = 1000  # images per forward pass where an epoch is chosen
SCHEDULE_FLAGS = {
    "epochs": (count, "passes over the training images"),
    "batch_size": (count, "images per step"),
    "lr": (number, "learning rate of the first epoch"),
    "lr_step": (count, "epochs between two drops of the learning rate"),
    "lr_gamma": (fraction, "factor of a drop"),
    "momentum": (number, "momentum of SGD"),
    "weight_decay": (number, "weight decay on all parameters"),
}


def add_values(command: Command) -> None:
    command.takes("--protocol", "trained on and chosen by what", choices=PROTOCOLS)
    command.takes("--train-images", "use the first so many training images", type=count)
    command.takes("--choosing-images", "how many images choose the epoch: of the test set, or put aside", type=count)
    for name, (kind, help) in SCHEDULE_FLAGS.items():
        command.takes(f"--{name.replace('_', '-')}", help, type=kind)
    command.takes("--seed", "names the random streams", type=natural)
    command.takes("--threads", "torch threads; a value like any other, since sums split by thread", type=count)


def add_files(command: Command) -> None:
    """What the training of one network writes."""
    command.writes("--best", "checkpoint of the epoch with the best accuracy")
    command.writes("--last", "checkpoint of the last epoch")
    command.writes("--history", "CSV: epoch, lr, loss, accuracy")
    command.writes("--state", "state of an unfinished training; removed when done")


def schedule(args: argparse.Namespace) -> Schedule:
    return Schedule(**{field.name: getattr(args, field.name) for field in fields(Schedule)})


def images(args: argparse.Namespace) -> tuple[Images, Images]:
    """What the protocol trains on, and what it chooses the epoch by."""
    return splits(args.data, args.protocol, train=args.train_images, choosing=args.choosing_images)
