"""Methods that look at the weights alone: the paper's rules, and the plain rankings they are compared with.

With S_j = sum over i in C of A_ij (`specdnn.selection.strength`):

    magnitude    S_j; all readings of the paper's rule, calibrated or not, rank by S_j as well
    specificity  S_j / sum over all rows i of A_ij, the share of an input's strength that goes to C; 0 for a zero column
    random       a uniform permutation of the inputs, the same for every C: what choosing well is worth
"""

import hashlib

import numpy as np

from specdnn.methods.base import Layer, Method, Thresholds
from specdnn.selection import RULES, Selection, decide, strength


def magnitude(layer: Layer) -> np.ndarray:
    return strength(layer.affinity, layer.rows)


def specificity(layer: Layer) -> np.ndarray:
    total = layer.affinity.sum(axis=0)
    return np.divide(magnitude(layer), total, out=np.zeros_like(total), where=total > 0)


def random(layer: Layer) -> np.ndarray:
    digest = hashlib.sha256(f"random/{layer.seed}/{layer.label}/{layer.name}".encode()).digest()
    generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    return generator.permutation(layer.affinity.shape[1]).astype(np.float64)


def _rule(name: str) -> Method:
    def keeps(layer: Layer, thresholds: Thresholds) -> Selection:
        return decide(layer.affinity, layer.rows, rule=name, t=thresholds.t)

    return Method(magnitude, keeps)


METHODS = {name: _rule(name) for name in RULES} | {
    "magnitude": Method(magnitude),
    "specificity": Method(specificity),
    "random": Method(random),
    "scratch": Method(magnitude, fresh=True),  # what the dense network's weights are worth
}
