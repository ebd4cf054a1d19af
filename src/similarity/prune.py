"""Prune a network of the layer-similarity study by magnitude, and train what survives again: one round."""

from argparse import Namespace

from specdnn.cli import Command, count, fraction
from specdnn.similarity import checkpoint, flags
from specdnn.similarity.network import ARCHITECTURE, pruned
from specdnn.similarity.pruning import METHODS, density, prunable, prune, pruned_count, surviving


def main(args: Namespace, record: dict) -> None:
    method, names = METHODS[args.method], prunable(ARCHITECTURE)
    tensors, masks, _ = checkpoint.load(args.start, {"data": args.data})
    times = 1 if method.iterative else args.round
    masks = prune(tensors, masks, names, pruned_count(surviving(masks, names), args.fraction, times))
    schedule = flags.schedule(args)
    accuracy = flags.train(
        pruned(tensors, masks),
        masks,
        args,
        schedule if method.rewinds else schedule.continued(),
        ("similarity", args.method, args.fraction, args.seed, "round", args.round),
        record,
    )
    print(f"{args.method}, round {args.round}: density {density(masks):.6f}, accuracy {accuracy:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--method", "how it is pruned and trained again", choices=METHODS)
    command.takes("--fraction", "of the surviving parameters to prune in a round", type=fraction)
    command.takes("--round", "number of the round: 1, 2, ...", type=count)
    flags.add(command)
    command.reads("--start", "checkpoint to prune: of the round before, or the dense one (round 1, and one_shot)")
    command.run(main)
