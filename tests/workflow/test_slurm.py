"""The study on a real SLURM cluster of two nodes: the same bytes, and nothing lost when something breaks.

What breaks is a job, a node, a memory limit or the head process, in a small part of the smoke study: one dense
network and one specialist, two submissions. All results are held against the local run of the same study.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import slurm_cluster
from checkout import ENVIRONMENT, SMOKE, contents, copy_of_the_checkout, run
from versions import TABLE, has_nothing_to_do, jobs_in, repository

pytestmark = pytest.mark.skipif(slurm_cluster.why_not() is not None, reason=str(slurm_cluster.why_not()))

SLURM = ["--profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "1"]
GENERIC = ["--profile", "profiles/cluster-generic", "--seconds-between-status-checks", "1"]
PART = "smoke/results/evaluate/published/mnist/lenet_300_100/seed1/released/class0/metrics.json"
PATIENCE = 240  # seconds: if the cluster goes away, Snakemake waits for ever


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("slurm")
    slurm_cluster.start(folder)
    yield folder
    slurm_cluster.stop(folder)


@pytest.fixture
def study(data: Path, cluster: Path, tmp_path: Path) -> Path:
    return copy_of_the_checkout(tmp_path)


def snakemake(folder: Path, profile: list[str]) -> str:
    return run(folder, "snakemake", *profile, "--configfile", SMOKE, "--", PART, timeout=PATIENCE).stdout


def hear_interrupts() -> None:
    """A shell's background job ignores SIGINT, and so does all that it starts, pytest and Snakemake among it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Head:
    """Snakemake with a cluster profile, making PART, while the test interferes."""

    def __init__(self, folder: Path, profile: list[str]):
        self.folder, self.log = folder, folder / "snakemake.txt"
        with self.log.open("w") as log:
            command = ["snakemake", *profile, "--configfile", SMOKE, "--", PART]
            self.process = subprocess.Popen(
                command, cwd=folder, env=ENVIRONMENT, stdout=log, stderr=subprocess.STDOUT, preexec_fn=hear_interrupts
            )

    def job_that_runs(self, rule: str) -> str:
        """The number of the cluster's job, once it runs this rule."""
        for _ in range(10 * PATIENCE):
            assert self.process.poll() is None, self.log.read_text()[-6000:]
            if list(self.folder.glob(f"smoke/logs/{rule}/**/*.log")):
                return running()[0]
            time.sleep(0.1)
        raise AssertionError(f"no job runs {rule}")

    def end(self) -> str:
        self.process.wait(PATIENCE)
        return self.log.read_text()


@pytest.fixture
def head(study: Path, request: pytest.FixtureRequest) -> Iterator[Head]:
    one = Head(study, request.param)
    yield one
    one.process.kill()
    one.process.wait()
    run(study, "scancel", "--user", "root")


def running(states: str = "RUNNING") -> list[str]:
    """Numbers of the cluster's jobs in these states."""
    return run(Path("/"), "squeue", "--noheader", "--format=%i", f"--states={states}").stdout.split()


def node_of(job: str) -> str:
    return run(Path("/"), "squeue", "--noheader", "--format=%N", "--states=all", f"--jobs={job}").stdout.strip()


def submissions(printed: str) -> int:
    return len(re.findall(r"submitted with SLURM jobid|Submitted (?:group )?job", printed))


def made_right(folder: Path, smoke: Path) -> bool:
    """Whether PART and all it needs are there, with the bytes of the local run."""
    made, truth = contents(folder / "smoke/results"), contents(smoke / "smoke/results")
    return (folder / PART).exists() and made.items() <= truth.items()


def test_the_whole_study_gives_the_bytes_of_a_local_run_in_one_submission_a_class(study: Path, smoke: Path):
    command = ["env", "SNAKEMAKE_PROFILE=profiles/slurm", "snakemake", *SLURM[2:], "--configfile", SMOKE]
    printed = run(study, *command, timeout=2 * PATIENCE).stdout
    assert contents(study / "smoke/results") == contents(smoke / "smoke/results")
    assert submissions(printed) == 4 + 8 + 4  # dense networks, specialists, and selections of the other reading
    assert "Nothing to be done" in run(study, "snakemake", "-n", "--cores", "1", "--configfile", SMOKE).stdout


def test_another_scheduler_by_its_commands_gives_the_same_bytes(study: Path, smoke: Path):
    assert submissions(snakemake(study, GENERIC)) == 2
    assert made_right(study, smoke)


def test_dvc_runs_its_stages_on_the_cluster(data: Path, cluster: Path, tmp_path: Path):
    folder = repository(tmp_path)
    profile = folder / "profiles/cluster-generic/config.yaml"
    profile.write_text(profile.read_text().replace("between-status-checks: 10", "between-status-checks: 1"))
    printed = run(folder, "env", "SNAKEMAKE_PROFILE=profiles/cluster-generic", "dvc", "repro", timeout=PATIENCE).stdout
    assert jobs_in(printed)["retrain"] == 1
    assert (
        submissions(printed) == 5
    )  # train, specialize, retrain, evaluate_dense, evaluate: a stage waits for the one before
    assert (folder / TABLE).exists()
    assert has_nothing_to_do(folder)
    assert run(folder, "dvc", "status").stdout.strip().endswith("up to date.")


@pytest.mark.parametrize("head", [SLURM], indirect=True)
def test_a_cancelled_job_is_tried_again(study: Path, head: Head, smoke: Path):
    run(study, "scancel", head.job_that_runs("train"))
    printed = head.end()
    assert head.process.returncode == 0, printed
    assert "CANCELLED" in printed
    assert submissions(printed) == 3
    assert made_right(study, smoke)


@pytest.mark.parametrize("head", [GENERIC], indirect=True)
def test_a_job_whose_nodes_daemon_dies_goes_on(study: Path, head: Head, smoke: Path, cluster: Path):
    node = node_of(head.job_that_runs("train"))
    slurm_cluster.kill_node(cluster, node, with_its_jobs=False)
    try:
        printed = head.end()
    finally:
        slurm_cluster.revive_node(cluster, node)
    assert head.process.returncode == 0, printed
    assert made_right(study, smoke)


@pytest.mark.parametrize("head", [SLURM], indirect=True)
def test_the_job_of_a_node_that_dies_is_made_on_the_other(study: Path, head: Head, smoke: Path, cluster: Path):
    job = head.job_that_runs("train")
    node = node_of(job)
    slurm_cluster.kill_node(cluster, node, with_its_jobs=True)
    try:
        slurm_cluster.wait_until(lambda: running("PENDING") == [job], "the job is in the queue again", PATIENCE)
        run(study, "scontrol", "update", f"JobId={job}", "StartTime=now")  # SLURM would wait for two minutes
        printed = head.end()
        assert node_of(job) not in ("", node)
    finally:
        slurm_cluster.revive_node(cluster, node)
    assert head.process.returncode == 0, printed
    assert submissions(printed) == 2  # SLURM itself has put the job back: no retry
    assert made_right(study, smoke)


def test_a_job_that_needs_more_memory_than_asked_for_gets_more(study: Path, smoke: Path):
    rule = study / "rules/train.smk"
    asked = re.search(r"memory\((\d+)\)", rule.read_text())
    rule.write_text(rule.read_text().replace(asked[0], "memory(500)"))
    printed = snakemake(study, GENERIC)
    first, second, _ = sorted((study / "logs/cluster").glob("*.log"))
    assert "exceeded memory limit" in first.read_text()
    assert "exceeded memory limit" not in second.read_text()
    assert submissions(printed) == 3
    assert made_right(study, smoke)


@pytest.mark.parametrize("head", [SLURM], indirect=True)
def test_an_interrupted_head_process_cancels_its_jobs_and_a_second_call_goes_on(study: Path, head: Head, smoke: Path):
    head.job_that_runs("retrain")
    head.process.send_signal(signal.SIGINT)
    head.end()
    assert head.process.returncode != 0
    slurm_cluster.wait_until(lambda: not running("PENDING,RUNNING,COMPLETING"), "the jobs are cancelled")
    checkpoint = study / "smoke/results/train/published/mnist/lenet_300_100/seed1/best.safetensors"
    before = os.stat(checkpoint).st_mtime_ns
    printed = snakemake(study, SLURM)
    assert submissions(printed) == 1
    assert os.stat(checkpoint).st_mtime_ns == before
    assert made_right(study, smoke)
