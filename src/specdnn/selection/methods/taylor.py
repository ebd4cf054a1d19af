"""The largest |a_i dP(y)/da_i|: an input times the gradient of the class's output y (Molchanov et al., ICLR 2017).

P are the outputs (sigmoids), a_i is a layer's input; the mean over training images of class y. A map counts as its
mean. `src/gradients.py` computes it.
"""

import numpy as np

from specdnn.selection.method import Candidates, Method


def ranks(candidates: Candidates) -> np.ndarray:
    """The mean over the images of the class, shape (m,)."""
    return candidates.gradients["taylor"][candidates.label]


METHOD = Method(ranks, reads=("gradients",))
