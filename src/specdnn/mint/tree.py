"""Euclidean minimum spanning trees of a few thousand points, by Prim's algorithm in NumPy.

Prim needs the distances from one point to all others at a time, and never a sorted list of all edges: one pass over
the matrix, a handful of vector operations a point. Squared distances give the same tree as distances.
"""

from collections.abc import Sequence

import numpy as np


def squared_distances(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """rows: n x d, columns: m x d, float32 -> n x m squared Euclidean distances, float32, never negative.

    One matrix product, with the squared norms as two more features. Points far from the origin lose digits to
    cancellation: centre them first.
    """
    row_norms = np.einsum("ij,ij->i", rows, rows)[:, None]
    column_norms = np.einsum("ij,ij->i", columns, columns)[:, None]
    left = np.hstack([-2 * rows, row_norms, np.ones_like(row_norms)])
    right = np.hstack([columns, np.ones_like(column_norms), column_norms])
    product = left @ right.T
    return np.abs(product, out=product)  # rounding leaves a little below zero, and -0.0, where points coincide


def spanning_tree(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The minimum spanning tree of n points whose distances are the sum of `parts`, each n x n, float32, >= 0.

    Returns its n - 1 edges as two arrays (from, to) in the order in which Prim's algorithm, starting at point 0,
    finds them. Ties go to the lower number. A part must have no negative and no NaN entries.
    """
    first, *others = ([*part] for part in parts)  # views of the rows, made once
    points = len(first)
    nearest = np.full(points, np.inf, dtype=np.float32)  # distance to the tree; -inf once in the tree
    # Read as unsigned integers, floats >= 0 keep their order and -inf is larger than all of them: the same array
    # is never improved on at a point of the tree, and never chosen from there.
    ranked = nearest.view(np.uint32)
    via = np.zeros(points, dtype=np.int32)
    row, closer = np.empty_like(nearest), np.empty(points, dtype=bool)
    origin, found = np.empty(points - 1, dtype=np.int32), np.empty(points - 1, dtype=np.int32)
    point = 0
    for edge in range(points - 1):
        nearest[point] = -np.inf
        distances = first[point]
        for other in others:
            distances = np.add(distances, other[point], out=row)
        np.less(distances, nearest, out=closer)
        np.copyto(nearest, distances, where=closer)
        np.copyto(via, point, where=closer)
        point = int(ranked.argmin())
        origin[edge], found[edge] = via[point], point
    return origin, found
