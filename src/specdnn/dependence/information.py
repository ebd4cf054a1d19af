"""How much a group of units tells of another, given the rest: an estimate from the edges of a spanning tree.

Samples (x, y, z) are split in thirds. One third is kept as it is; in another, each y is replaced by that of the
sample of the last third whose z is nearest, which makes x and y independent given z. Where x and y were dependent,
the two sets of points lie apart, and few edges of the minimum spanning tree over both join one with the other
(Friedman and Rafsky 1979): 1 - R (n1 + n2) / (2 n1 n2) estimates the Henze-Penrose divergence.

The released code has three slips. Each is a switch, `released` or `corrected`:

pairing    parents and children are drawn by separate random draws, so that row i of y and z and row i of x come
           from different images
neighbour  the neighbours are looked up the wrong way round: sample i gets the y of a donor whose number is that of
           a *recipient* near donor i, so nothing is conditioned on
edges      the far ends of the tree's edges, in the order of their near ends, are read as if the i-th edge started
           at point i; what is counted are then hardly the edges that join the two sets
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Reading = Literal["released", "corrected"]
READINGS = ("released", "corrected")


@dataclass(frozen=True)
class Slips:
    pairing: Reading
    neighbour: Reading
    edges: Reading


@dataclass(frozen=True)
class Thirds:
    """Which of n samples are kept, which get a borrowed y, and which lend theirs."""

    kept: np.ndarray
    borrowers: np.ndarray
    lenders: np.ndarray

    @property
    def pooled(self) -> np.ndarray:
        """The points of the tree: kept first, then borrowers."""
        return np.concatenate([self.kept, self.borrowers])


def thirds(samples: int) -> Thirds:
    """The released split: borrowers, lenders, kept, in the order of the samples; what cannot be shared is kept.

    Raises ValueError below 6 samples: fewer make no tree worth the name.
    """
    if samples < 6:
        raise ValueError(f"{samples} samples cannot be split in three sets of two or more")
    bootstrapped = 2 * samples // 3
    half = bootstrapped // 2
    order = np.arange(samples)
    return Thirds(order[bootstrapped:], order[:half], order[half:bootstrapped])


def lender_of(distances: np.ndarray, neighbour: Reading) -> np.ndarray:
    """distances: borrowers x lenders, between their z -> for each borrower, the number of its lender."""
    if neighbour == "corrected":
        return distances.argmin(axis=1)
    return distances.argmin(axis=0)[: len(distances)]


def joining_edges(origin: np.ndarray, found: np.ndarray, kept: int, edges: Reading) -> int:
    """How many edges of a tree join the first `kept` points with the others, as each reading counts them."""
    if edges == "corrected":
        return int(((origin < kept) != (found < kept)).sum())
    near, far = np.minimum(origin, found), np.maximum(origin, found)
    far = far[np.lexsort((far, near))]
    return int(((np.arange(len(far)) < kept) != (far < kept)).sum())


def information(joining: int, kept: int, borrowed: int) -> float:
    """1 - R (n1 + n2) / (2 n1 n2), at least 0: 0 for the same distribution twice, 1 for two far apart."""
    return max(0.0, 1 - joining * (kept + borrowed) / (2 * kept * borrowed))
