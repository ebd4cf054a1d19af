r"""How strongly a group's units are read: the matrix from which every selection method ranks them.

For a group g, a reader c (a linear layer or a convolution) and its row i,

    A_ij = |gamma_i / sigma_i| mean |W_c,ij| x f_j

where gamma and sigma are those of the batch norm that directly follows c, the mean is over the kernel and over the
features that a flattened map has of unit j, and f_j is what lies between unit j and c: |gamma_j / sigma_j| mean |w_j|
of a depthwise filter (with the norm that follows it), |gamma_j| of a norm on its own. The rows of all readers are
stacked.

The norm is folded in because scaling a row of W and its norm's statistics together changes no output, and so must not
change the choice; of a norm on its own sigma is left out for the same reason, seen from the layer in front of it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_matrix
from torch import Tensor, nn
from torch.nn.modules.instancenorm import _InstanceNorm

from specdnn.cutting.links import NO_UNIT
from specdnn.cutting.structure import Group, Structure
from specdnn.selection.method import Activations, Candidates

ROWS_AT_ONCE = 512  # of a matrix in float64: the first layer behind VGG's maps would take 800 MB as a whole

Statistics = Mapping[str, np.ndarray]  # "group/statistic" -> classes x units; "group/inputs" -> images x units


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().double().numpy()


def mean_size(weight: Tensor) -> np.ndarray:
    """|W| of single kernels, rows x columns, float64."""
    return np.concatenate(
        [_array(some.abs().double().flatten(2).mean(2)) for some in weight[..., None].split(ROWS_AT_ONCE)]
    )


class Scoring:
    """The affinities of a network's groups. fold: whether norms and filters count; else |W| of the readers alone."""

    def __init__(self, structure: Structure, fold: bool = True):
        self.structure, self._fold = structure, fold
        self.affinity = cache(self._affinity)

    def rows(self, group: Group) -> np.ndarray:
        """The unit of each row of the group's affinity."""
        return np.concatenate([self.structure.outputs[name] for name in group.readers])

    def _affinity(self, group: Group) -> np.ndarray:
        """Rows of all readers, one after another, x units of the group; float64."""
        return np.concatenate([self._of_reader(group, name) for name in group.readers])

    def _of_reader(self, group: Group, name: str) -> np.ndarray:
        structure, matrix = self.structure, cast(Any, self.structure.parts[name].module)
        units = structure.inputs[name]
        place = {int(unit): column for column, unit in enumerate(group.units)}
        columns = np.array([place.get(int(unit), NO_UNIT) for unit in units])
        inside = columns != NO_UNIT
        counts = np.bincount(columns[inside], minlength=len(place))[columns[inside]]
        weights = self._factors(name)[inside] / counts  # the mean over what the reader sees of a unit
        shape = (len(units), len(place))
        onto = csr_matrix((weights, (np.flatnonzero(inside), columns[inside])), shape=shape)
        found = np.concatenate([mean_size(some) @ onto for some in matrix.weight.split(ROWS_AT_ONCE)])
        return found * self._row_scales(name)[:, None]

    def _row_scales(self, name: str) -> np.ndarray:
        """|gamma / sigma| of the norm that directly follows a matrix or a filter, one for each row."""
        rows = self.structure.parts[name].size(1)
        norm = self.structure.norms.get(name)
        return self._scales(norm, over_sigma=True) if norm and self._fold else np.ones(rows)

    def _scales(self, norm: str, over_sigma: bool) -> np.ndarray:
        module = cast(Any, self.structure.parts[norm].module)
        if isinstance(module, nn.PReLU):
            return np.ones(self.structure.parts[norm].size(1))
        count = module.num_features
        gamma = np.abs(_array(module.weight)) if module.affine else np.ones(count)
        known = over_sigma and module.running_var is not None and not isinstance(module, _InstanceNorm)
        return gamma / np.sqrt(_array(module.running_var) + module.eps) if known else gamma

    def _factors(self, name: str) -> np.ndarray:
        """f of each input of a matrix."""
        found = np.ones(self.structure.parts[name].size(0))
        if not self._fold:
            return found
        for part, index in self.structure.ways[name]:
            if self.structure.parts[part].kind == "filter":
                weight = cast(Any, self.structure.parts[part].module).weight
                found = found * (_array(weight.abs().flatten(1).mean(1)) * self._row_scales(part))[index]
            else:
                found = found * self._scales(part, over_sigma=False)[index]
        return found

    def candidates(
        self,
        group: Group,
        kept: np.ndarray,
        classes: tuple[int, ...],
        statistics: Statistics,
        seed: int | None,
        draw: int,
    ) -> Candidates:
        """The group's units as a selection method sees them; kept: of all units, which rows count.

        A set of classes stands as one class 0: its gradients are the mean over the set, those of the others follow.
        """
        chosen = self.rows(group)
        rows = tuple(np.flatnonzero(kept[chosen]).tolist())
        gradients = {}
        for statistic in ("taylor", "captor"):
            if (found := statistics.get(f"{group.name}/{statistic}")) is not None:
                others = np.delete(found, classes, axis=0)
                gradients[statistic] = np.concatenate([found[list(classes)].mean(0, keepdims=True), others])
        seen = statistics.get(f"{group.name}/inputs")
        activations = None if seen is None else Activations(seen, np.empty((len(seen), 0), np.float32))
        name = "/".join([group.name, *map(str, classes)])
        return Candidates(name, self.affinity(group), rows, 0, seed, gradients, activations, draw)
