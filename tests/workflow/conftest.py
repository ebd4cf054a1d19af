"""The smoke study, run once for all tests that look at it, and a browser to look with."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from checkout import ROOT, copy_of_the_checkout, run, snakemake
from selenium import webdriver

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--window-size=1400,900",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first, one for each of two test processes; the cluster's waits more than it computes."""
    longest = ("test_slurm.py", "test_versions.py")
    items.sort(key=lambda item: item.path.name not in longest)


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


@pytest.fixture(scope="session")
def finished_smoke(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the smoke study has run, once for all test processes, without interruption."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished_smoke"
    with one_at_a_time(folder.with_suffix(".lock")):
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            snakemake(copy_of_the_checkout(unfinished))
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="module")
def smoke(finished_smoke: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished smoke study, for the tests of one module to go on with."""
    return Path(shutil.copytree(finished_smoke, tmp_path_factory.mktemp("smoke") / "study"))


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    """A real browser that reaches no network."""
    if not (BROWSER and DRIVER):
        pytest.skip("needs a browser (Debian: chromium and chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in FLAGS:
        options.add_argument(flag)
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield chrome
    chrome.quit()
