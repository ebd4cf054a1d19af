"""Which blocks of a layer's weights go: the cut over pooled scores, its cap, and masks.

A block holds the weights from one group of a layer's inputs (parents) to one group of its units (children). Arrays
over blocks are child groups x parent groups, as weights are units x inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from specdnn.errors import UserError

Blocks = dict[str, np.ndarray]  # layer name -> an array over its blocks


@dataclass(frozen=True)
class Grid:
    """How a layer is divided; its text form is `fc2=20x20`, parents first."""

    layer: str
    parents: int
    children: int

    def __str__(self) -> str:
        return f"{self.layer}={self.parents}x{self.children}"

    @classmethod
    def parse(cls, text: str) -> "Grid":
        try:
            layer, sizes = text.split("=")
            parents, children = map(int, sizes.split("x"))
        except ValueError:
            raise UserError(f"{text}: not a grid of blocks; write LAYER=PARENTSxCHILDREN, as in fc2=20x20") from None
        return cls(layer, parents, children)

    def check(self, inputs: int, units: int, key: str = "mint.cells") -> None:
        """Refuse (UserError) a grid that does not divide a layer of so many inputs and units; key: where it is set."""
        if self.parents < 1 or self.children < 1 or inputs % self.parents or units % self.children:
            raise UserError(
                f"{self.layer}: {self.parents} parent and {self.children} child groups do not divide its "
                f"{inputs} inputs and {units} units; choose divisors in {key}"
            )


def cut(scores: Mapping[str, np.ndarray], delta: float, cap: float) -> Blocks:
    """Which blocks stay (bool), by the released rule.

    The cut is the round(delta x count)-th of the sorted distinct scores of all layers together; blocks that score
    no more than it go. Where that takes a share of `cap` or more of a layer, the layer's own distinct scores and
    cap make the cut instead, and at least the highest of them stay; all, where all are equal. delta, cap: 0..1.
    """
    threshold = _at(np.unique(np.concatenate([of_layer.ravel() for of_layer in scores.values()])), delta, below=1)
    stays = {}
    for layer, of_layer in scores.items():
        own = threshold
        if (of_layer <= threshold).mean() >= cap:
            own = _at(np.unique(of_layer), cap, below=2) if of_layer.min() < of_layer.max() else -np.inf
        stays[layer] = of_layer > own
    return stays


def cut_to_share(scores: Mapping[str, np.ndarray], share: float, cap: float, weights: Mapping[str, int]) -> Blocks:
    """The largest cut that prunes no more than `share` of the weights; where even the smallest does, that one.

    For rows whose delta is not published. weights: layer -> how many it has.
    """
    distinct = len(np.unique(np.concatenate([of_layer.ravel() for of_layer in scores.values()])))
    low, high = 0, distinct  # the cut at low/distinct is taken; what it prunes grows with its place
    while high - low > 1:
        middle = (low + high) // 2
        if pruned_share(cut(scores, middle / distinct, cap), weights) <= share:
            low = middle
        else:
            high = middle
    return cut(scores, low / distinct, cap)


def _at(distinct: np.ndarray, share: float, below: int) -> float:
    """The round(share x count)-th value, counted from 0, halves to even, and at most the `below`-th from the end."""
    return distinct[max(0, min(round(share * len(distinct)), len(distinct) - below))]


def lowest(scores: np.ndarray, count: int) -> np.ndarray:
    """Which blocks stay (bool) once the `count` lowest have gone; ties go by number, row by row."""
    stays = np.ones(scores.size, dtype=bool)
    stays[np.argsort(scores, axis=None, kind="stable")[:count]] = False
    return stays.reshape(scores.shape)


def weight_mask(stays: np.ndarray, units: int, inputs: int) -> np.ndarray:
    """Blocks -> units x inputs, float32, 1 where a weight stays."""
    rows, columns = units // stays.shape[0], inputs // stays.shape[1]
    return np.kron(stays, np.ones((rows, columns))).astype(np.float32)


def magnitudes(weights: np.ndarray, grid: Grid) -> np.ndarray:
    """Mean |w| of each block; weights: units x inputs [x kernel]."""
    flat = np.abs(weights).reshape(*weights.shape[:2], -1).mean(axis=2, dtype=np.float64)
    shape = (grid.children, weights.shape[0] // grid.children, grid.parents, weights.shape[1] // grid.parents)
    return flat.reshape(shape).mean(axis=(1, 3))


def pruned_share(stays: Mapping[str, np.ndarray], weights: Mapping[str, int]) -> float:
    """The share of the layers' weights that goes; weights: layer -> how many it has. Blocks of a layer are alike."""
    gone = sum((1 - stays[layer].mean()) * weights[layer] for layer in stays)
    return float(gone / sum(weights[layer] for layer in stays))
