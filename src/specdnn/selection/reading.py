"""The paper's rules as selection methods: all rank by S_j, and differ in how many inputs they keep."""

from collections.abc import Callable

from specdnn.selection.method import Candidates, Thresholds
from specdnn.selection.rules import Selection, decide


def keeps_as(rule: str) -> Callable[[Candidates, Thresholds], Selection]:
    """The decision of a reading of the paper's rule, a key of `specdnn.selection.rules.RULES`."""

    def keeps(candidates: Candidates, thresholds: Thresholds) -> Selection:
        return decide(candidates.affinity, candidates.rows, rule=rule, t=thresholds.t)

    return keeps
