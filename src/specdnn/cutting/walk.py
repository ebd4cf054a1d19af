"""The walk back from some outputs to the first layer, group by group, in any network.

Groups are decided by their last reader, the last first. In the first sweep a group sees the rows that are decided by
then; in the second the rows of all its readers. There it ends: a fixed point need not exist, and `moved` says how many
units a third sweep would exchange.
"""

from dataclasses import dataclass

import numpy as np

from specdnn.cutting.scoring import Scoring, Statistics
from specdnn.cutting.widths import Widths
from specdnn.errors import UserError
from specdnn.selection import methods
from specdnn.selection.method import Method

SWEEPS = 2
METHODS = ("magnitude", "specificity", "disparity", "captor", "taylor", "random", "random_live")


@dataclass(frozen=True)
class Choice:
    """classes: whose outputs stay, in this order; method: who ranks; seed, draw: name what is random."""

    classes: tuple[int, ...]
    method: str = "magnitude"
    seed: int | None = None
    draw: int = 1

    def ranking(self, statistics: Statistics) -> Method:
        """The method. Raises UserError where there is none of this name, or it reads what is not given."""
        if self.method not in METHODS:
            raise UserError(f"method = {self.method}: cuts no network of this kind; known: {', '.join(METHODS)}")
        found = methods.load(self.method)
        for what in found.reads:
            ending = "/inputs" if what == "activations" else f"/{self.method}"
            if not any(name.endswith(ending) for name in statistics):
                raise UserError(
                    f"method = {self.method}: ranks by {what} on images; give statistics, as "
                    "specdnn.cutting.statistics.gather makes them"
                )
        if "seed" in found.takes and self.seed is None:
            raise UserError(f"method = {self.method}: draws at random; give a seed")
        return found


@dataclass(frozen=True)
class Walked:
    """kept: whether each unit of the network stays; moved: units that a third sweep would exchange."""

    kept: np.ndarray
    moved: int


def walk(scoring: Scoring, widths: Widths, choice: Choice, statistics: Statistics) -> Walked:
    """Keep `widths` units of each group, and of the outputs the classes; groups without a width stay whole."""
    structure, method = scoring.structure, choice.ranking(statistics)
    kept, decided = np.ones(structure.units, bool), np.ones(structure.units, bool)
    kept[structure.classes] = False
    kept[structure.classes[list(choice.classes)]] = True
    groups = [group for group in structure.groups if group.name in widths]
    for group in groups:
        decided[group.units] = False
    moved = 0
    for sweep in range(SWEEPS + 1):
        before = kept.copy()
        for group in groups:
            among = scoring.candidates(group, kept & decided, choice.classes, statistics, choice.seed, choice.draw)
            best = method.order(among)[: widths[group.name]]
            kept[group.units], decided[group.units] = False, True
            kept[group.units[best]] = True
        if sweep == SWEEPS:
            moved, kept = int((kept & ~before).sum()), before
    return Walked(kept, moved)
