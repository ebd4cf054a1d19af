"""Faults at a random place or moment: --faults-seed S, --faults-times N."""

import os
import random
import signal
import subprocess
import time

import pytest
from checkout import ENVIRONMENT
from small_study import NETWORK, RETRAINED, SNAKEMAKE, TABLE, Study, drop, flip

LONGEST = 25.0  # seconds of a run that makes all of the study again, about


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    first, times = (metafunc.config.getoption(f"--faults-{name}") for name in ("seed", "times"))
    metafunc.parametrize("draw", [random.Random(f"{metafunc.function.__name__}/{first}/{k}") for k in range(times)])


def test_a_bit_flips_somewhere(study: Study, draw: random.Random):
    """Of a result, of its seal or of the data."""
    path = study / draw.choice(sorted(study.right))
    flip(path, draw.randrange(8 * path.stat().st_size), keep_time=draw.random() < 0.5)
    study.held()


def test_a_run_is_killed_sometime(study: Study, draw: random.Random):
    """All its processes at once, or a single one of its jobs."""
    drop(*(study / path for path in draw.choice([[NETWORK], [RETRAINED, f"{TABLE}.md"], ["small"]])))
    alone = draw.random() < 0.5
    process = subprocess.Popen(
        SNAKEMAKE,
        cwd=study.folder,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(draw.uniform(2, LONGEST))
    if alone:
        jobs = subprocess.run(["pgrep", "-s", str(process.pid), "-f", "src/"], capture_output=True, text=True).stdout
        for job in jobs.split()[-1:]:
            os.kill(int(job), signal.SIGKILL)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    study.run("snakemake", "--unlock")
    study.held()
