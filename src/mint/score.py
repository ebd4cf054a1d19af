"""Score the blocks of one layer: how much each group of its inputs tells of each group of its units."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, natural
from specdnn.data import idx
from specdnn.dependence.information import READINGS, Slips
from specdnn.dependence.sampling import balanced
from specdnn.dependence.scoring import score
from specdnn.mint.checkpoints import grid_of, load_mlp
from specdnn.mint.mlp import MLP, Mlp
from specdnn.networks.network import LOGITS
from specdnn.networks.trace import trace


def drawn(args: Namespace, whose: str, labels: np.ndarray) -> np.ndarray:
    """Which images are sampled for the "parents" or the "children": the same ones, but for the released slip."""
    draw = whose if args.pairing == "released" else "parents"
    return balanced(labels, args.samples, seeding.stream("mint", "sample", args.seed, args.grid, args.samples, draw))


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    grid = grid_of(args.grid)
    tensors, _ = load_mlp(args.dense, {"data": args.data})
    network = Mlp().load(tensors).eval()
    split = idx.load(args.data, "train", args.train_images)
    names = [*(layer.name for layer in MLP.layers), LOGITS]
    above = names[names.index(grid.layer) + 1]  # what the layer's units are called where they are read
    parents, children = (
        trace(network, torch.from_numpy(split.scaled[drawn(args, whose, split.labels)]))[place].numpy()
        for whose, place in (("parents", grid.layer), ("children", above))
    )
    slips = Slips(args.pairing, args.neighbour, args.edges)
    with threadpool_limits(args.threads):
        scores = score(parents, children, grid.parents, grid.children, slips, state=args.state, record=record)
    artefacts.save_tensors(args.scores, {"scores": scores}, record)
    Path(args.state).unlink(missing_ok=True)
    print(f"{grid}: {scores.size:,} scores from {scores.min():.3f} to {scores.max():.3f}, mean {scores.mean():.3f}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--grid", "layer and numbers of groups: LAYER=PARENTSxCHILDREN")
    command.takes("--samples", "training images of each class, drawn with replacement", type=count)
    command.takes("--train-images", "draw from the first so many training images", type=count)
    command.takes("--pairing", "whether parents and children are of the same images", choices=READINGS)
    command.takes("--neighbour", "which neighbour lends its values", choices=READINGS)
    command.takes("--edges", "how the tree's edges are read", choices=READINGS)
    command.takes("--seed", "names the random streams", type=natural)
    command.takes("--threads", "threads of torch and of NumPy's matrix products", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.writes("--scores", "the scores, child groups x parent groups")
    command.writes("--state", "scores so far; removed when done")
    command.run(main)
