"""Which blocks go: the cut, its cap and the controls' choice, by hand."""

import numpy as np
import pytest

from specdnn.dependence.sampling import balanced
from specdnn.errors import UserError
from specdnn.mint.blocks import Grid, cut, lowest, magnitudes, pruned_share, weight_mask
from specdnn.mint.intervals import mean_and_half
from specdnn.mint.storage import stored_bytes
from specdnn.seeding import stream

FC2 = np.array([[0.1, 0.2], [0.3, 0.3]])
FC3 = np.array([[0.2, 0.4]])


def test_the_cut_is_the_share_of_the_distinct_scores_of_all_layers():
    stays = cut({"fc2": FC2, "fc3": FC3}, delta=0.3, cap=0.99)  # round(0.3 x 4) = 1st of 0.1 0.2 0.3 0.4, from 0
    assert stays["fc2"].tolist() == [[False, False], [True, True]]
    assert stays["fc3"].tolist() == [[False, True]]


def test_a_layer_that_would_lose_its_cap_is_cut_by_its_own_scores():
    stays = cut({"fc2": FC2, "fc3": FC3}, delta=0.4, cap=0.5)  # 0.3 would take all of fc2 and half of fc3
    assert stays["fc2"].tolist() == [[False, False], [True, True]]  # its own: round(0.5 x 3) = 2nd, but 0.3 must stay
    assert stays["fc3"].tolist() == [[False, True]]


def test_a_capped_layer_keeps_its_highest_scores_whatever_the_cap():
    stays = cut({"fc2": FC2, "fc3": FC3}, delta=0.99, cap=0.99)
    assert stays["fc2"].tolist() == [[False, False], [True, True]]
    assert stays["fc3"].tolist() == [[False, True]]


def test_a_layer_of_equal_scores_stays_whole():
    stays = cut({"fc2": np.zeros((2, 2)), "fc3": FC3}, delta=0.4, cap=0.9)
    assert stays["fc2"].all()
    assert stays["fc3"].tolist() == [[False, True]]


def test_halves_round_to_even_as_released():
    scores = {"fc2": np.arange(5.0)[None]}
    assert cut(scores, delta=0.5, cap=0.99)["fc2"].sum() == 2  # round(2.5) = 2: 0, 1, 2 go
    assert cut(scores, delta=0.3, cap=0.99)["fc2"].sum() == 2  # and so is round(1.5)


def test_the_lowest_go_and_ties_go_by_number():
    assert lowest(FC2, 0).all()
    assert lowest(FC2, 3).tolist() == [[False, False], [False, True]]
    assert not lowest(FC2, 4).any()


def test_a_mask_repeats_its_blocks():
    mask = weight_mask(np.array([[True, False]]), units=2, inputs=4)
    assert mask.tolist() == [[1, 1, 0, 0], [1, 1, 0, 0]]
    assert mask.dtype == np.float32


def test_magnitudes_are_means_of_blocks_of_weights_and_of_kernels():
    weights = np.array([[1, -1, 2, 2], [3, -3, 0, 4]], dtype=np.float32)
    assert magnitudes(weights, Grid("fc2", parents=2, children=2)).tolist() == [[1, 2], [3, 2]]
    assert magnitudes(weights, Grid("fc2", parents=2, children=1)).tolist() == [[2, 2]]
    kernels = np.stack([weights, 3 * weights], axis=-1)[..., None]  # 2 x 4 x 2 x 1
    assert magnitudes(kernels, Grid("conv", parents=2, children=2)).tolist() == [[2, 4], [6, 4]]


def test_the_share_weighs_layers_by_their_weights():
    stays = {"fc2": np.array([[True, False]]), "fc3": np.array([[True, True]])}
    assert pruned_share(stays, {"fc2": 150_000, "fc3": 3_000}) == pytest.approx(75_000 / 153_000)


@pytest.mark.parametrize("text", ["fc2", "fc2=20", "fc2=20x", "fc2=ax2", "fc2=2x2x2"])
def test_a_text_that_is_no_grid_is_refused(text: str):
    with pytest.raises(UserError, match=f"{text}: not a grid of blocks; write LAYER=PARENTSxCHILDREN"):
        Grid.parse(text)


@pytest.mark.parametrize("text", ["fc2=30x20", "fc2=20x40", "fc2=0x20"])
def test_a_grid_that_does_not_divide_its_layer_is_refused(text: str):
    with pytest.raises(UserError, match=r"do not divide its 500 inputs and 300 units; choose divisors in mint\.cells"):
        Grid.parse(text).check(500, 300)


def test_a_grid_is_written_as_it_is_read():
    assert str(Grid.parse("fc2=250x100")) == "fc2=250x100"


def test_samples_are_as_many_of_each_class_and_depend_on_the_stream_alone():
    labels = np.array([3] * 5 + [7] * 50)
    drawn = balanced(labels, 20, stream("a"))
    assert (labels[drawn] == 3).sum() == (labels[drawn] == 7).sum() == 20
    assert np.array_equal(drawn, balanced(labels, 20, stream("a")))
    assert not np.array_equal(drawn, balanced(labels, 20, stream("b")))
    assert (labels[drawn[:20]] == 3).any()
    assert (labels[drawn[:20]] == 7).any()  # in random order


def test_the_interval_of_five_values_is_students():
    mean, half = mean_and_half([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3
    assert half == pytest.approx(2.776445105 * 2.5**0.5 / 5**0.5, rel=1e-9)  # t with 4 degrees of freedom
    assert np.isnan(mean_and_half([1.0])[1])


def test_stored_size_shrinks_with_what_is_pruned_and_counts_every_tensor():
    random = np.random.default_rng(0)
    weights, bias = random.normal(size=(300, 500)).astype(np.float32), random.normal(size=300).astype(np.float32)
    dense = stored_bytes(weights)
    assert 0.5 * 2**20 < dense < 0.6 * 2**20  # 150,000 floats hardly compress
    assert stored_bytes(weights, bias) == dense + stored_bytes(bias)
    assert stored_bytes(np.where(random.random((300, 500)) < 0.05, weights, 0)) < 0.1 * dense
