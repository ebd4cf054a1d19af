"""The smoke study, run once for all tests that look at it, and a browser to look with."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import BROWSER, DRIVER, FLAGS
from checkout import copy_of_the_checkout, run, snakemake
from once import once
from selenium import webdriver
from versions import commit, jobs_in, repository


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first, one for each of two test processes; the short ones fill up what is left."""
    longest = ["slurm", "versions", "smoke", "compare", "similarity", "mint", "exported", "demo", "remotes", "report"]
    places = {f"test_{name}.py": place for place, name in enumerate(longest)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session")
def finished_smoke(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the smoke study has run, without interruption."""
    return once("finished_smoke", lambda folder: snakemake(copy_of_the_checkout(folder)), tmp_path_factory)


def reproduced(folder: Path) -> None:
    """What `dvc repro` says goes into a file beside the folder's own, which tests look at."""
    printed = run(repository(folder), "dvc", "repro").stdout
    commit(folder, "A")
    (folder / ".git/printed.txt").write_text(printed)


@pytest.fixture(scope="session")
def finished_repro(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A repository in which `dvc repro` has run from nothing, committed; and the jobs that this ran."""
    folder = once("finished_repro", reproduced, tmp_path_factory)
    return folder, jobs_in((folder / ".git/printed.txt").read_text())


@pytest.fixture(scope="module")
def smoke(finished_smoke: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished smoke study, for the tests of one module to go on with."""
    return Path(shutil.copytree(finished_smoke, tmp_path_factory.mktemp("smoke") / "study"))


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    """A real browser that reaches no network but this machine."""
    if not (BROWSER and DRIVER):
        pytest.skip("needs a browser (Debian: chromium and chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in FLAGS:
        options.add_argument(flag)
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield chrome
    chrome.quit()
