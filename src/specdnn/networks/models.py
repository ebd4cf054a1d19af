"""The networks, as an ordered list of layers with their prunable inputs. No torch: selection needs none.

Units are counted as the paper counts them: the inputs of a layer are the units that a selection rule may
keep. Where a convolution feeds a linear layer, the inputs of the linear layer are single features of the
flattened map, and feature f belongs to channel f // positions.

A network of the study is a file in `architectures/`, its name is the file's; nothing else lists them.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from specdnn.data import CLASSES, IMAGE_SIDE
from specdnn.errors import UserError

if TYPE_CHECKING:
    import numpy as np  # every start of Snakemake loads the study's networks, and needs none of it

FOLDER = Path(__file__).with_name("architectures")


@dataclass(frozen=True)
class Linear:
    name: str
    inputs: int
    outputs: int
    kernel_area: int = 1


@dataclass(frozen=True)
class Conv:
    """A square convolution without padding; then pooling over `pool` x `pool` windows: their largest or mean value."""

    name: str
    inputs: int
    outputs: int
    kernel: int = 5
    pool: int = 2
    pooling: Literal["max", "mean"] = "max"

    @property
    def kernel_area(self) -> int:
        return self.kernel**2


Layer = Linear | Conv
KINDS = {"linear": Linear, "convolution": Conv}


@dataclass(frozen=True)
class Architecture:
    """Layers from input to output, ReLU between them, a sigmoid on each output.

    title: how people write its name; rows_counted: how the paper's compress rate counts this network, "kept" rows only
    (Table I) or "all" rows of a kept column (Table II); window: side in pixels of the squares whose means the first
    layer reads; 1 where it reads the pixels.
    """

    name: str
    layers: tuple[Layer, ...]
    rows_counted: Literal["kept", "all"]
    title: str
    window: int = 1

    def layer(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer.name == name)

    @property
    def convolutions(self) -> tuple[Conv, ...]:
        """They come first."""
        return tuple(layer for layer in self.layers if isinstance(layer, Conv))

    def positions(self, index: int) -> int:
        """How many inputs of layer `index` one output unit of the layer before gives: 1, or the map's area."""
        return self.layers[index].inputs // self.layers[index - 1].outputs

    @property
    def weights(self) -> int:
        """Number of weights, biases not counted (the paper's 100 %)."""
        return sum(layer.outputs * layer.inputs * layer.kernel_area for layer in self.layers)

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.weights + sum(layer.outputs for layer in self.layers)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Tensor name -> shape, for every weight (outputs x inputs [x k x k]) and bias."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in self.layers:
            kernel = (layer.kernel, layer.kernel) if isinstance(layer, Conv) else ()
            shapes[f"{layer.name}.weight"] = (layer.outputs, layer.inputs, *kernel)
            shapes[f"{layer.name}.bias"] = (layer.outputs,)
        return shapes

    def check(self, tensors: Mapping[str, "np.ndarray"], path: str) -> None:
        """Refuse (UserError) tensors that are not this network's; `path` is for the message."""
        found = {name: tensor.shape for name, tensor in tensors.items()}
        if found != self.shapes():
            wrong = sorted(set(found.items()) ^ set(self.shapes().items()))
            raise UserError(f"{path}: not a checkpoint of {self.name}; these tensors differ: {wrong}")


def names() -> list[str]:
    """The networks that there are, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


class _Misfit(ValueError):
    """A layer that cannot be, or not in its place."""

    def __init__(self, layer: str, key: str, found: object, fits: object):
        super().__init__(f"layer {layer}: {key} = {found}, expected {fits}; correct it")


def _layer(said: dict[str, Any]) -> Layer:
    """A layer as its file has it; raises _Misfit for one of no kind that there is, or of sizes that are none."""
    name, kind = said.get("name", "without a name"), said.pop("kind")
    if kind not in KINDS:
        raise _Misfit(name, "kind", kind, " or ".join(KINDS))
    for key in ("inputs", "outputs", "kernel", "pool"):
        size = said.get(key, 1)
        if type(size) is not int or size < 1:
            raise _Misfit(name, key, repr(size), "a whole number from 1")
    return KINDS[kind](**said)


def _fit(architecture: Architecture) -> None:
    """Follow an image through the layers; raises _Misfit at the first that does not take what the one before gives."""
    channels, side, before = 1, IMAGE_SIDE // architecture.window, "the image"
    for index, layer in enumerate(architecture.layers):
        given = f"{before} gives {channels}" + (f" x {side} x {side}" if side > 1 else "")
        if layer.name in [earlier.name for earlier in architecture.layers[:index]]:
            raise _Misfit(layer.name, "name", layer.name, "another name: a layer before has this one")
        if isinstance(layer, Conv):
            if index and isinstance(architecture.layers[index - 1], Linear):
                raise _Misfit(layer.name, "kind", "convolution", f"linear: {before} is, and convolutions come first")
            if layer.inputs != channels:
                raise _Misfit(layer.name, "inputs", layer.inputs, f"{channels}: {given}")
            if layer.kernel + layer.pool - 1 > side:
                found = f"{layer.kernel} with pool = {layer.pool}"
                raise _Misfit(layer.name, "kernel", found, f"at most {side} for kernel + pool - 1: {given}")
            channels, side = layer.outputs, (side - layer.kernel + 1) // layer.pool
        else:
            if layer.inputs != channels * side**2:
                raise _Misfit(layer.name, "inputs", layer.inputs, f"{channels * side**2}: {given}")
            channels, side = layer.outputs, 1
        before = layer.name
    last = architecture.layers[-1]
    if isinstance(last, Conv):
        raise _Misfit(last.name, "kind", "convolution", "linear: it is the last layer")
    if last.outputs != CLASSES:
        raise _Misfit(last.name, "outputs", last.outputs, f"{CLASSES}: it is the last layer, with an output a class")


@cache
def load(name: str) -> Architecture:
    """The network of this name. Raises UserError where there is none, or its file has no layers that fit together."""
    path = FOLDER / f"{name}.toml"
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        layers = tuple(_layer(layer) for layer in said.pop("layers"))
        if not layers:
            raise TypeError("no layers")
        architecture = Architecture(name=name, layers=layers, **said)
        _fit(architecture)
        return architecture
    except _Misfit as error:
        raise UserError(f"{path}: {error}") from None
    except FileNotFoundError:
        raise UserError(f"{name}: no network of this name; known: {', '.join(names())}") from None
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not a network ({error}); see lenet_5.toml beside it") from None


# One-vs-rest logistic regression on all pixels: a control of the comparison, and no network of the study.
LOGISTIC = Architecture("logistic", (Linear("pixels", IMAGE_SIDE**2, 1),), rows_counted="kept", title="logistic")


def tiny(hidden: int) -> Architecture:
    """A network of one hidden layer and one output: likewise."""
    layers = (Linear("hidden", IMAGE_SIDE**2, hidden), Linear("output", hidden, 1))
    return Architecture(f"tiny{hidden}", layers, rows_counted="kept", title=f"{hidden} hidden units")


def coarse(window: int, hidden: int) -> Architecture:
    """A network of one hidden layer, or of none, on the means of squares of `window` x `window` pixels: likewise."""
    inputs = (IMAGE_SIDE // window) ** 2
    layers: tuple[Layer, ...] = (Linear("output", inputs, 1),)
    if hidden:
        layers = Linear("hidden", inputs, hidden), Linear("output", hidden, 1)
    units = f"{hidden} hidden unit{'s' * (hidden > 1)}" if hidden else "no hidden unit"
    title = f"{units}, on means of {window} x {window} pixels"
    return Architecture(f"coarse{window}x{hidden}", layers, rows_counted="kept", title=title, window=window)


FAMILIES: dict[str, Callable[..., Architecture]] = {
    r"tiny([1-9]\d*)": tiny,
    r"coarse(2|4|7|14)x(\d+)": coarse,
}


def small(name: str) -> Architecture:
    """A network of the study, or one of these. Raises UserError where there is none of this name."""
    if name == LOGISTIC.name:
        return LOGISTIC
    for pattern, make in FAMILIES.items():
        if found := re.fullmatch(pattern, name):
            return make(*map(int, found.groups()))
    return load(name)
