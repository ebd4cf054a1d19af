"""The ways to choose a layer's inputs, by the name that the wildcard `method` takes."""

from specdnn.methods import ccme, disparity, gradients, weights
from specdnn.methods.base import Layer, Method, Thresholds

METHODS: dict[str, Method] = weights.METHODS | disparity.METHODS | ccme.METHODS | gradients.METHODS

__all__ = ["METHODS", "Layer", "Method", "Thresholds"]
