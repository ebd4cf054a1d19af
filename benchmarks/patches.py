"""Measure training steps on single features' windows and on whole maps, and whether `worth_it` takes the faster."""

from argparse import Namespace
from contextlib import nullcontext
from statistics import fmean
from unittest.mock import patch

import limits
import pandas as pd
import speed
import torch
from stacked import begun, together

from specdnn import seeding
from specdnn.cli import Command, count, table_files
from specdnn.data.protocols import Images, splits
from specdnn.networks import patches
from specdnn.report.rendering import Section
from specdnn.training.members import Member

TITLE = "Windows or whole maps"
UNITS = "disparity"  # whose features lie anywhere in the maps
WAYS = {  # name: what stands in for the choice while the networks are built
    "windows": patch.object(patches, "worth_it", return_value=True),
    "maps": patch.object(patches, "worth_it", return_value=False),
    "chosen": nullcontext(),
}


def by_share(everyone: list[Member]) -> list[list[Member]]:
    """The ten classes' specialists by one method, weights kept; a list a share of the parameters, SpecDNN's first."""
    groups: dict[float | None, dict[int, Member]] = {}
    for member in everyone:
        if (member.units, member.initial) == (UNITS, "kept"):
            groups.setdefault(member.share, {}).setdefault(member.label, member)  # of its losses the first
    return [[*groups[share].values()] for share in sorted(groups, key=lambda share: share or 0)]


def row_of(group: list[Member], args: Namespace, data: Images) -> dict:
    """Seconds of a step of all members together, each way; their mean features and parameters."""
    turns = {}
    for name, way in WAYS.items():
        with way:
            turns[name] = together(group, data, args)
    return {
        "share": group[0].share,
        "members": len(group),
        "features": fmean(len(member.kept["fc1"]) for member in group),
        "parameters": fmean(member.parameters for member in group),
        **speed.in_turns(turns, args.rounds),
    }


def main(args: Namespace, record: dict) -> None:
    torch.manual_seed(0)
    seeding.make_deterministic(1)
    data, _ = splits(args.data, "published", train=args.train_images, choosing=1)
    everyone = [member for path in args.selections for member in begun(path, args.dense)]
    rows = pd.DataFrame([row_of(group, args, data) for group in by_share(everyone)])
    rows["lost"] = rows.chosen / rows[["windows", "maps"]].min(axis="columns") - 1
    shown = pd.DataFrame(
        {
            "share": ["SpecDNN's own" if pd.isna(share) else f"{100 * share:g} %" for share in rows.share],
            "parameters, mean": [f"{value:,.0f}" for value in rows.parameters],
            "features, mean": [f"{value:.0f}" for value in rows.features],
            **{f"{name}, ms": [f"{1000 * value:.0f}" for value in rows[name]] for name in WAYS},
        }
    )
    note = (
        f"Milliseconds of a training step of {rows.members.max()} specialists of LeNet-5 together, {args.batch_size} "
        f"images, one thread; medians of {args.rounds} turns. Units by the disparity filter, of one dense network. "
        "Windows: every kept feature of the last convolution by itself; maps: the whole pooled maps, of which the "
        "features are taken; chosen: what each network decides by its size."
    )
    table_files.write(args, TITLE, [Section("A training step", shown, [note, limits.machine()])], rows)
    print(shown.to_string(index=False))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--train-images", "to draw the steps' images from", type=count)
    command.takes("--batch-size", "images per step", type=count)
    command.takes("--rounds", "turns that each way takes", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the comparison's LeNet-5")
    command.reads_many("--selections", "its specialists, a file a part of the comparison")
    table_files.add(command)
    command.run(main)
