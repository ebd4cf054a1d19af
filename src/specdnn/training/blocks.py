"""Networks side by side in one module: what every way to stack them shares."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from specdnn.networks.network import Tensors
from specdnn.training.members import Member

ALIKE = 2  # what differs by no more than this factor is padded, and stands in one block

T = TypeVar("T")
Sizes = tuple[int, ...]


class OfMembers(nn.Module):
    """members: in the order of their logits; forward(inputs): -> logits, n x members.

    at_once: images in a forward pass, beyond which the maps of hundreds of members would take too much memory.
    """

    members: list[Member]
    at_once = 1000

    def tensors(self) -> Iterable[Tensors]:
        """Weights and biases of each member, by the names of its architecture; copies."""
        raise NotImplementedError


class Blocks(OfMembers):
    """Members in blocks of neighbours by size, so that little is padded."""

    def __init__(self, items: Iterable[T], sizes: Callable[[T], Sizes], block: Callable[[list[T]], OfMembers]):
        super().__init__()
        self._blocks = [*map(block, alike(items, sizes))]
        self.blocks = nn.ModuleList(self._blocks)  # torch learns of the parameters
        self.members = [member for of_block in self._blocks for member in of_block.members]

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([block(x) for block in self._blocks], dim=1)

    def tensors(self) -> list[Tensors]:
        return [found for block in self._blocks for found in block.tensors()]


def alike(items: Iterable[T], sizes: Callable[[T], Sizes]) -> Iterator[list[T]]:
    """Runs of items whose every size is at most ALIKE times that of the run's first, or the other way round."""
    block: list[T] = []
    for item in sorted(items, key=sizes):
        pairs = zip(sizes(item), sizes(block[0]), strict=True) if block else ()
        if any(max(pair) > ALIKE * min(pair) for pair in pairs):
            yield block
            block = []
        block.append(item)
    yield block


def given(member: Member, layer: str) -> tuple[Tensor, Tensor]:
    """The member's weight and bias of a layer."""
    weight, bias = (torch.from_numpy(np.array(member.tensors[f"{layer}.{kind}"])) for kind in ("weight", "bias"))
    return weight, bias
