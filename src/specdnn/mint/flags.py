"""The flags that MINT's trainings share, and how they train: those of every training here, and dropout."""

from argparse import Namespace
from collections.abc import Mapping

from specdnn.cli import Command, number, training_flags
from specdnn.mint import mlp
from specdnn.mint.mlp import Mlp
from specdnn.training import loop


def add(command: Command) -> None:
    training_flags.add_values(command)
    training_flags.add_files(command)
    command.takes("--dropout", "share of hidden units left out at each step", type=number)
    command.reads("--data", "dataset.json of the fetched dataset")


def train(network: Mlp, args: Namespace, order: tuple, record: Mapping) -> None:
    """Train in place and write what a training writes; order: names of the streams that shuffle and drop out."""
    images, choosing = training_flags.images(args, "scaled")
    fit = mlp.train(
        network,
        images,
        choosing,
        schedule=training_flags.schedule(args),
        order=order,
        choosing_batch=training_flags.CHOOSING_BATCH,
        state=args.state,
        record=record,
    )
    loop.keep(fit, training_flags.files(args), record)
    print(fit.summary)
