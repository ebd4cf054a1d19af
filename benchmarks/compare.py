"""Sum up what the comparison cost, from Snakemake's timings of its jobs."""

from argparse import Namespace
from pathlib import Path

import pandas as pd

from specdnn.cli import Command, count
from specdnn.errors import UserError
from specdnn.rendering import Section, write_table, writes_table

TITLE = "What the comparison cost"
RULES = [
    "compare_train",
    "compare_gradients",
    "compare_activations",
    "compare_select",
    "compare_retrain",
    "compare_evaluate",
]
TARGETS = {"lenet_300_100": 60, "lenet_5": 180}  # minutes on two cores, ten networks at SpecDNN's own sizes
FULL = 10  # dense networks of the targets


def jobs_of(folder: Path) -> pd.DataFrame:
    """One row a job: rule, model, seed, part ("own" for what all parts share), seconds. UserError for none."""
    rows = []
    for rule in RULES:
        for file in sorted((folder / rule).rglob("*.tsv")):
            _, _, model, *rest = file.relative_to(folder / rule).with_suffix("").parts
            part = rest[-1] if rest[-1] in ("own", "curve", "long") else "own"
            seconds = pd.read_csv(file, sep="\t").s.iloc[-1]
            rows.append({"rule": rule, "model": model, "seed": rest[0], "part": part, "seconds": seconds})
    if not rows:
        raise UserError(f"{folder}: no timings of the comparison; run `make compare` first")
    return pd.DataFrame(rows)


def main(args: Namespace, record: dict) -> None:
    jobs = jobs_of(Path(args.jobs))
    rows = jobs.groupby(["model", "part", "rule"], sort=False).agg(
        networks=("seed", "nunique"), jobs=("seconds", "size"), seconds=("seconds", "sum")
    )
    rows = rows.reset_index()
    rows["minutes_of_ten"] = rows.seconds / rows.networks * FULL / 60 / args.cores
    shown = pd.DataFrame(
        {
            "network": rows.model,
            "part": rows.part,
            "rule": rows.rule,
            "dense networks": rows.networks.astype(str),
            "jobs": rows.jobs.astype(str),
            "seconds": [f"{value:,.0f}" for value in rows.seconds],
            f"min for {FULL} on {args.cores} cores": [f"{value:.1f}" for value in rows.minutes_of_ten],
        }
    )
    own = rows[rows.part == "own"].groupby("model").minutes_of_ten.sum()
    targets = pd.DataFrame(
        {
            "network": [model for model in TARGETS if model in own],
            f"min for {FULL} on {args.cores} cores": [f"{own[model]:.0f}" for model in TARGETS if model in own],
            "target, min": [str(target) for model, target in TARGETS.items() if model in own],
            "met": ["yes" if own[model] <= target else "NO" for model, target in TARGETS.items() if model in own],
        }
    )
    note = (
        "Every job runs on one core. own: the dense networks, and all methods at SpecDNN's own sizes; curve: along the "
        "budgets; long: the sample under the tables' schedule. Where fewer than ten networks ran, their mean stands "
        "for each. The machine carried other work, so these are upper bounds."
    )
    sections = [
        Section("Ten dense networks at SpecDNN's own sizes", targets),
        Section("Part by part", shown, [note]),
    ]
    write_table(args, TITLE, sections, rows)
    print(targets.to_string(index=False))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--cores", "that the minutes are for", type=count)
    command.allows("--jobs", "folder of Snakemake's timings")
    writes_table(command)
    command.run(main)
