"""Retrain the pruned multilayer perceptron from the dense one's weights, and keep its best and its last epoch."""

from argparse import Namespace

from specdnn import seeding, training, training_flags
from specdnn.cli import Command
from specdnn.mint import mlp_flags
from specdnn.mint.checkpoints import load_mlp, masked_mlp
from specdnn.mint.training import fit


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    dense, _ = load_mlp(args.dense, {"data": args.data})
    network, _ = masked_mlp(args.mask, args.dense, args.dropout)
    training_set, choosing_set = mlp_flags.images(args)
    fitted = fit(
        network.load(dense),
        training_set,
        choosing_set,
        schedule=training_flags.schedule(args),
        order=("mint", "retrain", args.seed),
        state=args.state,
        record=record,
    )
    training.keep(fitted, args, record)
    print(f"epoch {fitted.best_epoch}, accuracy {fitted.history[fitted.best_epoch - 1]['accuracy']:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    mlp_flags.add(command)
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--mask", "which blocks stay")
    command.run(main)
