"""Small networks of two convolutions stacked for a graphics card, which wants few large products.

A convolution followed by pooling over p x p windows is one product: the pooled output at a place reads a window of
k + p - 1 pixels a side, and the p x p outputs that the pooling chooses from are the products of that window with the
kernel at p x p places in it. The first convolution multiplies the windows of the image, which all members share. The
second one computes no map: each kept feature is the product of the whole maps below with its kernel at its place.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from specdnn.data import IMAGE_SIDE
from specdnn.networks.extract import channels_of
from specdnn.networks.models import Architecture
from specdnn.networks.network import Tensors
from specdnn.training.blocks import Blocks, OfMembers, given
from specdnn.training.members import Member


def stackable(architecture: Architecture) -> bool:
    """Two convolutions, pooled by the largest value."""
    return [layer.pooling for layer in architecture.convolutions] == ["max", "max"]


def spread(kernels: Tensor, pool: int) -> Tensor:
    """... x k x k -> pool^2 x ... x (k + pool - 1)^2: a kernel at each place of the window of a pooled output."""
    room = pool - 1
    places = [F.pad(kernels, (x, room - x, y, room - y)) for y in range(pool) for x in range(pool)]
    return torch.stack([kernel.flatten(-2) for kernel in places])


class Largest(torch.autograd.Function):
    """values.amax(0), the gradient to the largest; of equals to one. `amax` would share it in more passes."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        largest, place = values.max(dim=0)
        ctx.save_for_backward(place.to(torch.uint8))
        ctx.places = len(values)
        return largest

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (place,) = ctx.saved_tensors
        places = torch.arange(ctx.places, dtype=torch.uint8, device=place.device)
        return (place == places.view(-1, *[1] * place.dim())) * gradient


class Block(OfMembers):
    """K members that begin with two convolutions, padded to the widest of them.

    forward: n x places x window, the windows of the first pooled map's places -> logits, n x K
    """

    _channel: Tensor
    _window: Tensor

    def __init__(self, members: Sequence[Member]):
        super().__init__()
        self.members = [*members]
        architecture = members[0].architecture
        self._layers = [layer.name for layer in architecture.layers]
        self._first, self._second = architecture.convolutions
        self._side = (IMAGE_SIDE - self._first.kernel + 1) // self._first.pool  # of the first pooled map
        self._below = (self._side - self._second.kernel + 1) // self._second.pool  # of the second
        self._shapes = {name: [member.tensors[f"{name}.weight"].shape for member in members] for name in self._layers}
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for place, name in enumerate(self._layers):
            widest = np.max(self._shapes[name], axis=0)  # outputs x inputs (x k x k)
            shape = widest if place < 2 else widest[::-1]
            self.weights.append(torch.zeros(len(members), *shape.tolist()))
            self.biases.append(torch.zeros(len(members), int(widest[0])))
        self._place()
        self._fill()

    def _place(self) -> None:
        """Of each kept feature its channel and its place, as matrices that choose: deterministic both ways."""
        features, channels = self.weights[2].shape[1], self.weights[1].shape[1]
        channel = torch.zeros(len(self.members), features, channels)
        window = torch.zeros(
            len(self.members), features, (self._second.kernel + self._second.pool - 1) ** 2, self._side**2
        )
        ours = np.arange(self._second.kernel + self._second.pool - 1)
        for k, member in enumerate(self.members):
            places = channels_of(member.kept[self._layers[2]], self._below**2)[1]
            for f, place in enumerate(places):
                of_channel, where = divmod(int(place), self._below**2)
                row, column = (self._second.pool * step for step in divmod(where, self._below))
                channel[k, f, of_channel] = 1
                pixels = (row + ours[:, None]) * self._side + column + ours
                window[k, f, np.arange(ours.size**2), pixels.ravel()] = 1
        self.register_buffer("_channel", channel, persistent=False)
        self.register_buffer("_window", window, persistent=False)

    def _part(self, k: int, place: int) -> tuple:
        """The index of member k's own weights of a layer in the padded ones."""
        outputs, inputs, *_ = self._shapes[self._layers[place]][k]
        return (k, slice(outputs), slice(inputs)) if place < 2 else (k, slice(inputs), slice(outputs))

    @torch.no_grad()
    def _fill(self) -> None:
        for k, member in enumerate(self.members):
            for place, name in enumerate(self._layers):
                weight, bias = given(member, name)
                self.weights[place][self._part(k, place)] = weight if place < 2 else weight.T
                self.biases[place][k, : len(bias)] = bias

    def forward(self, x: Tensor) -> Tensor:
        images, members = len(x), len(self.members)
        kernels = spread(self.weights[0][:, :, 0], self._first.pool).flatten(0, 2)  # p^2 K c x window
        maps = Largest.apply((kernels @ x.flatten(0, 1).T).view(self._first.pool**2, -1, images * self._side**2))
        maps = F.relu(maps + self.biases[0].view(-1, 1))  # K c x n places
        x = self._features(maps.view(-1, images, self._side**2))
        for place in range(2, len(self._layers)):
            x = torch.baddbmm(self.biases[place].unsqueeze(1), F.relu(x), self.weights[place])
        return x.view(members, images).T

    def _features(self, maps: Tensor) -> Tensor:
        """The kept features before the ReLU: K c x n x places -> K x n x f"""
        members, features, _ = self._channel.shape
        kernels = spread(self.weights[1], self._second.pool)  # p^2 x K x c' x c x window
        choices, _, _, inputs, window = kernels.shape
        kernels = torch.matmul(self._channel, kernels.flatten(3))  # p^2 x K x f x (c window)
        kernels = kernels.view(choices, members, features, inputs, window).permute(1, 2, 0, 3, 4)
        kernels = torch.matmul(kernels.reshape(members, features, -1, window), self._window)  # K x f x (p^2 c) x places
        kernels = kernels.view(members, features, choices, inputs, -1).permute(
            0, 3, 2, 1, 4
        )  # K x c x p^2 x f x places
        products = torch.bmm(maps, kernels.reshape(members * inputs, choices * features, -1).transpose(1, 2))
        products = products.view(members, inputs, -1, choices, features).sum(1)  # K x n x p^2 x f
        bias = torch.bmm(self._channel, self.biases[1].unsqueeze(2)).transpose(1, 2)  # K x 1 x f
        return Largest.apply(products.permute(2, 0, 1, 3)) + bias

    def tensors(self) -> list[Tensors]:
        weights = [weight.detach().cpu().numpy() for weight in self.weights]
        biases = [bias.detach().cpu().numpy() for bias in self.biases]
        return [dict(self._of(k, weights, biases)) for k in range(len(self.members))]

    def _of(
        self, k: int, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]
    ) -> Iterator[tuple[str, np.ndarray]]:
        for place, name in enumerate(self._layers):
            weight = weights[place][self._part(k, place)]
            yield f"{name}.weight", (weight if place < 2 else weight.T).copy()
            yield f"{name}.bias", biases[place][k, : self._shapes[name][k][0]].copy()


class Convolved(Blocks):
    """Members of two convolutions. prepare(images): n x 28 x 28 -> n x places x window, as `Block` has it."""

    at_once = 128

    def __init__(self, members: Sequence[Member]):
        super().__init__(members, sizes, Block)

    def prepare(self, images: Tensor) -> Tensor:
        layer = self.members[0].architecture.convolutions[0]
        side, step = layer.kernel + layer.pool - 1, layer.pool
        return images.unfold(1, side, step).unfold(2, side, step).reshape(len(images), -1, side**2)


def sizes(member: Member) -> tuple[int, int]:
    """Channels of the first map, whose products are most of the work, and kept features of the last maps."""
    first, _, third, *_ = member.architecture.layers
    return len(member.tensors[f"{first.name}.bias"]), len(member.kept[third.name])
