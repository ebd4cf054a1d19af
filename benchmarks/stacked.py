"""Measure what training specialists of one network together saves over one process for each.

Both sides train the same ten specialists of a network, in turns within one process; a process of its own also
has to start and to read the data, which is measured apart. Beside them stands what a specialist costs where all of
a part of the comparison are trained together, as the study does it.
"""

import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import limits
import pandas as pd
import speed
import torch

from specdnn import seeding
from specdnn.cli import Command, count, table_files
from specdnn.data import CLASSES
from specdnn.data.protocols import Images, splits
from specdnn.evaluation.arms import PAPERS_LOSS
from specdnn.report.rendering import Section
from specdnn.selection.specialist import load_dense
from specdnn.training import loop, members, stacked
from specdnn.training.losses import OneClassLosses, sigmoid_squared_error
from specdnn.training.members import Member
from specdnn.training.steps import Steps

TITLE = "Specialists together and one by one"
STEPS = 40  # a turn
ALL_OF = "lenet_300_100"  # whose whole part `own` is timed: the other network's, side by side, costs what its ten do


def begun(selections: str, dense: str) -> list[Member]:
    """All specialists of a part, with their initial weights."""
    chosen, given = members.load(selections, dense)
    tensors = load_dense(dense, given["model"])
    return [member.begun(tensors, given["seed"]) for member in chosen]


def is_the_papers(member: Member) -> bool:
    arm = (member.units, member.widths, member.share, member.initial, member.loss)
    return arm == ("released", "released", None, "kept", PAPERS_LOSS)


def wanted_of(labels: torch.Tensor) -> torch.Tensor:
    """n x 20, as `OneClassLosses` takes them; of a teacher that is always right: to learn from it takes as long."""
    truth = torch.nn.functional.one_hot(labels, CLASSES).float()
    return torch.cat([truth, truth], dim=1)


def together(group: list[Member], data: Images, args: Namespace) -> speed.Turn:
    """Seconds per step of members of one kind."""
    module, wanted = stacked.assemble(group), wanted_of(data.labels)
    labels = [member.label for member in module.members]
    loss = OneClassLosses([member.loss for member in module.members], labels, wanted[:, :CLASSES].mean(0))
    return turn(module, data.images, wanted, loss, args)


def alone(member: Member, data: Images, args: Namespace) -> speed.Turn:
    is_class = (data.labels[:, None] == member.label).float()
    return turn(member.network(), data.images, is_class, sigmoid_squared_error, args)


def turn(
    module: torch.nn.Module, images: torch.Tensor, targets: torch.Tensor, loss: Callable, args: Namespace
) -> speed.Turn:
    """Seconds per step of one module."""
    steps = Steps(module, loss, loop.sgd(module, speed.schedule_of(args)))
    inputs = module.prepare(images)

    def seconds() -> float:
        batches = torch.randperm(len(inputs)).split(args.batch_size)[: speed.WARM_UP + STEPS]
        loop.take_steps(steps, loop.taken(inputs, targets, batches[: speed.WARM_UP]))
        start = time.perf_counter()
        loop.take_steps(steps, loop.taken(inputs, targets, batches[speed.WARM_UP :]))
        return (time.perf_counter() - start) / STEPS

    return seconds


def process_seconds(args: Namespace) -> float:
    """What a process costs before its first step: starting Python and torch, and reading the images."""
    script = Path(__file__).parents[1] / "src" / "retrain.py"
    start = time.perf_counter()
    subprocess.run([sys.executable, str(script), "--help"], check=True, capture_output=True)
    splits(args.data, "published", train=args.train_images, choosing=10_000)
    return time.perf_counter() - start


def rows_of(model: str, everyone: list[Member], args: Namespace, data: Images, fixed: float) -> list[dict]:
    """Seconds per specialist: each alone, those of the paper together, and everyone together; fixed: of a process."""
    group = [member for member in everyone if is_the_papers(member)]
    kinds = [*members.by_kind(everyone)] if model == ALL_OF else []
    turns = {f"alone {k}": alone(member, data, args) for k, member in enumerate(group)}
    turns |= {"ten": together(group, data, args)}
    turns |= {f"all {k}": together(kind, data, args) for k, kind in enumerate(kinds)}
    step, steps = speed.in_turns(turns, args.rounds), args.epochs * -(-args.train_images // args.batch_size)

    def of_one(name: str, number: int) -> float:
        return steps * sum(seconds for key, seconds in step.items() if key.startswith(name)) / number

    sides = {"alone": ("alone", len(group), 1), "ten": ("ten", len(group), len(group))}
    if kinds:
        sides |= {"all": ("all", len(everyone), len(everyone))}
    computing = {side: of_one(name, number) for side, (name, number, _) in sides.items()}
    starting = {side: fixed / sharing for side, (_, _, sharing) in sides.items()}
    both = {side: computing[side] + starting[side] for side in sides}
    found = {"computing": computing, "start and data": starting, "both": both}
    return [
        {"model": model, "what": what, "specialists": len(everyone) if kinds else None, "all": None, **seconds}
        for what, seconds in found.items()
    ]


def for_reading(rows: pd.DataFrame) -> pd.DataFrame:
    shown = {"network": rows.model, "cost": rows.what, "a process each, s": [f"{value:.2f}" for value in rows.alone]}
    for side, name in (("ten", "ten together"), ("all", "a whole part together")):
        shown[f"{name}, s"] = [said(value, 3) for value in rows[side]]
        shown[f"{name}, times as fast"] = [said(value, 1) for value in rows.alone / rows[side]]
    return pd.DataFrame(shown)


def said(value: float, digits: int) -> str:
    return "–" if pd.isna(value) else f"{value:.{digits}f}"


def main(args: Namespace, record: dict) -> None:
    torch.manual_seed(0)
    seeding.make_deterministic(1)
    fixed = process_seconds(args)
    data, _ = splits(args.data, "published", train=args.train_images, choosing=1)
    everyone = {
        "lenet_300_100": begun(args.selections_300, args.dense_300),
        "lenet_5": begun(args.selections_5, args.dense_5),
    }
    found = [row for model, of_model in everyone.items() for row in rows_of(model, of_model, args, data, fixed)]
    rows = pd.DataFrame(found).astype({"specialists": "Int64", "all": float})
    shown = for_reading(rows)
    note = (
        f"Seconds per specialist on one thread, for {args.epochs} epochs of {args.train_images:,} images; medians of "
        f"{args.rounds} turns. Ten: the specialists of the ten classes by the released rule, trained as the paper "
        f"does; LeNet-5's stand side by side and are not stacked. A whole part: the {len(everyone[ALL_OF]):,} "
        "specialists of one LeNet-300-100 in the comparison's part own, of other sizes than these ten."
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
        command.reads(f"--selections-{name}", "its specialists of the part own")
    table_files.add(command)
    command.run(main)
