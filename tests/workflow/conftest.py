"""The smoke study, run once for all tests that look at it."""

from pathlib import Path

import pytest
from checkout import ROOT, copy_of_the_checkout, run, snakemake


@pytest.fixture(scope="session")
def data() -> Path:
    """The real MNIST in the checkout, fetched if it is not there yet."""
    run(ROOT, "snakemake", "--cores", "1", "data/mnist/dataset.json")
    return ROOT / "data"


@pytest.fixture(scope="session")
def smoke(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which the smoke study has run, once, without interruption."""
    folder = copy_of_the_checkout(tmp_path_factory.mktemp("smoke"))
    snakemake(folder)
    return folder
