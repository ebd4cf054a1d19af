"""Train the dense network of the layer-similarity study; keep it as it was before training and after the last epoch."""

from argparse import Namespace

from specdnn.cli import Command
from specdnn.networks.network import Network, drawn
from specdnn.similarity import checkpoint, flags
from specdnn.similarity.network import ARCHITECTURE
from specdnn.similarity.pruning import full_masks


def main(args: Namespace, record: dict) -> None:
    network = drawn(lambda: Network(ARCHITECTURE), "init", ARCHITECTURE.name, args.seed)
    masks = full_masks(ARCHITECTURE)
    initial = network.tensors()
    accuracy = flags.train(network, masks, args, flags.schedule(args), ("similarity", "train", args.seed), record)
    checkpoint.save(args.initial, initial, masks, {**record, "epoch": 0})
    print(f"{ARCHITECTURE.name}, seed {args.seed}: accuracy {accuracy:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    flags.add(command)
    command.writes("--initial", "checkpoint of the untrained network")
    command.run(main)
