"""What the seals cost a finished study: writing each result's, and holding each job's inputs against theirs.

Each file is written again in a folder of its own, on the same disk, with its seal and without, in turns; each input of
a job is verified as often as a job does it: when its command line is read, and when its content is. A look at all that
is there, as each start of Snakemake takes one, is timed once without what was seen last time. The seconds of the
study's jobs are those of their benchmark files.
"""

import shutil
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterable
from pathlib import Path

import limits
import pandas as pd
import study

from specdnn import files
from specdnn.cli import Command, count, table_files
from specdnn.report.rendering import Section

READS = 2  # of a job, of each input


def seconds(action: Callable[[Path], object], paths: Iterable[Path]) -> float:
    start = time.perf_counter()
    for path in paths:
        action(path)
    return time.perf_counter() - start


def writing(path: Path, folder: Path, write: Callable[[Path, bytes], None]) -> float:
    content = path.read_bytes()
    return seconds(lambda target: write(target, content), [folder / path.name])


def main(args: Namespace, record: dict) -> None:
    results = Path(args.results)
    logs = Path(args.logs)
    jobs = study.read_jobs(results / "benchmarks/jobs", Path(".snakemake/metadata"), logs)
    records = study.read_records(Path(".snakemake/metadata"), logs)
    inputs = [Path(path) for job in jobs for path in records[job.path]["input"] if Path(path).is_relative_to(results)]
    sealed = [path for path in results.rglob("*") if path.is_file() and files.seal_of(path)]
    costs = []
    for _ in range(args.rounds):
        folder = Path(tempfile.mkdtemp(dir=results.parent))
        with_seals = sum(writing(path, folder, files.write_sealed) for path in sealed)
        without = sum(writing(path, folder, files.write_bytes) for path in sealed)
        shutil.rmtree(folder)
        costs.append((with_seals - without, READS * seconds(files.verified, inputs), seconds(files.verified, sealed)))
    written, read, looked = pd.DataFrame(costs).median()
    total = sum(job.seconds for job in jobs)
    shown = {
        "writing the seals": (len(sealed), sealed, written),
        "reading, in jobs": (READS * len(inputs), READS * inputs, read),
        "a look at all of it": (len(sealed), sealed, looked),
    }
    rows = pd.DataFrame(
        [
            {
                "what": what,
                "files": number,
                "MB": sum(path.stat().st_size for path in paths) / 1e6,
                "seconds": cost,
                "share %": 100 * cost / total,
            }
            for what, (number, paths, cost) in shown.items()
        ]
    )
    rows.loc[len(rows)] = ["all", *rows.drop(columns="what").sum()]
    text = rows.assign(files=rows["files"].map("{:.0f}".format)).round(2).astype(str)
    notes = [f"Median of {args.rounds} rounds; share of the {total:.0f} seconds of the study's jobs.", limits.machine()]
    table_files.write(args, "What the seals cost", [Section("The checks", text, notes)], rows)


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--results", "folder of the study's results")
    command.takes("--logs", "folder of its logs")
    command.takes("--rounds", "how often everything is timed", type=count)
    table_files.add(command)
    command.run(main)
