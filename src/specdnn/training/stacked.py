"""Many small networks trained as one module, on the same images in the same order.

Specialists are so small that calling torch costs more than computing. So they are stacked: padded to the sizes of
their neighbours, and multiplied together. What a member does not have is zero and stays zero through every step: a
padded unit has zero weights on both sides and no gradient, and a pixel that pads an input is zero.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn.networks.network import Tensors, logits, means
from specdnn.training import convolved
from specdnn.training.blocks import Blocks, OfMembers, given
from specdnn.training.members import Member


def widths(member: Member) -> tuple[int, ...]:
    """Units of each layer, first layer first."""
    return tuple(member.tensors[f"{layer.name}.bias"].shape[0] for layer in member.architecture.layers)


class Block(OfMembers):
    """S times R members of equally many linear layers, padded to the widest of them. forward: n x pixels -> n x (S R)

    The R members of a group read the same pixels, which are taken once; their first layers stand side by side.
    """

    def __init__(self, groups: Sequence[Sequence[Member]], pixels: Sequence[int]):
        super().__init__()
        self.members = [member for group in groups for member in group]
        self._sizes = [widths(member) for member in self.members]
        self._groups, most = len(groups), max(map(len, groups))
        self._slots = [s * most + r for s, group in enumerate(groups) for r in range(len(group))]  # of S R, padded
        column = {pixel: place for place, pixel in enumerate(pixels)}
        reads = [[column[pixel] for pixel in pixels_of(group[0])] for group in groups]
        longest = max(map(len, reads))
        self._inputs = [len(read) for read, group in zip(reads, groups, strict=True) for _ in group]
        taken = torch.tensor([[*read, *[len(pixels)] * (longest - len(read))] for read in reads])
        self.register_buffer("_taken", taken.flatten(), persistent=False)
        self.register_buffer("_kept", torch.tensor(self._slots), persistent=False)
        widest = [longest, *(max(sizes[place] for sizes in self._sizes) for place in range(len(self._sizes[0])))]
        slots = self._groups * most
        self.weights = nn.ParameterList(torch.zeros(slots, *shape) for shape in pairwise(widest))
        self.biases = nn.ParameterList(torch.zeros(slots, 1, outputs) for outputs in widest[1:])
        self._fill()

    def _part(self, k: int, place: int) -> tuple:
        """The index of member k's own weights of a layer in the padded ones."""
        inputs = self._sizes[k][place - 1] if place else self._inputs[k]
        return self._slots[k], slice(inputs), slice(self._sizes[k][place])

    @torch.no_grad()
    def _fill(self) -> None:
        for k, member in enumerate(self.members):
            for place, layer in enumerate(member.architecture.layers):
                weight, bias = given(member, layer.name)
                self.weights[place][self._part(k, place)] = weight.T
                self.biases[place][self._slots[k], 0, : len(bias)] = bias

    def forward(self, x: Tensor) -> Tensor:
        (slots, inputs, outputs), images = self.weights[0].shape, len(x)
        x = x.index_select(1, self.get_buffer("_taken")).view(images, self._groups, inputs).transpose(0, 1)
        first = self.weights[0].view(self._groups, -1, inputs, outputs).transpose(1, 2).flatten(2)  # S x inputs x (R h)
        x = torch.bmm(x, first).view(self._groups, images, -1, outputs).transpose(1, 2)  # S x R x n x h
        x = x.reshape(slots, images, outputs) + self.biases[0]
        for weight, bias in zip([*self.weights][1:], [*self.biases][1:], strict=True):
            x = torch.baddbmm(bias, F.relu(x), weight)
        return x[..., 0].T if len(self._slots) == slots else x[self.get_buffer("_kept"), :, 0].T

    def tensors(self) -> Iterator[Tensors]:
        weights = [weight.detach().cpu().numpy() for weight in self.weights]
        biases = [bias.detach().cpu().numpy() for bias in self.biases]
        for k, member in enumerate(self.members):
            found = {}
            for place, layer in enumerate(member.architecture.layers):
                found[f"{layer.name}.weight"] = weights[place][self._part(k, place)].T.copy()
                found[f"{layer.name}.bias"] = biases[place][self._slots[k], 0, : self._sizes[k][place]].copy()
            yield found


class Stack(Blocks):
    """Members of equally many linear layers that read the same means, or the pixels.

    prepare(images): n x 28 x 28 -> n x pixels that any of them reads, and a zero for what pads them
    """

    def __init__(self, members: Sequence[Member]):
        groups: dict[tuple[int, ...], list[Member]] = {}
        for member in members:
            groups.setdefault(pixels_of(member), []).append(member)
        self._window = members[0].architecture.window
        self._pixels = sorted({pixel for pixels in groups for pixel in pixels})
        super().__init__(groups.values(), group_sizes, lambda block: Block(block, self._pixels))

    def prepare(self, images: Tensor) -> Tensor:
        return F.pad(means(images, self._window)[:, self._pixels], (0, 1))


def pixels_of(member: Member) -> tuple[int, ...]:
    return member.kept[member.architecture.layers[0].name]


def group_sizes(group: Sequence[Member]) -> tuple[int, ...]:
    """How many members, their widest first layer, the pixels that they read."""
    return len(group), max(widths(member)[0] for member in group), len(pixels_of(group[0]))


class SideBySide(OfMembers):
    """Members of any kind, one after the other: what stacks nothing and pads nothing. As `Stack`.

    For convolutional members on a processor: each looks only where its own features lie.
    """

    def __init__(self, members: Sequence[Member]):
        super().__init__()
        self.members = [*members]
        self._networks = [member.network() for member in members]
        self.networks = nn.ModuleList(self._networks)  # torch learns of the parameters

    def prepare(self, images: Tensor) -> Tensor:
        return images

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([network(network.prepare(x)) for network in self._networks], dim=1)

    def tensors(self) -> list[Tensors]:
        return [network.tensors() for network in self._networks]


Together = Stack | convolved.Convolved | SideBySide


def assemble(members: Sequence[Member], device: str = "cpu") -> Together:
    """One module of members with equally many layers and convolutions, on a device: as `Stack`."""
    if not members[0].architecture.convolutions:
        return Stack(members).to(device)
    if device == "cpu" or not convolved.stackable(members[0].architecture):
        return SideBySide(members)
    return convolved.Convolved(members).to(device)


def balanced_accuracies(answers: Tensor, is_class: Tensor) -> list[float]:
    """Mean of recall and specificity of each column; answers: logits, n x K; is_class: n x K, bool."""
    says_yes = answers > 0
    recall = (says_yes & is_class).sum(0) / is_class.sum(0)
    specificity = (~says_yes & ~is_class).sum(0) / (~is_class).sum(0)
    return ((recall.double() + specificity.double()) / 2).tolist()


def all_logits(module: Together, images: Tensor, batch_size: int) -> Tensor:
    """The logits of all members for all images, n x members."""
    return logits(module, module.prepare(images), batch_size)
