"""Train the dense multilayer perceptron that MINT prunes, and keep its best and its last epoch."""

from argparse import Namespace

from specdnn import seeding
from specdnn.cli import Command
from specdnn.mint import flags
from specdnn.mint.mlp import Mlp
from specdnn.networks.network import drawn


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    mlp = drawn(lambda: Mlp(args.dropout), "mint", "init", args.seed)
    flags.train(mlp, args, ("mint", "train", args.seed), record)


if __name__ == "__main__":
    command = Command(__doc__)
    flags.add(command)
    command.run(main)
