"""A dense network, or the small one that is left of it, as one torch module.

A small network has the kept units only. What it drops, no kept unit ever reads, so its outputs and its
gradients are those of the dense network with the other columns masked to zero.
"""

from collections.abc import Callable, Mapping
from typing import Self, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from specdnn import seeding
from specdnn.networks import patches
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import Architecture, Conv, Layer
from specdnn.networks.pooling import activated, max_pool
from specdnn.networks.window import window_of

CHANNELS_LAST_FROM = 16  # filters; below, the vector lanes of the channels_last kernels run empty
LOGITS = "logits"  # what `forward` calls the outputs among what it has seen

Tensors = dict[str, np.ndarray]  # name -> weights or biases, as `Architecture.shapes` names them


N = TypeVar("N", bound="Network")


class Network(nn.Module):
    """`architecture` reduced to the kept inputs of each layer and to the given outputs; all of it by default.

    prepare(images):  n x 28 x 28 -> what `forward` takes: n x kept pixels (or means), or n x 1 x the rectangle of the
                      image that the kept features depend on
    forward(inputs):  -> logits, n x outputs; a sigmoid turns them into the paper's outputs
    """

    def __init__(self, architecture: Architecture, kept: Kept | None = None, outputs: tuple[int, ...] | None = None):
        super().__init__()
        kept = kept or dense_kept(architecture)
        rows = kept.rows(architecture, outputs or tuple(range(architecture.layers[-1].outputs)))
        self.architecture = architecture
        self.stack = nn.ModuleDict()
        for layer in architecture.layers:
            inputs, units = len(kept[layer.name]), len(rows[layer.name])
            if isinstance(layer, Conv):
                self.stack[layer.name] = nn.Conv2d(inputs, units, layer.kernel)
            else:
                self.stack[layer.name] = nn.Linear(inputs, units)
        self._pixels = torch.tensor(kept[architecture.layers[0].name])
        self._flat: Tensor | None  # None: every feature of the maps, in order
        self.register_buffer("_flat", None, persistent=False)
        self._patches: patches.Patches | None = None  # None: whole maps
        if architecture.convolutions:
            self._crop(kept)
            if len(rows[architecture.convolutions[0].name]) >= CHANNELS_LAST_FROM:
                self.to(memory_format=torch.channels_last)

    def _crop(self, kept: Kept) -> None:
        """Compute no more of the maps than the smallest rectangle around the kept features."""
        window, last = window_of(self.architecture, kept), self.architecture.convolutions[-1]
        self._seen = window.rows, window.columns
        inputs, (channels, *lines) = len(kept[last.name]), window.shape
        h, w = (length * last.pool + last.kernel - 1 for length in lines)  # of the last convolution's input
        if last.pooling == "max" and patches.worth_it(last, inputs, channels, len(window.place[0]), h, w):
            self._patches = patches.Patches(last, inputs, h, w, window.place)
        elif window.features is not None:
            self._flat = torch.as_tensor(window.features)

    def prepare(self, images: Tensor) -> Tensor:
        if self.architecture.convolutions:
            return images[:, *self._seen].unsqueeze(1).contiguous()
        return means(images, self.architecture.window).index_select(1, self._pixels)

    def forward(self, x: Tensor, seen: dict[str, Tensor] | None = None) -> Tensor:
        """seen: gets what each layer reads, by the layer's name: n x inputs, or n x inputs x h x w; and the LOGITS.

        Of a convolution whose maps are pooled after the ReLU also the maps before that, as "conv1.relu".
        """
        *_, last = self.architecture.layers
        for layer in self.architecture.layers:
            if not isinstance(layer, Conv) and x.dim() == 4:
                x = self._flatten(x)
            if seen is not None:
                seen[layer.name] = x
            x = self._logits(x, layer) if layer is last else self._hidden(x, layer, seen)
        if seen is not None:
            seen[LOGITS] = x
        return x

    def _logits(self, x: Tensor, layer: Layer) -> Tensor:
        return self.stack[layer.name](x)

    def _hidden(self, x: Tensor, layer: Layer, seen: dict[str, Tensor] | None) -> Tensor:
        """What a layer but the last makes of its inputs: after ReLU and pooling."""
        if not isinstance(layer, Conv):
            return F.relu(self.stack[layer.name](x))
        if self._patches is not None and layer is self.architecture.convolutions[-1]:
            weight, bias = (getattr(self.stack[layer.name], part) for part in ("weight", "bias"))
            return F.relu(max_pool(self._patches(x, weight, bias), layer.pool))
        pooled, whole = activated(self.stack[layer.name](x), layer)
        if seen is not None and whole is not pooled:
            seen[f"{layer.name}.relu"] = whole
        return pooled

    def _flatten(self, x: Tensor) -> Tensor:
        """n x kept features, in ascending order: channel by channel, whatever lies last in memory."""
        return x.flatten(1) if self._flat is None else x.flatten(1).index_select(1, self._flat)

    def parameter(self, name: str) -> nn.Parameter:
        """By its name in `Architecture.shapes`; a masked one with its masked entries as they are."""
        layer, kind = name.split(".")
        masked = is_parametrized(self.stack[layer], kind)
        return self.stack.get_parameter(f"{layer}.parametrizations.{kind}.original" if masked else name)

    def tensors(self) -> Tensors:
        """Weights and biases by the names of `Architecture.shapes`; a copy."""
        return {
            name: self.parameter(name).detach().cpu().contiguous().numpy().copy() for name in self.architecture.shapes()
        }

    @torch.no_grad()
    def load(self, tensors: Mapping[str, np.ndarray]) -> Self:
        """Take over weights and biases; returns self. Raises ValueError where names or shapes do not fit."""
        parameters = {name: self.parameter(name) for name in self.architecture.shapes()}
        shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
        if {name: tensor.shape for name, tensor in tensors.items()} != shapes:
            raise ValueError(f"{self.architecture.name}: these tensors are not its own; it has {shapes}")
        for name, parameter in parameters.items():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(tensors[name])))
        return self


def means(images: Tensor, window: int) -> Tensor:
    """n x 28 x 28 -> n x inputs: the means of squares of `window` pixels a side, row by row; of 1, the pixels."""
    return images.flatten(1) if window == 1 else F.avg_pool2d(images.unsqueeze(1), window).flatten(1)


def drawn(make: Callable[[], N], *names: object) -> N:
    """The network that `make` builds with torch's default initial weights, drawn from the stream of these names."""
    with torch.random.fork_rng():
        torch.manual_seed(seeding.stream(*names).initial_seed())
        return make()


@torch.no_grad()
def logits(network: nn.Module, inputs: Tensor, batch_size: int) -> Tensor:
    """The logits for all prepared inputs, n x outputs, computed batch by batch."""
    return torch.cat([network(batch) for batch in inputs.split(batch_size)])


def leads(answers: Tensor) -> Tensor:
    """How far each output is above the largest of the others, n x outputs; answers: logits, likewise."""
    first, second = answers.topk(2, dim=1).values.T[..., None]
    return answers - torch.where(answers == first, second, first)


def accuracy(network: nn.Module, inputs: Tensor, labels: Tensor, batch_size: int) -> float:
    """Share of prepared inputs whose largest logit is that of their label."""
    return (logits(network, inputs, batch_size).argmax(1) == labels).double().mean().item()
