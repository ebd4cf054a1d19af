"""The ways in which a study makes specialists, by name; the workflow reads this, too, so it imports nothing heavy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """How a specialist's units are chosen, and from which weights it starts.

    method: of `specdnn.cutting`; fold: batch norm into |W|; fresh: random weights in place of those that are left;
    looks: at training images, by what `specdnn.cutting.statistics` gathers of them.
    """

    method: str
    fold: bool = True
    fresh: bool = False
    looks: bool = False


WAYS = {
    "magnitude": Way("magnitude"),  # SpecDNN's order
    "specificity": Way("specificity"),
    "disparity": Way("disparity"),
    "captor": Way("captor", looks=True),
    "taylor": Way("taylor", looks=True),
    "random": Way("random"),
    "random_live": Way("random_live", looks=True),
    "scratch": Way("magnitude", fresh=True),
    "magnitude_raw": Way("magnitude", fold=False),
}
DENSE = "dense"  # what the network that is cut is called beside them
