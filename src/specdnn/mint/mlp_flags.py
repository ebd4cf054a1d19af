"""The flags that `mint_train` and `mint_retrain` share: those of every training here, and dropout."""

import argparse
from dataclasses import replace

from specdnn import training_flags
from specdnn.cli import Command, number
from specdnn.mint.mlp import pixels
from specdnn.protocols import Images


def add(command: Command) -> None:
    training_flags.add_values(command)
    training_flags.add_files(command)
    command.takes("--dropout", "share of hidden units left out at each step", type=number)
    command.reads("--data", "dataset.json of the fetched dataset")


def images(args: argparse.Namespace) -> tuple[Images, Images]:
    """What the protocol trains on, and what it chooses the epoch by; pixels in 0..1."""
    training_set, choosing_set = training_flags.images(args)
    return tuple(replace(split, images=pixels(split.images, args.data)) for split in (training_set, choosing_set))
