"""The parts of a network that have weights: what they read, what they make, how often they run.

matrix     a linear layer or a plain convolution: rows x columns (x kernel)
filter     a convolution in blocks of channels, depthwise ones among them: a block reads a block
norm       batch or instance norm, PReLU: numbers for single channels
parameter  a parameter that belongs to no layer of torch.nn; of its axes the last one longer than 1 has channels
other      a layer that is never cut
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm
from torch.nn.utils.parametrize import is_parametrized

from specdnn.errors import UserError

Kind = Literal["matrix", "filter", "norm", "parameter", "other"]
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
ACROSS = (nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.LocalResponseNorm)  # norms over several channels at once
COUNTS = ("num_features", "num_parameters", "num_channels", "embed_dim", "out_channels", "embedding_dim", "hidden_size")


@dataclass(frozen=True, eq=False)
class Part:
    """name: as in named_modules or named_parameters; module: it, or the parameter; positions: values a channel.

    whole: why none of its channels can be dropped, None where they can.
    """

    name: str
    kind: Kind
    module: nn.Module | nn.Parameter
    positions: int = 1
    whole: str | None = None

    @property
    def is_matrix(self) -> bool:
        return self.kind == "matrix"

    @property
    def blocks(self) -> int:
        """Blocks of channels that it computes apart."""
        return cast(Any, self.module).groups if self.kind == "filter" else 1

    @property
    def axis(self) -> int:
        """Of a bare parameter: the one with its channels."""
        return channel_axis(cast(Tensor, self.module))

    def size(self, side: int) -> int:
        """How many channels it reads (side 0), or makes (1)."""
        module: Any = self.module
        if self.kind == "parameter":
            return module.shape[self.axis] if module.dim() else 1
        if isinstance(module, nn.Linear):
            return module.out_features if side else module.in_features
        if isinstance(module, CONVOLUTIONS):
            return module.out_channels if side else module.in_channels
        if isinstance(module, nn.LayerNorm | nn.RMSNorm):
            return module.normalized_shape[-1]
        return next((count for name in COUNTS if (count := getattr(module, name, None))), 0)


def channel_axis(parameter: Tensor) -> int:
    """Of a parameter in no layer: the last axis longer than 1, as Torch-Pruning takes it."""
    return max((axis for axis, size in enumerate(parameter.shape) if size > 1), default=0)


def _kind(module: nn.Module) -> tuple[Kind, str | None]:
    if is_parametrized(module):
        return "other", "has parametrised weights; make them plain ones first"
    if isinstance(module, CONVOLUTIONS):
        if module.groups == 1:
            return "matrix", None
        if module.groups == module.out_channels != module.in_channels:
            return "filter", "makes one channel out of each block"
        return "filter", None
    if isinstance(module, nn.Linear):
        return "matrix", None
    if isinstance(module, _BatchNorm | _InstanceNorm | nn.PReLU):
        return "norm", None
    reason = "norms several channels together: without one the others change" if isinstance(module, ACROSS) else None
    return "other", reason or "is a layer that is never cut"


def _is_layer(module: nn.Module) -> bool:
    """Whether it is one of torch.nn with numbers for its channels; a PReLU of one number for all has none."""
    if isinstance(module, nn.Sequential | nn.ModuleList | nn.ModuleDict | nn.ParameterList | nn.ParameterDict):
        return False
    if isinstance(module, nn.PReLU):
        return module.num_parameters > 1
    ours = isinstance(module, (*CONVOLUTIONS, nn.Linear, _BatchNorm, _InstanceNorm, *ACROSS))
    torchs = type(module).__module__.startswith("torch.nn.") and any(True for _ in module.parameters())
    return ours or torchs


def _named(model: nn.Module) -> Iterator[tuple[str, Part]]:
    """Layers of torch.nn with parameters, and parameters in none of them; nothing inside a layer that is never cut."""
    covered: set[nn.Module] = set()
    for name, module in model.named_modules():
        if module in covered:
            continue
        if _is_layer(module):
            kind, whole = _kind(module)
            covered |= {*module.modules()}
            yield name, Part(name, kind, module, whole=whole)
            continue
        for key, parameter in module.named_parameters(recurse=False):
            yield (full := f"{name}.{key}" if name else key), Part(full, "parameter", parameter)


def _twice(model: nn.Module) -> set[str]:
    """Names of modules whose parameters are those of another module, too."""
    owners: dict[nn.Parameter, set[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        owners.setdefault(parameter, set()).add(name.rpartition(".")[0])
    return {name for names in owners.values() if len(names) > 1 for name in names}


def logits_of(model: nn.Module, example: Tensor) -> Tensor:
    """What the network gives. Raises UserError where the example does not fit, or that is no batch x classes."""
    try:
        found = model(example)
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(
            f"example: {type(model).__name__} does not run on a tensor of shape {tuple(example.shape)} ({reason}); "
            "give one that it is made for, with a batch of at least 1"
        ) from None
    if not isinstance(found, Tensor) or found.dim() != 2:
        what = f"a tensor of shape {tuple(found.shape)}" if isinstance(found, Tensor) else f"a {type(found).__name__}"
        raise UserError(
            f"{type(model).__name__} gives {what}, expected logits as one tensor, batch x classes; wrap it in a module "
            "that returns those alone"
        )
    return found


@dataclass(frozen=True)
class Observed:
    """parts: by name, in the order in which they first run, bare parameters last; unused: modules that never run."""

    parts: dict[str, Part]
    unused: tuple[str, ...]


def observe(model: nn.Module, example: Tensor) -> Observed:
    """Run a network in evaluation mode and see which of its parts it uses. Raises UserError as `logits_of`."""
    named = dict(_named(model))
    ran: dict[str, int] = {}
    hooks = []
    for name, part in named.items():
        if isinstance(part.module, nn.Module):

            def note(module: nn.Module, given: Any, made: Any, name: str = name, part: Part = part) -> None:
                values = made.numel() // len(example) if isinstance(made, Tensor) else 0
                ran[name] = ran.get(name, 0) + values // max(part.size(1), 1)

            hooks.append(part.module.register_forward_hook(note))
    try:
        used = _with_gradient(model, example)
    finally:
        for hook in hooks:
            hook.remove()
    twice = _twice(model)
    parts = {name: replace(named[name], positions=positions) for name, positions in ran.items()}
    for name, part in named.items():
        if name in parts or not any(parameter in used for parameter in _parameters(part)):
            continue
        beside = part.kind != "parameter"
        parts[name] = replace(part, whole="has weights that are used outside of it") if beside else part
    for name in twice & set(parts):
        parts[name] = replace(parts[name], whole="shares its weights with another layer")
    return Observed(parts, tuple(_unused(model, parts, used)))


def _parameters(part: Part) -> list[nn.Parameter]:
    return [part.module] if isinstance(part.module, nn.Parameter) else [*part.module.parameters()]


def _with_gradient(model: nn.Module, example: Tensor) -> set[nn.Parameter]:
    """The parameters that the outputs depend on. Raises UserError where autograd cannot tell."""
    parameters = [*model.parameters()]
    wanted = [parameter.requires_grad for parameter in parameters]
    given = example.detach().clone().requires_grad_(example.is_floating_point())
    asked = [*parameters, *([given] if given.requires_grad else [])]
    reached: tuple[Tensor | None, ...] = (None,) * len(asked)
    try:
        model.requires_grad_(True)
        with torch.enable_grad():
            logits = logits_of(model, given.clone())  # no leaf: what is given may be changed in place
            if logits.requires_grad:
                reached = torch.autograd.grad(logits.sum(), asked, allow_unused=True)
    finally:
        for parameter, flag in zip(parameters, wanted, strict=True):
            parameter.requires_grad_(flag)
    ways = reached[-1:] if given.requires_grad else reached  # whole numbers have no gradient
    if all(gradient is None for gradient in ways):
        raise UserError(
            f"{type(model).__name__}: autograd finds no way from its outputs back to its input; take no_grad, detach "
            "and numpy out of its forward"
        )
    return {parameter for parameter, gradient in zip(parameters, reached, strict=False) if gradient is not None}


def _unused(model: nn.Module, parts: dict[str, Part], used: set[nn.Parameter]) -> Iterator[str]:
    """The outermost modules that have parameters, of which the outputs depend on none."""
    outer: tuple[str, ...] = ()
    for name, module in model.named_modules():
        parameters = {*module.parameters()}
        inside = any(name == above or name.startswith(f"{above}.") for above in outer)
        if name and parameters and not parameters & used and not inside and name not in parts:
            outer += (name,)
            yield name


def macs(part: Part, rows: int, columns: int) -> int:
    """Multiply-accumulates of an image, with so many rows and columns; 0 for parts that only scale."""
    if part.kind == "matrix":
        return part.positions * rows * columns * area(part)
    if part.kind == "filter":
        each = columns * part.blocks // part.size(0)  # blocks that stay
        return part.positions * rows * (columns // max(each, 1)) * area(part)
    return 0


def area(part: Part) -> int:
    """Weights of its kernel."""
    return math.prod(cast(Any, part.module).kernel_size) if isinstance(part.module, CONVOLUTIONS) else 1
