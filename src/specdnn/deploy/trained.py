"""A trained network with what it keeps: a dense network, or the specialist that was cut from it and retrained."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.extraction import Kept, dense_kept
from specdnn.models import ARCHITECTURES, Architecture
from specdnn.specialist import load_dense, load_retrained, load_specialist


@dataclass(frozen=True)
class Trained:
    """`outputs`: the classes that it answers for, ten of a dense network and one of a specialist."""

    architecture: Architecture
    kept: Kept
    outputs: tuple[int, ...]
    tensors: Mapping[str, np.ndarray]

    @property
    def name(self) -> str:
        return f"class {self.outputs[0]}" if len(self.outputs) == 1 else "dense"


def load_trained(model: str, data: str, dense: str, selection: str | None, retrained: str | None) -> Trained:
    """The dense network of these files, or, where selection and retrained checkpoint are given, the specialist.

    Raises UserError where one of them is truncated, another network's, or stale against the files that it came from.
    """
    architecture = ARCHITECTURES[model]
    if (selection is None) != (retrained is None):
        raise UserError(
            "--selection and --retrained belong together: both for a specialist, neither for a dense network"
        )
    if selection is None:
        artefacts.check_fresh(dense, artefacts.load_tensors(dense)[1], {"data": data})
        outputs = tuple(range(architecture.layers[-1].outputs))
        return Trained(architecture, dense_kept(architecture), outputs, load_dense(dense, model))
    specialist = load_specialist(selection, dense)
    if specialist.architecture is not architecture:
        raise UserError(f"{selection}: a selection in {specialist.architecture.name}, not in {model}")
    tensors, _ = load_retrained(retrained, specialist, {"data": data, "dense": dense, "selection": selection})
    return Trained(architecture, specialist.kept, (specialist.label,), tensors)
