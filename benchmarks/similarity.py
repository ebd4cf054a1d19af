"""Time every similarity of two wide layers, each alone and all on the same pair, and the memory that they take."""

import resource
import statistics
import time
from argparse import Namespace

import limits
import pandas as pd
import torch
from torch import Tensor

from specdnn import seeding
from specdnn.cli import Command, count, table_files
from specdnn.report.rendering import Section
from specdnn.similarity.metrics import SIMILARITIES, Pair

SECONDS_TARGET = 20.0  # for one metric from the activations
MEMORY_TARGET = 4000.0  # MB, of the whole process
DECAYS = {"alike": 0.0, "few": 2.0}  # of the axes' variances
CUT = ("thresholded_mean_cca", "svcca")  # at the axes with 99 % of the variance


def layers(samples: int, units: int, decay: float) -> tuple[Tensor, Tensor]:
    """A layer of full rank and one that shares most of it, float32; the variance of axis i is near i^-decay."""
    generator = seeding.stream("benchmarks", "similarity")
    sizes = torch.arange(1, units + 1) ** (-decay / 2)
    x = torch.randn(samples, units, generator=generator)
    y = x + torch.randn(samples, units, generator=generator) / 2
    return x * sizes, y * sizes


def seconds(names: list[str], x: Tensor, y: Tensor) -> float:
    start = time.perf_counter()
    pair = Pair(x, y)
    for name in names:
        SIMILARITIES[name](pair)
    return time.perf_counter() - start


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    each = {name: [name] for name in SIMILARITIES}
    measured = {"alike": {**each, "all of them on one pair": [*each]}, "few": {name: [name] for name in CUT}}
    rows = []
    for axes, lines in measured.items():
        x, y = layers(args.samples, args.units, DECAYS[axes])
        for name, metrics in lines.items():
            median = statistics.median(seconds(metrics, x, y) for _ in range(args.rounds))
            target = SECONDS_TARGET if len(metrics) == 1 else None
            rows.append({"axes": axes, "measured": name, "seconds": median, "target_seconds": target})
            print(f"{name}, axes {axes}: {median:.1f} s", flush=True)
    rows.append({"measured": "peak memory", "megabytes": peak_mb(), "target_megabytes": MEMORY_TARGET})
    table = pd.DataFrame(rows)
    notes = [
        f"Two layers of {args.units:,} units on {args.samples:,} samples, {args.threads} threads, float64, from the "
        f"float32 activations; each metric alone, median of {args.rounds}. Axes alike: nearly all are needed for 99 % "
        "of the variance, the worst case; few: the variance of axis i is i^-2, and the metrics that cut at 99 % are "
        "measured again. Memory: peak of the process, with both layers and torch itself, "
        "all metrics on one pair included.",
        limits.machine(),
    ]
    table_files.write(args, "Cost of a similarity", [Section("Wide layers", for_reading(table), notes)], table)


def for_reading(table: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for row in table.itertuples():
        timed = not pd.isna(row.seconds)
        value, target = (row.seconds, row.target_seconds) if timed else (row.megabytes, row.target_megabytes)
        unit, digits = ("s", 1) if timed else ("MB", 0)
        lines.append(
            {
                "axes": "–" if pd.isna(row.axes) else row.axes,
                "measured": row.measured,
                "result": f"{value:,.{digits}f} {unit}",
                "target": "–" if pd.isna(target) else f"at most {target:,.0f} {unit}",
                "met": "–" if pd.isna(target) else "yes" if value <= target else "NO",
            }
        )
    return pd.DataFrame(lines)


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--samples", "rows of both layers", type=count)
    command.takes("--units", "columns of both layers", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.takes("--rounds", "times that each is measured", type=count)
    table_files.add(command)
    command.run(main)
