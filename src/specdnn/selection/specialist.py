"""A selection as an artefact, and the small network that it cuts from its dense checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture


@dataclass(frozen=True)
class Specialist:
    """A class's small network as `specialize` left it: what is kept, and the dense weights of just that."""

    architecture: Architecture
    label: int
    kept: Kept
    tensors: dict[str, np.ndarray]
    selection: Mapping


def load_dense(path: str | Path, model: str) -> dict[str, np.ndarray]:
    """The checkpoint of a dense network. Raises UserError where it is another model's, truncated or NaN."""
    tensors, _ = artefacts.load_tensors(path)
    models.load(model).check(tensors, str(path))
    return tensors


def load_specialist(selection_path: str | Path, dense_path: str | Path) -> Specialist:
    """The network that a selection cuts from its dense checkpoint.

    Raises UserError where it is no selection, or was made from other weights than these.
    """
    selection = artefacts.read_json(selection_path)
    try:
        record, layers = selection["record"], selection["layers"]
        architecture, label = models.load(record["params"]["model"]), record["params"]["label"]
        found = {layer["layer"]: layer["kept"] for layer in layers}
    except (KeyError, TypeError) as missing:
        raise UserError(f"{selection_path}: not a selection ({missing}); delete it and run snakemake again") from None
    artefacts.check_fresh(selection_path, record, {"dense": dense_path})
    kept = Kept.checked(found, architecture, str(selection_path))
    dense = load_dense(dense_path, architecture.name)
    return Specialist(architecture, label, kept, extract.extract(dense, architecture, kept, (label,)), selection)


def load_retrained(path: str | Path, specialist: Specialist, made_from: Mapping[str, str]) -> tuple[dict, dict]:
    """Tensors and record of a retrained specialist; `made_from` maps roles to the files it must come from.

    Raises UserError where it is stale against them, or another network's.
    """
    tensors, record = artefacts.load_tensors(path)
    artefacts.check_fresh(path, record, made_from)
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    if shapes != {name: tensor.shape for name, tensor in specialist.tensors.items()}:
        raise UserError(f"{path}: not a checkpoint of this specialist; delete it and run snakemake again")
    return tensors, record
