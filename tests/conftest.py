"""What the tests share: networks, and a small dataset of real handwritten digits."""

import os
from pathlib import Path

# Before anything loads OpenMP, and for all that the tests start: two test processes share the cores, and a thread that
# waits would spin on the core that the other one needs. The bytes are the same.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pytest
from hypothesis import settings
from sklearn.datasets import load_digits
from support import TRAIN_IMAGES, idx, write_card

from specdnn.networks import models
from specdnn.networks.models import Architecture

pytest_plugins = ["once", "reporting"]

# Derandomised: a test that passes today passes tomorrow, and no example database appears in the tree.
settings.register_profile("repository", deadline=None, derandomize=True)
settings.load_profile("repository")


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


@pytest.fixture(params=models.names())
def architecture(request: pytest.FixtureRequest) -> Architecture:
    return models.load(request.param)
