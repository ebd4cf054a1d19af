"""A network of which only some channels are left: the same module, with the rows and columns of its parts cut down."""

import copy
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from specdnn.cutting.parts import CONVOLUTIONS, channel_axis
from specdnn.cutting.structure import Structure
from specdnn.cutting.widths import staying

Plan = dict[str, tuple[list[int], list[int]]]  # part -> the columns and the rows that stay


def plan(structure: Structure, kept: np.ndarray, classes: tuple[int, ...]) -> Plan:
    """What stays of each part of which something goes; the outputs in the order of `classes`."""
    place = {int(structure.classes[label]): at for at, label in enumerate(classes)}

    def ordered(indices: np.ndarray, units: np.ndarray) -> list[int]:
        return sorted(indices.tolist(), key=lambda index: place.get(int(units[index]), index))

    found = {}
    for name, part in structure.parts.items():
        columns, rows = map(ordered, staying(structure, kept, name), structure.both(name))
        if (columns, rows) != ([*range(part.size(0))], [*range(part.size(1))]):
            found[name] = (columns, rows)
    return found


def carried_out(model: nn.Module, cuts: Plan, unused: tuple[str, ...] = ()) -> nn.Module:
    """A copy of the network with what stays; modules that never run become None. Its mode is that of evaluation."""
    small = copy.deepcopy(model).eval()
    for name, (columns, rows) in cuts.items():
        owner, _, last = name.rpartition(".")
        above = small.get_submodule(owner)
        if isinstance(found := getattr(above, last), nn.Parameter):
            setattr(above, last, _selected(found, channel_axis(found), rows))
        else:
            _cut(found, columns, rows)
    for name in unused:
        owner, _, last = name.rpartition(".")
        above = small.get_submodule(owner)
        setattr(above, last, None)
        if hasattr(above, "aux_logits"):
            cast(Any, above).aux_logits = False  # torchvision's way to say that a module in training gives logits alone
    return small


def _selected(parameter: nn.Parameter, axis: int, indices: list[int]) -> nn.Parameter:
    chosen = torch.tensor(indices, device=parameter.device)
    return nn.Parameter(parameter.detach().index_select(axis, chosen), parameter.requires_grad)


def _cut(module: nn.Module, columns: list[int], rows: list[int]) -> None:
    layer = cast(Any, module)
    for name, parameter in module.named_parameters(recurse=False):
        setattr(module, name, _selected(parameter, 0, rows))
    if isinstance(module, nn.Linear):
        layer.weight = _selected(layer.weight, 1, columns)
        layer.in_features, layer.out_features = len(columns), len(rows)
    elif isinstance(module, CONVOLUTIONS):
        each = layer.in_channels // layer.groups  # inputs a block
        if layer.groups == 1:
            layer.weight = _selected(layer.weight, 1, columns)
        else:
            layer.groups = len(columns) // each
        layer.in_channels, layer.out_channels = len(columns), len(rows)
    elif isinstance(module, nn.PReLU):
        layer.num_parameters = len(rows)
    else:
        layer.num_features = len(rows)
        for name, values in module.named_buffers(recurse=False):
            if values.dim():
                layer.register_buffer(name, values[rows].clone())


def masked(model: nn.Module, structure: Structure, kept: np.ndarray) -> nn.Module:
    """A copy of the whole network in which no kept row reads a dropped channel: its columns are zero."""
    whole = copy.deepcopy(model).eval()
    for name, part in structure.parts.items():
        if part.kind == "matrix":
            columns, _ = staying(structure, kept, name)
            gone = np.setdiff1d(np.arange(part.size(0)), columns)
            with torch.no_grad():
                cast(Any, whole.get_submodule(name)).weight[:, torch.from_numpy(gone)] = 0
    return whole


def as_json(cuts: Plan) -> Mapping[str, list[list[int]]]:
    return {name: [*sides] for name, sides in cuts.items()}
