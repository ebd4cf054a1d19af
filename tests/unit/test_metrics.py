"""The scores of a one-class decision, against an example counted by hand."""

import numpy as np
import pytest

from specdnn.errors import UserError
from specdnn.evaluation.metrics import always_no, one_vs_rest

IS_CLASS = np.array([True, True, True, False, False, False, False, False])


def test_scores_of_eight_answers_counted_by_hand():
    # Yes to two of three of the class and to one of five others; of the 15 pairs, 12 are in the right order.
    logits = np.array([2.0, 0.5, -0.5, 1.0, -0.1, -1.0, -2.0, -3.0])
    assert one_vs_rest(logits, IS_CLASS) == pytest.approx(
        {
            "accuracy": 6 / 8,
            "balanced_accuracy": (2 / 3 + 4 / 5) / 2,
            "recall": 2 / 3,
            "false_positive_rate": 1 / 5,
            "auroc": 12 / 15,
            "collapsed": False,
        },
        rel=1e-12,
    )


def test_a_network_that_always_says_no_is_shown_as_collapsed_with_the_accuracy_of_saying_no():
    scores = one_vs_rest(np.linspace(-2, 0, 8), IS_CLASS)  # 0 is an output of exactly 0.5: not above it
    assert scores["collapsed"] is True
    assert scores["accuracy"] == always_no(IS_CLASS) == 5 / 8
    assert (scores["recall"], scores["false_positive_rate"], scores["balanced_accuracy"]) == (0, 0, 0.5)


def test_one_yes_is_enough_not_to_be_collapsed():
    assert one_vs_rest(np.array([-1.0] * 7 + [1e-30]), IS_CLASS)["collapsed"] is False


def test_auroc_counts_a_tie_as_half_a_pair():
    assert one_vs_rest(np.zeros(8), IS_CLASS)["auroc"] == 0.5
    # One class against four others: two below it, one equal, one above.
    assert one_vs_rest(np.array([1.0, 0, 0, 1, 2]), np.arange(5) == 0)["auroc"] == 2.5 / 4


@pytest.mark.parametrize("is_class", [np.zeros(4, dtype=bool), np.ones(4, dtype=bool)])
def test_images_of_both_kinds_are_needed(is_class: np.ndarray):
    with pytest.raises(UserError, match="some of the class and some of the others"):
        one_vs_rest(np.arange(4.0), is_class)
