"""Train a dense network of ten sigmoid outputs on ten classes, and keep its best and its last epoch."""

from argparse import Namespace

from specdnn import seeding
from specdnn.cli import Command, split_flag, training_flags
from specdnn.networks import models
from specdnn.networks.network import Network, accuracy, drawn
from specdnn.training import loop
from specdnn.training.losses import sigmoid_cross_entropy


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    training_set, choosing_set = training_flags.images(args)
    schedule = training_flags.schedule(args)
    network = drawn(lambda: Network(models.load(args.model)), "init", args.model, args.seed)
    device = training_flags.on(args)
    network.to(device)
    inputs, choosing_inputs = (network.prepare(part.images).to(device) for part in (training_set, choosing_set))
    labels, choosing_labels = training_set.labels.to(device), choosing_set.labels.to(device)
    fit = loop.fit(
        network,
        loop.Feed.in_memory(inputs, labels, schedule.batch_size, ("train", args.seed)),
        loss=sigmoid_cross_entropy,
        tensors=lambda: [network.tensors()],
        scores=lambda: [accuracy(network, choosing_inputs, choosing_labels, training_flags.CHOOSING_BATCH)],
        schedule=schedule,
        state=args.state,
        record=record,
    )
    loop.keep(fit, training_flags.files(args), record)
    print(f"{args.model}: {fit.summary}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    training_flags.add_values(command)
    split_flag.add(command)
    training_flags.add_device(command)
    command.reads("--data", "dataset.json of the fetched dataset")
    training_flags.add_files(command)
    command.run(main)
