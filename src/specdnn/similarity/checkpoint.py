"""A pruned network as an artefact: its parameters, its masks, and in the record its density and accuracy."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.networks.network import Network
from specdnn.similarity.network import ARCHITECTURE, pruned
from specdnn.similarity.pruning import Masks, density

PREFIX = "mask/"


def save(path: str | Path, tensors: Mapping[str, np.ndarray], masks: Masks, record: Mapping) -> None:
    marked = {f"{PREFIX}{name}": mask for name, mask in masks.items()}
    artefacts.save_tensors(path, {**tensors, **marked}, {**record, "density": density(masks)})


def load(path: str | Path, made_from: Mapping[str, str]) -> tuple[dict[str, np.ndarray], Masks, dict]:
    """Parameters, masks and record of the checkpoint; `made_from` maps roles to the files it must come from.

    Raises UserError where it is stale against them, another network's, or has a pruned parameter that is not 0.
    """
    content, record = artefacts.load_tensors(path)
    artefacts.check_fresh(path, record, made_from)
    tensors = {name: tensor for name, tensor in content.items() if not name.startswith(PREFIX)}
    masks = {name.removeprefix(PREFIX): mask for name, mask in content.items() if name.startswith(PREFIX)}
    ARCHITECTURE.check(tensors, str(path))
    ARCHITECTURE.check(masks, str(path))
    for name, mask in masks.items():
        if tensors[name][~mask].any():
            raise UserError(f"{path}: {name} has values where it is pruned; delete it and run snakemake again")
    return tensors, masks, record


def network(path: str | Path, made_from: Mapping[str, str]) -> tuple[Network, dict]:
    """The network of a checkpoint, and its record; raises what `load` raises."""
    tensors, masks, record = load(path, made_from)
    return pruned(tensors, masks), record
