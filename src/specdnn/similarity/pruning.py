"""Magnitude pruning of single parameters with exact counts and masks that only ever shrink. No torch: plain arrays.

Iterative magnitude pruning with learning-rate rewinding: Renda, Frankle and Carbin, "Comparing Rewinding and
Fine-tuning in Neural Network Pruning" (ICLR 2020). Round by round: prune a fraction of the surviving parameters, those
of smallest |w| over the whole network; keep the others' values; train again with a fresh optimiser.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from specdnn.networks.models import Architecture

Masks = dict[str, np.ndarray]  # tensor name -> True where a parameter survives, shape of the tensor


@dataclass(frozen=True)
class Pruning:
    """iterative: each round starts from the network of the round before, else from the dense one;
    rewinds: retraining runs the full schedule of learning rates, else only its last rate."""

    iterative: bool
    rewinds: bool


METHODS: dict[str, Pruning] = {
    "rewinding": Pruning(iterative=True, rewinds=True),
    "fine_tuning": Pruning(iterative=True, rewinds=False),  # what the released demo does, whose rate is never reset
    "one_shot": Pruning(iterative=False, rewinds=True),
}


def full_masks(architecture: Architecture) -> Masks:
    return {name: np.ones(shape, dtype=bool) for name, shape in architecture.shapes().items()}


def prunable(architecture: Architecture) -> list[str]:
    """Names of the tensors that may be pruned: weights and biases of all layers but the last."""
    last = architecture.layers[-1].name
    return [name for name in architecture.shapes() if not name.startswith(f"{last}.")]


def pruned_count(surviving: int, fraction: float, times: int = 1) -> int:
    """How many of `surviving` parameters go when a fraction of what survives is pruned `times` times.

    Each time the number is rounded to the nearest whole one, as torch.nn.utils.prune rounds an amount.
    """
    left = surviving
    for _ in range(times):
        left -= round(fraction * left)
    return surviving - left


def prune(tensors: Mapping[str, np.ndarray], masks: Masks, names: list[str], count: int) -> Masks:
    """The masks without the `count` surviving parameters of smallest |w| among the tensors `names`.

    Exactly `count` are pruned: ties go by place, tensors in the order of `names`, then row by row, the first pruned
    first. Raises ValueError where fewer than `count` survive.
    """
    magnitudes = np.concatenate([np.abs(tensors[name]).reshape(-1) for name in names])
    alive = np.concatenate([masks[name].reshape(-1) for name in names])
    places = np.flatnonzero(alive)
    if not 0 <= count <= len(places):
        raise ValueError(f"cannot prune {count:,} parameters: {len(places):,} survive")
    alive[places[np.argsort(magnitudes[places], kind="stable")[:count]]] = False
    parts = np.split(alive, np.cumsum([masks[name].size for name in names])[:-1])
    return {**masks, **{name: part.reshape(masks[name].shape) for name, part in zip(names, parts, strict=True)}}


def surviving(masks: Masks, names: list[str]) -> int:
    return int(sum(masks[name].sum() for name in names))


def density(masks: Masks) -> float:
    """Share of all parameters, of the last layer too, that survive."""
    return sum(int(mask.sum()) for mask in masks.values()) / sum(mask.size for mask in masks.values())
