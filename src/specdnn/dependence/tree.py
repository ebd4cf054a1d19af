"""Euclidean minimum spanning trees of a few thousand points, by Prim's algorithm.

Prim needs the distances from one point to all others at a time, and never a sorted list of all edges: one pass over
the matrix. Squared distances give the same tree as distances.
"""

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


def spanning_tree(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The minimum spanning tree of n points whose distances are first + second, each n x n, float32, >= 0.

    Returns its n - 1 edges as two arrays (from, to) in the order in which Prim's algorithm, starting at point 0,
    finds them. Ties go to the lower number. Neither may hold negative or NaN entries.
    """
    from specdnn.dependence.prim import grow

    return grow(first, second)
