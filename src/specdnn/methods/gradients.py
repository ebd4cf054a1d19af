"""Methods that look at the network at work: gradients of a class's output with respect to the layer's inputs.

With P the outputs (sigmoids), a_i a layer's input and the mean over training images of class y:

    taylor  |a_i dP(y)/da_i|                               Molchanov et al., ICLR 2017; a map counts as its mean
    captor  gamma_iy = |dP(y)/da_i|                        CAPTOR's class score; a map counts as its mean

captor takes the inputs whose preferred class (the one with the largest gamma) is k first, then goes by gamma_ik.
`src/gradients.py` computes both.
"""

import numpy as np

from specdnn.methods.base import Layer, Method

STATISTICS = ("taylor", "captor")


def taylor(layer: Layer) -> np.ndarray:
    return layer.gradients["taylor"][layer.label]


def captor(layer: Layer) -> np.ndarray:
    gamma = layer.gradients["captor"]
    own = gamma[layer.label]
    preferred = gamma.argmax(axis=0) == layer.label
    return own + np.where(preferred, 2 * own.max(), 0)


METHODS = {
    "taylor": Method(taylor, reads_gradients=True),
    "captor": Method(captor, reads_gradients=True),
}
