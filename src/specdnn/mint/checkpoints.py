"""Reading what MINT's scripts hand to each other, and refusing what is not theirs."""

from collections.abc import Mapping

import numpy as np

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.mint.blocks import Grid, weight_mask
from specdnn.mint.mlp import MLP, PRUNABLE


def load_mlp(path: str, sources: Mapping[str, str]) -> tuple[dict[str, np.ndarray], dict]:
    """Weights, biases and record of a checkpoint; UserError if one of `sources`, role -> path, has changed."""
    tensors, record = artefacts.load_tensors(path)
    MLP.check(tensors, path)
    artefacts.check_fresh(path, record, sources)
    return tensors, record


def grid_of(text: str) -> Grid:
    """A grid that divides a layer of the network (UserError otherwise)."""
    grid = Grid.parse(text)
    if grid.layer not in PRUNABLE:
        raise UserError(f"{grid.layer}: no layer that MINT prunes; use {' or '.join(PRUNABLE)} in mint.cells")
    layer = MLP.layer(grid.layer)
    grid.check(layer.inputs, layer.outputs)
    return grid


def load_scores(path: str, grid: Grid, sources: Mapping[str, str]) -> np.ndarray:
    """The scores of a layer's blocks, child groups x parent groups, made for this grid and from these sources."""
    tensors, record = artefacts.load_tensors(path)
    artefacts.check_fresh(path, record, sources)
    if record["params"].get("grid") != str(grid):
        raise UserError(f"{path}: scores of {record['params'].get('grid')}, not of {grid}; delete it and run snakemake")
    return tensors["scores"]


def load_mask(path: str, sources: Mapping[str, str]) -> tuple[dict[str, np.ndarray], dict]:
    """Layer -> which blocks stay (bool), and the record with the shares."""
    tensors, record = artefacts.load_tensors(path)
    artefacts.check_fresh(path, record, sources)
    return {layer: of_layer.astype(bool) for layer, of_layer in tensors.items()}, record


def load_weight_masks(path: str, dense: str) -> tuple[dict[str, np.ndarray], dict]:
    """Tensor name -> units x inputs, float32, 1 where a weight stays; and the record of the blocks' mask."""
    stays, record = load_mask(path, {"dense": dense})
    layers = {name: MLP.layer(name) for name in stays}
    masks = {f"{name}.weight": weight_mask(stays[name], layer.outputs, layer.inputs) for name, layer in layers.items()}
    return masks, record
