"""The fast tree is the minimum spanning tree."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist

from specdnn.dependence.tree import spanning_tree, squared_distances


def points(n: int, dimensions: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dimensions)).astype(np.float32)


def tree(cloud: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distances = squared_distances(cloud, cloud)
    return spanning_tree(distances, np.zeros_like(distances))


def test_points_on_a_line_are_joined_to_their_neighbours():
    line = np.array([[7.0], [0.0], [3.0], [1.0]], dtype=np.float32)
    origin, found = tree(line)
    assert list(zip(origin.tolist(), found.tolist(), strict=True)) == [(0, 2), (2, 3), (3, 1)]


@pytest.mark.parametrize(("n", "dimensions"), [(2, 1), (50, 1), (200, 3), (400, 100)])
def test_weight_and_number_of_edges_are_scipys(n: int, dimensions: int):
    cloud = points(n, dimensions)
    origin, found = tree(cloud)
    theirs = minimum_spanning_tree(cdist(cloud, cloud))
    ours = np.linalg.norm(cloud[origin] - cloud[found], axis=1)
    assert len(ours) == theirs.nnz == n - 1
    assert ours.sum() == pytest.approx(theirs.sum(), rel=1e-5)


def test_the_edges_themselves_are_scipys():
    cloud = points(300, 5)
    theirs = minimum_spanning_tree(cdist(cloud, cloud)).tocoo()
    ours = tree(cloud)
    assert {frozenset(edge) for edge in zip(*map(np.ndarray.tolist, ours), strict=True)} == {
        frozenset(edge) for edge in zip(theirs.row.tolist(), theirs.col.tolist(), strict=True)
    }


def test_distances_may_come_as_parts_of_a_sum():
    cloud = points(200, 6)
    parts = [squared_distances(cloud[:, part], cloud[:, part]) for part in (slice(0, 2), slice(2, 6))]
    for of_whole, of_parts in zip(tree(cloud), spanning_tree(*parts), strict=True):
        assert np.array_equal(of_whole, of_parts)


def test_points_that_coincide_are_joined_at_no_cost():
    """Sampling with replacement makes such points; scipy takes a stored zero for "no edge" and goes round them."""
    cloud = np.repeat(points(40, 3), 3, axis=0)
    origin, found = tree(cloud)
    graph = np.zeros((120, 120))
    graph[origin, found] = 1
    assert connected_components(graph, directed=False)[0] == 1
    assert (np.linalg.norm(cloud[origin] - cloud[found], axis=1) == 0).sum() == 80


def test_squared_distances_are_right_and_never_negative():
    rows, columns = points(60, 7), points(40, 7, seed=1)
    assert squared_distances(rows, columns) == pytest.approx(cdist(rows, columns, "sqeuclidean"), abs=1e-4)
    of_itself = squared_distances(rows, rows)
    assert (of_itself >= 0).all()
    assert not np.signbit(of_itself).any()
