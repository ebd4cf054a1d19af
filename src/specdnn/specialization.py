"""The walk back from one class's output, layer by layer, to the pixels (SpecDNN, "Specialized DNN Extraction")."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from specdnn.extraction import Kept, channels_of
from specdnn.models import Architecture
from specdnn.selection import Selection, affinity, select


def walk_back(
    tensors: Mapping[str, np.ndarray],
    architecture: Architecture,
    label: int,
    *,
    rule: str,
    t: float,
    on_empty: Literal["raise", "top1"],
) -> dict[str, Selection]:
    """Layer name -> selection among its inputs, from the last layer to the first.

    The set C of a layer is what was kept of the inputs of the layer above; where these are flattened
    features, C is the channels that they belong to (feature // positions, without duplicates).
    Raises what `select` raises, with the layer's name put in front.
    """
    selections: dict[str, Selection] = {}
    rows: tuple[int, ...] = (label,)
    for index in reversed(range(len(architecture.layers))):
        layer = architecture.layers[index]
        try:
            chosen = select(affinity(tensors[f"{layer.name}.weight"]), rows, rule=rule, t=t, on_empty=on_empty)
        except ValueError as error:
            raise ValueError(f"layer {layer.name}, class {label}: {error}") from None
        selections[layer.name] = chosen
        if index:
            rows = channels_of(chosen.units, architecture.positions(index))[0]
    return selections


def kept_of(selections: Mapping[str, Selection]) -> Kept:
    return Kept({name: tuple(sorted(selection.units)) for name, selection in selections.items()})
