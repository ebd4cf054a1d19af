"""Gather what methods look at beside the weights: activations and gradients of a dense network on training images."""

from argparse import Namespace

import numpy as np
import torch

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, natural
from specdnn.cutting import statistics, structure
from specdnn.own import flags, images, training


def some(labels: np.ndarray, digests: np.ndarray, most: int) -> np.ndarray:
    """Of each class the first so many images in the order of their digests."""
    places = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return np.concatenate([own[np.argsort(digests[own], kind="stable")[:most]] for own in places])


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    found = images.load(args.images)
    network = flags.trained(args, found, record)
    given, _ = found.held_out(args.held_out, args.seed)
    labels = given.labels.numpy()
    chosen = torch.from_numpy(some(labels, images.order(given.pixels.numpy(), "statistics"), args.images_per_class))
    prepared = training.Normalised.of(network, found).prepared(given.pixels[chosen])
    seen = structure.read(network, prepared[:1])
    gathered = statistics.gather(network, seen, prepared, given.labels[chosen], training.CHOOSING_BATCH)
    artefacts.save_tensors(args.statistics, gathered, record)
    print(f"{len(chosen):,} images, {len(gathered)} tensors")


if __name__ == "__main__":
    command = Command(__doc__)
    flags.add(command)
    command.takes("--seed", "of the dense network", type=natural)
    command.takes("--images-per-class", "training images of each class", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--dense", "checkpoint of `own_train`")
    command.writes("--statistics", "safetensors: what `specdnn.cutting.statistics` gathers")
    command.run(main)
