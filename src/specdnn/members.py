"""The specialists of a comparison: many networks that are cut, trained and scored together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from specdnn import artefacts, extraction, seeding
from specdnn.errors import UserError
from specdnn.extraction import Kept
from specdnn.methods.controls import LOGISTIC
from specdnn.models import ARCHITECTURES, Architecture
from specdnn.network import Network
from specdnn.specialist import load_dense


@dataclass(frozen=True)
class Member:
    """One specialist: whose class, asked for at which budget, what it keeps and what it starts from."""

    label: int
    budget: str
    asked: int
    architecture: Architecture
    kept: Kept
    tensors: Mapping[str, np.ndarray]

    @property
    def name(self) -> str:
        return f"{self.budget}/class{self.label}"

    @property
    def outputs(self) -> tuple[int, ...]:
        """The dense network's output for the class; the only one of a network of its own."""
        return (0,) if self.architecture is LOGISTIC else (self.label,)

    @property
    def parameters(self) -> int:
        return extraction.parameters(self.architecture, self.kept)

    def network(self, tensors: Mapping[str, np.ndarray]) -> Network:
        return Network(self.architecture, self.kept, self.outputs).load(tensors)


def fresh_weights(architecture: Architecture, kept: Kept, outputs: tuple[int, ...], *names: object) -> dict:
    """torch's default initial weights, drawn from the stream of these names."""
    with torch.random.fork_rng():
        torch.manual_seed(seeding.stream("init", *names).initial_seed())
        return Network(architecture, kept, outputs).tensors()


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
        architecture = LOGISTIC if entry["network"] == LOGISTIC.name else ARCHITECTURES[entry["network"]]
        kept = Kept({name: tuple(units) for name, units in entry["kept"].items()})
        member = Member(entry["label"], entry["budget"], entry["asked"], architecture, kept, {})
        if fresh:
            names = (params["method"], params["seed"], member.name)
            tensors = fresh_weights(architecture, kept, member.outputs, *names)
        else:
            tensors = extraction.extract(dense, architecture, kept, member.outputs)
        members.append(Member(**{**vars(member), "tensors": tensors}))
    return members


def by_budget(members: Iterable[Member]) -> dict[str, list[Member]]:
    groups: dict[str, list[Member]] = {}
    for member in members:
        groups.setdefault(member.budget, []).append(member)
    return groups
