"""Distances between layers, named apart from the similarities that they are made of: 0 for equal layers, never below.

The debiased forms of CKA are estimates that may leave [-1, 1], and so give no distance.
"""

import math
from collections.abc import Callable


def complement(similarity: float) -> float:
    """1 - similarity: the CCA distance of Morcos, Raghu and Bengio 2018 (arXiv:1806.05759), eq. 1."""
    return max(0.0, 1 - similarity)


def angle(similarity: float) -> float:
    """arccos of the similarity, in radians: a metric (Williams et al. 2021, arXiv:2110.14739)."""
    return math.acos(min(1.0, similarity))


# similarity -> name of the distance, and the distance as a function of it
DISTANCES: dict[str, tuple[str, Callable[[float], float]]] = {
    "mean_cca": ("cca_distance", complement),
    "thresholded_mean_cca": ("thresholded_cca_distance", complement),
    "svcca": ("svcca_distance", complement),
    "pwcca": ("pwcca_distance", complement),
    "linear_cka": ("linear_cka_angle", angle),
    "rbf_cka": ("rbf_cka_angle", angle),
    "nbs": ("bures_angle", angle),
}
