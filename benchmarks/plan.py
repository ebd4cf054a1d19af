"""Plan a larger study: jobs, submissions, core hours, files, bytes and polls, from what a finished study has measured.

    python benchmarks/plan.py --seeds 100 --methods 8 --datasets 2 --check

prints Markdown. --check holds the counts against a dry run of that size, in a temporary copy of the workflow. It also
measures what building the DAG takes, whole or of one batch (snakemake --batch). --floor measures a DAG of as many jobs
with one input and one output each: what Snakemake takes of its own, whatever the rules say.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import yaml

ROOT = Path(__file__).parents[1]
OUTPUTS = {"train": 3, "evaluate_dense": 1, "specialize": 1, "retrain": 3, "evaluate": 1, "aggregate": 1}
POLL_SECONDS = 10  # profiles/slurm: one squeue for all jobs, while jobs keep finishing
BLOCK = 4096  # a file takes up whole blocks of the disk
SUBMISSION_SECONDS = 3.0  # of a core: two Snakemake processes start in each job, 1.5 s each (measured)
HEAD_SECONDS = 0.05  # of the head process for a job (measured on 54 jobs)
MANY_SETS = 100  # of specialists, from which on there is no table for each (rules/sets.smk)
DAG_SECONDS, DAG_MB = 60, 2000  # what building a DAG may take


@dataclass(frozen=True)
class Size:
    """readings: methods that are only selected with (one protocol, dataset and seed); drawn: tables of params.yaml."""

    protocols: int
    datasets: int
    models: int
    seeds: int
    methods: int
    classes: int
    readings: int
    drawn: int

    @property
    def networks(self) -> int:
        return self.protocols * self.datasets * self.models * self.seeds

    @property
    def sets(self) -> int:
        return self.networks * self.methods

    @property
    def tables(self) -> int:
        """Of single sets."""
        return self.sets if self.sets < MANY_SETS else self.drawn

    @property
    def specialists(self) -> int:
        return self.sets * self.classes


@dataclass(frozen=True)
class Units:
    """Means over a finished study's jobs, by rule: run time in seconds, bytes on disk of results and of records."""

    seconds: dict[str, float]
    result_bytes: dict[str, float]
    record_bytes: dict[str, float]


def jobs(size: Size) -> dict[str, int]:
    """Rule -> number of jobs, as Snakemake counts them in a folder without results."""
    selections = size.specialists + size.models * size.readings * size.classes
    return {
        "fetch": size.datasets,
        "train": size.networks,
        "evaluate_dense": size.networks,
        "specialize": selections,
        "retrain": size.specialists,
        "evaluate": size.specialists,
        "aggregate": size.sets,
        "tables": size.tables,
        **({"side_by_side": 1} if size.sets < MANY_SETS else {}),
        "curves": size.drawn,
        "kept": size.drawn,
        "readings": 1,
        "all": 1,
    }


def submissions(size: Size) -> int:
    """Of the cluster profiles: one for each dense network, each specialist, and each selection that none follows."""
    count = jobs(size)
    return count["train"] + count["specialize"]


def on_disk(path: Path) -> int:
    return -(-path.stat().st_size // BLOCK) * BLOCK


def mean_of(values: Iterable[float]) -> float:
    values = list(values)
    return fmean(values) if values else 0.0


def rule_of(path: Path, below: Path) -> str:
    """The rule that a result or a benchmark file belongs to."""
    parts = path.relative_to(below).parts
    return "evaluate_dense" if parts[0] == "evaluate" and "dense" in parts else parts[0]


def measure(results: Path, records: Path) -> Units:
    """results: of a finished study, its benchmarks/jobs included; records: Snakemake's own, .snakemake/metadata."""
    timings, sizes = results / "benchmarks/jobs", {rule: [] for rule in OUTPUTS}
    seconds: dict[str, list[float]] = {rule: [] for rule in OUTPUTS}
    for file in timings.rglob("*.tsv"):
        rule = rule_of(file, timings)
        if rule in seconds:
            seconds[rule].append(float(file.read_text(encoding="utf-8").splitlines()[1].split("\t")[0]))
    for stage in ("train", "specialize", "retrain", "evaluate", "aggregate"):
        for file in filter(Path.is_file, (results / stage).rglob("*")):
            sizes[rule_of(file, results)].append(on_disk(file))
    if not all(seconds.values()):
        missing = [rule for rule, values in seconds.items() if not values]
        sys.exit(f"plan.py: {timings} has no timings of {', '.join(missing)}; run the study first (make smoke)")
    record = mean_of(on_disk(file) for file in filter(Path.is_file, records.rglob("*"))) or 2 * BLOCK
    return Units(
        {rule: mean_of(values) for rule, values in seconds.items()},
        {rule: OUTPUTS[rule] * mean_of(values) for rule, values in sizes.items()},
        {rule: number * record + 2 * BLOCK for rule, number in OUTPUTS.items()},  # with a log and a timing
    )


@dataclass(frozen=True)
class Plan:
    jobs: int
    submissions: int
    core_hours: float
    overhead_core_hours: float
    result_gb: float
    record_gb: float
    files: int
    wall_hours: float
    chain_hours: float
    polls: int
    head_hours: float


def plan(size: Size, units: Units, threads: dict[str, int], cores: int, overhead: float, head: float) -> Plan:
    """cores: that the cluster gives; overhead: seconds of a core that a submission costs; head: that a job costs."""
    count = jobs(size)
    own = sum(count[rule] * units.seconds[rule] * threads.get(rule, 1) for rule in OUTPUTS)
    lost = submissions(size) * overhead
    wall = (own + lost) / cores
    return Plan(
        jobs=sum(count.values()),
        submissions=submissions(size),
        core_hours=own / 3600,
        overhead_core_hours=lost / 3600,
        result_gb=sum(count[rule] * units.result_bytes[rule] for rule in OUTPUTS) / 1e9,
        record_gb=sum(count[rule] * units.record_bytes[rule] for rule in OUTPUTS) / 1e9,
        files=sum(count[rule] * (2 * number + 2) for rule, number in OUTPUTS.items()),
        wall_hours=wall / 3600,
        chain_hours=sum(units.seconds[rule] for rule in ("train", "specialize", "retrain", "evaluate")) / 3600,
        polls=round(wall / POLL_SECONDS),
        head_hours=head * sum(count.values()) / 3600,
    )


def size_of(params: dict) -> Size:
    study, readings = params["study"], params["readings"]["methods"]
    return Size(
        **{key: len(study[key]) for key in ("protocols", "datasets", "models", "seeds", "methods", "classes")},
        readings=len([method for method in readings if method not in study["methods"]]),
        drawn=len(params["tables"]),
    )


def enlarged(params: dict, seeds: int, methods: int, datasets: int) -> dict:
    """The study's parameters with so many of each; the methods are those that choose a specialist's size themselves."""
    study, rules = params["study"], params["compare"]["rules"]
    known = {"methods": list(dict.fromkeys([*study["methods"], *rules])), "datasets": [*params["fetch"]["datasets"]]}
    for name, asked in (("methods", methods), ("datasets", datasets)):
        if len(known[name]) < asked:
            sys.exit(f"plan.py: --{name} {asked}: params.yaml knows {', '.join(known[name])} only")
    change = {"methods": known["methods"][:methods], "datasets": known["datasets"][:datasets]}
    return {**params, "study": {**study, **change, "seeds": list(range(1, seeds + 1))}}


def workflow_of(params: dict, folder: Path) -> None:
    """A copy of the workflow with these parameters."""
    shutil.copy(ROOT / "Snakefile", folder / "Snakefile")
    for name in ("rules", "schemas", "src", "studies", "benchmarks", "published", "docs", "demo"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")


@dataclass(frozen=True)
class DryRun:
    jobs: dict[str, int]
    seconds: float
    dag_cpu_seconds: float
    mb: float

    @property
    def quick(self) -> bool:
        return self.dag_cpu_seconds <= DAG_SECONDS and self.mb <= DAG_MB

    def __str__(self) -> str:
        return (
            f"{sum(self.jobs.values()):,} jobs; DAG in {self.dag_cpu_seconds:.0f} s of CPU time, {self.seconds:.0f} s"
            f" with all it prints, {self.mb:,.0f} MB: {'within' if self.quick else 'NOT within'} {DAG_SECONDS} s and"
            f" {DAG_MB} MB"
        )


COUNT_DAG = """\
import resource, sys, time
from snakemake import cli, workflow
build = workflow.Workflow._build_dag
def timed(self, *args, **kwargs):
    start = time.process_time()
    built = build(self, *args, **kwargs)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"DAG {time.process_time() - start:.2f} s {used:.0f} MB", file=sys.stderr)
    return built
workflow.Workflow._build_dag = timed
cli.main()
"""


def dry_run(folder: Path, *flags: str) -> DryRun:
    """`snakemake -n`; the time of the DAG alone is CPU time, so that a busy machine does not count."""
    command = [sys.executable, "-c", COUNT_DAG, "-n", "--quiet", "rules", "--cores", "2", *flags]
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"plan.py: the dry run failed\n{done.stdout[-3000:]}")
    counts = {rule: int(number) for rule, number in re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE)}
    counts.pop("total", None)
    cpu, mb = map(float, re.search(r"^DAG ([\d.]+) s (\d+) MB$", done.stdout, re.MULTILINE).groups())
    return DryRun(counts, time.monotonic() - start, cpu, mb)


SMALLEST = """\
rule all:
    input: lambda w: [f"d/{{number}}" for number in range({chains})]
rule a:
    output: "a/{{number}}"
rule b:
    input: "a/{{number}}"
    output: "b/{{number}}"
rule c:
    input: "b/{{number}}"
    output: "c/{{number}}"
rule d:
    input: "c/{{number}}"
    output: "d/{{number}}"
"""


def floor(jobs: int) -> DryRun:
    """A dry run of about so many jobs, in chains of four."""
    with tempfile.TemporaryDirectory() as name:
        Path(name, "Snakefile").write_text(SMALLEST.format(chains=jobs // 4), encoding="utf-8")
        return dry_run(Path(name))


def time_of(hours: float) -> str:
    if hours >= 1:
        return f"{hours:,.0f} h"
    return f"{60 * hours:.0f} min" if hours >= 1 / 60 else f"{3600 * hours:.0f} s"


def size_on_disk(gb: float) -> str:
    return f"{gb:,.1f} GB" if gb >= 1 else f"{1000 * gb:.0f} MB"


def markdown(plans: dict[str, Plan], cores: int) -> str:
    rows = {
        "jobs": lambda p: f"{p.jobs:,}",
        "submissions": lambda p: f"{p.submissions:,}",
        "time of a core for the jobs themselves": lambda p: time_of(p.core_hours),
        "time of a core that submissions cost on top": lambda p: time_of(p.overhead_core_hours),
        "wall clock on {cores} cores, all busy": lambda p: time_of(p.wall_hours),
        "but never below one specialist's chain of jobs": lambda p: time_of(p.chain_hours),
        "CPU time of the head process": lambda p: time_of(p.head_hours),
        "polls of SLURM, one for all jobs each": lambda p: f"{p.polls:,}",
        "results": lambda p: size_on_disk(p.result_gb),
        "logs, timings, Snakemake's records": lambda p: size_on_disk(p.record_gb),
        "files": lambda p: f"{p.files:,}",
    }
    lines = [f"| | {' | '.join(plans)} |", f"|---|{'---:|' * len(plans)}"]
    lines += [
        f"| {name.format(cores=cores)} | {' | '.join(show(one) for one in plans.values())} |"
        for name, show in rows.items()
    ]
    return "\n".join(lines)


def markdown_of(units: Units) -> str:
    lines = ["| a job of | seconds | results, kB on disk | log, timing and records, kB |", "|---|---:|---:|---:|"]
    for rule in OUTPUTS:
        results, records = units.result_bytes[rule] / 1000, units.record_bytes[rule] / 1000
        lines.append(f"| {rule} | {units.seconds[rule]:,.1f} | {results:,.1f} | {records:,.1f} |")
    return "\n".join(lines)


def first_batch(size: Size, batches: int) -> dict[str, int]:
    """Jobs of `--batch all=1/batches`: so many of the tables of the networks, which come first and in their order."""
    inputs = size.sets + size.tables + 2 * size.drawn + 1 + (size.sets < MANY_SETS)
    tables = -(-inputs // batches)
    networks = -(-tables // size.methods)
    datasets = min(size.datasets, -(-networks // (size.models * size.seeds)))
    specialists = tables * size.classes
    return {
        "fetch": datasets,
        **dict.fromkeys(("train", "evaluate_dense"), networks),
        **dict.fromkeys(("specialize", "retrain", "evaluate"), specialists),
        "aggregate": tables,
    }


def check(params: dict, batches: int) -> tuple[DryRun, dict[str, int]]:
    """A dry run of the whole study (batches = 1) or of its first batch; and the jobs that it should have announced."""
    size = size_of(params)
    with tempfile.TemporaryDirectory() as name:
        workflow_of(params, Path(name))
        if batches == 1:
            return dry_run(Path(name)), jobs(size)
        return dry_run(Path(name), "--batch", f"all=1/{batches}"), first_batch(size, batches)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="of the study that is measured")
    parser.add_argument("--records", type=Path, default=ROOT / ".snakemake/metadata", help="Snakemake's, of that study")
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("--methods", type=int, required=True)
    parser.add_argument("--datasets", type=int, required=True)
    parser.add_argument("--cores", type=int, default=100, help="that the cluster gives at the same time")
    parser.add_argument("--overhead", type=float, default=SUBMISSION_SECONDS, help="seconds that a submission costs")
    parser.add_argument("--head", type=float, default=HEAD_SECONDS, help="seconds of the head process for a job")
    parser.add_argument("--check", action="store_true", help="hold the counts against a dry run")
    parser.add_argument("--batches", type=int, default=1, help="of the dry run: only the first of so many is planned")
    parser.add_argument("--floor", action="store_true", help="measure the DAG of as many smallest jobs")
    args = parser.parse_args(argv)

    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    larger = enlarged(params, args.seeds, args.methods, args.datasets)
    units = measure(args.results, args.records)
    threads = {rule: params[rule]["threads"] for rule in ("train", "retrain", "evaluate")}
    plans = {
        name: plan(size_of(one), units, threads, args.cores, args.overhead, args.head)
        for name, one in (
            ("this study", params),
            (f"{args.seeds} seeds x {args.methods} methods x {args.datasets} datasets", larger),
        )
    }
    print(f"{markdown(plans, args.cores)}\n\n{markdown_of(units)}")
    if args.floor:
        print(f"\nThe smallest jobs: {floor(sum(jobs(size_of(larger)).values()))}")
    if not args.check:
        return 0
    run, expected = check(larger, args.batches)
    right = run.jobs == expected
    part = "the whole" if args.batches == 1 else f"the first of {args.batches} batches"
    print(f"\nDry run of {part}, {'as' if right else 'NOT as'} computed: {run}")
    if not right:
        print(f"computed: {expected}\nannounced: {run.jobs}")
    return 0 if right and run.quick else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
