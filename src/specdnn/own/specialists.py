"""The specialists of one dense network for one set of classes: cut, retrained, their thresholds chosen, scored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from specdnn import artefacts
from specdnn.cutting import structure
from specdnn.cutting.widths import Of
from specdnn.networks.network import Tensors
from specdnn.own import decisions, losses, training, ways
from specdnn.own.images import Images, Part
from specdnn.training.schedule import Schedule

COSTS = ("parameters", "multiply_accumulates")
DENSE = ("dense", "dense_tuned")  # restricted to the set: by its own decision, at a threshold chosen as for specialists


@dataclass(frozen=True)
class Set:
    """What the specialists of one set of classes share.

    dense: in eval mode; classes: their numbers; training, choosing: of the images; most: images of an epoch; of: what
    shares are of.
    """

    dense: nn.Module
    images: Images
    classes: list[int]
    training: Part
    choosing: Part
    statistics: Mapping[str, np.ndarray] | None
    schedule: Schedule
    loss: str
    most: int | None
    of: Of
    seed: int
    device: str

    @cached_property
    def truth(self) -> dict[str, np.ndarray]:
        """held_out and test: each image's place in the set."""
        parts = {"held_out": self.choosing, "test": self.images.test}
        return {name: decisions.places(part.labels.numpy(), self.classes) for name, part in parts.items()}

    @cached_property
    def wanted(self) -> Tensor:
        return losses.wanted(self.training.labels, self.classes)

    @cached_property
    def structure(self) -> structure.Structure:
        return structure.read(self.dense, self.example)

    @cached_property
    def example(self) -> Tensor:
        """One image as the dense network takes it."""
        return training.Normalised.of(self.dense, self.images).prepared(self.training.pixels[:1])


@dataclass(frozen=True)
class Specialist:
    """tensors: of the retrained network; about: plan, thresholds, certificate, history and row, as JSON has them."""

    tensors: Tensors
    about: Mapping[str, Any] = field(default_factory=dict)


def made(of_set: Set, method: str, share: float, state: Path, record: Mapping) -> Specialist:
    """Cut, retrain, choose and score one; state: of its unfinished training."""
    cut = ways.cut(
        method,
        of_set.dense,
        of_set.example,
        of_set.classes,
        share=share,
        of=of_set.of,
        statistics=of_set.statistics,
        seed=of_set.seed,
        structure=of_set.structure,
    )
    truth = of_set.truth["held_out"]

    def score(logits: np.ndarray) -> float:
        """Balanced accuracy of the set on held-out images, at thresholds chosen on them."""
        chosen = decisions.thresholds(logits, truth)
        return decisions.balanced_accuracy(decisions.answered(logits - chosen), truth)

    network = cut.network.to(of_set.device)
    found = training.fit(
        network,
        of_set.images,
        (of_set.training.pixels, of_set.wanted),
        loss=losses.SetLoss(of_set.loss, of_set.wanted.mean(0).tolist()).to(of_set.device),
        score=score,
        choosing=of_set.choosing.pixels,
        schedule=of_set.schedule,
        order=("own", "retrain", of_set.seed),
        most=of_set.most,
        state=state,
        record=record,
        device=of_set.device,
    )
    module = training.Normalised.of(training.loaded(network, found.best[0]), of_set.images).to(of_set.device)
    thresholds = decisions.thresholds(training.answers(module, of_set.choosing.pixels, of_set.device), truth)
    leads = training.answers(module, of_set.images.test.pixels, of_set.device) - thresholds
    epoch = found.best_epochs[0]
    row = {
        "method": method,
        "share": share,
        "epoch": epoch,
        **{name: getattr(cut.counts, name) for name in COSTS},
        "held_out_balanced_accuracy": found.history[epoch - 1]["scores"][0],
        **decisions.scored(leads, of_set.truth["test"]),
    }
    about = {
        "plan": cut.plan,
        "thresholds": [float(value) for value in thresholds],
        "certificate": cut.certificate.facts(),
        "history": found.history,
        "row": row,
        "dense": {name: getattr(cut.dense, name) for name in COSTS},
    }
    return Specialist(found.best[0], about)


def finished(of_set: Set, method: str, share: float, stem: Path, record: Mapping) -> Specialist:
    """As `made`, but taken from its file where an earlier run of this very job got so far; else it leaves one."""
    of_one = {**record, "specialist": name_of(method, share)}
    path, state = (stem.with_suffix(f".{method}-{share:g}.{kind}") for kind in ("done", "state"))
    if kept := artefacts.load_state(path, of_one):
        return Specialist(*kept)
    specialist = made(of_set, method, share, state, of_one)
    artefacts.save_state(path, specialist.tensors, of_one, specialist.about)
    state.unlink(missing_ok=True)
    return specialist


def name_of(method: str, share: float) -> str:
    return f"{method}/{share:g}"


def dense_rows(of_set: Set) -> list[dict]:
    """The dense network restricted to the set, as rows of the scores, and its thresholds: none, and a tuned one."""
    module = training.Normalised.of(of_set.dense, of_set.images).to(of_set.device)
    parts = {"held_out": of_set.choosing.pixels, "test": of_set.images.test.pixels}
    leads = {
        name: decisions.restricted(training.answers(module, pixels, of_set.device), of_set.classes)
        for name, pixels in parts.items()
    }
    tuned = decisions.threshold(leads["held_out"].max(1), of_set.truth["held_out"] != decisions.NONE)
    rows = []
    for method, threshold in zip(DENSE, (np.float32(0), tuned), strict=True):
        held_out = decisions.answered(leads["held_out"] - threshold)
        rows.append(
            {
                "method": method,
                "threshold": float(threshold),
                "held_out_balanced_accuracy": decisions.balanced_accuracy(held_out, of_set.truth["held_out"]),
                **decisions.scored(leads["test"] - threshold, of_set.truth["test"]),
            }
        )
    return rows


def save(path: str | Path, specialists: Mapping[str, Specialist], record: Mapping) -> None:
    tensors = {f"{name}/{key}": value for name, one in specialists.items() for key, value in one.tensors.items()}
    artefacts.save_tensors(
        path, tensors, {**record, "specialists": {name: one.about for name, one in specialists.items()}}
    )


def load(path: str | Path) -> tuple[dict[str, Specialist], dict]:
    """Name -> specialist, and the record."""
    tensors, record = artefacts.load_tensors(path)
    found = {}
    for name, about in record["specialists"].items():
        own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
        found[name] = Specialist(own, about)
    return found, record


def as_torch(tensors: Tensors) -> dict[str, Tensor]:
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in tensors.items()}
