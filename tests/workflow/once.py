"""What all test processes share: the real data, and folders that one of them fills."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from checkout import ROOT, run


@contextmanager
def one_at_a_time(held: Path) -> Iterator[None]:
    """One test process goes on, the others wait."""
    with held.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def data() -> Path:
    """The real MNIST in the checkout, fetched if it is not there yet."""
    with one_at_a_time(ROOT / "params.yaml"):
        run(ROOT, "snakemake", "--cores", "1", "data/mnist/dataset.json")
    return ROOT / "data"


def once(name: str, make: Callable[[Path], object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make` has filled, once for all test processes."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with one_at_a_time(folder.with_suffix(".lock")):
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(folder)
    return folder
