"""What a run says of the time that is left: known jobs are worth what they were measured at."""

from dataclasses import dataclass, field
from pathlib import Path
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
    workflow = SimpleNamespace(_localrules={"show"}, scheduler=SimpleNamespace(running=set()))
    names = {"AT_START": [], "Path": Path, "config": PARAMS, "workflow": workflow}
    exec((ROOT / "rules/progress.smk").read_text(), names)
    return names


@dataclass(frozen=True)
class Job:
    rule: SimpleNamespace = field(hash=False)
    wildcards_dict: dict = field(hash=False)
    threads: int
    log: tuple[str, ...] = ()


def job(rule: str, model: str = "", threads: int = 1, log: tuple[str, ...] = ()) -> Job:
    return Job(SimpleNamespace(name=rule, norun=rule == "all"), {"model": model} if model else {}, threads, log)


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
    assert rules["work"](job("show"), {}, {}) == rules["work"](job("all"), {}, {}) == 1


def test_a_running_job_counts_by_its_time_and_never_as_done(rules: dict, monkeypatch: pytest.MonkeyPatch):
    now, long, done = 0.0, job("train", threads=2), job("fetch")
    monkeypatch.setattr(rules["time"], "monotonic", lambda: now)
    rules["workflow"].dag = SimpleNamespace(finished=lambda one: one is done)
    rules["workflow"].scheduler.running = [long]
    progress = rules["Measured"]({long: 100.0, done: 10.0})
    assert progress.look() == 10
    now = 30.0
    assert progress.look() == 10 + 2 * 30
    now = 1000.0
    assert progress.look() == 10 + 90


def test_of_jobs_that_nobody_measured_the_epochs_of_the_trainings_are_said(
    rules: dict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    now, logs = 0.0, [tmp_path / f"{k}.log" for k in range(6)]
    running = [job("own_train", log=(str(log),)) for log in logs]
    monkeypatch.setattr(rules["time"], "monotonic", lambda: now)
    rules["workflow"].dag = SimpleNamespace(finished=lambda one: one is running[5])
    rules["workflow"].scheduler.running = running
    progress = rules["Watched"](dict.fromkeys(running))
    assert progress.line() == ""  # no log yet
    logs[0].write_text("resuming after epoch 3\nepoch 4 of 200: loss 0.5\n")
    logs[1].write_text("reading\n")
    logs[5].write_text("epoch 2 of 2: loss 0.1\n")  # of a job that is done
    assert progress.line() == "own_train at epoch 4 of 200"
    now = 60.0
    logs[0].write_text("epoch 4 of 200: loss 0.5\nepoch 54 of 200: loss 0.4\n")
    assert progress.look() == [("own_train", 54, 200, pytest.approx(60 / 50 * 146))]
    for log in logs[1:5]:
        log.write_text("epoch 1 of 9: loss 0.5\n")
    one = "own_train at epoch 1 of 9"
    assert progress.line() == f"own_train at epoch 54 of 200, about 3 min of it to go; {one}; {one}; 2 more"
