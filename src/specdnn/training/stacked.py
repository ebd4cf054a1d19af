"""Many small networks trained as one module, on the same images in the same order.

Specialists are so small that calling torch costs more than computing. Those without convolutions are stacked:
padded to equal widths and multiplied as one batch of matrices. Padding stays zero through every step, since
a unit with zero weights on both sides has no gradient, and the pixel that pads an input is zero. Those with
convolutions gain nothing by stacking (measured) and stand side by side, sharing the loop and the images.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn.networks.network import Tensors, logits
from specdnn.training.members import Member


class Stack(nn.Module):
    """K members of linear layers only, as one batch of K matrices a layer.

    prepare(images): n x 28 x 28 -> n x 785, the last column zero; forward(inputs): -> logits, n x K
    """

    def __init__(self, members: Sequence[Member]):
        super().__init__()
        self._names = [layer.name for layer in members[0].architecture.layers]
        self._sizes = [[member.tensors[f"{name}.weight"].shape for name in self._names] for member in members]
        pixels = [member.kept[self._names[0]] for member in members]
        widest = max(map(len, pixels))
        blank = members[0].architecture.layers[0].inputs
        padded = [[*kept, *[blank] * (widest - len(kept))] for kept in pixels]
        self._pixels = torch.tensor(padded).flatten()
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for place in range(len(self._names)):
            outputs, inputs = (max(sizes[place][axis] for sizes in self._sizes) for axis in (0, 1))
            self.weights.append(torch.zeros(len(members), inputs, outputs))
            self.biases.append(torch.zeros(len(members), 1, outputs))
        self._fill([member.tensors for member in members])

    def prepare(self, images: Tensor) -> Tensor:
        return F.pad(images.flatten(1), (0, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = x.index_select(1, self._pixels).view(len(x), len(self._sizes), -1).transpose(0, 1)  # K x n x widest
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, F.relu(x) if place else x, weight)
        return x[..., 0].T

    def tensors(self) -> list[Tensors]:
        """Weights and biases of each member, by the names of its architecture; copies."""
        found: list[Tensors] = [{} for _ in self._sizes]
        for place, name in enumerate(self._names):
            weight, bias = self.weights[place].detach().numpy(), self.biases[place].detach().numpy()
            for member, sizes in enumerate(self._sizes):
                outputs, inputs = sizes[place]
                found[member][f"{name}.weight"] = weight[member, :inputs, :outputs].T.copy()
                found[member][f"{name}.bias"] = bias[member, 0, :outputs].copy()
        return found

    @torch.no_grad()
    def _fill(self, tensors: Sequence[Mapping[str, np.ndarray]]) -> None:
        for place, name in enumerate(self._names):
            for member, of_member in enumerate(tensors):
                weight = torch.from_numpy(np.ascontiguousarray(of_member[f"{name}.weight"].T))
                self.weights[place][member, : weight.shape[0], : weight.shape[1]] = weight
                self.biases[place][member, 0, : weight.shape[1]] = torch.from_numpy(of_member[f"{name}.bias"])


class SideBySide(nn.Module):
    """K members of any kind. prepare(images): as they are; forward(images): n x 28 x 28 -> logits, n x K"""

    def __init__(self, members: Sequence[Member]):
        super().__init__()
        self._networks = [member.network() for member in members]
        self.networks = nn.ModuleList(self._networks)  # torch learns of the parameters

    def prepare(self, images: Tensor) -> Tensor:
        return images

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([network(network.prepare(x)) for network in self._networks], dim=1)

    def tensors(self) -> list[Tensors]:
        return [network.tensors() for network in self._networks]


def assemble(members: Sequence[Member]) -> Stack | SideBySide:
    """All members must be of one architecture."""
    return SideBySide(members) if members[0].architecture.convolutions else Stack(members)


def balanced_accuracies(answers: Tensor, is_class: Tensor) -> list[float]:
    """Mean of recall and specificity of each column; answers: logits, n x K; is_class: n x K, bool."""
    says_yes = answers > 0
    recall = (says_yes & is_class).sum(0) / is_class.sum(0)
    specificity = (~says_yes & ~is_class).sum(0) / (~is_class).sum(0)
    return ((recall.double() + specificity.double()) / 2).tolist()


def all_logits(module: Stack | SideBySide, images: Tensor, batch_size: int) -> Tensor:
    """The logits of all members for all images, n x K."""
    return logits(module, module.prepare(images), batch_size)
