"""The image, and files that other services read. Nothing here builds or runs them; what they name must be there."""

import re

import pytest
import yaml
from support import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STEPS = re.findall(r"^(COPY|RUN|CMD|FROM|WORKDIR) ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)


def in_dockers_words(pattern: str, root: str) -> str:
    """A line of a .gitignore that lies in the folder `root`; without a folder it is about every folder."""
    sign, name = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    place = name.removeprefix("/") if "/" in name.removesuffix("/") else f"**/{name}"
    return f"{sign}{root}{place}".removesuffix("/")


def test_an_image_is_made_from_what_git_would_take():
    expected = []
    for file, root in ((".gitignore", ""), (".dvc/.gitignore", ".dvc/")):
        lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#")]
        expected += [in_dockers_words(line, root) for line in lines]
    _, *found = (ROOT / ".dockerignore").read_text().splitlines()
    assert found == expected, "the lines of .gitignore, in their order, belong into .dockerignore too"


def test_all_that_is_copied_is_there():
    copied = [source for step, rest in STEPS if step == "COPY" for source in rest.split()[:-1]]
    assert "requirements.txt" in copied
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_the_environment_is_that_of_the_lock_and_made_before_the_code_is_there():
    steps = [" ".join(step) for step in STEPS]
    assert steps.index("RUN make .venv/locked") < steps.index("COPY . .") < steps.index("RUN make env")
    assert "\n$(VENV)/locked: requirements.txt\n" in (ROOT / "Makefile").read_text()
    assert not re.search(r"pip install|conda", DOCKERFILE)


def test_the_image_has_the_packages_that_the_readme_asks_for():
    asked = re.search(r"`apt install ([\w -]+)`", (ROOT / "README.md").read_text())[1].split()
    install = next(rest for step, rest in STEPS if step == "RUN" and "apt-get" in rest)
    assert set(asked) <= set(re.split(r"\s+", install))


def test_what_ci_runs_is_the_script_and_it_may_do_no_more_than_read():
    said = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert set(said[True]) == {"push", "pull_request"}, "YAML 1.1 takes `on` for a truth"
    assert said["permissions"] == {"contents": "read"}
    (job,) = said["jobs"].values()
    assert job["timeout-minutes"] == 90
    assert job["steps"][-1] == {"run": ".ci/run"}
    assert all(re.fullmatch(r"actions/\w+@v\d+", step["uses"]) for step in job["steps"] if "uses" in step)
    assert "secrets" not in str(said)


def test_the_catalogue_is_told_what_is_so():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    deployed = usage["software-stack-deployment"]
    directives = re.compile(r"^    (conda|container):", re.MULTILINE)
    named = {name for path in (ROOT / "rules").rglob("*.smk") for name in directives.findall(path.read_text())}
    assert any(deployed.values()) == bool(named)
    assert usage["report"] is ("report:" in (ROOT / "Snakefile").read_text())


@pytest.mark.parametrize("command", ["uvx --isolated", "crate_validator.py"])
def test_tools_that_the_lock_cannot_have_are_made_ready_before_the_tests(command: str):
    script = (ROOT / ".ci/run").read_text()
    assert script.index(command) < script.rindex("make test")
