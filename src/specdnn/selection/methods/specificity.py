"""The largest S_j / sum over all rows i of |W_ij|: the share of an input's strength that goes to C."""

import numpy as np

from specdnn.selection.method import Candidates, Method
from specdnn.selection.rules import strength


def ranks(candidates: Candidates) -> np.ndarray:
    """Shares, shape (m,), each in 0..1."""
    total = candidates.affinity.sum(axis=0)
    return np.divide(strength(candidates.affinity, candidates.rows), total, out=np.zeros_like(total), where=total > 0)


METHOD = Method(ranks)
