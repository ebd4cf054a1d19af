"""`extract`: a trained network in; out the small one for some of its classes, with the proof that the cut is exact."""

import copy
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from specdnn.cutting import files, widths
from specdnn.cutting.certificate import Certificate, certify
from specdnn.cutting.scoring import Scoring, Statistics
from specdnn.cutting.slices import as_json, carried_out, plan
from specdnn.cutting.structure import Group, Structure, read
from specdnn.cutting.walk import Choice, walk
from specdnn.errors import UserError

FORMAT = 1  # of a plan


@dataclass(frozen=True)
class Cut:
    """network: in evaluation mode, an output for each of the classes, in their order; plan: what stays of the dense.

    counts, dense: what it costs, and the whole network; whole: group -> why it was not cut; moved: units that a third
    sweep of the walk would exchange; example: one input; digest: SHA-256 of the network's weights as they were cut.
    """

    network: nn.Module
    plan: Mapping[str, Any]
    certificate: Certificate
    counts: widths.Counts
    dense: widths.Counts
    whole: Mapping[str, str]
    moved: int
    example: Tensor
    digest: str

    def save(self, folder: str | Path) -> None:
        """Weights, program (.pt2), ONNX, plan and card, in a folder; see `specdnn.cutting.files.save`."""
        files.save(self, folder, self.example)

    @property
    def parameters(self) -> int:
        return self.counts.parameters

    @property
    def multiply_accumulates(self) -> int:
        """Of one image, in layers with weights."""
        return self.counts.multiply_accumulates


def extract(
    model: nn.Module,
    example: Tensor,
    classes: Sequence[int],
    *,
    share: float,
    of: widths.Of = "parameters",
    method: str = "magnitude",
    statistics: Statistics | None = None,
    seed: int | None = None,
    draw: int = 1,
    fold: bool = True,
    structure: Structure | None = None,
) -> Cut:
    """Cut the network for some of its classes out of a trained one, at a share of its parameters or arithmetic.

        cut = specdnn.extract(model, torch.zeros(1, 3, 224, 224), classes=[3, 5], share=0.05)

    model: any module that gives logits, batch x classes; it is left as it was. example: what it takes, a batch of 1 or
    more. method: who ranks the units (specdnn.cutting.walk.METHODS); statistics: what some of them look at
    (specdnn.cutting.statistics.gather); seed, draw: name what is random; fold: whether norms count
    (specdnn.cutting.scoring); structure: of this model, where it was read before.

    Raises UserError where the model is none or cannot be followed, the classes or the share do not fit, or no exact cut
    exists.
    """
    structure = structure or read(model, example)
    chosen = checked(classes, len(structure.classes))
    choice = Choice(chosen, method, seed, draw)
    exact = copy.deepcopy(model).double().eval()
    whole = {group.name: group.whole for group in structure.groups if group.whole}
    scoring = Scoring(structure, fold)
    while True:
        groups = [group for group in structure.groups if group.name not in whole]
        wanted = widths.even(structure, groups, len(chosen), share, of)
        walked = walk(scoring, wanted, choice, statistics or {})
        certificate = certify(exact, structure, walked.kept, chosen, example)
        if certificate.exact:
            break
        alone = _inexact(exact, structure, walked.kept, chosen, example, [])
        found = alone or _inexact(exact, structure, walked.kept, chosen, example, groups)
        if alone or not found:
            why = "cut to these classes alone" if alone else "and no single group is the reason"
            raise UserError(
                f"{type(model).__name__}: no exact cut: the small network differs from the masked one by "
                f"{certificate.difference:.1e}, {why}; is there a softmax behind the logits, or a norm over channels?"
            )
        whole |= found
    cuts = plan(structure, walked.kept, chosen)
    described = {"format": FORMAT, "classes": list(chosen), "method": method, "share": share, "of": of, "fold": fold}
    described |= {"unused": list(structure.unused), "parts": as_json(cuts)}
    network = carried_out(model, cuts, structure.unused)
    counts = widths.count(structure, walked.kept)
    return Cut(
        network=network,
        plan=described,
        certificate=certificate,
        counts=counts,
        dense=widths.dense(structure),
        whole=whole,
        moved=walked.moved,
        example=example.detach()[:1],
        digest=files.digest_of(network),
    )


def checked(classes: Sequence[int], count: int) -> tuple[int, ...]:
    """The classes. Raises UserError unless there is one, each once, and each of the network's `count`."""
    try:
        found = tuple(operator.index(label) for label in classes)  # int() would take 3.7 for 3, and "37" for 3 and 7
    except TypeError:
        raise UserError(f"classes = {classes!r}: expected numbers 0 to {count - 1}, as [3, 5]") from None
    wrong = [label for label in found if not 0 <= label < count]
    if wrong or not found or len(set(found)) < len(found):
        what = f"{wrong[0]} is none" if wrong else "none is given" if not found else "one is given twice"
        raise UserError(f"classes = {[*found]}: {what}; expected some of 0 to {count - 1}, each once")
    return found


def _inexact(
    model: nn.Module,
    structure: Structure,
    kept: np.ndarray,
    classes: tuple[int, ...],
    example: Tensor,
    groups: list[Group],
) -> dict[str, str]:
    """The groups that cannot be cut even alone: half of those at fault at a time, down to single ones."""
    alone = np.ones(structure.units, bool)
    for group in groups:
        alone[group.units] = kept[group.units]
    alone[structure.classes] = kept[structure.classes]
    if certify(model, structure, alone, classes, example).exact:
        return {}
    if not groups:
        return {"": "the outputs"}
    if len(groups) == 1:
        return {groups[0].name: "without some of its channels the others change"}
    middle = len(groups) // 2
    return {
        name: reason
        for half in (groups[:middle], groups[middle:])
        for name, reason in _inexact(model, structure, kept, classes, example, half).items()
    }


def restore(model: nn.Module, described: Mapping[str, Any]) -> nn.Module:
    """The small network of a plan, from the dense network that it was made for or another of the same architecture.

    described: a cut's `plan`, or what its plan.json holds. The weights are the dense network's: those of a cut that was
    retrained are in its network.safetensors. Raises UserError where the plan is none, or names parts or channels that
    the network does not have.
    """
    if not isinstance(described, Mapping):
        raise UserError(f"plan: a {type(described).__name__}, expected what plan.json holds: json.load(open(path))")
    if described.get("format") != FORMAT:
        raise UserError(f"plan: format {described.get('format')}, expected {FORMAT}; cut again")
    cuts = {name: (sides[0], sides[1]) for name, sides in described["parts"].items()}
    try:
        return carried_out(model, cuts, tuple(described["unused"]))
    except (AttributeError, IndexError, RuntimeError) as error:
        raise UserError(
            f"plan: does not fit {type(model).__name__} ({error}); give the dense network's class"
        ) from None
