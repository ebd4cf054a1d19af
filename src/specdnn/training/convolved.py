"""Small networks of two convolutions stacked for a graphics card, which wants few large products.

A convolution followed by pooling over p x p windows is one product: the pooled output at a place reads a window of
k + p - 1 pixels a side, and the p x p outputs that the pooling chooses from are the products of that window with the
kernel at p x p places in it. The first convolution multiplies the windows of the image, which all members share. The
second one computes no map: each kept feature is the product of the whole maps below with its kernel at its places.
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
    """values.amax(dim), the gradient to the largest; of equals to one. `amax` would share it in more passes."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, dim: int) -> Tensor:
        largest, place = values.max(dim=dim, keepdim=True)
        ctx.save_for_backward(place.to(torch.uint8))
        ctx.dim, ctx.places = dim, values.shape[dim]
        return largest.squeeze(dim)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple:
        (place,) = ctx.saved_tensors
        places = torch.arange(ctx.places, dtype=torch.uint8, device=place.device)
        places = places.view([-1 if k == ctx.dim else 1 for k in range(place.dim())])
        return (place == places) * gradient.unsqueeze(ctx.dim), None


class Placed(torch.autograd.Function):
    """The kernel of each kept feature in the maps below: K x f x c x k^2 -> K x p^2 x f x c x places.

    weight_at: K x p^2 x f x places, which weight is at a place, k^2 for none; place_of: K x p^2 x f x k^2, its inverse.
    Both ways gather, which is deterministic; the gradient that torch has for a gather adds up in any order.
    """

    @staticmethod
    def forward(ctx: Any, kernels: Tensor, weight_at: Tensor, place_of: Tensor) -> Tensor:
        ctx.save_for_backward(place_of)
        return gathered(F.pad(kernels, (0, 1)).unsqueeze(1).expand(-1, weight_at.shape[1], -1, -1, -1), weight_at)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple:
        (place_of,) = ctx.saved_tensors
        return gathered(gradient, place_of).sum(1), None, None


def gathered(values: Tensor, index: Tensor) -> Tensor:
    """Of the last axis; values: K x p^2 x f x c x ..., index: K x p^2 x f x ..., the same for all c."""
    return values.gather(-1, index.unsqueeze(3).expand(-1, -1, -1, values.shape[3], -1))


class Block(OfMembers):
    """K members that begin with two convolutions, padded to the widest of them.

    forward: n x places x window, the windows of the first pooled map's places -> logits, n x K
    """

    _channel: Tensor
    _weight_at: Tensor
    _place_of: Tensor

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
        """Of each kept feature its channel, as a matrix that chooses, and where its kernel lies: as `Placed` has it."""
        kernel, pool, members = self._second.kernel, self._second.pool, len(self.members)
        features, channels = self.weights[2].shape[1], self.weights[1].shape[1]
        of_kernel, corners = self._square(kernel), self._square(pool)  # places below: of a kernel, of the p^2 kernels
        channel = np.zeros((members, features, channels), np.float32)
        place_of = np.zeros((members, pool**2, features, kernel**2), np.int64)
        place_of[:] = of_kernel  # a padded feature has no channel: any place will do
        for k, member in enumerate(self.members):
            kept = channels_of(member.kept[self._layers[2]], self._below**2)[1]
            of_channel, where = np.divmod(kept, self._below**2)
            row, column = np.divmod(where, self._below)
            channel[k, np.arange(len(kept)), of_channel] = 1
            first = pool * (row * self._side + column)
            place_of[k, :, : len(kept)] = corners[:, None, None] + first[:, None] + of_kernel
        weight_at = np.full((members, pool**2, features, self._side**2), kernel**2)
        np.put_along_axis(weight_at, place_of, np.arange(kernel**2), axis=-1)
        self.register_buffer("_channel", torch.from_numpy(channel), persistent=False)
        self.register_buffer("_weight_at", torch.from_numpy(weight_at), persistent=False)
        self.register_buffer("_place_of", torch.from_numpy(place_of), persistent=False)

    def _square(self, side: int) -> np.ndarray:
        """The places of side x side pixels of the first pooled map, counted from their first."""
        return (np.arange(side)[:, None] * self._side + np.arange(side)).ravel()

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
        maps = Largest.apply((kernels @ x.flatten(0, 1).T).view(self._first.pool**2, -1, images * self._side**2), 0)
        maps = F.relu(maps + self.biases[0].view(-1, 1))  # K c x n places
        x = self._features(maps.view(members, -1, images, self._side**2))
        for place in range(2, len(self._layers)):
            x = torch.baddbmm(self.biases[place].unsqueeze(1), F.relu(x), self.weights[place])
        return x.view(members, images).T

    def _features(self, maps: Tensor) -> Tensor:
        """The kept features before the ReLU: K x c x n x places -> K x n x f"""
        members, inputs, images, _ = maps.shape
        features, choices = self._channel.shape[1], self._second.pool**2
        own = torch.bmm(self._channel, self.weights[1].flatten(2)).view(members, features, inputs, -1)
        kernels = Placed.apply(own, self._weight_at, self._place_of).view(members, choices * features, -1)
        products = torch.bmm(maps.transpose(1, 2).flatten(2), kernels.transpose(1, 2))  # K x n x (p^2 f)
        bias = torch.bmm(self._channel, self.biases[1].unsqueeze(2)).transpose(1, 2)  # K x 1 x f
        return Largest.apply(products.view(members, images, choices, features), 2) + bias

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
