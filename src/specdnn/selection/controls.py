"""Small networks that no selection method cuts: what a comparison at equal numbers of parameters is held against.

All start from random weights. Some begin with the first pixels of an order: SpecDNN's, S_j towards the hidden units
that its rule keeps for the class, or at random among those that vary; for networks whose inputs are pixels, since a
convolution reads them all. The others (`names.ALL_PIXELS`) choose none.
"""

from collections.abc import Iterator, Sequence

from specdnn.names import CONTROLS
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import LOGISTIC, Architecture, coarse, tiny
from specdnn.selection import methods
from specdnn.selection.walk import Source

RULES = "magnitude"  # the method that orders inputs as SpecDNN does, by S_j
HIDDEN = (1, 2, 3, 4, 6, 8, 12)  # hidden units of the networks of one hidden layer that are tried

WINDOWS = (2, 4, 7)  # sides in pixels of the squares whose means are read
SMALLEST = 14  # where none of these fits

Control = tuple[str, Architecture, Kept]  # its widths, the network, what it keeps


def pixels_by(method: str, source: Source, label: int, rules: Kept) -> list[int]:
    """All pixels, the method's first; rules: what SpecDNN's rule keeps for the class."""
    first, second = source.architecture.layers[:2]
    candidates = source.candidates(first.name, rules[second.name], label)
    return [int(pixel) for pixel in methods.load(method).order(candidates)]


def logistic(source: Source, label: int, rules: Kept, asked: int) -> Iterator[Control]:
    """Logistic regression on all pixels."""
    yield "pixels", LOGISTIC, dense_kept(LOGISTIC)


def logistic_rule(source: Source, label: int, rules: Kept, asked: int) -> Iterator[Control]:
    """Logistic regression on as many of the rule's pixels as `asked` parameters allow."""
    pixels = sorted(pixels_by(RULES, source, label, rules)[: max(asked - 1, 1)])
    yield "pixels", LOGISTIC, Kept({LOGISTIC.layers[0].name: tuple(pixels)})


def tiny_networks(source: Source, label: int, rules: Kept, asked: int) -> Iterator[Control]:
    """Networks of one hidden layer on the rule's pixels: the shapes that `asked` parameters allow."""
    return _shapes(pixels_by(RULES, source, label, rules), asked)


def tiny_live(source: Source, label: int, rules: Kept, asked: int) -> Iterator[Control]:
    """As `tiny_networks`, on pixels that the source's draw takes among those that vary."""
    return _shapes(pixels_by("random_live", source, label, rules), asked)


def _shapes(ordered: Sequence[int], asked: int) -> Iterator[Control]:
    for hidden in HIDDEN:
        pixels = (asked - 1 - 2 * hidden) // hidden  # hidden (pixels + 1) + hidden + 1 parameters
        if 0 < pixels <= len(ordered):
            network = tiny(hidden)
            units = tuple(range(hidden))
            yield network.name, network, Kept({"hidden": tuple(sorted(ordered[:pixels])), "output": units})


def tiny_coarse(source: Source, label: int, rules: Kept, asked: int) -> Iterator[Control]:
    """Networks on means of squares: for each window as many hidden units as `asked` parameters allow, and none."""
    fitting = [network for window in WINDOWS for network in _coarse(window, asked)]
    for network in fitting or _coarse(SMALLEST, asked):
        yield network.name, network, dense_kept(network)


def _coarse(window: int, asked: int) -> Iterator[Architecture]:
    linear = coarse(window, 0)
    hidden = (asked - 1) // (linear.parameters + 1)  # each has a weight behind it, too
    yield from (coarse(window, units) for units in {0, hidden} if coarse(window, units).parameters <= asked)


MAKERS = dict(zip(CONTROLS, (logistic, logistic_rule, tiny_networks, tiny_live, tiny_coarse), strict=True))
