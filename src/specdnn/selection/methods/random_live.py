"""As `random`, among inputs that are not dead: what a rule that follows the weights gets for free.

Weight decay shrinks the weights of a pixel that never varies and of a unit that never fires, so no rule that ranks by
weights picks one. A control that does so is beaten for that alone.
"""

import numpy as np

from specdnn.selection.method import Candidates, Method
from specdnn.selection.methods.random import permutation

LIVE = 0.05  # of the largest standard deviation in the layer


def live(inputs: np.ndarray) -> np.ndarray:
    """Which inputs vary, shape (m,); inputs: samples x m."""
    deviations = inputs.std(axis=0, dtype=np.float64)
    return deviations > LIVE * deviations.max()


def ranks(candidates: Candidates) -> np.ndarray:
    """The permutation; dead inputs come last. Raises ValueError where there are no activations."""
    if candidates.activations is None:
        raise ValueError("no activations to tell live inputs by")
    drawn = permutation(candidates)
    return drawn + len(drawn) * live(candidates.activations.inputs)


METHOD = Method(ranks, reads=("activations",), takes=("seed",))
