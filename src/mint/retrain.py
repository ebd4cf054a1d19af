"""Retrain the pruned multilayer perceptron from the dense one's weights, and keep its best and its last epoch."""

from argparse import Namespace

from specdnn import seeding
from specdnn.cli import Command
from specdnn.mint import flags
from specdnn.mint.checkpoints import load_mlp, load_weight_masks
from specdnn.mint.mlp import Mlp
from specdnn.networks.mask import zeroed


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    dense, _ = load_mlp(args.dense, {"data": args.data})
    masks, _ = load_weight_masks(args.mask, args.dense)
    mlp = Mlp(args.dropout, masks).load(zeroed(dense, masks))
    flags.train(mlp, args, ("mint", "retrain", args.seed), record)


if __name__ == "__main__":
    command = Command(__doc__)
    flags.add(command)
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--mask", "which blocks stay")
    command.run(main)
