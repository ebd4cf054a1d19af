"""The plan of a larger study counts what Snakemake counts, and says so when it does not."""

from pathlib import Path

import plan
import pytest
import yaml

PARAMS = yaml.safe_load((plan.ROOT / "params.yaml").read_text())
STUDY = plan.size_of(PARAMS)


def test_the_study_itself_is_counted_by_hand():
    counted = plan.jobs(STUDY)
    assert counted["train"] == counted["evaluate_dense"] == 2 * 2  # protocols x models
    assert counted["retrain"] == counted["evaluate"] == 2 * 2 * 10
    assert counted["specialize"] == 2 * 2 * 10 + 2 * 2 * 10  # and two models x two more readings
    assert plan.submissions(STUDY) == 4 + 40 + 40


def test_a_hundred_seeds_eight_methods_and_two_datasets():
    size = plan.size_of(plan.enlarged(PARAMS, seeds=100, methods=8, datasets=2))
    assert size.networks == 2 * 2 * 2 * 100
    assert size.specialists == 800 * 8 * 10
    assert plan.submissions(size) == 800 + 64_000


def test_the_batches_of_a_study_are_as_large_as_its_first():
    size = plan.size_of(plan.enlarged(PARAMS, seeds=100, methods=8, datasets=2))
    batch = plan.first_batch(size, 12)
    assert batch["aggregate"] == 535  # of 6400 tables of networks and 13 other targets
    assert batch["retrain"] == 5350
    assert batch["train"] == 67


def test_methods_are_those_of_the_study_and_then_those_that_choose_their_own_size():
    larger = plan.enlarged(PARAMS, seeds=1, methods=3, datasets=1)
    assert larger["study"]["methods"] == ["released", "paper", "first_exceed"]
    assert PARAMS["study"]["methods"] == ["released"]


@pytest.mark.parametrize(("more", "message"), [({"datasets": 9}, "--datasets 9"), ({"methods": 99}, "--methods 99")])
def test_more_than_there_are_is_refused(more: dict, message: str):
    with pytest.raises(SystemExit, match=message):
        plan.enlarged(PARAMS, **{"seeds": 1, "methods": 1, "datasets": 1, **more})


def study(folder: Path) -> Path:
    """One timing of 10 s and one result of 5000 bytes for each rule."""
    for rule in plan.OUTPUTS:
        stage, job = rule.removesuffix("_dense"), "dense" if rule == "evaluate_dense" else "released"
        result = folder / stage / "seed1" / job / "result"
        timing = folder / "benchmarks/jobs" / rule / "seed1.tsv"
        for file in (result, timing):
            file.parent.mkdir(parents=True, exist_ok=True)
        result.write_bytes(b"x" * 5000)
        timing.write_text("s\th:m:s\n10.0\t0:00:10\n")
    return folder


def test_units_are_means_of_whole_blocks_and_a_plan_adds_them_up(tmp_path: Path):
    units = plan.measure(study(tmp_path), tmp_path / "none")
    assert units.seconds == dict.fromkeys(plan.OUTPUTS, 10.0)
    assert units.result_bytes["retrain"] == 3 * 8192
    planned = plan.plan(STUDY, units, {"train": 2}, cores=10, overhead=5.0, head=1.0)
    jobs = plan.jobs(STUDY)
    own = 10.0 * (sum(jobs[rule] for rule in plan.OUTPUTS) + jobs["train"])
    assert planned.core_hours == pytest.approx(own / 3600)
    assert planned.wall_hours == pytest.approx((own + 5.0 * 84) / 36_000)
    assert planned.polls == round((own + 5.0 * 84) / 100)
    assert planned.chain_hours == pytest.approx(40 / 3600)
    assert "| wall clock on 10 cores, all busy | 4 min |" in plan.markdown({"this study": planned}, cores=10)


def test_a_folder_without_timings_is_refused(tmp_path: Path):
    with pytest.raises(SystemExit, match="run the study first"):
        plan.measure(tmp_path, tmp_path)


def test_a_dry_run_announces_as_many_jobs_as_are_computed():
    run, expected = plan.check(plan.enlarged(PARAMS, seeds=1, methods=4, datasets=2), batches=1)
    assert run.jobs == expected


def test_a_dry_run_of_a_batch_does_too():
    run, expected = plan.check(plan.enlarged(PARAMS, seeds=2, methods=4, datasets=2), batches=4)
    assert run.jobs == expected


def test_the_smallest_jobs_come_in_chains_of_four():
    assert plan.floor(8).jobs == {"a": 2, "b": 2, "c": 2, "d": 2, "all": 1}
