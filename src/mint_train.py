"""Train the dense multilayer perceptron that MINT prunes, and keep its best and its last epoch."""

from argparse import Namespace

from specdnn import seeding, training, training_flags
from specdnn.cli import Command
from specdnn.mint import mlp_flags
from specdnn.mint.mlp import untrained
from specdnn.mint.training import fit


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    training_set, choosing_set = mlp_flags.images(args)
    fitted = fit(
        untrained(args.seed, args.dropout),
        training_set,
        choosing_set,
        schedule=training_flags.schedule(args),
        order=("mint", "train", args.seed),
        state=args.state,
        record=record,
    )
    training.keep(fitted, args, record)
    print(f"epoch {fitted.best_epoch}, accuracy {fitted.history[fitted.best_epoch - 1]['accuracy']:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    mlp_flags.add(command)
    command.run(main)
