"""The largest S_j = sum over i in C of |W_ij|. All readings of the paper's rule, calibrated or not, rank by it too."""

import numpy as np

from specdnn.selection.method import Candidates, Method
from specdnn.selection.rules import strength


def ranks(candidates: Candidates) -> np.ndarray:
    """S_j, shape (m,)."""
    return strength(candidates.affinity, candidates.rows)


METHOD = Method(ranks)
