"""Small networks that no selection method cuts: what a comparison at equal numbers of parameters is held against.

All start from the pixels in SpecDNN's order, S_j towards the hidden units that its rule keeps for the class, and from
random weights. For networks whose inputs are pixels; a convolution reads them all.
"""

from collections.abc import Iterator

from specdnn.names import CONTROLS
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import LOGISTIC, Architecture, tiny
from specdnn.selection import methods
from specdnn.selection.walk import Source

HIDDEN = (1, 2, 3, 4, 6, 8, 12)  # hidden units of the networks of one hidden layer that are tried

Control = tuple[str, Architecture, Kept]  # its widths, the network, what it keeps


def rules_pixels(source: Source, label: int, rules: Kept) -> list[int]:
    """All pixels, SpecDNN's first; rules: what its rule keeps for the class."""
    first, second = source.architecture.layers[:2]
    candidates = source.candidates(first.name, rules[second.name], label)
    return [int(pixel) for pixel in methods.load("magnitude").order(candidates)]


def logistic(source: Source, label: int, rules: Kept, asked: int) -> Iterator[Control]:
    """Logistic regression on all pixels."""
    yield "pixels", LOGISTIC, dense_kept(LOGISTIC)


def logistic_rule(source: Source, label: int, rules: Kept, asked: int) -> Iterator[Control]:
    """Logistic regression on as many of the rule's pixels as `asked` parameters allow."""
    pixels = sorted(rules_pixels(source, label, rules)[: max(asked - 1, 1)])
    yield "pixels", LOGISTIC, Kept({LOGISTIC.layers[0].name: tuple(pixels)})


def tiny_networks(source: Source, label: int, rules: Kept, asked: int) -> Iterator[Control]:
    """Networks of one hidden layer on the rule's pixels: the shapes that `asked` parameters allow."""
    ordered = rules_pixels(source, label, rules)
    for hidden in HIDDEN:
        pixels = (asked - 1 - 2 * hidden) // hidden  # hidden (pixels + 1) + hidden + 1 parameters
        if 0 < pixels <= len(ordered):
            network = tiny(hidden)
            units = tuple(range(hidden))
            yield network.name, network, Kept({"hidden": tuple(sorted(ordered[:pixels])), "output": units})


MAKERS = dict(zip(CONTROLS, (logistic, logistic_rule, tiny_networks), strict=True))
