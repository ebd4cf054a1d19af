"""How a specialist is chosen: by a method's own rule, or by its order at a given number of parameters."""

from pathlib import Path

import numpy as np

from specdnn import artefacts, budget, extraction
from specdnn.errors import UserError
from specdnn.extraction import Kept
from specdnn.methods import METHODS, Thresholds
from specdnn.models import ARCHITECTURES, Architecture
from specdnn.selection import OnEmpty, Selection, fall_back
from specdnn.specialist import load_dense
from specdnn.specialization import Gradients, Source, kept_of, walk

REFERENCE = "released"  # the method whose sizes are the paper's


def load_gradients(path: str | Path, dense: str | Path) -> Gradients:
    """Layer -> statistic -> 10 x inputs, as `src/gradients.py` wrote them. Raises UserError where they are stale."""
    tensors, record = artefacts.load_tensors(path)
    artefacts.check_fresh(path, record, {"dense": dense})
    gradients: dict = {}
    for name, tensor in tensors.items():
        layer, statistic = name.split(".")
        gradients.setdefault(layer, {})[statistic] = tensor
    return gradients


def load_activations(path: str | Path, dense: str | Path) -> dict[str, np.ndarray]:
    """What `src/activations.py` wrote. Raises UserError where it is stale."""
    tensors, record = artefacts.load_tensors(path)
    artefacts.check_fresh(path, record, {"dense": dense})
    return tensors


def load_source(
    dense: str | Path,
    model: str,
    seed: int | None = None,
    gradients: str | Path | None = None,
    activations: str | Path | None = None,
) -> Source:
    """The dense network, and what else is given of it. Raises UserError where that is stale."""
    of_classes = load_gradients(gradients, dense) if gradients else {}
    seen = load_activations(activations, dense) if activations else {}
    return Source(load_dense(dense, model), ARCHITECTURES[model], seed, of_classes, seen)


def check_given(method: str, gradients: str | Path | None, activations: str | Path | None) -> None:
    """Refuse (UserError) a method that ranks by class gradients or by activations and is given none."""
    if METHODS[method].reads_gradients and gradients is None:
        raise UserError(f"{method} ranks by class gradients: give --gradients, as src/gradients.py writes them")
    if METHODS[method].reads_activations and activations is None:
        raise UserError(f"{method} ranks by activations: give --activations, as src/activations.py writes them")


def by_rule(source: Source, label: int, method: str, limits: Thresholds, on_empty: OnEmpty) -> dict[str, Selection]:
    """As many inputs as the method's own rule keeps. Raises ValueError where that is none and must not be."""
    keeps = METHODS[method].keeps
    return walk(source, label, lambda layer: fall_back(keeps(layer, limits), on_empty, repr(method)))


def reference(source: Source, label: int, t: float) -> Kept:
    """What SpecDNN's released rule keeps: the sizes at which methods without a rule of their own are compared."""
    limits = Thresholds(t=t)
    kept = kept_of(by_rule(source, label, REFERENCE, limits, "top1"))
    return Kept({layer.name: kept[layer.name] for layer in source.architecture.layers})


def at_own_size(source: Source, label: int, method: str, t: float) -> tuple[dict[str, Selection], int]:
    """The method's selection at the widths and the count of SpecDNN's own for this class, and that count."""
    kept = reference(source, label, t)
    asked = extraction.parameters(source.architecture, kept)
    return budget.select(source, label, METHODS[method], asked, budget.shape_of(kept)), asked


def at_count(source: Source, label: int, method: str, asked: int) -> dict[str, Selection]:
    """The method's selection of so many parameters, spread evenly over the layers."""
    return budget.select(source, label, METHODS[method], asked, budget.full_shape(source.architecture))


def share_of(architecture: Architecture, share: float) -> int:
    return round(share * architecture.parameters)
