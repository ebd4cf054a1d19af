"""The finished study in one file: complete, true in what it says of itself, and what its profile asks for."""

import json
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from checkout import ENVIRONMENT, ROOT, SMOKE, contents, run, snakemake
from test_smoke import jobs
from versions import commit, git

from specdnn import files
from specdnn.jobs import records

CRATE, METADATA = "smoke/results/crate.zip", "ro-crate-metadata.json"
VALIDATOR = [sys.executable, "src/uv_as_pip.py", "run", "--quiet", "--python", sys.executable]
VALIDATOR += ["--script", "tests/workflow/crate_validator.py"]


@pytest.fixture(scope="module")
def study(smoke: Path) -> Path:
    """The smoke study in a repository of its own, with its crate."""
    git(smoke, "init", "--quiet", "--initial-branch=main")
    commit(smoke, "the study")
    snakemake(smoke, "crate")
    return smoke


@pytest.fixture(scope="module")
def unpacked(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crate")
    with zipfile.ZipFile(study / CRATE) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def said(unpacked: Path) -> dict[str, dict]:
    """@id -> what the crate says of it."""
    return {entity["@id"]: entity for entity in json.loads((unpacked / METADATA).read_text())["@graph"]}


def counted(said: dict[str, dict]) -> dict[str, int]:
    """Rule -> jobs that the crate says have run."""
    return {rule: int(count) for rule, count in re.findall(r"(\w+) \((\d+)\)", said["#run"]["description"])}


def test_every_file_is_described_with_its_hash_and_size_and_nothing_else_is(unpacked: Path, said: dict[str, dict]):
    described = {name: entity["sha256"] for name, entity in said.items() if "File" in entity["@type"]}
    found = {path.relative_to(unpacked).as_posix(): path for path in unpacked.rglob("*") if path.is_file()}
    assert described == {name: files.sha256(path) for name, path in found.items() if name != METADATA}
    assert all(int(said[name]["contentSize"]) == found[name].stat().st_size for name in described)
    assert {part["@id"] for part in said["./"]["hasPart"]} >= described.keys()


@pytest.mark.parametrize("folder", ["tables", "figures"])
def test_every_table_and_figure_is_in_it(study: Path, unpacked: Path, said: dict[str, dict], folder: str):
    place = f"smoke/results/{folder}"
    made = {name: digest for name, digest in contents(study / place).items() if not name.endswith(files.SEAL)}
    assert len(made) > 10
    assert contents(unpacked / place) == made
    assert {"@id": f"{place}/"} in said["#run"]["result"]


def test_the_run_is_the_one_that_the_records_tell_of(study: Path, said: dict[str, dict], monkeypatch):
    monkeypatch.chdir(study)
    known = [record for path, record in records().items() if path != CRATE]
    action = said["#run"]
    assert datetime.fromisoformat(action["startTime"]).timestamp() == int(min(job["starttime"] for job in known))
    assert datetime.fromisoformat(action["endTime"]).timestamp() == int(max(job["endtime"] for job in known))
    ran = {(job["rule"], *job["log"]) for job in known}
    assert counted(said) == {rule: sum(job[0] == rule for job in ran) for rule in {job[0] for job in ran}}
    assert action["instrument"] == said["./"]["mainEntity"] == {"@id": "Snakefile"}
    given = {entity["@id"] for entity in action["object"]}
    assert given >= {"params.yaml", SMOKE, "data/mnist/dataset.json", "published/table1_lenet_300_100.csv"}
    assert not [name for name in given if name.startswith("src/")]


def test_who_what_and_which_commit_is_said_once_in_citation_and_git(study: Path, said: dict[str, dict]):
    citation = yaml.safe_load((study / "CITATION.cff").read_text())
    workflow, root = said["Snakefile"], said["./"]
    assert (workflow["name"], workflow["version"]) == (citation["title"], citation["version"])
    assert root["license"]["@id"] == f"https://spdx.org/licenses/{citation['license']}"
    assert said[root["author"]["@id"]]["name"] == citation["authors"][0]["name"]
    assert [said[work["@id"]]["name"] for work in root["citation"]] == [
        work["title"] for work in citation["references"]
    ]
    assert said[workflow["identifier"]["@id"]]["value"] == git(study, "rev-parse", "HEAD").strip()
    assert said[workflow["softwareRequirements"]["@id"]]["sha256"] == files.sha256(study / "requirements.txt")


def test_a_program_that_is_no_python_unpacks_it_with_the_right_modes(study: Path):
    with zipfile.ZipFile(study / CRATE) as archive:
        modes = {member.filename: stat.filemode(member.external_attr >> 16) for member in archive.infolist()}
    assert modes["smoke/results/tables/"] == "drwxr-xr-x"
    assert modes["profiles/cluster-generic/status.sh"] == "-rwxr-xr-x"
    assert modes["params.yaml"] == modes[METADATA] == "-rw-r--r--"


def test_no_path_of_the_machine_is_in_it(study: Path, unpacked: Path):
    paths = [str(path).encode() for path in (study, ROOT, sys.prefix)]
    inside = [path for path in unpacked.rglob("*") if path.is_file()]
    assert [file for file in inside if any(path in file.read_bytes() for path in paths)] == []


def test_made_again_it_has_the_same_bytes(study: Path):
    before = (study / CRATE).read_bytes()
    assert "Nothing to be done" in snakemake(study, "crate")
    (study / CRATE).unlink()
    snakemake(study, "crate")
    assert (study / CRATE).read_bytes() == before


def test_unpacked_it_runs_the_same_study(unpacked: Path, said: dict[str, dict]):
    command = said["#run"]["name"].split()
    planned = jobs(run(unpacked, *command[:-2], "--cores", "1", "-n", *command[-2:]).stdout)
    assert planned == {**counted(said), "fetch": 1, "all": 1}


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--config", "study={models: [lenet_5]}"], "--config study: a crate keeps files; put the value into one"),
        (["--configfile", SMOKE, "OUTSIDE"], "OUTSIDE: a crate keeps files of this folder; copy it here"),
    ],
)
def test_values_that_it_could_not_keep_are_refused(study: Path, tmp_path: Path, flags: list[str], says: str):
    outside = tmp_path / "values.yaml"
    outside.write_text("study: {classes: [0]}\n")
    flags = [flag.replace("OUTSIDE", str(outside)) for flag in flags]
    printed = snakemake(study, *flags, "--", "crate", check=False)
    assert printed.strip().splitlines()[-1].startswith(says.replace("OUTSIDE", str(outside)))


@pytest.fixture(scope="module")
def validated():
    """Crate -> what the validator says; it has an environment of its own."""

    def validator(*crate: str) -> subprocess.CompletedProcess:
        return subprocess.run([*VALIDATOR, *crate], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)

    ready = validator()
    if ready.returncode:
        pytest.skip(f"needs roc-validator from the package index: {ready.stderr.strip()[-300:]}")

    def validate(crate: Path) -> dict:
        done = validator(str(crate))
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    return validate


def test_the_validator_finds_it_a_workflow_run_crate(study: Path, validated):
    found = validated(study / CRATE)
    assert found["issues"] == []
    assert (found["checked"] > 50, found["skipped"]) == (True, 0)


def test_the_validator_would_tell(unpacked: Path, tmp_path: Path, validated):
    folder = Path(shutil.copytree(unpacked, tmp_path / "crate"))
    metadata = json.loads((folder / METADATA).read_text())
    for entity in metadata["@graph"]:
        entity.pop("instrument", None)
    (folder / METADATA).write_text(json.dumps(metadata))
    (folder / "Makefile").unlink()
    issues = " ".join(validated(folder)["issues"])
    assert "MUST have an instrument" in issues
    assert "'Makefile'" in issues
