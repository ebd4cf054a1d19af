"""All similarities of a pair of layers as rows of a table; what cannot be measured says why, and is never NaN."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from specdnn.similarity.metrics import SIMILARITIES, DeadLayer, Pair, Representation, TooFewSamples

RADIAL = ("rbf_cka", "rbf_cka_debiased")  # their time grows with the square of the samples


class Reading:
    """A layer of one network, read in one way, with what its pairs with several others have in common.

    activations: samples x units; the radial metrics see at most `rbf_samples` evenly spaced samples.
    """

    def __init__(self, activations: Tensor, rbf_samples: int):
        few = torch.linspace(0, len(activations) - 1, min(len(activations), rbf_samples)).long()
        self.units = activations.shape[1]
        self.samples = {False: len(activations), True: len(few)}
        self.layers = {False: _living(activations), True: _living(activations[few])}  # by "is the metric radial?"


def measure(first: Reading, second: Reading, extra: Mapping[str, Callable[[Pair], float]] | None = None) -> list[dict]:
    """One row a metric: `metric`, `value` (None where there is none), `status`, and the size of what was measured.

    Both readings are of the same samples; `extra` are further metrics than SIMILARITIES. status: ok, dead layer, or
    too few samples.
    """
    pairs = {radial: _pair(first.layers[radial], second.layers[radial]) for radial in (False, True)}
    return [
        {
            "metric": name,
            "samples": first.samples[name in RADIAL],
            "units": [first.units, second.units],
            **_value(metric, pairs[name in RADIAL]),
        }
        for name, metric in {**SIMILARITIES, **(extra or {})}.items()
    ]


def _living(activations: Tensor) -> Representation | None:
    try:
        return Representation(activations)
    except DeadLayer:
        return None


def _pair(first: Representation | None, second: Representation | None) -> Pair | None:
    return None if first is None or second is None else Pair(first, second)


def _value(metric: Callable[[Pair], float], pair: Pair | None) -> dict:
    if pair is None:
        return {"value": None, "status": "dead layer"}
    try:
        value = metric(pair)
    except DeadLayer:
        return {"value": None, "status": "dead layer"}
    except TooFewSamples:
        return {"value": None, "status": "too few samples"}
    if not math.isfinite(value):
        raise ArithmeticError(f"{metric.__name__}: {value}")
    return {"value": value, "status": "ok"}
