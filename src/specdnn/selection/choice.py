"""How a specialist is chosen: by a method's own rule, or by its order at a given number of parameters."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture
from specdnn.selection import budget, methods
from specdnn.selection.method import Method, Thresholds
from specdnn.selection.methods import released
from specdnn.selection.rules import OnEmpty, Selection, fall_back
from specdnn.selection.specialist import load_dense
from specdnn.selection.walk import Gradients, Source, kept_of, walk


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
    return Source(load_dense(dense, model), models.load(model), seed, of_classes, seen)


def check_given(method: str, given: Mapping[str, object]) -> None:
    """Refuse (UserError) a method that is not given what it reads or draws by; given: by name, None where absent."""
    chosen = methods.load(method)
    for what in chosen.reads:
        if given.get(what) is None:
            raise UserError(f"{method} ranks by {what}: give --{what}, as src/{what}.py writes them")
    if "seed" in chosen.takes and given.get("seed") is None:
        raise UserError(f"{method} draws at random: give --seed, which names its stream")


def by_rule(source: Source, label: int, method: str, limits: Thresholds, on_empty: OnEmpty) -> dict[str, Selection]:
    """As many inputs as the method's own rule keeps. Raises ValueError where that is none and must not be."""
    return _walked(source, label, methods.load(method), limits, on_empty, repr(method))


def _walked(
    source: Source, label: int, method: Method, limits: Thresholds, on_empty: OnEmpty, by: str
) -> dict[str, Selection]:
    keeps = method.keeps
    if keeps is None:
        raise ValueError(f"{by} ranks, and does not say how many inputs it keeps")
    return walk(source, label, lambda candidates: fall_back(keeps(candidates, limits), on_empty, by))


def reference(source: Source, label: int, t: float) -> Kept:
    """What SpecDNN's released rule keeps: the sizes at which methods without a rule of their own are compared."""
    return kept_of(_walked(source, label, released.METHOD, Thresholds(t=t), "top1", "'released'"))


def widths_by(source: Source, label: int, rule: str, limits: Thresholds) -> budget.Widths:
    """How many inputs of each layer a method keeps by its own rule; one where it would keep none."""
    kept = kept_of(_walked(source, label, methods.load(rule), limits, "top1", repr(rule)))
    return budget.shape_of(source.architecture, kept)


def at_widths(source: Source, label: int, method: str, widths: budget.Widths, asked: int) -> dict[str, Selection]:
    """The method's selection of so many parameters at these widths, or in their proportions where they have more."""
    return budget.select(source, label, methods.load(method), asked, widths)


def at_own_size(source: Source, label: int, method: str, t: float) -> tuple[dict[str, Selection], int]:
    """The method's selection at the widths and the count of SpecDNN's own for this class, and that count."""
    kept = reference(source, label, t)
    asked = extract.parameters(source.architecture, kept)
    return at_widths(source, label, method, budget.shape_of(source.architecture, kept), asked), asked


def at_count(source: Source, label: int, method: str, asked: int) -> dict[str, Selection]:
    """The method's selection of so many parameters, spread evenly over the layers."""
    return budget.select(source, label, methods.load(method), asked, budget.full_shape(source.architecture))


def share_of(architecture: Architecture, share: float) -> int:
    return round(share * architecture.parameters)
