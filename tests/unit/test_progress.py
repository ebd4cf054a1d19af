"""What a run says of the time that is left: known jobs are worth what they were measured at."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from support import ROOT

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
CORES = 2


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> dict:
    """The names of rules/progress.smk, in a workflow whose local jobs are those of no measurement."""
    monkeypatch.chdir(ROOT)
    workflow = SimpleNamespace(is_local=lambda rule: rule.name == "show", scheduler=SimpleNamespace(running=set()))
    names = {"AT_START": [], "config": PARAMS, "workflow": workflow}
    exec((ROOT / "rules/progress.smk").read_text(), names)
    return names


@dataclass(frozen=True)
class Job:
    rule: SimpleNamespace = field(hash=False)
    wildcards_dict: dict = field(hash=False)
    threads: int


def job(rule: str, model: str = "", threads: int = 1) -> Job:
    return Job(SimpleNamespace(name=rule), {"model": model} if model else {}, threads)


def test_the_study_is_estimated_at_about_what_it_took(rules: dict):
    epochs, means = rules["seconds_of_an_epoch"](), rules["seconds_by_rule"]()
    assert {*epochs} == {(rule, model) for rule in ("train", "retrain") for model in PARAMS["study"]["models"]}
    study = pd.read_csv("results/benchmarks/study.csv").query("scope == 'all'").set_index("rule")
    models = PARAMS["study"]["models"]
    total = sum(
        rules["work"](job(rule, model), epochs, means) * count
        for rule, count in (("train", 2), ("retrain", 20))
        for model in models
    )
    total += sum(
        rules["work"](job(rule), epochs, means) * study.jobs[rule] for rule in ("specialize", "evaluate", "kept")
    )
    assert total / CORES == pytest.approx(study.ideal_seconds["total"], rel=0.3)


def test_what_nobody_has_measured_is_not_guessed(rules: dict):
    assert rules["work"](job("compare_retrain", "lenet_5"), {}, {}) is None
    assert rules["work"](job("show"), {}, {}) == 1


def test_a_running_job_counts_by_its_time_and_never_as_done(rules: dict, monkeypatch: pytest.MonkeyPatch):
    now, long, done = 0.0, job("train", threads=2), job("fetch")
    monkeypatch.setattr(rules["time"], "monotonic", lambda: now)
    rules["workflow"].dag = SimpleNamespace(finished=lambda one: one is done)
    rules["workflow"].scheduler.running = [long]
    progress = rules["Progress"]({long: 100.0, done: 10.0})
    assert progress.done() == 10
    now = 30.0
    assert progress.done() == 10 + 2 * 30
    now = 1000.0
    assert progress.done() == 10 + 90
