"""The stages in dvc.yaml and studies/*/dvc.yaml depend on the code that their rules run."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from support import ROOT, script_module

from specdnn.errors import UserError

dvc_stages = script_module("dvc_stages")
PIPELINES = ["dvc.yaml", *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("studies/*/dvc.yaml"))]


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("path", PIPELINES)
def test_the_committed_pipeline_is_current(path: str):
    text = Path(path).read_text()
    assert dvc_stages.refreshed(path, text, dvc_stages.rules()) == text, "run `make dvc`"


def test_code_is_replaced_below_its_line_and_nothing_else():
    text = "s:\n  cmd: python src/phase.py data fetch\n  deps:\n  - data\n  # code\n  - old\n  outs:\n  - data\n"
    written = dvc_stages.refreshed("dvc.yaml", text, {"fetch": {"src/fetch.py"}})
    assert "  - data\n  # code\n  - Snakefile\n" in written
    assert "  - src/fetch.py\n" in written
    assert "old" not in written
    assert written.endswith("  outs:\n  - data\n")


def test_a_stage_of_an_unknown_rule_is_refused_by_its_name():
    text = "cmd: python src/phase.py data fetsch\n# code\n".replace("cmd", " cmd").replace("#", "  #")
    with pytest.raises(UserError, match=r"^dvc.yaml: no rule fetsch in rules/"):
        dvc_stages.refreshed("dvc.yaml", text, {"fetch": set()})


@pytest.mark.parametrize(("there", "runs"), [(["activated"], "activated"), (["activated", ".venv"], ".venv")])
@pytest.mark.parametrize("path", PIPELINES)
def test_a_stage_runs_in_the_checkout_s_environment_or_in_the_activated_one(
    path: str, there: list[str], runs: str, tmp_path: Path
):
    """The first python on PATH may belong to anything where no environment is activated, or there may be none."""
    for name in there:
        python = tmp_path / name / "bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho {name} "$@"\n')
        python.chmod(0o755)
    environment = {"PATH": f"{tmp_path}/activated/bin:{os.defpath}"}
    for stage in yaml.safe_load(Path(path).read_text())["stages"].values():
        command = stage.get("do", stage)["cmd"]
        done = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.stdout.startswith(f"{runs} src/phase.py ")
