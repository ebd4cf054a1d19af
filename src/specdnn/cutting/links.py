"""Which elements of a network are one channel, by Torch-Pruning's graph: the one module that knows that library.

Its DependencyGraph follows autograd from the outputs back and says, for every operation, to which indices of its
neighbours some of its own belong. No more is taken from it than those links. What they tie is found here, for all
channels at once, so that two halves of one tensor that are multiplied, or one tensor that is concatenated with itself,
are seen as they are.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from torch import Tensor, nn

from specdnn.cutting.parts import Part
from specdnn.errors import UserError

NO_UNIT = -1  # of an element that nothing makes, such as a channel of the image
Factors = tuple[tuple[str, np.ndarray], ...]  # (part, its channel for each input of a matrix), the nearest first


def graph_of(model: nn.Module, example: Tensor) -> Any:
    """Torch-Pruning's graph. Its imports take a second, and only a cut needs them."""
    from torch_pruning import DependencyGraph

    wanted = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    try:
        for parameter, _ in wanted:
            parameter.requires_grad_(True)
        with torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = DependencyGraph().build_dependency(model, example.clone(), verbose=False)
    except Exception as error:  # whatever a network or the library does wrong there
        raise UserError(
            f"{type(model).__name__}: its structure cannot be followed ({type(error).__name__}: {error}); a channel "
            "shuffle and other regroupings of channels are known to be the reason"
        ) from None
    finally:
        for parameter, flag in wanted:
            parameter.requires_grad_(flag)
    _number_chunks(graph)
    return graph


def _number_chunks(graph: Any) -> None:
    """Say which chunk of a split tensor a reader takes: the library goes by the order in which it met the readers."""
    from torch_pruning.dependency.index_mapping import _SplitIndexMapping

    for node in graph.module2node.values():
        is_split = isinstance(node.module, graph.ops._SplitOp)
        if not is_split or not any(isinstance(link.index_mapping[0], _SplitIndexMapping) for link in node.dependencies):
            continue
        offsets = node.module.offsets
        for reader in {id(one): one for one in node.outputs}.values():
            taken = [number for before, number in reader.grad_fn.next_functions if before == node.grad_fn]
            for reverse, (source, target) in enumerate(((node, reader), (reader, node))):
                links = [link for link in source.dependencies if link.target is target]
                for number, link in zip(taken, links, strict=False):
                    chunk = offsets[number : number + 2]
                    link.index_mapping[0] = _SplitIndexMapping(offset=chunk, reverse=bool(reverse))


@dataclass
class Links:
    """The elements of a graph's nodes, and which of them are the same channel.

    A node has one side where its inputs and outputs are the same channels, otherwise two: 0 what it reads, 1 what it
    makes. Elements are numbered as they are met.
    """

    graph: Any
    parts: Mapping[object, Part]
    numbers: dict[tuple[int, int], dict[int, int]] = field(default_factory=dict)  # (node, side) -> index -> element
    pairs: list[tuple[int, int]] = field(default_factory=list)  # elements that are one channel
    strange: set[int] = field(default_factory=set)  # elements whose index a part does not have
    count: int = 0

    def __post_init__(self) -> None:
        self.nodes = list(self.graph.module2node.values())
        self.node_of = {self.parts[node.module].name: node for node in self.nodes if node.module in self.parts}
        self._places = {id(node): place for place, node in enumerate(self.nodes)}
        self._most = max(part.size(side) for part in self.parts.values() for side in (0, 1))
        self._follow()
        self._tie_blocks()
        pairs = np.array(self.pairs or [(0, 0)])
        ties = coo_matrix((np.ones(len(pairs), bool), pairs.T), shape=(self.count, self.count))
        self.units = connected_components(ties, directed=False)[1]  # of each element

    def _element(self, node: Any, side: int, index: int) -> tuple[int, bool]:
        """The number of an element, and whether it is new."""
        known = self._elements(node, side)
        if index in known:
            return known[index], False
        known[index] = self.count
        part = self.parts.get(node.module)
        if part is not None and not 0 <= index < part.size(side):
            self.strange.add(self.count)
        self.count += 1
        return known[index], True

    def _elements(self, node: Any, side: int) -> dict[int, int]:
        return self.numbers.setdefault((self._places[id(node)], side), {})

    def _side_of(self, node: Any, function: Any) -> int:
        pruner = self.graph.get_pruner_of_module(node.module)
        if pruner.prune_in_channels == pruner.prune_out_channels or function == pruner.prune_in_channels:
            return 0
        return 1

    def _makes(self, node: Any) -> int:
        """The side on which its outputs are."""
        return self._side_of(node, self.graph.get_pruner_of_module(node.module).prune_out_channels)

    def _follow(self) -> None:
        """Meet every element that some part makes, and those that it is tied to."""
        waiting: list[tuple[Any, int, list[int]]] = []
        for node in self.nodes:
            part = self.parts.get(node.module)
            if part is not None:
                side = self._makes(node)
                indices = [index for index in range(part.size(1)) if self._element(node, side, index)[1]]
                waiting.append((node, side, indices))
        while waiting:
            node, side, indices = waiting.pop()
            for link in node.dependencies:
                if self._side_of(node, link.trigger) == side and (fresh := self._across(node, side, indices, link)):
                    waiting.append(fresh)

    def _across(self, node: Any, side: int, indices: Sequence[int], link: Any) -> tuple[Any, int, list[int]] | None:
        """Pair these elements with those at the other end of a link; returns what is new there, None if nothing is."""
        there, fresh = self._side_of(link.target, link.handler), []
        for index, other in mapped(link, indices):
            here, _ = self._element(node, side, index)
            if other >= self._most:  # no tensor has so many channels: the library took another axis for theirs
                self.strange.add(here)
                continue
            element, new = self._element(link.target, there, other)
            self.pairs.append((here, element))
            if new:
                fresh.append(other)
        return (link.target, there, fresh) if fresh else None

    def _tie_blocks(self) -> None:
        """A convolution in blocks of channels reads a block and makes a block: they go together."""
        for node in self.nodes:
            part = self.parts.get(node.module)
            if part is None or part.kind != "filter":
                continue
            for side in (0, 1):
                each = part.size(side) // part.blocks
                known, firsts = self._elements(node, side), self._elements(node, self._makes(node))
                per_block = part.size(1) // part.blocks
                self.pairs += [
                    (known[index], firsts[index // each * per_block]) for index in known if index < part.size(side)
                ]

    def of_side(self, part: Part, side: int) -> np.ndarray:
        """The units of a part's columns (side 0) or rows (1); the same for a part of one side."""
        found, node = np.full(part.size(side), NO_UNIT), self.node_of.get(part.name)
        if node is not None:
            known = self._elements(node, self._makes(node) if side else 0)
            inside = {index: element for index, element in known.items() if 0 <= index < len(found)}
            found[list(inside)] = self.units[list(inside.values())]
        return found

    def norms(self) -> dict[str, str]:
        """Matrix or filter -> the batch norm that is the only one to read it."""
        found = {}
        for node in self.nodes:
            part = self.parts.get(node.module)
            if part is not None and part.kind in ("matrix", "filter") and len(node.outputs) == 1:
                after = self.parts.get(node.outputs[0].module)
                if after is not None and after.kind == "norm" and len(node.outputs[0].inputs) == 1:
                    found[part.name] = after.name
        return found

    def way(self, name: str, norms: Mapping[str, str]) -> Factors:
        """Back from a matrix, as long as it is one way: what scales single channels there."""
        node, factors, last = self.node_of[name], [], set(norms.values())
        index = np.arange(self.parts[node.module].size(0))
        while len(node.inputs) == 1:
            [before] = node.inputs
            links = [
                link for link in node.dependencies if link.target is before and self._side_of(node, link.trigger) == 0
            ]
            pairs = dict(mapped(links[0], np.unique(index).tolist())) if links else {}
            if len(pairs) < len(np.unique(index)):
                break
            index, node = np.array([pairs[one] for one in index.tolist()], int), before
            there = self.parts.get(node.module)
            if there is None:
                continue
            if there.kind == "norm" and there.name not in last:
                factors.append((there.name, index))
            elif there.kind == "filter":
                factors.append((there.name, index))
                if there.size(0) != there.size(1) or there.blocks != there.size(0):
                    break  # its inputs are other channels
            elif there.kind != "norm":
                break
        return tuple(factors)

    def classes(self) -> np.ndarray:
        """The unit of each output. Raises UserError where they are not units of their own."""
        ends = [node for node in self.nodes if not node.outputs]
        known = self._elements(ends[0], self._makes(ends[0])) if len(ends) == 1 else {}
        if not known or sorted(known) != [*range(len(known))]:
            raise UserError("the outputs cannot be followed back to the units of one last layer")
        units = self.units[[known[index] for index in range(len(known))]]
        if len(set(units.tolist())) < len(units):
            raise UserError("some outputs are one and the same unit: classes cannot be cut apart")
        return units


def mapped(link: Any, indices: Iterable[int]) -> list[tuple[int, int]]:
    """(index here, index there) across a link of the graph."""
    from torch_pruning._helpers import _HybridIndex

    if all(mapping is None for mapping in link.index_mapping):
        return [(index, index) for index in indices]
    found = [_HybridIndex(idx=index, root_idx=index) for index in indices]
    for mapping in link.index_mapping:
        if mapping is not None:
            found = mapping(found)
    return [(one.root_idx, one.idx) for one in found]
