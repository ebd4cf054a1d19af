"""Intervals and tests over a few dense networks, against values known otherwise."""

import numpy as np
import pytest

from specdnn.evaluation import inference


def test_ten_differences_of_one_sign_have_the_smallest_p_that_ten_networks_allow():
    assert inference.paired_p(np.arange(1, 11) / 100) == pytest.approx(2 / 2**10)
    assert inference.least_p(10) == pytest.approx(2 / 2**10)


def test_a_signed_rank_test_by_hand():
    """Ranks 1..5 with the rank 1 negative: W = 1, and 2 of the 32 sign patterns a side are as far out."""
    assert inference.paired_p(np.array([-0.1, 0.2, 0.3, 0.4, 0.5])) == pytest.approx(4 / 32)


def test_equal_methods_do_not_differ():
    assert inference.paired_p(np.zeros(6)) == 1


def test_holm_multiplies_by_the_tests_that_are_left_and_never_falls():
    corrected = inference.holm({"a": 0.01, "b": 0.04, "c": 0.03, "none": float("nan")})
    assert corrected["a"] == pytest.approx(0.03)
    assert corrected["c"] == pytest.approx(0.06)
    assert corrected["b"] == pytest.approx(0.06)
    assert np.isnan(corrected["none"])


def test_the_interval_is_that_of_a_bootstrap_of_networks():
    values = np.array([0.90, 0.92, 0.95, 0.97])
    means = np.random.default_rng(1).choice(values, (100_000, 4)).mean(axis=1)
    low, high = inference.interval(values, 10_000)
    assert (low, high) == pytest.approx(tuple(np.percentile(means, [2.5, 97.5])), abs=0.003)
    assert inference.interval(values, 1000) == inference.interval(values, 1000)


def test_one_network_has_no_interval_and_no_test():
    assert np.isnan(inference.interval(np.array([0.9]), 1000)).all()
    assert np.isnan(inference.paired_p(np.array([0.1])))
