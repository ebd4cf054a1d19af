"""The flags that trainings share, and the typed values that they stand for."""

from argparse import Namespace

import torch

from specdnn.cli import Command, count, fraction, natural, number, split_flag
from specdnn.data.protocols import Images, Pixels, splits
from specdnn.errors import UserError
from specdnn.names import PROTOCOLS
from specdnn.training.loop import Files
from specdnn.training.schedule import Schedule

CHOOSING_BATCH = 1000  # images per forward pass where an epoch is chosen


def add_schedule(command: Command) -> None:
    """What every training is given; on what, and after which epochs the rate drops, each says in its own way."""
    command.takes("--epochs", "passes over the training images", type=count)
    command.takes("--batch-size", "images per step", type=count)
    command.takes("--lr", "learning rate of the first epoch", type=number)
    command.takes("--lr-gamma", "factor of a drop of the learning rate", type=fraction)
    command.takes("--momentum", "momentum of SGD", type=number)
    command.takes("--weight-decay", "weight decay on all parameters", type=number)
    command.takes("--seed", "names the random streams", type=natural)
    command.takes("--threads", "torch threads; a value like any other, since sums split by thread", type=count)


def add_values(command: Command) -> None:
    """For the trainings of one of the two protocols."""
    command.takes("--protocol", "trained on and chosen by what", choices=PROTOCOLS)
    command.takes("--choosing-images", "how many images choose the epoch: of the test set, or put aside", type=count)
    command.takes("--lr-step", "epochs between two drops of the learning rate", type=count)
    command.takes("--train-images", "use the first so many training images", type=count)
    add_schedule(command)


def add_device(command: Command) -> None:
    """A value like any other: a graphics card adds in another order."""
    command.may_take("--device", "cpu, where it is not given, or cuda", type=device)


def device(text: str) -> str:
    """cpu or cuda."""
    if text not in ("cpu", "cuda"):
        raise ValueError
    return text


def on(args: Namespace) -> str:
    """The device to train on. Raises UserError where this machine has none of the kind."""
    if args.device == "cuda" and not torch.cuda.is_available():
        raise UserError("device: cuda, and torch finds no graphics card here; take cpu, or another machine")
    return args.device or "cpu"


def add_files(command: Command) -> None:
    """What the training of one network writes."""
    command.writes("--best", "checkpoint of the epoch with the best accuracy")
    command.writes("--last", "checkpoint of the last epoch")
    command.writes("--history", "CSV: epoch, lr, loss, accuracy")
    command.writes("--state", "state of an unfinished training; removed when done")


def schedule(
    args: Namespace, milestones: tuple[int, ...] | None = None, nesterov: bool = False, clip_norm: float | None = None
) -> Schedule:
    """The schedule that the flags stand for; milestones: where it is not dropped every `lr_step` epochs."""
    if milestones is None:
        milestones = Schedule.every(args.lr_step, args.epochs)
    steps = args.epochs, args.batch_size, args.lr, milestones, args.lr_gamma, args.momentum, args.weight_decay
    return Schedule(*steps, nesterov=nesterov, clip_norm=clip_norm)


def images(args: Namespace, pixels: Pixels = "normalised") -> tuple[Images, Images]:
    """What the protocol trains on, and what it chooses the epoch by."""
    counts = {"train": args.train_images, "choosing": args.choosing_images}
    return splits(args.data, args.protocol, **counts, split=split_flag.of(args), pixels=pixels)


def files(args: Namespace) -> Files:
    return Files(args.best, args.last, args.history, args.state)
