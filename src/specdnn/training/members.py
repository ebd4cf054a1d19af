"""The specialists of the comparison: many networks that are cut, trained and scored together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.names import CONTROLS, OWN
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture
from specdnn.networks.network import Network, Tensors, drawn
from specdnn.selection.specialist import load_candidates

Initial = Literal["kept", "random"]


@dataclass(frozen=True)
class Member:
    """One specialist: whose class, which units at which widths, from which weights, by which loss.

    share: of the dense network's parameters that was asked for; None for SpecDNN's own size; asked: in parameters;
    draw: of what is random about it; initial: the dense network's weights of what is kept, or random ones.
    """

    label: int
    units: str
    widths: str
    share: float | None
    draw: int
    asked: int
    architecture: Architecture
    kept: Kept
    initial: Initial = "kept"
    loss: str = "squared"
    tensors: Mapping[str, np.ndarray] = field(default_factory=dict)  # none before it has begun

    @property
    def of(self) -> tuple[str, ...]:
        """Which units of which network: what its random weights depend on, beside the seed."""
        size = OWN if self.share is None else f"{self.share:g}"
        return self.units, self.widths, size, str(self.draw), f"class{self.label}"

    @property
    def name(self) -> str:
        """In names of tensors."""
        return "/".join([self.initial, self.loss, *self.of])

    @property
    def outputs(self) -> tuple[int, ...]:
        """The dense network's output for the class; the only one of a network that is not cut from it."""
        return (0,) if self.units in CONTROLS else (self.label,)

    @property
    def parameters(self) -> int:
        return extract.parameters(self.architecture, self.kept)

    @property
    def kind(self) -> str:
        """Members of one kind can be trained as one module: LAYERS-CONVOLUTIONS, and the window of means."""
        architecture = self.architecture
        window = f"-{architecture.window}" if architecture.window > 1 else ""
        return f"{len(architecture.layers)}-{len(architecture.convolutions)}{window}"

    def network(self) -> Network:
        return Network(self.architecture, self.kept, self.outputs).load(self.tensors)

    def begun(self, dense: Tensors, seed: int) -> "Member":
        """With its initial weights; seed: of the dense network."""
        if self.initial == "kept":
            return replace(self, tensors=extract.extract(dense, self.architecture, self.kept, self.outputs))
        make = drawn(lambda: Network(self.architecture, self.kept, self.outputs), "init", seed, *self.of)
        return replace(self, tensors=make.tensors())

    def trained(self, tensors: Mapping[str, np.ndarray], path: str | Path) -> "Member":
        """With its own tensors among those of a checkpoint. Raises UserError where they are not there."""
        names = (f"{layer.name}.{kind}" for layer in self.architecture.layers for kind in ("weight", "bias"))
        try:
            return replace(self, tensors={name: tensors[f"{self.name}/{name}"] for name in names})
        except KeyError as missing:
            raise UserError(f"{path}: has no {missing}; delete it and run snakemake again") from None


def load(selections_path: str | Path, dense_path: str | Path) -> tuple[list[Member], dict]:
    """The members that `compare_select` chose, without weights, and the values that it was given.

    Raises UserError where the file is no selection, or was made from another dense network.
    """
    chosen = artefacts.read_json(selections_path)
    try:
        record, specialists = chosen["record"], chosen["specialists"]
        params = record["params"]
        artefacts.check_fresh(selections_path, record, {"dense": dense_path})
        members = [member for entry in specialists for member in _crossed(entry, str(selections_path))]
    except (KeyError, TypeError) as missing:
        raise UserError(f"{selections_path}: no selections ({missing}); delete it and run snakemake again") from None
    return members, params


def of_selection(selection_path: str | Path, dense_path: str | Path, loss: str, seed: int) -> list[Member]:
    """The networks that `specialize` lists for a class, with the weights that they begin from; drawn, if not cut.

    Raises UserError where the file is no selection, or was made from another dense network.
    """
    found = []
    for one in load_candidates(selection_path, dense_path):
        method, asked = one.selection["record"]["params"]["method"], one.entry["parameters"]
        filed = (one.label, method, one.entry.get("network", method), None, 1, asked, one.architecture, one.kept)
        if one.tensors:
            found.append(Member(*filed, "kept", loss, one.tensors))
        else:
            found.append(Member(*filed, "random", loss).begun({}, seed))
    return found


def _crossed(entry: Mapping, where: str) -> Iterator[Member]:
    """The selection from each kind of weights and by each loss; random weights as often as the entry says.

    What is not cut from the dense network starts from random weights alone.
    """
    architecture = models.small(entry["network"])
    kept = Kept.checked(entry["kept"], architecture, where)
    label, units, widths, share = (entry[name] for name in ("label", "units", "widths", "share"))
    for initial in entry["initial"]:
        for draw in entry["draws"] if initial == "random" else entry["draws"][:1]:
            for loss in entry["losses"]:
                yield Member(label, units, widths, share, draw, entry["asked"], architecture, kept, initial, loss)


def by_kind(members: Iterable[Member]) -> Iterator[list[Member]]:
    """Lists of members that can be trained as one module."""
    groups: dict[str, list[Member]] = {}
    for member in members:
        groups.setdefault(member.kind, []).append(member)
    yield from groups.values()
