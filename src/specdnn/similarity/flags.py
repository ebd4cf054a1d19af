"""The flags that the trainings of this study share, and how they train: a fixed schedule, gradients clipped."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from torch.nn.functional import cross_entropy

from specdnn import seeding
from specdnn.cli import Command, count, number, training_flags
from specdnn.data.protocols import splits
from specdnn.networks.network import Network, accuracy
from specdnn.similarity import checkpoint
from specdnn.similarity.pruning import Masks
from specdnn.training import loop
from specdnn.training.schedule import Schedule

CHECKING_BATCH = 1000  # images per forward pass where an epoch is scored


def add(command: Command) -> None:
    training_flags.add_schedule(command)
    command.takes("--train-images", "use the first so many training images", type=count)
    command.takes("--test-images", "score every epoch on the first so many; no epoch is chosen by that", type=count)
    command.takes("--clip-norm", "largest norm of a step's gradient; longer ones are scaled to it", type=number)
    command.takes_many("--milestones", "epochs after which the learning rate drops", each=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.writes("--network", "checkpoint of the last epoch, with masks")
    command.writes("--history", "CSV: epoch, lr, loss, accuracy on the test images")
    command.writes("--state", "state of an unfinished training; removed when done")


def schedule(args: Namespace) -> Schedule:
    """The schedule that the flags stand for."""
    return training_flags.schedule(args, milestones=tuple(map(int, args.milestones)), clip_norm=args.clip_norm)


def train(network: Network, masks: Masks, args: Namespace, schedule: Schedule, order: tuple, record: Mapping) -> float:
    """Train in place with cross-entropy, write checkpoint and history; returns the test accuracy of the last epoch.

    order: names of the stream that shuffles. Raises UserError when the loss stops being finite.
    """
    seeding.make_deterministic(args.threads)
    training_set, test_set = splits(args.data, "published", train=args.train_images, choosing=args.test_images)
    test_inputs = network.prepare(test_set.images)
    inputs = network.prepare(training_set.images)
    fit = loop.fit(
        network,
        loop.Feed.in_memory(inputs, training_set.labels, schedule.batch_size, order),
        loss=cross_entropy,
        tensors=lambda: [network.tensors()],
        scores=lambda: [accuracy(network, test_inputs, test_set.labels, CHECKING_BATCH)],
        schedule=schedule,
        state=args.state,
        record=record,
    )
    last = fit.history[-1]["scores"][0]
    loop.write_history(args.history, fit)
    checkpoint.save(args.network, fit.last[0], masks, {**record, "epoch": len(fit.history), "accuracy": last})
    Path(args.state).unlink(missing_ok=True)
    return last
