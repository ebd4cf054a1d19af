"""Specialists of an asked number of parameters: the count is met, the shape is kept, the order is the method's."""

import numpy as np
import pytest
from support import weights

from specdnn.networks import extract
from specdnn.networks.models import ARCHITECTURES
from specdnn.selection import budget
from specdnn.selection.budget import full_shape, shape_of
from specdnn.selection.methods import METHODS
from specdnn.selection.walk import Source, kept_of, walk_back


def source(model: str) -> Source:
    return Source(weights(ARCHITECTURES[model]), ARCHITECTURES[model], seed=1)


@pytest.mark.parametrize("method", ["magnitude", "random", "disparity"])
@pytest.mark.parametrize(("model", "share"), [("lenet_300_100", 0.003), ("lenet_300_100", 0.3), ("lenet_5", 0.03)])
def test_an_asked_count_is_met_exactly_by_the_extracted_network(model: str, share: float, method: str):
    architecture = ARCHITECTURES[model]
    asked = round(share * architecture.parameters)
    selections = budget.select(source(model), 3, METHODS[method], asked, full_shape(architecture))
    kept = kept_of(selections)
    small = extract.extract(weights(architecture), architecture, kept, (3,))
    assert sum(tensor.size for tensor in small.values()) == asked
    assert list(selections) == [layer.name for layer in architecture.layers]


def test_the_full_shape_takes_about_the_same_share_of_every_layer():
    architecture = ARCHITECTURES["lenet_300_100"]
    selections = budget.select(source("lenet_300_100"), 0, METHODS["random"], 8000, full_shape(architecture))
    shares = [len(selections[layer.name].units) / layer.inputs for layer in architecture.layers]
    assert shares == pytest.approx([np.mean(shares)] * 3, rel=budget.SEARCHED)


def test_magnitude_with_the_released_widths_is_the_released_selection(architecture):
    dense = weights(architecture)
    released = kept_of(walk_back(dense, architecture, 5, rule="released", t=0.99, on_empty="top1"))
    asked = extract.parameters(architecture, released)
    shape = shape_of(kept_of_in_order(released, architecture))
    same = budget.select(Source(dense, architecture), 5, METHODS["magnitude"], asked, shape)
    assert kept_of(same) == released


def kept_of_in_order(kept, architecture):
    return extract.Kept({layer.name: kept[layer.name] for layer in architecture.layers})


def test_a_budget_below_the_smallest_specialist_gives_that_one_and_a_full_one_gives_everything():
    architecture = ARCHITECTURES["lenet_300_100"]
    smallest = budget.select(source("lenet_300_100"), 0, METHODS["random"], 1, full_shape(architecture))
    assert [len(chosen.units) for chosen in smallest.values()] == [1, 1, 1]
    assert extract.parameters(architecture, kept_of(smallest)) == 6
    everything = budget.select(source("lenet_300_100"), 0, METHODS["random"], 10**9, full_shape(architecture))
    assert [len(chosen.units) for chosen in everything.values()] == [784, 300, 100]


def test_wider_budgets_contain_narrower_ones_in_the_last_layer():
    """The rows of the last layer do not depend on the budget, so its order does not either."""
    architecture = ARCHITECTURES["lenet_300_100"]
    few, many = (
        budget.select(source("lenet_300_100"), 0, METHODS["specificity"], asked, full_shape(architecture))["fc3"].units
        for asked in (1000, 20_000)
    )
    assert np.array_equal(many[: len(few)], few)
