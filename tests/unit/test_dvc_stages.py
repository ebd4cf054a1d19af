"""The stages in dvc.yaml and studies/*/dvc.yaml depend on the code that their rules run."""

from pathlib import Path

import pytest
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
