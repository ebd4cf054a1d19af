"""Measure what training the specialists of all classes stacked into one module saves over one process for each.

Both sides train the same ten specialists of a network, in turns within one process; a process of its own also
has to start and to read the data, which is measured apart.
"""

import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import limits
import pandas as pd
import speed
import torch

from specdnn import seeding
from specdnn.cli import Command, count, table_files
from specdnn.data.protocols import Images, splits
from specdnn.report.rendering import Section
from specdnn.training import loop, members, stacked
from specdnn.training.losses import sigmoid_squared_error, squared_errors
from specdnn.training.members import Member

TITLE = "Ten specialists, stacked and one by one"
STEPS = 40  # a turn


def targets_of(group: list[Member], labels: torch.Tensor) -> torch.Tensor:
    return (labels[:, None] == labels.new_tensor([member.label for member in group])).float()


def turn(module: torch.nn.Module, images: torch.Tensor, targets: torch.Tensor, loss, args: Namespace) -> speed.Turn:
    """Seconds per step of one module."""
    optimiser = loop.sgd(module, speed.schedule_of(args))
    inputs = module.prepare(images)

    def seconds() -> float:
        batches = torch.randperm(len(inputs)).split(args.batch_size)[: speed.WARM_UP + STEPS]
        loop.take_steps(module, loop.taken(inputs, targets, batches[: speed.WARM_UP]), loss, optimiser)
        start = time.perf_counter()
        loop.take_steps(module, loop.taken(inputs, targets, batches[speed.WARM_UP :]), loss, optimiser)
        return (time.perf_counter() - start) / STEPS

    return seconds


def process_seconds(args: Namespace) -> float:
    """What a process costs before its first step: starting Python and torch, and reading the images."""
    script = Path(__file__).parents[1] / "src" / "retrain.py"
    start = time.perf_counter()
    subprocess.run([sys.executable, str(script), "--help"], check=True, capture_output=True)
    splits(args.data, "published", train=args.train_images, choosing=10_000)
    return time.perf_counter() - start


def rows_of(model: str, group: list[Member], args: Namespace, data: Images, fixed: float) -> list[dict]:
    targets = targets_of(group, data.labels)
    turns = {"stacked": turn(stacked.assemble(group), data.images, targets, squared_errors, args)}
    for k, member in enumerate(group):
        network, own = member.network(), targets[:, k : k + 1]
        turns[str(k)] = turn(network, data.images, own, sigmoid_squared_error, args)
    step = speed.in_turns(turns, args.rounds)
    steps = args.epochs * -(-args.train_images // args.batch_size)
    alone = sum(step[str(k)] for k in range(len(group))) / len(group)
    costs = {
        "computing": (alone * steps, step["stacked"] * steps / len(group)),
        "start and data": (fixed, fixed / len(group)),
    }
    costs["all"] = tuple(sum(pair) for pair in zip(*costs.values(), strict=True))
    return [
        {"model": model, "what": what, "alone": one, "stacked": ten, "times": one / ten}
        for what, (one, ten) in costs.items()
    ]


def main(args: Namespace, record: dict) -> None:
    torch.manual_seed(0)
    seeding.make_deterministic(1)
    fixed = process_seconds(args)
    data, _ = splits(args.data, "published", train=args.train_images, choosing=1)
    groups = {
        "lenet_300_100": members.load(args.selections_300, args.dense_300),
        "lenet_5": members.load(args.selections_5, args.dense_5),
    }
    rows = pd.DataFrame([row for model, group in groups.items() for row in rows_of(model, group, args, data, fixed)])
    shown = pd.DataFrame(
        {
            "network": rows.model,
            "cost": rows.what,
            "a process each, s": [f"{value:.2f}" for value in rows.alone],
            "stacked, s": [f"{value:.2f}" for value in rows.stacked],
            "times as fast": [f"{value:.1f}" for value in rows.times],
        }
    )
    note = (
        f"Seconds per specialist on one thread, for {args.epochs} epochs of {args.train_images:,} images; medians of "
        f"{args.rounds} turns. The specialists of the ten classes by the released rule, of one dense network."
    )
    table_files.write(args, TITLE, [Section("Seconds per specialist", shown, [note, limits.machine()])], rows)
    print(shown.to_string(index=False))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--train-images", "training images of an epoch", type=count)
    command.takes("--batch-size", "images per step", type=count)
    command.takes("--epochs", "of the comparison's schedule", type=count)
    command.takes("--rounds", "turns that each side takes", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    for name in ("300", "5"):
        command.reads(f"--dense-{name}", "dense checkpoint of the comparison")
        command.reads(f"--selections-{name}", "its specialists by the released rule")
    table_files.add(command)
    command.run(main)
