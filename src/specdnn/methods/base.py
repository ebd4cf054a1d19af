"""What a selection method sees of a layer, and what it says of its inputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from specdnn.selection import Selection


@dataclass(frozen=True)
class Activations:
    """inputs: samples x m; units: samples x n, logits in the last layer; float32. A map counts as its mean."""

    inputs: np.ndarray
    units: np.ndarray


@dataclass(frozen=True)
class Layer:
    """The question that a method answers: which inputs of this layer belong with the rows C, for class `label`?

    affinity: |W|, n x m, float64; rows: C, ascending; seed: names the streams of methods that draw;
    gradients: statistic -> 10 x m, the class gradients of the layer's inputs (`src/gradients.py`);
    activations: what the layer reads and what it makes of that on some images, or None (`src/activations.py`).
    """

    name: str
    affinity: np.ndarray
    rows: tuple[int, ...]
    label: int
    seed: int | None = None
    gradients: Mapping[str, np.ndarray] = field(default_factory=dict)
    activations: Activations | None = None


@dataclass(frozen=True)
class Thresholds:
    """t of the binomial rules, in (0, 1); alpha of the significance tests, in (0, 1)."""

    t: float
    alpha: float | None = None


@dataclass(frozen=True)
class Method:
    """ranks: layer -> m values, the strongest input's largest; ties go to the lower index.

    keeps: the method's own decision how many, None where it only ranks;
    reads_gradients, reads_activations: whether it looks at `Layer.gradients`, at `Layer.activations`;
    fresh: whether the specialist starts from random weights in place of the dense network's.
    """

    ranks: Callable[[Layer], np.ndarray]
    keeps: Callable[[Layer, Thresholds], Selection] | None = None
    reads_gradients: bool = False
    reads_activations: bool = False
    fresh: bool = False

    def order(self, layer: Layer) -> np.ndarray:
        """Indices of the m inputs, strongest first."""
        return np.argsort(-self.ranks(layer), kind="stable")
