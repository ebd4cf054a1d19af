"""The study on a real SLURM cluster of two nodes: the same bytes, and nothing lost when something breaks.

The study is tiny, so that most of the time goes into starting jobs, which is what is tested. What breaks is a job, a
node, a memory limit or the head process, in a part of it: one dense network and one specialist, two submissions. All
results are held against a local run of the same study.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import slurm_cluster
from checkout import ENVIRONMENT, run
from versions import TABLE, has_nothing_to_do, jobs_in, repository, results, set_params, tiny_study

pytestmark = pytest.mark.skipif(slurm_cluster.why_not() is not None, reason=str(slurm_cluster.why_not()))

# SLURM: the plugin asks 10 s later each time that it finds nothing finished, so the first time it asks is the time that
# a submission of the tiny study takes.
ASK = ["--slurm-init-seconds-before-status-checks", "15", "--seconds-between-status-checks", "1"]
SLURM = ["--profile", "profiles/slurm", *ASK]
GENERIC = ["--profile", "profiles/cluster-generic", "--seconds-between-status-checks", "1"]
PART = "results/evaluate/published/mnist/lenet_300_100/seed1/released/class0/metrics.json"
ALIVE = "PENDING,RUNNING,COMPLETING"
PATIENCE = 600  # seconds: if the cluster goes away, Snakemake waits for ever


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("slurm")
    slurm_cluster.start(folder)
    yield folder
    slurm_cluster.stop(folder)


def with_two_classes(folder: Path) -> Path:
    """The tiny study with more than one job of a kind; nothing has run."""
    set_params(tiny_study(folder), {"study": {"classes": [0, 1]}, "readings": {"methods": ["released", "paper"]}})
    return folder


@pytest.fixture(scope="module")
def local(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as this machine alone makes it."""
    folder = with_two_classes(tmp_path_factory.mktemp("local"))
    run(folder, "snakemake", "--cores", "2")
    return folder


@pytest.fixture
def study(data: Path, cluster: Path, tmp_path: Path) -> Path:
    return with_two_classes(tmp_path)


def snakemake(folder: Path, profile: list[str]) -> str:
    return run(folder, "snakemake", *profile, "--", PART, timeout=PATIENCE).stdout


def whole_study(folder: Path) -> str:
    command = ["env", "SNAKEMAKE_PROFILE=profiles/slurm", "snakemake", *ASK]
    return run(with_two_classes(folder), *command, timeout=PATIENCE).stdout


def part_by_commands(folder: Path) -> str:
    return snakemake(with_two_classes(folder), GENERIC)


def part_with_little_memory(folder: Path) -> str:
    rule = with_two_classes(folder) / "rules/train.smk"
    asked = re.search(r"memory\((\d+)\)", rule.read_text())
    rule.write_text(rule.read_text().replace(asked[0], "memory(600)"))  # with two Snakemake processes it takes 1030
    return snakemake(folder, GENERIC)


def dvc_repro(folder: Path) -> str:
    profile = repository(folder) / "profiles/cluster-generic/config.yaml"
    profile.write_text(profile.read_text().replace("between-status-checks: 10", "between-status-checks: 1"))
    command = ["env", "SNAKEMAKE_PROFILE=profiles/cluster-generic", "dvc", "repro"]
    return run(folder, *command, timeout=PATIENCE).stdout


class Head:
    """Snakemake with a cluster profile, making PART, while a test interferes."""

    def __init__(self, folder: Path, profile: list[str]):
        self.folder, self.log = folder, folder / "snakemake.txt"
        # A shell's background job ignores SIGINT, and so does all that it starts, pytest and Snakemake among it.
        command = ["env", "--default-signal=INT", "snakemake", *profile, "--", PART]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=log, stderr=subprocess.STDOUT)

    def job_that_runs(self, rule: str) -> str:
        """The number of the cluster's job, once it runs this rule."""
        for _ in range(10 * PATIENCE):
            assert self.process.poll() is None, self.log.read_text()[-6000:]
            if list(self.folder.glob(f"logs/{rule}/**/*.log")):
                return jobs_of(self.folder)[0]
            time.sleep(0.1)
        raise AssertionError(f"no job runs {rule}")

    def end(self) -> str:
        self.process.wait(PATIENCE)
        return self.log.read_text()

    def succeed(self) -> str:
        printed = self.end()
        assert self.process.returncode == 0, printed
        return printed


@contextmanager
def head_of(folder: Path, profile: list[str]) -> Iterator[Head]:
    """Snakemake at work in `folder`; no job of it is left behind."""
    head = Head(folder, profile)
    try:
        yield head
    finally:
        head.process.kill()
        head.process.wait()
        if jobs := jobs_of(folder, ALIVE):
            run(folder, "scancel", *jobs)


def jobs_of(folder: Path, states: str = "RUNNING") -> list[str]:
    """Numbers of the cluster's jobs in these states that work in this folder."""
    listed = run(folder, "squeue", "--noheader", "--format=%i %Z", f"--states={states}").stdout.splitlines()
    return [number for number, _, works_in in (line.partition(" ") for line in listed) if works_in == str(folder)]


def node_of(job: str) -> str:
    return run(Path("/"), "squeue", "--noheader", "--format=%N", "--states=all", f"--jobs={job}").stdout.strip()


def part_with_a_cancelled_job(folder: Path) -> str:
    with head_of(with_two_classes(folder), SLURM) as head:
        run(folder, "scancel", head.job_that_runs("train"))
        return head.succeed()


def part_interrupted(folder: Path) -> str:
    """What the second call prints."""
    with head_of(with_two_classes(folder), SLURM) as head:
        head.job_that_runs("retrain")
        head.process.send_signal(signal.SIGINT)
        head.end()
        assert head.process.returncode != 0
        slurm_cluster.wait_until(lambda: not jobs_of(folder, ALIVE), "the jobs are cancelled")
    checkpoint = folder / "results/train/published/mnist/lenet_300_100/seed1/best.safetensors"
    before = os.stat(checkpoint).st_mtime_ns
    printed = snakemake(folder, SLURM)
    assert os.stat(checkpoint).st_mtime_ns == before
    return printed


class Run(NamedTuple):
    folder: Path
    printed: Future


@pytest.fixture(scope="module")
def runs(data: Path, cluster: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Callable, Run]:
    """All runs that leave the nodes alone, at the same time; one that failed fails where it is looked at."""
    made = (whole_study, dvc_repro, part_by_commands, part_with_little_memory)
    made += (part_with_a_cancelled_job, part_interrupted)
    found = {}
    with ThreadPoolExecutor() as pool:
        for make in made:
            folder = tmp_path_factory.mktemp(make.__name__)
            found[make] = Run(folder, pool.submit(make, folder))
    return found


def submissions(printed: str) -> int:
    return len(re.findall(r"submitted with SLURM jobid|Submitted (?:group )?job", printed))


def made_right(folder: Path, local: Path) -> bool:
    """Whether PART and all it needs are there, with the bytes of the local run."""
    return (folder / PART).exists() and results(folder).items() <= results(local).items()


def test_the_whole_study_gives_the_bytes_of_a_local_run_in_one_submission_a_class(runs: dict, local: Path):
    study, printed = runs[whole_study]
    assert submissions(printed.result()) == 1 + 2 + 2  # dense network, specialists, selections of the other reading
    assert results(study) == results(local)
    assert has_nothing_to_do(study)


def test_another_scheduler_by_its_commands_gives_the_same_bytes(runs: dict, local: Path):
    study, printed = runs[part_by_commands]
    assert submissions(printed.result()) == 2
    assert made_right(study, local)


def test_a_job_that_needs_more_memory_than_asked_for_gets_more(runs: dict, local: Path):
    study, printed = runs[part_with_little_memory]
    assert submissions(printed.result()) == 3
    first, second, _ = sorted((study / "logs/cluster").glob("*.log"), key=lambda path: int(path.stem))
    assert "exceeded memory limit" in first.read_text()
    assert "exceeded memory limit" not in second.read_text()
    assert made_right(study, local)


def test_dvc_runs_its_stages_on_the_cluster(runs: dict):
    study, printed = runs[dvc_repro]
    assert jobs_in(printed.result())["retrain"] == 1
    # train, specialize, retrain, evaluate_dense, evaluate: a stage waits for the one before
    assert submissions(printed.result()) == 5
    assert (study / TABLE).exists()
    assert has_nothing_to_do(study)
    assert run(study, "dvc", "status").stdout.strip().endswith("up to date.")


def test_a_cancelled_job_is_tried_again(runs: dict, local: Path):
    study, printed = runs[part_with_a_cancelled_job]
    assert "CANCELLED" in printed.result()
    assert submissions(printed.result()) == 3
    assert made_right(study, local)


def test_an_interrupted_head_process_cancels_its_jobs_and_a_second_call_goes_on(runs: dict, local: Path):
    study, printed = runs[part_interrupted]
    assert submissions(printed.result()) == 1
    assert made_right(study, local)


def test_a_job_whose_nodes_daemon_dies_goes_on(study: Path, local: Path, cluster: Path):
    with head_of(study, GENERIC) as head:
        node = node_of(head.job_that_runs("train"))
        slurm_cluster.kill_node(cluster, node, with_its_jobs=False)
        try:
            head.succeed()
        finally:
            slurm_cluster.revive_node(cluster, node)
    assert made_right(study, local)


def test_the_job_of_a_node_that_dies_is_made_on_the_other(study: Path, local: Path, cluster: Path):
    with head_of(study, SLURM) as head:
        job = head.job_that_runs("train")
        node = node_of(job)
        slurm_cluster.kill_node(cluster, node, with_its_jobs=True)
        try:
            slurm_cluster.wait_until(
                lambda: jobs_of(study, "PENDING") == [job], "the job is in the queue again", PATIENCE
            )
            run(study, "scontrol", "update", f"JobId={job}", "StartTime=now")  # SLURM would wait for two minutes
            printed = head.succeed()
            assert node_of(job) not in ("", node)
        finally:
            slurm_cluster.revive_node(cluster, node)
    assert submissions(printed) == 2  # SLURM itself has put the job back: no retry
    assert made_right(study, local)
