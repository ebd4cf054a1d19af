"""Snakemake looks for jobs when one has ended, and not all the time."""

import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

QUICK, SLOW = 20, 2
STUDY = f"""
include: "{ROOT}/rules/scheduling.smk"
rule all:
    input: expand("quick{{i}}", i=range({QUICK})), expand("slow{{i}}", i=range({SLOW}))
rule quick:
    output: "quick{{i}}"
    priority: 1
    shell: "touch {{output}}"
rule slow:
    output: "slow{{i}}"
    shell: "sleep 2; touch {{output}}"
"""


@pytest.mark.parametrize(("limit", "looks_all_the_time"), [([], False), (["--max-jobs-per-timespan", "50/1s"], True)])
def test_it_looks_as_often_as_jobs_end_but_for_a_limit_of_ones_own(tmp_path: Path, limit, looks_all_the_time: bool):
    (tmp_path / "Snakefile").write_text(STUDY)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--verbose", *limit]
    done = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    looks = done.stderr.count("Ready jobs: ")
    assert (looks > 2 * (QUICK + SLOW)) == looks_all_the_time
