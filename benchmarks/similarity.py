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
from specdnn.cli import Command, count
from specdnn.rendering import Section, write_table, writes_table
from specdnn.similarity.metrics import SIMILARITIES, Pair

SECONDS_TARGET = 20.0  # for one metric from the activations
MEMORY_TARGET = 4000.0  # MB, of the whole process


def layers(samples: int, units: int) -> tuple[Tensor, Tensor]:
    """A layer of full rank and one that shares most of it, float32; no axis stands out, so SVCCA drops almost none."""
    generator = seeding.stream("benchmarks", "similarity")
    x = torch.randn(samples, units, generator=generator)
    return x, x + torch.randn(samples, units, generator=generator) / 2


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
    x, y = layers(args.samples, args.units)
    rows = []
    for name, metrics in [*((name, [name]) for name in SIMILARITIES), ("all of them on one pair", [*SIMILARITIES])]:
        median = statistics.median(seconds(metrics, x, y) for _ in range(args.rounds))
        rows.append(
            {"measured": name, "seconds": median, "target_seconds": SECONDS_TARGET if len(metrics) == 1 else None}
        )
        print(f"{name}: {median:.1f} s", flush=True)
    rows.append({"measured": "peak memory", "megabytes": peak_mb(), "target_megabytes": MEMORY_TARGET})
    table = pd.DataFrame(rows)
    notes = [
        f"Two layers of {args.units:,} units on {args.samples:,} samples, {args.threads} threads, float64, from the "
        f"float32 activations; each metric alone, median of {args.rounds}. Memory: peak of the process, with both "
        "layers and torch itself.",
        limits.machine(),
    ]
    write_table(args, "Cost of a similarity", [Section("Wide layers", for_reading(table), notes)], table)


def for_reading(table: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for row in table.itertuples():
        timed = not pd.isna(row.seconds)
        value, target = (row.seconds, row.target_seconds) if timed else (row.megabytes, row.target_megabytes)
        unit, digits = ("s", 1) if timed else ("MB", 0)
        lines.append(
            {
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
    writes_table(command)
    command.run(main)
