"""Which channels of a network are tied, and who reads them: all that cutting must know of its structure.

element  one channel on one side of a part: row i or column k of a matrix, channel j of a norm
unit     elements that are kept or dropped together
group    units that the same parts make and read: the channels of a layer, or of a whole residual stream
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from specdnn.cutting.links import NO_UNIT, Factors, Links, graph_of
from specdnn.cutting.parts import Part, observe
from specdnn.errors import UserError


@dataclass(frozen=True, eq=False)
class Group:
    """name: of the first part that makes it; units: theirs; readers: the matrices that read them, first to last.

    whole: why it cannot be cut, None where it can.
    """

    name: str
    units: np.ndarray
    readers: tuple[str, ...]
    whole: str | None = None


@dataclass(frozen=True)
class Structure:
    """parts: by name, in the order in which they run; groups: those without the classes' own.

    inputs, outputs: part -> unit of each of its columns, rows; NO_UNIT where it has none.
    norms: matrix or filter -> the norm that directly follows it; ways: matrix -> what scales single channels between
    it and the group that it reads; a norm that belongs to the matrix or the filter in front of it is not among them.
    classes: unit of each output of the network; unused: modules that the forward pass never reached.
    """

    parts: Mapping[str, Part]
    inputs: Mapping[str, np.ndarray]
    outputs: Mapping[str, np.ndarray]
    groups: tuple[Group, ...]
    classes: np.ndarray
    norms: Mapping[str, str]
    ways: Mapping[str, Factors]
    units: int
    unused: tuple[str, ...] = ()

    def both(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        """The units of its columns and of its rows."""
        return self.inputs[part], self.outputs[part]


def read(model: nn.Module, example: Tensor) -> Structure:
    """The structure of a network as it runs on `example`, batch x ...; the network itself is left as it was.

    Raises UserError where it is no module, gives something other than a tensor of batch x classes, or cannot be
    followed.
    """
    if not isinstance(model, nn.Module):
        raise UserError(f"model: a {type(model).__name__}, expected a torch.nn.Module; load weights into one first")
    if isinstance(model, torch.jit.ScriptModule):
        raise UserError(f"model: a {type(model).__name__} of TorchScript cannot be followed; give the module itself")
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        seen = observe(model, example)
        graph = graph_of(model, example)
    finally:
        for module, mode in modes:
            module.training = mode
    links, parts = Links(graph, {part.module: part for part in seen.parts.values()}), seen.parts
    inputs, outputs = ({name: links.of_side(part, side) for name, part in parts.items()} for side in (0, 1))
    whole = {int(links.units[element]): "its indices do not fit a part" for element in links.strange}
    for name, part in parts.items():
        if part.whole:
            touched = {*inputs[name].tolist(), *outputs[name].tolist()} - {NO_UNIT}
            whole |= dict.fromkeys(touched, f"{name} ({type(part.module).__name__}) {part.whole}")
    classes, norms = links.classes(), links.norms()
    if stuck := [whole[unit] for unit in classes.tolist() if unit in whole]:
        raise UserError(f"{type(model).__name__}: the layer that gives the classes cannot be cut: {stuck[0]}")
    ways = {name: links.way(name, norms) for name, part in parts.items() if part.is_matrix and name in links.node_of}
    groups = _groups(parts, inputs, outputs, classes, whole)
    return Structure(parts, inputs, outputs, groups, classes, norms, ways, int(links.units.max()) + 1, seen.unused)


def _groups(
    parts: Mapping[str, Part],
    inputs: Mapping[str, np.ndarray],
    outputs: Mapping[str, np.ndarray],
    classes: np.ndarray,
    whole: Mapping[int, str],
) -> tuple[Group, ...]:
    """Units by the parts that they are in, by their last reader, the last first; the classes' own are left out."""
    touched: dict[int, list[tuple[int, int]]] = {}
    for place, name in enumerate(parts):
        for side, units in enumerate((inputs[name], outputs[name])):
            for unit in np.unique(units[units != NO_UNIT]).tolist():
                touched.setdefault(unit, []).append((place, side))
    by_places: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for unit in sorted(touched.keys() - {*classes.tolist()}):
        by_places.setdefault(tuple(touched[unit]), []).append(unit)
    names = list(parts)
    found: list[tuple[int, Group]] = []
    for places, members in by_places.items():
        readers = [place for place, side in places if side == 0 and parts[names[place]].is_matrix]
        makers = [names[place] for place, side in places if side == 1] or [names[places[0][0]]]
        same = sum(group.name.partition("#")[0] == makers[0] for _, group in found)
        name = f"{makers[0]}#{same + 1}" if same else makers[0]
        reason = next((whole[unit] for unit in members if unit in whole), None)
        if not readers and reason is None:
            reason = "no convolution or linear layer reads it"
        last = readers[-1] if readers else len(names)
        found.append((last, Group(name, np.array(members), tuple(names[place] for place in readers), reason)))
    return tuple(group for _, group in sorted(found, key=lambda entry: -entry[0]))
