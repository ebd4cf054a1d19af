"""Measure what a pair costs in MINT's scoring, and a tree against scipy's, on the activations of a trained network.

Sizes are measured in turns within one process; every figure is the median of the turns. One thread, whose own
time is taken: others on the machine do not count, though what they take of its caches does.
"""

import statistics
import time
from argparse import Namespace
from collections.abc import Callable

import limits
import numpy as np
import pandas as pd
import torch
from scipy.sparse.csgraph import minimum_spanning_tree
from threadpoolctl import threadpool_limits

from specdnn import seeding
from specdnn.cli import Command, count, table_files
from specdnn.data import idx
from specdnn.dependence.information import Slips, thirds
from specdnn.dependence.sampling import balanced
from specdnn.dependence.scoring import STRIP, Parents, score_strips
from specdnn.dependence.tree import spanning_tree, squared_distances
from specdnn.mint.checkpoints import load_mlp
from specdnn.mint.mlp import Mlp
from specdnn.networks.trace import trace
from specdnn.report.rendering import Section

TARGET, TARGET_SAMPLES = 0.060, 250  # seconds a pair, one core
SAMPLES = (150, 250, 450, 650)
SLIPS = Slips("corrected", "corrected", "corrected")
PARENT_GROUPS, CHILD_GROUPS = 20, 20
PAIRS_OF = {"5 groups": 75, "10 groups": 200, "20 groups": 600, "50 groups": 3_000, "headline": 25_000}


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def activations(args: Namespace, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Hidden outputs of the trained perceptron, n x 500 and n x 300."""
    tensors, _ = load_mlp(args.dense, {"data": args.data})
    split = idx.load(args.data, "train", args.train_images)
    drawn = balanced(split.labels, samples, seeding.stream("mint", "bench", samples))
    network = Mlp().load(tensors).eval()
    seen = trace(network, torch.from_numpy(split.scaled[drawn]))
    return seen["fc2"].numpy(), seen["fc3"].numpy()


def measure(args: Namespace) -> pd.DataFrame:
    """One row a sample size: seconds of a strip's pairs, of our tree and of scipy's over one and the same points."""
    turns = {}
    for samples in SAMPLES:
        parents, children = activations(args, samples)
        distances = Parents(parents, PARENT_GROUPS, SLIPS).distances(0)
        units = children[thirds(len(children)).pooled, : children.shape[1] // CHILD_GROUPS]
        parts = (distances, squared_distances(units, units))
        turns[samples] = (
            lambda p=parents, c=children: next(score_strips(p, c, PARENT_GROUPS, CHILD_GROUPS, SLIPS)),
            lambda parts=parts: spanning_tree(*parts),
            lambda parts=parts: minimum_spanning_tree(parts[0] + parts[1]),
        )
    seconds: dict[int, list] = {samples: [] for samples in SAMPLES}
    for _ in range(args.rounds):
        for samples, works in turns.items():
            seconds[samples].append([timed(work) for work in works])
    rows = []
    for samples, rounds in seconds.items():
        strip, tree, scipys = (statistics.median(column) for column in zip(*rounds, strict=True))
        points = len(thirds(10 * samples).pooled)
        pair = strip / (STRIP * CHILD_GROUPS)
        rows.append({"samples": samples, "points": points, "pair": pair, "tree": tree, "scipy": scipys})
    return pd.DataFrame(rows)


def main(args: Namespace, record: dict) -> None:
    with threadpool_limits(1):
        rows = measure(args)
    shown = pd.DataFrame(
        {
            "samples a class": rows.samples.astype(str),
            "points of a tree": rows.points.map("{:,}".format),
            "a pair, ms": [f"{1000 * value:.1f}" for value in rows.pair],
            "its tree alone, ms": [f"{1000 * value:.1f}" for value in rows.tree],
            "scipy's tree, ms": [f"{1000 * value:.0f}" for value in rows.scipy],
            "scipy / ours": [f"{value:.0f}" for value in rows.scipy / rows.tree],
        }
    )
    by_samples = rows.set_index("samples").pair
    met = "met" if by_samples[TARGET_SAMPLES] <= TARGET else "missed"
    notes = [
        f"Target: {1000 * TARGET:.0f} ms a pair at {TARGET_SAMPLES} samples on one core: {met}. A pair's share of the "
        f"distances is in its time. fc2, {PARENT_GROUPS} x {CHILD_GROUPS} groups, activations of the trained network; "
        f"medians of {args.rounds} rounds.",
        "Scoring one network with one variant then takes: "
        + ", ".join(
            f"{name} {pairs * by_samples[650 if name == 'headline' else 250]:,.0f} s"
            for name, pairs in PAIRS_OF.items()
        )
        + ".",
        limits.machine(),
    ]
    table_files.write(args, "What MINT's scoring costs", [Section("One core", shown, notes)], rows)
    print(f"{1000 * by_samples[TARGET_SAMPLES]:.1f} ms a pair: target {met}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--train-images", "draw from the first so many training images", type=count)
    command.takes("--rounds", "turns of which the median is taken", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense perceptron")
    table_files.add(command)
    command.run(main)
