"""Intervals and tests over a few dense networks, against values known otherwise."""

import numpy as np
import pytest

from specdnn.evaluation import inference

FIVE = np.array([0.01, 0.02, 0.03, 0.04, 0.05])  # mean 0.03, standard error sqrt(0.00025 / 5)
ERROR = np.sqrt(0.00025 / 5)


def test_the_interval_is_students():
    """2.776 is the 97.5 % point of t with four degrees of freedom, from a printed table."""
    low, high = inference.interval(FIVE)
    assert (low, high) == pytest.approx((0.03 - 2.776 * ERROR, 0.03 + 2.776 * ERROR), abs=1e-5)


def test_the_t_test_by_a_printed_table():
    """A mean at 2.776 standard errors from zero has p = 0.05."""
    assert inference.paired_p(FIVE - 0.03 + 2.776445 * ERROR) == pytest.approx(0.05, abs=1e-6)
    assert inference.paired_p(FIVE - 0.03 - 2.776445 * ERROR) == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_interval_and_test_never_disagree(seed: int):
    differences = np.random.default_rng(seed).normal(0.004, 0.01, 10)
    low, high = inference.interval(differences)
    assert (low > 0 or high < 0) == (inference.paired_p(differences) < 0.05)


@pytest.mark.parametrize("seed", range(20))
def test_two_arms_are_alike_if_the_90_percent_interval_lies_within_the_margin(seed: int):
    differences = np.random.default_rng(seed).normal(0.002, 0.005, 10)
    half = 1.833113 * differences.std(ddof=1) / np.sqrt(10)  # the 95 % point of t with nine degrees of freedom
    within = abs(differences.mean()) + half < 0.005
    assert (inference.alike_p(differences, 0.005) < 0.05) == within


def test_alike_is_the_worse_of_two_sides_and_not_below_is_one():
    near = np.array([-0.004, -0.002, -0.003, -0.002, -0.003, -0.004])
    assert inference.alike_p(near, 0.005) == inference.not_below_p(near, 0.005)
    assert inference.alike_p(near, 0.005) == inference.alike_p(-near, 0.005)
    assert inference.not_below_p(-near, 0.005) < inference.not_below_p(near, 0.005)


def test_a_signed_rank_test_by_hand():
    """Ranks 1..5 with the rank 1 negative: W = 1, and 2 of the 32 sign patterns a side are as far out."""
    assert inference.wilcoxon(np.array([-0.1, 0.2, 0.3, 0.4, 0.5])) == pytest.approx(4 / 32)


def test_equal_methods_do_not_differ():
    same = np.zeros(6)
    assert inference.paired_p(same) == inference.wilcoxon(same) == 1
    assert inference.interval(same) == inference.bca(same, 100) == (0, 0)
    assert inference.alike_p(same, 0.005) == 0
    assert np.isnan(inference.effect_size(same))


def test_a_difference_that_does_not_vary_is_known():
    assert inference.paired_p(np.full(5, 0.01)) == 0
    assert inference.alike_p(np.full(5, 0.01), 0.005) == 1


def test_the_effect_size_is_the_mean_in_standard_deviations():
    assert inference.effect_size(FIVE) == pytest.approx(0.03 / np.sqrt(0.00025))


def test_the_bootstrap_is_that_of_networks_and_leans_to_the_side_of_the_outlier():
    values = np.array([0.90, 0.95, 0.95, 0.96, 0.96, 0.97])
    low, high = inference.bca(values, 5000)
    assert (low, high) == inference.bca(values, 5000)
    assert values.mean() - low > high - values.mean() > 0


def test_holm_multiplies_by_the_tests_that_are_left_and_never_falls():
    corrected = inference.holm({"a": 0.01, "b": 0.04, "c": 0.03, "none": float("nan")})
    assert corrected["a"] == pytest.approx(0.03)
    assert corrected["c"] == pytest.approx(0.06)
    assert corrected["b"] == pytest.approx(0.06)
    assert np.isnan(corrected["none"])


def test_tau_by_hand():
    """Of the six pairs of four methods one is turned round, and none tie: 5 - 1 of 6. A tie counts in neither."""
    assert inference.rank_correlation(np.array([1, 2, 3, 4]), np.array([1, 2, 4, 3])) == pytest.approx(4 / 6)
    tied = inference.rank_correlation(np.array([1, 2, 3, 3]), np.array([1, 2, 3, 4]))
    assert tied == pytest.approx(5 / np.sqrt(5 * 6))
    assert np.isnan(inference.rank_correlation(np.array([1, 2]), np.array([1, 2])))


def test_fewer_than_five_networks_have_no_interval_and_no_test():
    four = FIVE[:4]
    found = [*inference.interval(four), *inference.bca(four, 100), inference.paired_p(four), inference.wilcoxon(four)]
    found += [inference.alike_p(four, 0.005), inference.not_below_p(four, 0.005), inference.effect_size(four)]
    assert np.isnan(found).all()
