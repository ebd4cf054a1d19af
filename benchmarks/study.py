"""Sum up what a finished study has cost: its jobs' own time and memory, and the wall clock against their sum.

Reads what Snakemake leaves: the `benchmark:` file of every job, and `.snakemake/metadata` for when it ran.
"""

import json
import re
from argparse import Namespace
from dataclasses import asdict, dataclass
from pathlib import Path

import limits
import pandas as pd

from specdnn.cli import Command, count, table_files
from specdnn.errors import UserError
from specdnn.report.rendering import Section

PAUSE = 60.0  # seconds without any job: the study was not running (Snakemake goes on within a few seconds)
WALL_TARGET = 15 * 60.0  # seconds
STUDY_RULES = (  # and not those of benchmarks or of the comparison
    *("fetch", "train", "specialize", "retrain", "evaluate_dense", "evaluate", "aggregate"),
    *("tables", "side_by_side", "readings", "curves", "kept"),
)
RATIO_TARGET = 1.15  # wall clock over the jobs' own time divided by the cores


@dataclass(frozen=True)
class Job:
    """seconds: run time of the job's own process; start, end: when Snakemake had it, in seconds since 1970."""

    rule: str
    path: str
    threads: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    start: float
    end: float


@dataclass(frozen=True)
class Cost:
    """wall_seconds is NaN where jobs out of the scope ran at the same time: then it has no clock of its own."""

    scope: str
    rule: str
    jobs: int
    seconds: float
    cpu_seconds: float
    core_seconds: float  # seconds x threads
    peak_mb: float
    ideal_seconds: float = float("nan")  # core_seconds / cores
    wall_seconds: float = float("nan")
    ratio: float = float("nan")


def read_records(metadata: Path, logs: Path) -> dict[str, dict]:
    """Path of a job's log below `logs`, without its suffix -> the job's record; the outputs of a job agree."""
    records = {}
    for file in filter(Path.is_file, metadata.rglob("*")):
        record = json.loads(file.read_text(encoding="utf-8"))
        for log in map(Path, record.get("log") or []):
            if log.is_relative_to(logs) and record["endtime"] is not None:
                records[log.relative_to(logs).with_suffix("").as_posix()] = record
    return records


def read_jobs(benchmarks: Path, metadata: Path, logs: Path) -> list[Job]:
    """Every job of the study with a benchmark file. Raises UserError for none, and for one without a record."""
    records = read_records(metadata, logs)
    jobs = []
    for file in sorted(benchmarks.rglob("*.tsv")):
        name = file.relative_to(benchmarks).with_suffix("").as_posix()
        if name not in records:
            raise UserError(f"{file}: {metadata} knows no job with the log {logs / name}.log; delete {file}")
        if records[name]["rule"] not in STUDY_RULES:
            continue
        record, measured = records[name], pd.read_csv(file, sep="\t").iloc[-1]
        threads = re.search(r" --threads (\d+)", record["shellcmd"])
        jobs.append(
            Job(
                rule=record["rule"],
                path=name,
                threads=int(threads[1]) if threads else 1,
                seconds=float(measured.s),
                cpu_seconds=float(measured.cpu_time),
                peak_mb=float(measured.max_rss),
                start=record["starttime"],
                end=record["endtime"],
            )
        )
    if not jobs:
        raise UserError(f"{benchmarks}: no benchmark files; run the study first (make reproduce)")
    return jobs


def wall_clock(jobs: list[Job]) -> float:
    """Seconds from the first start to the last end, without the pauses in which no job ran."""
    total, latest = 0.0, None
    for job in sorted(jobs, key=lambda job: job.start):
        if latest is None or job.start - latest > PAUSE:
            latest = job.start
        total += max(0.0, job.end - latest)
        latest = max(latest, job.end)
    return total


def apart(jobs: list[Job], others: list[Job]) -> bool:
    """Whether none of the others ran between the first start and the last end of these jobs."""
    start, end = min(job.start for job in jobs), max(job.end for job in jobs)
    return all(other.end <= start or other.start >= end for other in others)


def cost(scope: str, rule: str, jobs: list[Job]) -> Cost:
    return Cost(
        scope,
        rule,
        len(jobs),
        seconds=sum(job.seconds for job in jobs),
        cpu_seconds=sum(job.cpu_seconds for job in jobs),
        core_seconds=sum(job.seconds * job.threads for job in jobs),
        peak_mb=max(job.peak_mb for job in jobs),
    )


def costs(jobs: list[Job], cores: int) -> list[Cost]:
    """Rule by rule, then in total; for all jobs, and for those of the published protocol alone."""
    rows = []
    for scope, kept in (("all", jobs), ("published", [job for job in jobs if "held_out" not in job.path])):
        rules = sorted({job.rule for job in kept}, key=lambda rule: min(job.start for job in kept if job.rule == rule))
        rows += [cost(scope, rule, [job for job in kept if job.rule == rule]) for rule in rules]
        total = asdict(cost(scope, "total", kept))
        ideal = total["core_seconds"] / cores
        wall = wall_clock(kept) if apart(kept, [job for job in jobs if job not in kept]) else float("nan")
        rows.append(Cost(**{**total, "ideal_seconds": ideal, "wall_seconds": wall, "ratio": wall / ideal}))
    return rows


def minutes(seconds: float) -> str:
    return "–" if pd.isna(seconds) else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def verdict(value: float, target: float) -> str:
    return "–" if pd.isna(value) else "yes" if value <= target else "NO"


def by_rule(rows: list[Cost]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rule": [row.rule for row in rows],
            "jobs": [str(row.jobs) for row in rows],
            "seconds": [f"{row.seconds:,.1f}" for row in rows],
            "seconds x threads": [f"{row.core_seconds:,.1f}" for row in rows],
            "CPU seconds": [f"{row.cpu_seconds:,.1f}" for row in rows],
            "peak memory of a job, MB": [f"{row.peak_mb:,.0f}" for row in rows],
        }
    )


def in_total(rows: list[Cost]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "jobs": [f"{row.scope}: {row.jobs}" for row in rows],
            "jobs' own time / cores": [minutes(row.ideal_seconds) for row in rows],
            "wall clock": [minutes(row.wall_seconds) for row in rows],
            f"within {minutes(WALL_TARGET)}": [verdict(row.wall_seconds, WALL_TARGET) for row in rows],
            "ratio": ["–" if pd.isna(row.ratio) else f"{row.ratio:.3f}" for row in rows],
            f"within {RATIO_TARGET}": [verdict(row.ratio, RATIO_TARGET) for row in rows],
        }
    )


def main(args: Namespace, record: dict) -> None:
    jobs = read_jobs(Path(args.jobs), Path(args.metadata), Path(args.logs))
    rows = costs(jobs, args.cores)
    totals = [row for row in rows if row.rule == "total"]
    sections = [
        Section(
            f"In total, on {args.cores} cores (minutes:seconds)",
            in_total(totals),
            [
                "Wall clock: from the first job's start to the last one's end, without pauses of more than a minute "
                "in which no job ran. Published: the jobs of the published protocol and those that all protocols "
                "share; it has no wall clock where jobs of another protocol ran at the same time.",
                limits.machine(),
            ],
        ),
        *(
            Section(f"Rule by rule: {scope}", by_rule([row for row in rows if row.scope == scope]))
            for scope in ("all", "published")
        ),
    ]
    table_files.write(args, "Cost of the study", sections, pd.DataFrame([asdict(row) for row in rows]))
    for row in totals:
        own, wall = minutes(row.ideal_seconds), minutes(row.wall_seconds)
        print(f"{row.scope}: {row.jobs} jobs, {own} of own time / {args.cores} cores, wall clock {wall}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--cores", "cores that the study was given", type=count)
    command.allows("--jobs", "folder of Snakemake's benchmark files")
    command.allows("--logs", "folder of the jobs' logs, which has the same shape")
    command.allows("--metadata", "Snakemake's records, .snakemake/metadata")
    table_files.add(command)
    command.run(main)
