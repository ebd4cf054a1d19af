"""The state of an unfinished training: parameters, momenta, each network's best so far, and the history."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from specdnn import artefacts
from specdnn.networks.network import Tensors
from specdnn.training.sgd import Sgd


def save(
    path: str | Path,
    record: Mapping,
    module: nn.Module,
    optimiser: Sgd,
    best: Sequence[Tensors],
    progress: Mapping,
) -> None:
    """best: of each network in `module`; progress: what JSON can hold."""
    tensors = {f"module/{name}": _array(value) for name, value in module.state_dict().items()}
    for name, parameter in module.named_parameters():
        if (momentum := optimiser.momenta.get(parameter)) is not None:  # there is none at momentum 0
            tensors[f"momentum/{name}"] = _array(momentum)
    tensors |= {f"best/{k}/{name}": value for k, of_network in enumerate(best) for name, value in of_network.items()}
    artefacts.save_state(path, tensors, record, progress)


def load(
    path: str | Path, record: Mapping, module: nn.Module, optimiser: Sgd, networks: int
) -> tuple[list[Tensors], dict] | None:
    """What `save` was given of a training with this very record, loaded into both; None where there is nothing."""
    found = artefacts.load_state(path, record)
    if found is None:
        return None
    tensors, progress = found
    module.load_state_dict({name: torch.from_numpy(value) for name, value in _below("module", tensors).items()})
    momenta = _below("momentum", tensors)
    parameters = dict(module.named_parameters())
    for name, values in momenta.items():
        parameter = parameters[name]
        optimiser.momenta[parameter] = torch.empty_like(parameter).copy_(torch.from_numpy(values))
    return [_below(f"best/{k}", tensors) for k in range(networks)], progress


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().contiguous().numpy()


def _below(prefix: str, tensors: Mapping[str, np.ndarray]) -> Tensors:
    return {name.removeprefix(f"{prefix}/"): value for name, value in tensors.items() if name.startswith(f"{prefix}/")}
