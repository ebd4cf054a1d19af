"""A trained network with what it keeps: a dense network, or a specialist: cut from it, or on some of its pixels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.networks import models
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import Architecture
from specdnn.selection.specialist import load_dense, load_retrained, load_specialist


@dataclass(frozen=True)
class Trained:
    """`outputs`: the classes that it answers for, ten of a dense network and one of a specialist.

    `identity`: dataset, protocol, model, seed, and a specialist's method and label, as far as the records know them.
    """

    architecture: Architecture
    kept: Kept
    outputs: tuple[int, ...]
    tensors: Mapping[str, np.ndarray]
    identity: Mapping[str, object]


def load_trained(model: str, data: str, dense: str, selection: str | None, retrained: str | None) -> Trained:
    """The dense network of these files, or, where selection and retrained checkpoint are given, the specialist.

    Raises UserError where one of them is truncated, another network's, or stale against the files that it came from.
    """
    if (selection is None) != (retrained is None):
        raise UserError("--selection and --retrained: give both for a specialist, neither for a dense network")
    architecture = models.load(model)
    _, record = artefacts.load_tensors(dense)
    artefacts.check_fresh(dense, record, {"data": data})
    known = {"dataset": artefacts.read_json(data)["name"], **record["params"], "model": model}
    identity = {key: known[key] for key in ("dataset", "protocol", "model", "seed") if key in known}
    if selection is None or retrained is None:  # then both
        outputs = tuple(range(architecture.layers[-1].outputs))
        return Trained(architecture, dense_kept(architecture), outputs, load_dense(dense, model), identity)
    specialist = load_specialist(selection, dense, retrained)
    made_by = specialist.selection["record"]["params"]
    if made_by["model"] != model:
        raise UserError(f"{selection}: a selection in {made_by['model']}, not in {model}")
    tensors, _ = load_retrained(retrained, specialist, {"data": data, "dense": dense, "selection": selection})
    identity |= {key: made_by[key] for key in ("method", "label") if key in made_by}
    return Trained(specialist.architecture, specialist.kept, (specialist.label,), tensors, identity)
