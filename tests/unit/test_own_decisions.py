"""What a set's specialist decides: thresholds, answers, scores, and the dense network restricted to the set."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from specdnn.own import decisions
from specdnn.own.losses import SetLoss, wanted

FEW = st.integers(-3, 3).map(lambda value: np.float32(value / 4))


@given(arrays(np.float32, st.integers(2, 30), elements=FEW), st.integers(0, 10**6))
def test_the_threshold_is_the_best_of_all_there_are(values: np.ndarray, seed: int):
    yes = np.random.default_rng(seed).random(len(values)) < 0.4
    yes[:2] = True, False

    def balanced(threshold: float) -> float:
        return ((values[yes] > threshold).mean() + (values[~yes] <= threshold).mean()) / 2

    every = [-9.0, *np.unique(values).tolist()]
    assert balanced(decisions.threshold(values, yes)) == pytest.approx(max(map(balanced, every)))


def test_the_threshold_lies_between_two_values():
    values, yes = np.array([3, 2, 1, 0], np.float32), np.array([True, True, False, False])
    assert decisions.threshold(values, yes) == 1.5
    next_to = np.array([1, np.nextafter(np.float32(1), np.float32(2))], np.float32)
    cut = decisions.threshold(next_to, np.array([False, True]))
    assert (next_to > cut).tolist() == [False, True]


def test_where_nothing_is_gained_nothing_is_accepted():
    same = np.ones(4, np.float32)
    assert not (same > decisions.threshold(same, np.array([True, False, True, False]))).any()


def test_all_thresholds_move_together_for_the_sake_of_the_set():
    """Four outputs, each of which accepts some others by itself: raised together, they accept fewer of them."""
    gains = []
    for seed in range(5):
        stream = np.random.default_rng(seed)
        truth = np.repeat([0, 1, 2, 3, -1], [50, 50, 50, 50, 400])
        logits = stream.normal(size=(600, 4)).astype(np.float32)
        logits[np.arange(200), truth[:200]] += 2
        alone = np.array([decisions.threshold(column, truth == place) for place, column in enumerate(logits.T)])
        chosen = decisions.thresholds(logits, truth)
        assert np.ptp(chosen - alone) < 1e-6
        scores = [decisions.balanced_accuracy(decisions.answered(logits - cuts), truth) for cuts in (alone, chosen)]
        gains.append(scores[1] - scores[0])
    assert min(gains) >= 0
    assert max(gains) > 0.01


def test_scores_by_hand():
    leads = np.array([[1, -1], [0.5, 2], [-1, -2], [-1, 3], [-1, -1], [0, 0]], np.float32)
    truth = np.array([0, 0, 1, -1, -1, -1])
    assert decisions.answered(leads).tolist() == [0, 1, -1, 1, -1, -1]
    found = decisions.scored(leads, truth)
    assert found == {
        "set_images": 3,
        "other_images": 3,
        "accepted": 2,
        "right": 1,
        "false_alarms": 1,
        "auroc": pytest.approx(4.5 / 9),
    }
    assert decisions.balanced_accuracy(decisions.answered(leads), truth) == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_a_dense_network_restricted_to_a_set_keeps_its_own_decisions():
    logits = np.random.default_rng(1).normal(size=(200, 6)).astype(np.float32)
    classes = [4, 1]
    answers = decisions.answered(decisions.restricted(logits, classes))
    expected = [classes.index(label) if label in classes else -1 for label in logits.argmax(1)]
    assert answers.tolist() == expected


def test_places_follow_the_order_of_the_set():
    assert decisions.places(np.array([3, 1, 2, 3]), [3, 2]).tolist() == [0, -1, 1, 0]


@pytest.mark.parametrize("name", ["balanced_cross_entropy", "squared", "cross_entropy", "balanced_squared"])
def test_a_set_s_loss_is_the_mean_over_its_outputs(name: str):
    logits, labels = torch.randn(50, 2, generator=torch.Generator().manual_seed(0)), torch.arange(50) % 5
    targets = wanted(labels, [3, 0])
    total = 0.0
    for output in range(2):
        y, x = targets[:, output], logits[:, output]
        if name.endswith("entropy"):
            errors = -(y * torch.log(torch.sigmoid(x)) + (1 - y) * torch.log(1 - torch.sigmoid(x)))
        else:
            errors = (torch.sigmoid(x) - y) ** 2
        halves = (errors[y == 1].mean() + errors[y == 0].mean()) / 2 if name.startswith("balanced") else errors.mean()
        total += float(halves) / 2
    assert float(SetLoss(name, targets.mean(0).tolist())(logits, targets)) == pytest.approx(total, rel=1e-5)
