"""The estimate: by hand, on data whose answer is known, and with each slip of the released code on its own."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from specdnn.dependence.information import Slips, information, joining_edges, lender_of, thirds
from specdnn.dependence.scoring import score_strips
from specdnn.dependence.tree import spanning_tree, squared_distances

CORRECTED = Slips("corrected", "corrected", "corrected")
SAMPLES = 1500


def normal(seed: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(SAMPLES, width)).astype(np.float32)


def score_of(y: np.ndarray, z: np.ndarray, x: np.ndarray, slips: Slips) -> float:
    """The score between x and y given z, which must be as wide as y."""
    _, scores = next(score_strips(np.hstack([y, z]), x, 2, 1, slips))
    return scores[0, 0]


def test_the_thirds_of_2500_samples():
    split = thirds(2500)
    assert (len(split.kept), len(split.borrowers), len(split.lenders)) == (834, 833, 833)
    everyone = np.concatenate([split.borrowers, split.lenders, split.kept])
    assert np.array_equal(everyone, np.arange(2500))
    assert np.array_equal(split.pooled[834:], split.borrowers)


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match="5 samples cannot be split"):
        thirds(5)


@pytest.mark.parametrize(("joining", "value"), [(0, 1.0), (3, 0.5), (6, 0.0), (7, 0.0)])
def test_the_formula_by_hand(joining: int, value: float):
    assert information(joining, 4, 12) == value  # 2 x 4 x 12 / 16 = 6 edges join two sets of one distribution


def test_a_lender_is_the_nearest_or_as_released_the_one_with_a_recipients_number():
    distances = np.array([[5.0, 1.0, 9.0], [8.0, 7.0, 2.0]])  # two borrowers, three lenders
    assert lender_of(distances, "corrected").tolist() == [1, 2]
    assert lender_of(distances, "released").tolist() == [0, 0]  # lender 0 is nearest to borrower 0, and so is lender 1


def test_joining_edges_by_hand():
    origin, found = np.array([0, 3, 3, 2]), np.array([3, 1, 2, 4])  # a tree of five points; 0, 1, 2 are kept
    assert joining_edges(origin, found, 3, "corrected") == 4
    # by near end: 0-3, 1-3, 2-3, 2-4; far ends 3 3 3 4 against numbers 0 1 2 3
    assert joining_edges(origin, found, 3, "released") == 3


@pytest.mark.parametrize("seed", range(5))
def test_the_released_reading_is_that_of_scipys_column_indices(seed: int):
    cloud = np.random.default_rng(seed).normal(size=(300, 4)).astype(np.float32)
    columns = minimum_spanning_tree(csr_matrix(cdist(cloud, cloud))).indices
    misread = sum((number < 140) != (column < 140) for number, column in enumerate(columns))
    distances = squared_distances(cloud, cloud)
    edges = spanning_tree(distances, np.zeros_like(distances))
    assert joining_edges(*edges, 140, "released") == misread


def test_independent_data_score_about_0():
    assert score_of(normal(1, 2), normal(2, 2), normal(3, 2), CORRECTED) == pytest.approx(0, abs=0.1)


def test_with_misread_edges_independent_data_score_about_a_third():
    slips = Slips("corrected", "corrected", "released")
    assert score_of(normal(1, 2), normal(2, 2), normal(3, 2), slips) == pytest.approx(0.32, abs=0.06)


def test_identical_data_score_about_1():
    """The estimate comes near 1 slowly, the more so the more of the distance is z's and not y's."""
    y, z = normal(1, 1), 0.01 * normal(2, 1)
    of_all = score_of(y, z, y, CORRECTED)
    assert of_all > 0.9
    assert score_of(y[:300], z[:300], y[:300], CORRECTED) < of_all


def test_conditional_independence_is_seen_where_the_right_neighbour_lends():
    """x and y are both z and noise of their own: dependent, but not given z."""
    z = normal(1, 2)
    y, x = z + 0.3 * normal(2, 2), z + 0.3 * normal(3, 2)
    assert score_of(y, z, x, CORRECTED) < 0.15
    assert score_of(y, z, x, Slips("corrected", "released", "corrected")) > 0.45


def test_unpaired_rows_hide_that_data_are_identical():
    y = normal(1, 1)
    assert score_of(y, 0.01 * normal(2, 1), np.random.default_rng(4).permutation(y), CORRECTED) < 0.15
