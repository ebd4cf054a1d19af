"""The dense network of a study: a default of ours, torchvision's, or a function of the user's; and its weights."""

import difflib
import importlib.util
import inspect
import pickle
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from specdnn.errors import UserError
from specdnn.networks.network import drawn
from specdnn.own.pictures import SIZES
from specdnn.own.residual import Residual


def file_of(network: str) -> str | None:
    """The user's own file, of FILE.py:function."""
    file, _, function = network.rpartition(":")
    return file if file.endswith(".py") and function else None


def dense(network: str, *, classes: int, channels: int, size: int, seed: int) -> nn.Module:
    """The untrained network, its initial weights drawn for this seed. Raises UserError where there is none.

    network: residual, torchvision:NAME, or FILE.py:function, which returns a module; it is called with classes,
    channels and size, or with nothing.
    """
    make = _maker(network, classes, channels, size)
    made = drawn(cast(Any, make), "own", "init", Path(network).name, seed)  # wherever the user's file lies
    if not isinstance(made, nn.Module):
        raise UserError(f"network: {network} returns a {type(made).__name__}, expected a torch.nn.Module")
    check(made, network, classes=classes, channels=channels, size=size)
    return made


def _maker(network: str, classes: int, channels: int, size: int) -> Callable[[], nn.Module]:
    if network == "residual":
        if size not in SIZES:
            raise UserError(
                f"network: residual is for images of {SIZES[0]} to {SIZES[-1]} pixels, not {size}; set size"
            )
        return lambda: Residual(classes, channels)
    if network.startswith("torchvision:"):
        return _of_torchvision(network.partition(":")[2], classes, channels)
    if file_of(network):
        return _of_file(network, classes, channels, size)
    raise UserError(f"network: {network}, expected residual, torchvision:NAME or FILE.py:function")


def _of_torchvision(name: str, classes: int, channels: int) -> Callable[[], nn.Module]:
    from torchvision import models  # loads torch's compiler: a second that other networks need not spend

    known = models.list_models(module=models)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        raise UserError(f"network: torchvision has no {name}" + (f"; did you mean {close[0]}?" if close else ""))
    if channels != 3:
        raise UserError(f"network: torchvision:{name} takes images of 3 channels, not {channels}; set channels: 3")
    return lambda: models.get_model(name, weights=None, num_classes=classes)


def _of_file(network: str, classes: int, channels: int, size: int) -> Callable[[], nn.Module]:
    file, _, function = network.rpartition(":")
    if not Path(file).is_file():
        raise UserError(f"network: {file}: no such file; the path is as seen from the repository's root")
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the user's code raises
        raise UserError(f"network: {file} cannot be imported: {_said(error)}") from None
    make = getattr(module, function, None)
    if not callable(make):
        raise UserError(f"network: {file} has no function {function}")
    given: tuple[int, ...] = (classes, channels, size)
    try:
        inspect.signature(make).bind(*given)
    except TypeError:
        given = ()
    except ValueError:  # of no signature
        pass

    def called() -> nn.Module:
        try:
            return make(*given)
        except Exception as error:
            raise UserError(f"network: {network} failed: {_said(error)}") from None

    return called


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


@torch.no_grad()
def check(network: nn.Module, name: str, *, classes: int, channels: int, size: int) -> None:
    """Raises UserError where the network does not turn such images into a logit for each class."""
    was = network.training
    network.eval()
    shape = f"2 x {channels} x {size} x {size}"
    try:
        answers = network(torch.zeros(2, channels, size, size))
    except Exception as error:
        raise UserError(f"network: {name} fails on images of {shape}: {_said(error)}") from None
    finally:
        network.train(was)
    if not isinstance(answers, Tensor):
        raise UserError(
            f"network: {name} returns a {type(answers).__name__}, expected one tensor of logits, images x classes; "
            "wrap it in a module that returns the logits alone"
        )
    if answers.shape != (2, classes):
        found = " x ".join(map(str, answers.shape))
        raise UserError(
            f"network: {name} makes {found} of images of {shape}, expected 2 x {classes}: a logit for each class"
        )


def read_weights(path: str) -> dict[str, Tensor]:
    """The state dict in a file: safetensors, or what torch loads without running code (`weights_only`)."""
    try:
        if path.endswith(".safetensors"):
            return load_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a pickle's protocol; what matters is said below
            found = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(f"weights: {path}: no such file") from None
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, SafetensorError) as error:
        raise UserError(
            f"weights: {path} is no safetensors file and no state dict that torch loads with weights_only "
            f"({type(error).__name__}); save network.state_dict()"
        ) from None
    found = found.get("state_dict", found) if isinstance(found, Mapping) else found
    if not isinstance(found, Mapping) or not all(isinstance(value, Tensor) for value in found.values()):
        raise UserError(f"weights: {path} is not a state dict: names with tensors; save network.state_dict()")
    return dict(found)


def load(network: nn.Module, tensors: Mapping[str, Tensor], path: str) -> None:
    """Take the weights over. Raises UserError, which names the first tensors that differ, where they do not fit."""
    own = network.state_dict()
    found = []
    for name in [*own, *(name for name in tensors if name not in own)]:
        there, here = (_shape(state.get(name)) for state in (tensors, own))
        if there != here and not name.endswith("num_batches_tracked"):
            found.append(f"{name} is {there} there and {here} in the network")
    if found:
        more = f", and {len(found) - 2} more" if len(found) > 2 else ""
        raise UserError(
            f"weights: {path} does not fit: {'; '.join(found[:2])}{more}; name the network that they are of"
        )
    network.load_state_dict({**own, **tensors})


def _shape(tensor: Tensor | None) -> str:
    return "missing" if tensor is None else " x ".join(map(str, tensor.shape)) or "a number"
