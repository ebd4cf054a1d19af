"""Choose the blocks of weights that go: by a cut over their scores, or as many in each layer as another choice took."""

from argparse import Namespace
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from specdnn import artefacts, seeding
from specdnn.cli import Command, fraction, natural
from specdnn.errors import UserError
from specdnn.mint import CONTROLS
from specdnn.mint.blocks import Blocks, Grid, cut, lowest, magnitudes, pruned_share
from specdnn.mint.checkpoints import grid_of, load_mask, load_mlp, load_scores
from specdnn.mint.mlp import PRUNABLE


def control(method: str, grid: Grid, tensors: Mapping[str, np.ndarray], seed: int) -> np.ndarray:
    """Scores that ask for no information: the mean |w| of a block, or a random number."""
    if method == "magnitude":
        return magnitudes(tensors[f"{grid.layer}.weight"], grid)
    stream = seeding.stream("mint", "random blocks", seed, grid)
    return torch.rand(grid.children, grid.parents, generator=stream, dtype=torch.float64).numpy()


def scores_of(args: Namespace, grids: Sequence[Grid], tensors: Mapping[str, np.ndarray]) -> Blocks:
    """Layer -> scores of its blocks."""
    if args.method in CONTROLS:
        return {grid.layer: control(args.method, grid, tensors, args.seed) for grid in grids}
    files = {grid: getattr(args, f"scores_{grid.layer}") for grid in grids}
    if missing := [grid.layer for grid, path in files.items() if path is None]:
        raise UserError(
            f"--method {args.method}: needs the scores of {', '.join(missing)} (--scores-{missing[0]} FILE)"
        )
    return {grid.layer: load_scores(path, grid, {"dense": args.dense}) for grid, path in files.items()}


def main(args: Namespace, record: dict) -> None:
    tensors, _ = load_mlp(args.dense, {})
    grids = [grid_of(text) for text in args.grids]
    sizes = {grid.layer: tensors[f"{grid.layer}.weight"].size for grid in grids}
    scores = scores_of(args, grids, tensors)
    stays = cut(scores, args.delta, args.cap)
    shares = {"cut_share": pruned_share(stays, sizes)}
    if args.reference:
        reference, _ = load_mask(args.reference, {"dense": args.dense})
        for layer, of_layer in scores.items():
            if layer not in reference or reference[layer].shape != of_layer.shape:
                raise UserError(
                    f"{args.reference}: no mask of {layer} with {of_layer.size} blocks; give that of the same cell"
                )
        stays = {layer: lowest(of_layer, int((~reference[layer]).sum())) for layer, of_layer in scores.items()}
    shares["pruned_share"] = pruned_share(stays, sizes)
    masks = {layer: of_layer.astype(np.uint8) for layer, of_layer in stays.items()}
    artefacts.save_tensors(args.mask, masks, {**record, **shares})
    print(f"{args.method}: {100 * shares['pruned_share']:.2f} % pruned; by delta {100 * shares['cut_share']:.2f} %")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--method", "whose scores: a variant of MINT, random or magnitude")
    command.takes_many("--grids", "layers and numbers of groups: LAYER=PARENTSxCHILDREN")
    command.takes("--delta", "place of the cut among the distinct scores", type=fraction)
    command.takes("--cap", "share of a layer above which its own scores make the cut", type=fraction)
    command.takes("--seed", "names the random stream", type=natural)
    command.reads("--dense", "checkpoint of the dense network")
    for layer in PRUNABLE:
        command.may_read(f"--scores-{layer}", f"scores of the blocks of {layer}, unless the method is a control")
    command.may_read("--reference", "prune as many blocks of each layer as this mask does, whatever delta says")
    command.writes("--mask", "which blocks stay, for each layer")
    command.run(main)
