"""Every selection method against a calculation by hand, and what all methods share."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from support import run_here, write_dense

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.networks import models
from specdnn.selection import methods
from specdnn.selection.method import Activations, Candidates, Thresholds
from specdnn.selection.methods import ccme, disparity
from specdnn.selection.rules import RULES

LIMITS = Thresholds(t=0.99, alpha=0.05)
WEIGHTS = np.abs([[1, -2, 0.5, 1], [-3, 1, 2, 0.5], [0.5, 1, 1, 2]])  # the vector of CCME


def candidates(affinity, rows=(0,), label: int = 0, **others) -> Candidates:
    return Candidates("fc", np.asarray(affinity, dtype=np.float64), rows, label, **others)


def order(method: str, asked: Candidates) -> list[int]:
    return methods.load(method).order(asked).tolist()


def test_a_method_that_is_not_there_is_refused_by_name_and_the_known_ones_are_listed():
    with pytest.raises(UserError, match=r"magic: no selection method of this name; known: .*magnitude"):
        methods.load("magic")


def test_magnitude_ranks_by_the_sum_over_the_chosen_rows_and_ties_by_index():
    assert order("magnitude", candidates(WEIGHTS)) == [1, 0, 3, 2]
    assert order("magnitude", candidates(WEIGHTS, rows=(0, 1))) == [0, 1, 2, 3]  # 4, 3, 2.5, 1.5


@pytest.mark.parametrize("rule", RULES)
def test_every_reading_of_the_papers_rule_ranks_as_magnitude_does(rule: str):
    """So at equal widths they are one method: the statistic decides only how many units are kept."""
    asked = candidates(WEIGHTS, rows=(0, 2))
    assert order(rule, asked) == order("magnitude", asked)
    kept = methods.load(rule).keeps(asked, Thresholds(t=0.5, alpha=0.05)).units
    assert list(kept) == order("magnitude", asked)[: len(kept)]


def test_specificity_ranks_by_the_share_of_an_inputs_strength():
    """Shares 1/4.5, 2/4, .5/3.5, 1/3.5; a column of zeros comes last."""
    assert order("specificity", candidates(WEIGHTS)) == [1, 3, 0, 2]
    assert order("specificity", candidates([[0, 1], [0, 5]])) == [1, 0]


def test_random_is_a_permutation_of_its_own_for_each_seed_class_and_layer_and_asks_for_no_rows():
    wide = np.ones((3, 200))
    first = order("random", candidates(wide, seed=1))
    assert sorted(first) == list(range(200))
    assert order("random", candidates(wide, rows=(1, 2), seed=1)) == first
    assert order("random", candidates(wide, seed=2)) != first
    assert order("random", candidates(wide, seed=1, label=3)) != first


def test_random_live_is_a_draw_in_which_dead_inputs_come_last():
    inputs = np.random.default_rng(0).normal(size=(50, 30))
    dead = [2, 3, 17]
    inputs[:, dead] = [7, 0, 1] + 0.01 * inputs[:, dead]  # a twentieth of the others' deviation would be alive
    seen = Activations(inputs.astype(np.float32), np.zeros((50, 3), np.float32))
    asked = [candidates(np.ones((3, 30)), seed=1, activations=seen, draw=draw) for draw in (1, 2)]
    first, second = (order("random_live", one) for one in asked)
    assert sorted(first[-3:]) == sorted(second[-3:]) == dead
    assert first[:-3] != second[:-3]
    assert [unit for unit in order("random", asked[0]) if unit not in dead] == first[:-3], "the same draw, but for them"


def test_the_disparity_filter_has_the_p_values_of_the_hand_calculation():
    """Row 0 sums to 4.5: p = (1 - A / 4.5)^3 = (3.5, 2.5, 4, 3.5)^3 / 4.5^3."""
    expected = np.array([3.5, 2.5, 4, 3.5]) ** 3 / 4.5**3
    assert np.exp(disparity.log_p(candidates(WEIGHTS))) == pytest.approx(expected, rel=1e-12)
    both = np.exp(disparity.log_p(candidates(WEIGHTS, rows=(0, 1))))
    assert both == pytest.approx(np.minimum(expected, np.array([3.5, 5.5, 4.5, 6]) ** 3 / 6.5**3), rel=1e-12)
    assert methods.load("disparity").keeps(candidates(WEIGHTS), Thresholds(t=0.5, alpha=0.2)).units == (1,)


def test_the_disparity_filter_is_the_tail_of_a_uniformly_broken_stick():
    """Serrano's null: a row's strength broken at m - 1 uniform points; the tail of one part, by simulation."""
    m, share = 6, 0.4
    parts = np.diff(np.sort(np.random.default_rng(0).random((200_000, m - 1)), axis=1), prepend=0, append=1, axis=1)
    row = np.full(m, (1 - share) / (m - 1))
    row[2] = share
    assert np.exp(disparity.log_p(candidates([row]))[2]) == pytest.approx((parts[:, 0] >= share).mean(), rel=0.03)


def test_ccme_has_the_published_vector():
    assert ccme.dispersion(WEIGHTS) == pytest.approx(0.537739485037, rel=1e-11)
    expected = [0.571333631055, 0.12762704621, 0.777678865606, 0.424390706267]
    assert ccme.p_values(candidates(WEIGHTS)) == pytest.approx(expected, rel=1e-11)
    assert order("ccme", candidates(WEIGHTS)) == [1, 3, 0, 2]
    assert methods.load("ccme").keeps(candidates(WEIGHTS), LIMITS).status == "empty"


@given(st.integers(0, 2**32 - 1))
def test_ccme_ranks_as_specificity_does(seed: int):
    """mu_j and sigma_j are both proportional to the column sum, so p_j falls with S_j / column sum alone."""
    affinity = np.random.default_rng(seed).exponential(1, (6, 15))
    asked = candidates(affinity, rows=(0, 4))
    assert order("ccme", asked) == order("specificity", asked)


def test_ccme_keeps_what_benjamini_and_hochberg_keep():
    random = np.random.default_rng(3)
    weights = 1 + 0.2 * random.random((30, 40))
    weights[:2, :5] *= 3
    asked = candidates(weights, rows=(0, 1))
    p = np.sort(ccme.p_values(asked))
    passing = np.flatnonzero(p <= 0.05 * np.arange(1, 41) / 40)
    kept = methods.load("ccme").keeps(asked, LIMITS)
    assert kept.q == passing.max() + 1 == 5
    assert set(kept.units) == set(range(5))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", methods.names())
@pytest.mark.parametrize("affinity", [np.zeros((2, 3)), np.ones((2, 3)), np.ones((1, 1)), np.eye(3)])
def test_degenerate_layers_are_ranked_without_warnings(method: str, affinity: np.ndarray):
    n, m = affinity.shape
    gradients = {"taylor": np.zeros((10, m)), "captor": np.zeros((10, m))}
    dead = Activations(np.zeros((20, m), dtype=np.float32), np.zeros((20, n), dtype=np.float32))
    asked = candidates(affinity, gradients=gradients, activations=dead)
    assert sorted(order(method, asked)) == list(range(m))
    if methods.load(method).keeps:
        assert methods.load(method).keeps(asked, LIMITS).status in ("selected", "all", "empty", "degenerate")


def test_taylor_and_captor_rank_by_class_gradients_and_captor_puts_preferred_units_first():
    gradients = {"taylor": np.zeros((10, 4)), "captor": np.zeros((10, 4))}
    gradients["taylor"][3] = [1, 4, 2, 3]
    gradients["captor"][3] = [5, 1, 2, 3]
    gradients["captor"][7] = [9, 0, 0, 9]  # units 0 and 3 prefer class 7
    asked = candidates(np.ones((10, 4)), label=3, gradients=gradients)
    assert order("taylor", asked) == [1, 3, 2, 0]
    assert order("captor", asked) == [2, 1, 0, 3]


@given(st.integers(0, 2**32 - 1), st.sampled_from(["magnitude", "specificity", "disparity", "ccme"]))
def test_scaling_all_weights_changes_no_order(seed: int, method: str):
    affinity = np.random.default_rng(seed).exponential(1, (5, 12))
    assert order(method, candidates(affinity, rows=(1, 3))) == order(method, candidates(8 * affinity, rows=(1, 3)))


def test_the_gamma_tail_of_ccme_keeps_its_level_where_no_input_belongs_to_the_rows():
    """Shuffled weights, three rows of 60: a tenth of the p-values below .1, within what simulation allows."""
    p = [
        ccme.p_values(candidates(np.random.default_rng(seed).exponential(1, (60, 80)), rows=(0, 1, 2)))
        for seed in range(40)
    ]
    assert np.mean(np.concatenate(p) < 0.1) == pytest.approx(0.1, abs=0.02)
    assert stats.kstest(np.concatenate(p), "uniform").statistic < 0.05


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dense")
    return write_dense(folder / "dense.safetensors", models.load("lenet_300_100"))


def specialize(dense, folder, **flags):
    asked = {"model": "lenet_300_100", "label": 3, "t": 0.99, "on_empty": "top1", "dense": dense}
    return run_here("specialize", {**asked, "selection": folder / "selection.json", **flags})


def test_a_specialist_of_an_asked_size_is_written_with_that_size(dense, tmp_path):
    done = specialize(dense, tmp_path, method="random", seed=1, budget=1234)
    assert done.returncode == 0, done.stderr
    selection = json.loads((tmp_path / "selection.json").read_text())
    assert selection["parameters"] == 1234
    assert {chosen["status"] for chosen in selection["layers"]} == {"budget"}
    assert selection["record"]["params"]["budget"] == 1234


def test_a_method_without_a_size_of_its_own_gets_that_of_the_released_rule(dense, tmp_path):
    specialize(dense, tmp_path, method="released")
    released = json.loads((tmp_path / "selection.json").read_text())
    specialize(dense, tmp_path, method="specificity", seed=1)
    assert json.loads((tmp_path / "selection.json").read_text())["parameters"] == released["parameters"]


def test_values_that_are_not_given_stay_out_of_the_record(dense, tmp_path):
    specialize(dense, tmp_path, method="released")
    params = json.loads((tmp_path / "selection.json").read_text())["record"]["params"]
    assert set(params) == {"model", "label", "method", "t", "on_empty"}


def test_a_method_that_needs_class_gradients_says_so(dense, tmp_path):
    done = specialize(dense, tmp_path, method="captor", seed=1)
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "specialize: captor ranks by gradients: give --gradients, as src/gradients.py writes them"
    )
    assert not list(tmp_path.iterdir())


def test_class_gradients_of_another_network_are_refused(dense, tmp_path):
    other = tmp_path / "gradients.safetensors"
    record = {"rule": "gradients", "params": {}, "inputs": {"dense": "0" * 64}}
    artefacts.save_tensors(other, {"fc1.captor": np.zeros((10, 784))}, record)
    done = specialize(dense, tmp_path, method="captor", seed=1, gradients=other)
    assert done.returncode == 2
    assert "gradients.safetensors: stale" in done.stderr
