"""A finished study for each fault."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import copy_of_the_checkout, run
from once import once
from small_study import SNAKEMAKE, Study, found


@pytest.fixture(scope="session")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the smallest study has run, with two starts: Snakemake has seen what it has written."""

    def make(folder: Path) -> None:
        copy_of_the_checkout(folder)
        shutil.copytree(folder / "data/mnist", folder / "spare")
        for _ in range(2):
            run(folder, *SNAKEMAKE)
        (folder / "right.json").write_text(json.dumps(found(folder)))

    return once("finished_small", make, tmp_path_factory)


@pytest.fixture
def study(finished: Path, tmp_path: Path, record_property: Callable[[str, object], None]) -> Study:
    """A copy of it, with the times of its files."""
    folder = tmp_path / "study"
    subprocess.run(["cp", "-a", finished, folder], check=True)
    return Study(folder, json.loads((folder / "right.json").read_text()), record_property)
