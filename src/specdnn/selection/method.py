"""What a selection method sees of a layer, and what it says of its inputs.

A method is a module of `specdnn.selection.methods` that holds a `METHOD`; the module's name is the method's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field

import numpy as np

from specdnn.errors import UserError
from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture
from specdnn.selection.rules import Selection


@dataclass(frozen=True)
class Activations:
    """inputs: samples x m; units: samples x n, logits in the last layer; float32. A map counts as its mean."""

    inputs: np.ndarray
    units: np.ndarray


@dataclass(frozen=True)
class Candidates:
    """The inputs of a layer, of which a method chooses: which belong with the rows C, for class `label`?

    affinity: |W|, n x m, float64; rows: C, ascending; seed, draw: name the streams of methods that draw;
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
    draw: int = 1


@dataclass(frozen=True)
class Thresholds:
    """t of the binomial rules, in (0, 1); alpha of the significance tests, in (0, 1)."""

    t: float
    alpha: float | None = None

    @property
    def level(self) -> float:
        """alpha, for a method that takes it. Raises UserError where it was not given."""
        if self.alpha is None:
            raise UserError("the method tests for significance, at a level that was not given: give --alpha")
        return self.alpha


Shapes = Callable[..., Iterator[tuple[str, Architecture, Kept]]]  # as `controls.tiny_networks`


@dataclass(frozen=True)
class Method:
    """ranks: candidates -> m values, the strongest input's largest; ties go to the lower index.

    keeps: the method's own decision how many, None where it only ranks;
    reads: what it looks at beside the weights: "gradients", "activations";
    takes: values of params.yaml that it depends on, of "alpha" and "seed";
    loss: what its specialists are trained by, where that is not the paper's (`training.losses.LOSSES`); epoch and
    threshold are then chosen by balanced accuracy on held-out images, so it needs the protocol that has these;
    shapes: (network, class, what SpecDNN's rule keeps, parameters) -> networks that are not cut out of the dense one
    and begin from random weights, of which the held-out images choose one; such a method needs a loss of its own;
    all_pixels: whether these see the whole image, so that there are such beside networks that begin with a convolution.
    """

    ranks: Callable[[Candidates], np.ndarray]
    _: KW_ONLY  # what `methods.facts` reads from the file, where it is named
    keeps: Callable[[Candidates, Thresholds], Selection] | None = None
    reads: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    loss: str | None = None
    shapes: Shapes | None = None
    all_pixels: bool = False

    def order(self, candidates: Candidates) -> np.ndarray:
        """Indices of the m inputs, strongest first."""
        return np.argsort(-self.ranks(candidates), kind="stable")
