"""Compute the class gradients of a dense network's inner inputs, which some selection methods rank by."""

from argparse import Namespace

import numpy as np

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, split_flag
from specdnn.data import CLASSES
from specdnn.data.protocols import splits
from specdnn.errors import UserError
from specdnn.evaluation import attribution
from specdnn.names import PROTOCOLS
from specdnn.networks import models
from specdnn.networks.network import Network
from specdnn.selection.specialist import load_dense


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    network = Network(models.load(args.model)).load(load_dense(args.dense, args.model))
    counts = {"train": args.train_images, "choosing": args.choosing_images}
    training_set, _ = splits(args.data, args.protocol, **counts, split=split_flag.of(args))
    by_class = []
    for label in range(CLASSES):
        images = training_set.images[training_set.labels == label][: args.images_per_class]
        if not len(images):
            raise UserError(f"no training image of class {label}; take more of them")
        by_class.append(attribution.of_class(network, images, label))
    tensors = {
        f"{layer.name}.{statistic}": np.stack([found[layer.name][statistic].numpy() for found in by_class])
        for layer in network.architecture.layers
        for statistic in attribution.STATISTICS
    }
    artefacts.save_tensors(args.gradients, tensors, record)
    print(f"{args.model}: class gradients of {len(tensors)} layers and statistics")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--protocol", "whose training images", choices=PROTOCOLS)
    command.takes("--train-images", "use the first so many training images", type=count)
    command.takes("--choosing-images", "how many images choose the epoch, and are left out here", type=count)
    command.takes("--images-per-class", "training images that a mean is taken over", type=count)
    split_flag.add(command)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.writes("--gradients", "safetensors: {layer}.{statistic}, 10 x inputs")
    command.run(main)
