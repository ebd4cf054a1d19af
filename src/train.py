"""Train a dense network of ten sigmoid outputs on ten classes, and keep its best and its last epoch."""

from argparse import Namespace

import torch

from specdnn import seeding, training, training_flags
from specdnn.cli import Command
from specdnn.models import ARCHITECTURES
from specdnn.network import Network, logits


def build(args: Namespace) -> Network:
    """The network with torch's default initial weights, drawn from the seed's own stream."""
    with torch.random.fork_rng():
        torch.manual_seed(seeding.stream("init", args.model, args.seed).initial_seed())
        return Network(ARCHITECTURES[args.model])


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    training_set, choosing_set = training_flags.images(args)
    network = build(args)
    choosing_inputs = network.prepare(choosing_set.images)

    def accuracy(trained: Network) -> float:
        answers = logits(trained, choosing_inputs, training_flags.CHOOSING_BATCH).argmax(1)
        return (answers == choosing_set.labels).double().mean().item()

    fit = training.fit(
        network,
        training_set.images,
        training_set.labels,
        loss=training.sigmoid_cross_entropy,
        choose_by=accuracy,
        schedule=training_flags.schedule(args),
        order=("train", args.seed),
        state=args.state,
        record=record,
    )
    training.keep(fit, args, record)
    print(f"{args.model}: epoch {fit.best_epoch}, accuracy {fit.history[fit.best_epoch - 1]['accuracy']:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=ARCHITECTURES)
    training_flags.add_values(command)
    command.reads("--data", "dataset.json of the fetched dataset")
    training_flags.add_files(command)
    command.run(main)
