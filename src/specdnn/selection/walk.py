"""The walk back from one class's output, layer by layer, to the pixels (SpecDNN, "Specialized DNN Extraction")."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from specdnn.networks.extract import Kept, channels_of
from specdnn.networks.models import Architecture
from specdnn.selection.method import Activations, Candidates
from specdnn.selection.rules import OnEmpty, Selection, affinity, select

Gradients = Mapping[str, Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Source:
    """The dense network that specialists are cut from, as the methods see it.

    gradients: layer -> statistic -> 10 x inputs; empty for methods that do not ask for it.
    activations: layer -> samples x inputs, and "outputs" -> samples x 10, logits; empty likewise.
    draw: which of several draws of a method that draws at random, from 1 on.
    """

    tensors: Mapping[str, np.ndarray]
    architecture: Architecture
    seed: int | None = None
    gradients: Gradients = field(default_factory=dict)
    activations: Mapping[str, np.ndarray] = field(default_factory=dict)
    draw: int = 1

    @cached_property
    def _affinities(self) -> dict[str, np.ndarray]:
        return {layer.name: affinity(self.tensors[f"{layer.name}.weight"]) for layer in self.architecture.layers}

    def candidates(self, name: str, rows: Sequence[int], label: int) -> Candidates:
        seen = self._seen(name) if self.activations else None
        gradients = self.gradients.get(name, {})
        return Candidates(name, self._affinities[name], tuple(rows), label, self.seed, gradients, seen, self.draw)

    def _seen(self, name: str) -> Activations:
        layers = [layer.name for layer in self.architecture.layers]
        above = layers.index(name) + 1
        if above == len(layers):
            return Activations(self.activations[name], self.activations["outputs"])
        read = self.activations[layers[above]]
        units = read.reshape(len(read), -1, self.architecture.positions(above)).mean(axis=2)
        return Activations(self.activations[name], units)


def walk(source: Source, label: int, choose: Callable[[Candidates], Selection]) -> dict[str, Selection]:
    """Layer name -> selection among its inputs, from the last layer to the first.

    The rows of a layer are what was kept of the inputs of the layer above; where these are flattened features,
    they are the channels that those belong to (feature // positions, without duplicates).
    Raises the ValueError that `choose` raises, with the layer's name put in front.
    """
    selections: dict[str, Selection] = {}
    rows: tuple[int, ...] = (label,)
    for index, layer in reversed([*enumerate(source.architecture.layers)]):
        try:
            chosen = choose(source.candidates(layer.name, rows, label))
        except ValueError as error:
            raise ValueError(f"layer {layer.name}, class {label}: {error}") from None
        selections[layer.name] = chosen
        if index:
            rows = channels_of(chosen.units, source.architecture.positions(index))[0]
    return selections


def walk_back(
    tensors: Mapping[str, np.ndarray],
    architecture: Architecture,
    label: int,
    *,
    rule: str,
    t: float,
    on_empty: OnEmpty,
) -> dict[str, Selection]:
    """`walk` with one of the paper's rules; raises what `specdnn.selection.rules.select` raises."""
    return walk(
        Source(tensors, architecture),
        label,
        lambda candidates: select(candidates.affinity, candidates.rows, rule=rule, t=t, on_empty=on_empty),
    )


def kept_of(selections: Mapping[str, Selection]) -> Kept:
    return Kept({name: tuple(sorted(selection.units)) for name, selection in selections.items()})
