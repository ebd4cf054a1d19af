"""Specialists of an asked number of parameters: the count is met, the shape is kept, the order is the method's."""

import numpy as np
import pytest
from support import weights

from specdnn.networks import extract, models
from specdnn.selection import budget, methods
from specdnn.selection.budget import full_shape, shape_of
from specdnn.selection.rules import Selection
from specdnn.selection.walk import Source, kept_of, walk_back


def source(model: str) -> Source:
    return Source(weights(models.load(model)), models.load(model), seed=1)


def widths(selections: dict[str, Selection]) -> dict[str, int]:
    return {name: len(chosen.units) for name, chosen in selections.items()}


@pytest.mark.parametrize("method", ["magnitude", "random", "disparity"])
@pytest.mark.parametrize(("model", "share"), [("lenet_300_100", 0.003), ("lenet_300_100", 0.3), ("lenet_5", 0.03)])
def test_an_asked_count_is_met_exactly_by_the_extracted_network(model: str, share: float, method: str):
    architecture = models.load(model)
    asked = round(share * architecture.parameters)
    selections = budget.select(source(model), 3, methods.load(method), asked, full_shape(architecture))
    kept = kept_of(selections)
    small = extract.extract(weights(architecture), architecture, kept, (3,))
    assert sum(tensor.size for tensor in small.values()) == asked
    assert selections.keys() == {layer.name for layer in architecture.layers}


def test_the_full_shape_takes_about_the_same_share_of_every_layer():
    architecture = models.load("lenet_300_100")
    selections = budget.select(source("lenet_300_100"), 0, methods.load("random"), 8000, full_shape(architecture))
    shares = [len(selections[layer.name].units) / layer.inputs for layer in architecture.layers]
    assert shares == pytest.approx([np.mean(shares)] * 3, rel=budget.SEARCHED)


def test_magnitude_with_the_released_widths_is_the_released_selection(architecture):
    first = next(index for index, layer in enumerate(architecture.layers) if layer.inputs > 1)
    if first and architecture.positions(first) > 1:
        pytest.skip(f"{architecture.name}: its first choice is among single features, which is refused")
    dense = weights(architecture)
    released = kept_of(walk_back(dense, architecture, 5, rule="released", t=0.99, on_empty="top1"))
    asked = extract.parameters(architecture, released)
    shape = shape_of(architecture, released)
    same = budget.select(Source(dense, architecture), 5, methods.load("magnitude"), asked, shape)
    assert kept_of(same) == released


def test_a_budget_below_the_smallest_specialist_gives_that_one_and_a_full_one_gives_everything():
    architecture = models.load("lenet_300_100")
    smallest = budget.select(source("lenet_300_100"), 0, methods.load("random"), 1, full_shape(architecture))
    assert widths(smallest) == {"fc1": 1, "fc2": 1, "fc3": 1}
    assert extract.parameters(architecture, kept_of(smallest)) == 6
    everything = budget.select(source("lenet_300_100"), 0, methods.load("random"), 10**9, full_shape(architecture))
    assert widths(everything) == {"fc1": 784, "fc2": 300, "fc3": 100}


def test_wider_budgets_contain_narrower_ones_in_the_last_layer():
    """The rows of the last layer do not depend on the budget, so its order does not either."""
    architecture = models.load("lenet_300_100")
    few, many = (
        budget.select(source("lenet_300_100"), 0, methods.load("specificity"), asked, full_shape(architecture))[
            "fc3"
        ].units
        for asked in (1000, 20_000)
    )
    assert np.array_equal(many[: len(few)], few)
