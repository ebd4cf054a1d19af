"""What some methods look at beside the weights: a network's units on images, and how much each moves a class.

A group is observed where its last reader reads it. With P the network's probabilities (the softmax of its logits), a_j
unit j there and means over the images of class y and over a map,

    taylor  |a_j dP(y)/da_j|                               Molchanov et al., ICLR 2017
    captor  |dP(y)/da_j|                                   CAPTOR's class score
    inputs  a_j of single images
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from specdnn.cutting.structure import Group, Structure
from specdnn.errors import UserError


def gather(
    model: nn.Module, structure: Structure, images: Tensor, labels: Tensor, batch_size: int = 128
) -> dict[str, np.ndarray]:
    """ "{group}/taylor" and "/captor", classes x units, float32; "/inputs", images x units: for `extract`.

    images: n x ..., as the model takes them; labels: n. The model is left as it was.
    Raises UserError where a class of the network has no image.
    """
    count = len(structure.classes)
    missing = sorted({*range(count)} - {*labels.tolist()})
    if missing:
        raise UserError(f"statistics: no image of class {missing[0]}; every class of the network needs some")
    groups = [group for group in structure.groups if group.readers]
    gradients: dict[str, np.ndarray] = {}
    inputs: dict[str, list[np.ndarray]] = {}
    mode = model.training
    model.eval()
    try:
        for label in range(count):
            mine = images[labels == label]
            for batch in mine.split(batch_size):
                for group, values, gradient in _observed(model, groups, batch, label):
                    onto = _onto(structure, group)
                    inputs.setdefault(group.name, []).append(_means(values, onto))
                    products = {"taylor": values * gradient, "captor": gradient}
                    for statistic, each in products.items():
                        blank = np.zeros((count, len(group.units)), np.float32)
                        total = gradients.setdefault(f"{group.name}/{statistic}", blank)
                        total[label] += _means(each.abs() if statistic == "captor" else each, onto, np.abs).sum(
                            0
                        ) / len(mine)
    finally:
        model.train(mode)
    return gradients | {f"{name}/inputs": np.concatenate(parts) for name, parts in inputs.items()}


def _observed(
    model: nn.Module, groups: Sequence[Group], images: Tensor, label: int
) -> Iterator[tuple[Group, Tensor, Tensor]]:
    """Each group with what its last reader reads and its gradient: n x channels (x map), or n x tokens x channels."""
    seen: dict[str, Tensor] = {}

    def hook(name: str) -> Callable[[nn.Module, tuple[Any, ...]], tuple[Any, ...]]:
        def note(module: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
            seen[name] = given[0] if given[0].requires_grad else given[0].requires_grad_()
            return given

        return note

    names = {group.readers[-1] for group in groups}
    handles = [model.get_submodule(name).register_forward_pre_hook(hook(name)) for name in names]
    try:
        with torch.enable_grad():
            probabilities = torch.softmax(model(images), 1)[:, label]
            found = torch.autograd.grad(probabilities.sum(), [seen[name] for name in names])
    finally:
        for handle in handles:
            handle.remove()
    gradient = dict(zip(names, found, strict=True))
    for group in groups:
        last = group.readers[-1]
        yield group, seen[last].detach(), gradient[last]


def _onto(structure: Structure, group: Group) -> csr_matrix:
    """Inputs of the last reader x units of the group: the mean over those of a unit."""
    units = structure.inputs[group.readers[-1]]
    place = {int(unit): column for column, unit in enumerate(group.units)}
    pairs = [(index, place[int(unit)]) for index, unit in enumerate(units) if int(unit) in place]
    rows, columns = np.array(pairs).T
    weights = 1 / np.bincount(columns, minlength=len(place))[columns]
    return csr_matrix((weights, (rows, columns)), shape=(len(units), len(place)))


def _means(values: Tensor, onto: csr_matrix, of: Callable[[np.ndarray], np.ndarray] | None = None) -> np.ndarray:
    """n x units, float32: means over the map or the tokens; of: applied to those, before the features are averaged."""
    if values.dim() > 2:
        values = values.flatten(2).mean(2) if values.shape[1] == onto.shape[0] else values.flatten(1, -2).mean(1)
    found = values.cpu().numpy().astype(np.float64)
    return ((of(found) if of else found) @ onto).astype(np.float32)
