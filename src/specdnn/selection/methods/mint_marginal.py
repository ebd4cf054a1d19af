"""As `mint`, but what an input tells of C on its own, whatever the others tell: I(x; y)."""

import numpy as np

from specdnn.selection.method import Candidates, Method
from specdnn.selection.methods.mint import joining


def ranks(candidates: Candidates) -> np.ndarray:
    return -joining(candidates, given_others=False)


METHOD = Method(ranks, reads=("activations",))
