"""A specialist as it is before it is retrained."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from torch import Tensor, nn

from specdnn import cutting
from specdnn.cutting.structure import Structure
from specdnn.cutting.widths import Of
from specdnn.errors import UserError
from specdnn.networks.network import drawn
from specdnn.own.methods import WAYS


def cut(
    name: str,
    model: nn.Module,
    example: Tensor,
    classes: Sequence[int],
    *,
    share: float,
    of: Of,
    statistics: Mapping[str, np.ndarray] | None,
    seed: int,
    structure: Structure,
) -> cutting.Cut:
    """One of `methods.WAYS`; the other arguments as `cutting.extract` has them."""
    way = WAYS[name]
    found = cutting.extract(
        model,
        example,
        classes,
        share=share,
        of=of,
        method=way.method,
        statistics=statistics if way.looks else None,
        seed=seed,
        fold=way.fold,
        structure=structure,
    )
    if way.fresh:
        drawn(cast(Any, lambda: _renewed(found.network)), "own", "scratch", seed, *classes, share)
    for parameter in found.network.parameters():
        parameter.requires_grad_(True)
    return found


def _renewed(network: nn.Module) -> nn.Module:
    """With new random weights, as torch draws them; UserError where a module does not say how."""
    for name, module in network.named_modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
        elif own := [parameter for parameter, _ in module.named_parameters(recurse=False)]:
            place = f"{name}.{own[0]}".lstrip(".")
            raise UserError(
                f"methods: scratch cannot draw {place} anew, for {type(module).__name__} has no reset_parameters(); "
                "give it one, or leave scratch out"
            )
    return network
