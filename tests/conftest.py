"""What the tests share: a small dataset of real handwritten digits, networks, and the scripts as a user runs them."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from sklearn.datasets import load_digits
from specdnn.models import ARCHITECTURES, Architecture

ROOT = Path(__file__).parents[1]
TRAIN_IMAGES, TEST_IMAGES = 1500, 297

# Derandomised: a test that passes today passes tomorrow, and no example database appears in the tree.
settings.register_profile("repository", deadline=None, derandomize=True)
settings.load_profile("repository")

Flags = dict[str, object]


def idx(array: np.ndarray) -> bytes:
    """An IDX file of bytes: magic number, sizes, values."""
    sizes = np.array(array.shape, dtype=">u4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def write_card(folder: Path) -> Path:
    """The card of the raw files that lie in `folder` by now."""
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("*-ubyte"))}
    card = folder / "dataset.json"
    card.write_text(json.dumps({"name": "digits", "mean": 0.2, "std": 0.3, "sha256": sums}))
    return card


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dataset.json beside 1,500 training and 297 test images: scikit-learn's digits, enlarged to 28 x 28."""
    folder = tmp_path_factory.mktemp("digits")
    digits = load_digits()
    images = np.pad(np.kron(digits.images, np.ones((1, 3, 3))) * 15, ((0, 0), (2, 2), (2, 2)))
    for part, place in (("train", slice(TRAIN_IMAGES)), ("t10k", slice(TRAIN_IMAGES, None))):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(images[place]))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(digits.target[place]))
    return write_card(folder)


def weights(architecture: Architecture, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights and biases of a network that was never trained, float64."""
    random = np.random.default_rng(seed)
    return {name: random.normal(0, 0.1, shape) for name, shape in architecture.shapes().items()}


def command_line(script: str, flags: Flags) -> list[str]:
    parts = [str(ROOT / "src" / f"{script}.py")]
    for name, value in flags.items():
        values = value if isinstance(value, list) else [value]
        parts += [f"--{name.replace('_', '-')}", *map(str, values)]
    return parts


@pytest.fixture(scope="session")
def run_script() -> Callable[..., subprocess.CompletedProcess]:
    """run_script("train", {"seed": 1, ...}): the script in a process of its own, as Snakemake runs it."""

    def run(script: str, flags: Flags, **environment: str) -> subprocess.CompletedProcess:
        command = ["env", *(f"{name}={value}" for name, value in environment.items()), sys.executable]
        return subprocess.run([*command, *command_line(script, flags)], capture_output=True, text=True, timeout=120)

    return run


def training_flags(card: Path, folder: Path, **changed: object) -> Flags:
    """Flags that `train` and `retrain` share, with a schedule of seconds; results go into `folder`."""
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


@pytest.fixture(params=sorted(ARCHITECTURES))
def architecture(request: pytest.FixtureRequest) -> Architecture:
    return ARCHITECTURES[request.param]
