"""CAPTOR's class score gamma_iy = |dP(y)/da_i|, the mean over training images of class y; a map counts as its mean.

Inputs whose preferred class (the one with the largest gamma) is k come first, then it goes by gamma_ik. P are the
outputs (sigmoids), a_i is a layer's input. `src/gradients.py` computes gamma. Source: Qin et al., "CAPTOR", 2019.
"""

import numpy as np

from specdnn.selection.method import Candidates, Method


def ranks(candidates: Candidates) -> np.ndarray:
    """gamma_ik, and for inputs that prefer class k twice the largest of them on top, shape (m,)."""
    gamma = candidates.gradients["captor"]
    own = gamma[candidates.label]
    preferred = gamma.argmax(axis=0) == candidates.label
    return own + np.where(preferred, 2 * own.max(), 0)


METHOD = Method(ranks, reads=("gradients",))
