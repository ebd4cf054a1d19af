"""Train the dense network of the layer-similarity study; keep it as it was before training and after the last epoch."""

from argparse import Namespace

from specdnn.cli import Command
from specdnn.similarity import checkpoint, training
from specdnn.similarity.network import ARCHITECTURE, untrained
from specdnn.similarity.pruning import full_masks


def main(args: Namespace, record: dict) -> None:
    network, masks = untrained(args.seed), full_masks(ARCHITECTURE)
    initial = network.tensors()
    accuracy = training.train(network, masks, args, training.schedule(args), ("similarity", "train", args.seed), record)
    checkpoint.save(args.initial, initial, masks, {**record, "epoch": 0})
    print(f"{ARCHITECTURE.name}, seed {args.seed}: accuracy {accuracy:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    training.add(command)
    command.writes("--initial", "checkpoint of the untrained network")
    command.run(main)
