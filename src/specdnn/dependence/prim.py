"""Prim's algorithm on full matrices of distances, compiled. Its own module: to import numba takes half a second."""

import numpy as np
from numba import njit


@njit
def grow(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `tree.spanning_tree` of first + second."""
    points = len(first)
    nearest = np.full(points, np.inf, dtype=np.float32)  # distance to the tree; -inf once in the tree
    # Read as unsigned integers, floats >= 0 keep their order and -inf is larger than all of them: a point of the
    # tree is never improved on and never chosen, without a branch that would keep the loops from using SIMD.
    ranked = nearest.view(np.uint32)
    via = np.zeros(points, dtype=np.int32)
    origin, found = np.empty(points - 1, dtype=np.int32), np.empty(points - 1, dtype=np.int32)
    point = 0
    for edge in range(points - 1):
        nearest[point] = -np.inf
        row, other_row = first[point], second[point]
        for other in range(points):
            distance = row[other] + other_row[other]
            closer = distance < nearest[other]
            nearest[other] = distance if closer else nearest[other]
            via[other] = point if closer else via[other]
        least = ranked.min()
        point = 0
        while ranked[point] != least:
            point += 1
        origin[edge], found[edge] = via[point], point
    return origin, found
