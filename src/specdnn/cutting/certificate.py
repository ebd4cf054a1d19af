"""Whether a cut is exact: the small network against the whole one with the dropped channels masked, in float64.

Masked is what the rule means: every reader's columns of a dropped channel are zero, and nothing else is changed. It is
made on the whole network, and shares with the cut only which columns stay. Were a column taken for another channel's,
the two would differ. Where they give the same numbers on random inputs, no channel was lost or mixed up.
"""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from specdnn import seeding
from specdnn.cutting.slices import carried_out, masked, plan
from specdnn.cutting.structure import Structure
from specdnn.errors import UserError

TOLERANCE = 1e-12  # relative to the largest output; float64 rounds at 1e-16


@dataclass(frozen=True)
class Certificate:
    """difference: largest between the outputs, relative to the largest of them; inputs: how many random ones."""

    difference: float
    inputs: int
    tolerance: float = TOLERANCE

    @property
    def exact(self) -> bool:
        return self.difference <= self.tolerance

    def facts(self) -> dict[str, float | int]:
        return asdict(self)


def certify(
    model: nn.Module, structure: Structure, kept: np.ndarray, classes: tuple[int, ...], example: Tensor
) -> Certificate:
    """Both networks on the example and on noise of its shape. A small network that does not run differs infinitely.

    Raises UserError where the masked network gives nothing but zeros, which would prove nothing.
    """
    double = example.double()
    noise = torch.randn(example.shape, generator=seeding.stream("certificate"), dtype=torch.float64).to(double)
    inputs = torch.cat([double, noise])  # given as a copy: a network may normalise what it is given in place
    with torch.no_grad():
        wanted = masked(model.double(), structure, kept)(inputs.clone())[:, list(classes)]
        try:
            found = carried_out(model, plan(structure, kept, classes), structure.unused)(inputs)
        except (RuntimeError, ValueError, IndexError, AssertionError):
            return Certificate(float("inf"), len(inputs))
    if not wanted.any():
        raise UserError(
            f"{type(model).__name__}: gives nothing but zeros for classes {[*classes]} where the dropped channels are "
            "masked: no cut of it can be proved exact; are its weights loaded?"
        )
    if found.shape != wanted.shape or not torch.isfinite(found).all():
        return Certificate(float("inf"), len(inputs))
    return Certificate(float((found - wanted).abs().max() / wanted.abs().max()), len(inputs))
