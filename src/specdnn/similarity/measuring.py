"""All similarities of a pair of layers as rows of a table; what cannot be measured says why, and is never NaN."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from specdnn.similarity.metrics import SIMILARITIES, DeadLayer, Pair, TooFewSamples

RADIAL = ("rbf_cka", "rbf_cka_debiased")  # their time grows with the square of the samples


def measure(
    x: Tensor, y: Tensor, rbf_samples: int, extra: Mapping[str, Callable[[Pair], float]] | None = None
) -> list[dict]:
    """One row a metric: `metric`, `value` (None where there is none), `status`, and the size of what was measured.

    x: n x p, y: n x q. The radial metrics see at most `rbf_samples` evenly spaced samples; `extra` are further metrics
    than SIMILARITIES. status: ok, dead layer, or too few samples.
    """
    few = torch.linspace(0, len(x) - 1, min(len(x), rbf_samples)).long()
    pairs: dict[bool, Pair | None] = {}
    for radial, rows in ((False, slice(None)), (True, few)):
        try:
            pairs[radial] = Pair(x[rows], y[rows])
        except DeadLayer:
            pairs[radial] = None
    return [
        {
            "metric": name,
            "samples": len(few) if name in RADIAL else len(x),
            "units": [x.shape[1], y.shape[1]],
            **_value(metric, pairs[name in RADIAL]),
        }
        for name, metric in {**SIMILARITIES, **(extra or {})}.items()
    ]


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
