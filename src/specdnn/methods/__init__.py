"""The ways to choose a layer's inputs, by the name that the wildcard `method` takes."""

from specdnn.methods import ccme, dependence, disparity, gradients, weights
from specdnn.methods.base import Activations, Layer, Method, Thresholds

METHODS: dict[str, Method] = weights.METHODS | disparity.METHODS | ccme.METHODS | gradients.METHODS | dependence.METHODS

__all__ = ["METHODS", "Activations", "Layer", "Method", "Thresholds"]
