"""The specialists of the comparison: many networks that are cut, trained and scored together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.names import OWN
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept
from specdnn.networks.models import LOGISTIC, Architecture
from specdnn.networks.network import Network, Tensors, drawn
from specdnn.selection.specialist import load_dense


@dataclass(frozen=True)
class Member:
    """One specialist: whose class, of which size, what it keeps and what it starts from.

    share: of the dense network's parameters that was asked for; None for SpecDNN's own size; asked: in parameters.
    """

    label: int
    share: float | None
    asked: int
    architecture: Architecture
    kept: Kept
    tensors: Mapping[str, np.ndarray]

    @property
    def size(self) -> str:
        """In names of tensors, files and random streams: "own", or "0.003"."""
        return OWN if self.share is None else f"{self.share:g}"

    @property
    def name(self) -> str:
        return f"{self.size}/class{self.label}"

    @property
    def outputs(self) -> tuple[int, ...]:
        """The dense network's output for the class; the only one of a network of its own."""
        return (0,) if self.architecture is LOGISTIC else (self.label,)

    @property
    def parameters(self) -> int:
        return extract.parameters(self.architecture, self.kept)

    def network(self) -> Network:
        return Network(self.architecture, self.kept, self.outputs).load(self.tensors)

    def trained(self, tensors: Mapping[str, np.ndarray], path: str | Path) -> "Member":
        """With its own tensors among those of a checkpoint. Raises UserError where they are not there."""
        try:
            return replace(self, tensors={name: tensors[f"{self.name}/{name}"] for name in self.tensors})
        except KeyError as missing:
            raise UserError(f"{path}: has no {missing}; delete it and run snakemake again") from None


def load(selections_path: str | Path, dense_path: str | Path) -> list[Member]:
    """The members that `compare_select` chose, with their initial weights.

    Raises UserError where the file is no selection, or was made from another dense network.
    """
    chosen = artefacts.read_json(selections_path)
    try:
        record, specialists = chosen["record"], chosen["specialists"]
        params, fresh = record["params"], chosen["fresh"]
    except KeyError as missing:
        raise UserError(f"{selections_path}: no selections ({missing}); delete it and run snakemake again") from None
    artefacts.check_fresh(selections_path, record, {"dense": dense_path})
    dense = load_dense(dense_path, params["model"])
    members = []
    for entry in specialists:
        architecture = LOGISTIC if entry["network"] == LOGISTIC.name else models.load(entry["network"])
        kept = Kept.checked(entry["kept"], architecture, str(selections_path))
        member = Member(entry["label"], entry["share"], entry["asked"], architecture, kept, {})
        members.append(replace(member, tensors=_initial(member, dense, params if fresh else None)))
    return members


def _initial(member: Member, dense: Tensors, drawn_for: Mapping | None) -> Tensors:
    """The dense network's weights of what is kept; drawn at random for a method and a seed, where these are given."""
    if drawn_for is None:
        return extract.extract(dense, member.architecture, member.kept, member.outputs)
    names = ("init", drawn_for["method"], drawn_for["seed"], member.name)
    return drawn(lambda: Network(member.architecture, member.kept, member.outputs), *names).tensors()


def by_size(members: Iterable[Member]) -> dict[str, list[Member]]:
    groups: dict[str, list[Member]] = {}
    for member in members:
        groups.setdefault(member.size, []).append(member)
    return groups
