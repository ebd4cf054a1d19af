"""The smoke study, run once for all tests that look at it, and a browser to look with."""

import fcntl
import shutil
from collections.abc import Iterator
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


@pytest.fixture(scope="session")
def data() -> Path:
    """The real MNIST in the checkout, fetched if it is not there yet."""
    with (ROOT / "params.yaml").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # one test process fetches, the others wait
        run(ROOT, "snakemake", "--cores", "1", "data/mnist/dataset.json")
    return ROOT / "data"


@pytest.fixture(scope="session")
def smoke(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which the smoke study has run, once, without interruption."""
    folder = copy_of_the_checkout(tmp_path_factory.mktemp("smoke"))
    snakemake(folder)
    return folder


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
