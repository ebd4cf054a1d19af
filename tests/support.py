"""Helpers of the tests: IDX files, untrained networks, and the scripts as a user runs them."""

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import runpy
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from specdnn import artefacts
from specdnn.networks.models import Architecture

ROOT = Path(__file__).parents[1]
TRAIN_IMAGES, TEST_IMAGES = 1500, 297
KEPT = {  # inputs of a specialist that is big enough to learn
    "lenet_300_100": {"fc1": range(100, 500, 3), "fc2": range(0, 40, 3), "fc3": range(0, 12, 2)},
    "lenet_5": {"conv1": [0], "conv2": range(0, 20, 3), "fc1": range(0, 500, 7), "fc2": range(0, 20, 2)},
}

Flags = dict[str, object]


def kept_of(architecture: Architecture) -> dict[str, list[int]]:
    """Layer -> kept inputs of a specialist; of a network that is not the paper's, some of each layer."""
    some = {layer.name: range(0, layer.inputs, max(1, layer.inputs // 12)) for layer in architecture.layers}
    return {name: [*units] for name, units in KEPT.get(architecture.name, some).items()}


def idx(array: np.ndarray, magic: bytes = b"") -> bytes:
    """An IDX file of bytes: magic number, by itself the right one, sizes, values."""
    sizes = np.array(array.shape, dtype=">u4").tobytes()
    return (magic or bytes([0, 0, 8, array.ndim])) + sizes + array.astype(np.uint8).tobytes()


def archive(members: dict[str, bytes], links: dict[str, str]) -> bytes:
    """A gzipped tar archive: member -> content, and symbolic link -> where it points."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            file.addfile(member)
    return buffer.getvalue()


def write_card(folder: Path) -> Path:
    """The card of the raw files that lie in `folder` by now."""
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("*-ubyte"))}
    card = folder / "dataset.json"
    card.write_text(json.dumps({"name": "digits", "mean": 0.2, "std": 0.3, "sha256": sums}))
    return card


def weights(architecture: Architecture) -> dict[str, np.ndarray]:
    """Weights and biases of a network that was never trained, float32."""
    random = np.random.default_rng(0)
    return {name: random.normal(0, 0.1, shape).astype(np.float32) for name, shape in architecture.shapes().items()}


def write_dense(path: Path, architecture: Architecture) -> Path:
    artefacts.save_tensors(path, weights(architecture), {"rule": "train", "params": {}, "inputs": {}, "epoch": 1})
    return path


def write_selection(path: Path, dense: Path, architecture: Architecture) -> Path:
    """A selection of class 3 that was made from `dense`."""
    layers = [{"layer": name, "kept": kept} for name, kept in kept_of(architecture).items()]
    record = artefacts.make_record("specialize", {"model": architecture.name, "label": 3}, {"dense": dense})
    artefacts.write_json(path, {"record": record, "layers": layers})
    return path


def command_line(script: str, flags: Flags) -> list[str]:
    parts = [str(ROOT / "src" / f"{script}.py")]
    for name, value in flags.items():
        values = value if isinstance(value, list) else [value]
        parts += [f"--{name.replace('_', '-')}", *map(str, values)]
    return parts


def run_script(script: str, flags: Flags, **options: object) -> subprocess.CompletedProcess:
    """The script in a process of its own, as Snakemake runs it."""
    command = [sys.executable, *command_line(script, flags)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **options.pop("env", {})}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment, **options)


def run_here(script: str, flags: Flags) -> subprocess.CompletedProcess:
    """As `run_script`, in this process: the same command line, without the seconds that importing torch takes."""
    argv, out, err = sys.argv, io.StringIO(), io.StringIO()
    sys.argv = command_line(script, flags)
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = argv
    return subprocess.CompletedProcess(command_line(script, flags), code, out.getvalue(), err.getvalue())


def script_module(name: str) -> ModuleType:
    """A script of src as a module, for the functions in it: `script_module("mint/score").drawn`."""
    spec = importlib.util.spec_from_file_location(name.replace("/", "_"), ROOT / "src" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Interrupted(Exception):
    """Stands in for whatever ends a process between two epochs."""


@contextlib.contextmanager
def interrupted_after(epochs: int) -> Iterator[None]:
    """What is trained in this block is ended once so many epochs are done; the state after each is saved."""
    from specdnn.training import loop  # torch, which most tests do without

    left, take_steps = iter(range(epochs)), loop.take_steps

    def counted(*given: object) -> float:
        if next(left, None) is None:
            raise Interrupted
        return take_steps(*given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loop, "SAVE_EVERY", 0.0)
        patched.setattr(loop, "take_steps", counted)
        with pytest.raises(Interrupted):
            yield


def training_flags(card: Path, folder: Path, **changed: object) -> Flags:
    """Flags that `train` and `retrain` share, for a training of a second; results go into `folder`."""
    flags = {
        "protocol": "published",
        "train_images": 600,
        "choosing_images": 200,
        "epochs": 4,
        "batch_size": 100,
        "lr": 0.1,
        "lr_step": 2,
        "lr_gamma": 0.1,
        "momentum": 0.9,
        "weight_decay": 0.0001,
        "seed": 1,
        "threads": 1,
        "data": card,
        "best": folder / "best.safetensors",
        "last": folder / "last.safetensors",
        "history": folder / "history.csv",
        "state": folder / "state.safetensors",
    }
    return {**flags, **changed}
