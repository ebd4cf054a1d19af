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
    """A class's small network as `specialize` left it: what is kept, and the dense weights of just that.

    tensors: none of a network that is not cut out of the dense one; entry: the part of the selection that is about it.
    """

    architecture: Architecture
    label: int
    kept: Kept
    tensors: dict[str, np.ndarray]
    selection: Mapping
    entry: Mapping

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of its weights and biases, by name."""
        nothing = {name: np.broadcast_to(np.float32(0), shape) for name, shape in self.architecture.shapes().items()}
        small = extract.extract(nothing, self.architecture, self.kept, (0,))
        return {name: tensor.shape for name, tensor in small.items()}


def load_dense(path: str | Path, model: str) -> dict[str, np.ndarray]:
    """The checkpoint of a dense network. Raises UserError where it is another model's, truncated or NaN."""
    tensors, _ = artefacts.load_tensors(path)
    models.load(model).check(tensors, str(path))
    return tensors


def entries_of(selection: Mapping) -> list[Mapping]:
    """What a selection says of each network that it lists: its layers and sizes; of the one, mostly, that it cuts."""
    return selection.get("shapes", [selection])


def chosen_entry(selection: Mapping, record: Mapping, where: str | Path) -> Mapping:
    """What a selection says of the network that a training chose; record: of its checkpoint.

    Raises UserError, which names `where`, where it lists no such network.
    """
    entries = entries_of(selection)
    if "shapes" not in selection:
        return entries[0]
    for entry in entries:
        if entry["network"] == record.get("shape"):
            return entry
    raise UserError(f"{where}: lists no network {record.get('shape')}; delete what was trained of it and run again")


def load_candidates(selection_path: str | Path, dense_path: str | Path) -> list[Specialist]:
    """The networks that a selection lists: the one that it cuts from its dense checkpoint, or several shapes.

    Raises UserError where it is no selection, or was made from other weights than these.
    """
    selection = artefacts.read_json(selection_path)
    try:
        record, entries = selection["record"], entries_of(selection)
        found = [(entry, {layer["layer"]: layer["kept"] for layer in entry["layers"]}) for entry in entries]
        model, label = models.load(record["params"]["model"]), record["params"]["label"]
    except (KeyError, TypeError) as missing:
        raise UserError(f"{selection_path}: not a selection ({missing}); delete it and run snakemake again") from None
    artefacts.check_fresh(selection_path, record, {"dense": dense_path})
    candidates = []
    for entry, units in found:
        architecture = models.small(entry["network"]) if "network" in entry else model
        kept = Kept.checked(units, architecture, str(selection_path))
        tensors = {}
        if architecture is model:
            tensors = extract.extract(load_dense(dense_path, model.name), model, kept, (label,))
        candidates.append(Specialist(architecture, label, kept, tensors, selection, entry))
    return candidates


def load_specialist(
    selection_path: str | Path, dense_path: str | Path, retrained_path: str | Path | None = None
) -> Specialist:
    """The network that a selection cuts from its dense checkpoint; or, of several shapes, the one that was chosen.

    retrained_path: the checkpoint that says which. Raises UserError as `load_candidates` does, and where it says none.
    """
    candidates = load_candidates(selection_path, dense_path)
    selection = candidates[0].selection
    record: Mapping = {}
    if "shapes" in selection and retrained_path is not None:
        _, record = artefacts.load_tensors(retrained_path)
    entry = chosen_entry(selection, record, selection_path)
    return next(candidate for candidate in candidates if candidate.entry is entry)


def load_retrained(path: str | Path, specialist: Specialist, made_from: Mapping[str, str]) -> tuple[dict, dict]:
    """Tensors and record of a retrained specialist; `made_from` maps roles to the files it must come from.

    Raises UserError where it is stale against them, or another network's.
    """
    tensors, record = artefacts.load_tensors(path)
    artefacts.check_fresh(path, record, made_from)
    if specialist.shapes != {name: tensor.shape for name, tensor in tensors.items()}:
        raise UserError(f"{path}: not a checkpoint of this specialist; delete it and run snakemake again")
    return tensors, record
