"""How many units of each group stay, so that a network has a share of its parameters or of its arithmetic.

The share of every group that stays is the same (`even`, as in the comparison's curve), but for rounding and for the one
unit that each group must keep. So the widths depend on the network, the share and the number of classes, and not on
who ranks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from specdnn.cutting.links import NO_UNIT
from specdnn.cutting.parts import Part, macs
from specdnn.cutting.structure import Group, Structure
from specdnn.errors import UserError

Of = Literal["parameters", "multiply_accumulates"]
Widths = dict[str, int]  # group -> how many of its units stay
HALVINGS = 40  # of the interval of scales


def staying(structure: Structure, kept: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The columns and the rows of a part that stay, ascending; kept: whether each unit stays."""
    columns, rows = (np.flatnonzero((units == NO_UNIT) | kept[units]) for units in structure.both(name))
    return columns, rows


def parameters_of(part: Part, rows: int, columns: int) -> int:
    """Parameters of a part that is cut to so many rows and columns."""
    module: Any = part.module
    if part.kind == "parameter":
        return module.numel() // part.size(1) * rows
    if part.kind == "other":
        return sum(parameter.numel() for parameter in module.parameters())
    if part.kind == "norm":
        return sum(parameter.numel() // part.size(1) * rows for parameter in module.parameters())
    bias = rows if module.bias is not None else 0
    weights = module.weight.numel() // (part.size(0) * part.size(1))  # a kernel, over the blocks
    return rows * columns * weights + bias if part.is_matrix else module.weight.numel() // part.size(1) * rows + bias


@dataclass(frozen=True)
class Counts:
    """Parameters and multiply-accumulates of an image (in layers with weights) of a network."""

    parameters: int
    multiply_accumulates: int

    def of(self, what: Of) -> int:
        return self.parameters if what == "parameters" else self.multiply_accumulates


def count(structure: Structure, kept: np.ndarray) -> Counts:
    """Of what is left where these units stay."""
    found = [0, 0]
    for name, part in structure.parts.items():
        columns, rows = (len(side) for side in staying(structure, kept, name))
        found[0] += parameters_of(part, rows, columns)
        found[1] += macs(part, rows, columns)
    return Counts(*found)


def dense(structure: Structure) -> Counts:
    """Of the whole network, without modules that it never runs."""
    return count(structure, np.ones(structure.units, bool))


def _first(structure: Structure, widths: Widths, classes: int) -> np.ndarray:
    """Some units of the right number: which ones, changes no count."""
    kept = np.ones(structure.units, bool)
    kept[structure.classes[classes:]] = False
    for group in structure.groups:
        kept[group.units[widths.get(group.name, len(group.units)) :]] = False
    return kept


def even(structure: Structure, groups: Sequence[Group], classes: int, share: float, of: Of) -> Widths:
    """How many units of each of these groups stay, so that at most `share` of the dense network does.

    Raises UserError for a share outside of 0..1, and for one that is less than one unit a group takes.
    """
    if not 0 < share <= 1:
        raise UserError(f"share = {share}: expected above 0 and at most 1")
    limit = share * dense(structure).of(of)

    def at(scale: float) -> Widths:
        return {group.name: max(round(scale * len(group.units)), 1) for group in groups}

    def fits(scale: float) -> bool:
        return count(structure, _first(structure, at(scale), classes)).of(of) <= limit

    if fits(1):
        return at(1)
    if not fits(0):
        least = count(structure, _first(structure, at(0), classes)).of(of) / dense(structure).of(of)
        whole = [group.name for group in structure.groups if group not in groups]
        stays = f" where {len(whole)} groups stay whole ({', '.join(whole[:3])})" if whole else ""
        raise UserError(
            f"share = {share:g}: too small for one channel a layer{stays}; the least is {least:.2g} of the {of}"
        )
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return at(low)
