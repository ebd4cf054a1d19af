"""Sum up what the comparison cost, from Snakemake's timings of its jobs."""

from argparse import Namespace
from pathlib import Path

import limits
import pandas as pd

from specdnn.cli import Command, count, table_files
from specdnn.errors import UserError
from specdnn.report.rendering import Section

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
PARTS = ("own", "mint", "curve", "long")
APART = ("mint", "mint_marginal")  # methods of a part of its own, which came after the targets
FULL = 10  # dense networks of the targets


def in_the_tables(runs: pd.DataFrame) -> set[tuple[str, ...]]:
    """(model, seed), (model, seed, part) and (model, seed, method, part) of every specialist of the comparison."""
    parts = runs.part.mask((runs.part == "own") & runs.method.isin(APART), "mint")
    cells = set(zip(runs.model, "seed" + runs.seed.astype(str), runs.method, parts, strict=True))
    return cells | {(model, seed, part) for model, seed, _, part in cells} | {cell[:2] for cell in cells}


def jobs_of(folder: Path, wanted: set[tuple[str, ...]]) -> pd.DataFrame:
    """One row a job: rule, model, seed, part ("own" for what all parts share), wall and CPU seconds.

    Raises UserError where there is none.
    Timings of what has since left the tables stay in the folder; they are not in `wanted`, and not counted.
    """
    rows = []
    for rule in RULES:
        for file in sorted((folder / rule).rglob("*.tsv")):
            _, _, model, *rest = file.relative_to(folder / rule).with_suffix("").parts
            if (model, *rest) not in wanted:
                continue
            part = rest[-1] if rest[-1] in PARTS else "own"
            timing = pd.read_csv(file, sep="\t").iloc[-1]
            of_job = {"rule": rule, "model": model, "seed": rest[0], "part": part}
            rows.append({**of_job, "s": timing.s, "cpu_time": timing.cpu_time})
    if not rows:
        raise UserError(f"{folder}: no timings of the comparison; run `make compare` first")
    return pd.DataFrame(rows)


def main(args: Namespace, record: dict) -> None:
    runs = pd.read_csv(args.runs)
    jobs = jobs_of(Path(args.jobs), in_the_tables(runs[runs.part != "dense"]))
    rows = jobs.groupby(["model", "part", "rule"], sort=False).agg(
        networks=("seed", "nunique"), jobs=("s", "size"), seconds=("s", "sum"), cpu_seconds=("cpu_time", "sum")
    )
    rows = rows.reset_index()
    for minutes, seconds in (("minutes_of_ten", rows.seconds), ("cpu_minutes_of_ten", rows.cpu_seconds)):
        rows[minutes] = seconds / rows.networks * FULL / 60 / args.cores
    shown = pd.DataFrame(
        {
            "network": rows.model,
            "part": rows.part,
            "rule": rows.rule,
            "dense networks": rows.networks.astype(str),
            "jobs": rows.jobs.astype(str),
            "seconds": [f"{value:,.0f}" for value in rows.seconds],
            f"min for {FULL} on {args.cores} cores": [f"{value:.1f}" for value in rows.minutes_of_ten],
            "of these busy": [f"{value:.1f}" for value in rows.cpu_minutes_of_ten],
        }
    )
    minutes, busy = (
        rows.pivot_table(column, "model", "part", "sum").reindex(columns=PARTS)
        for column in ("minutes_of_ten", "cpu_minutes_of_ten")
    )
    models = [model for model in TARGETS if model in minutes.index]
    own, later = minutes.own, minutes.mint
    targets = pd.DataFrame(
        {
            "network": models,
            f"min for {FULL} on {args.cores} cores": [f"{own[model]:.0f}" for model in models],
            "of these busy": [f"{busy.own[model]:.0f}" for model in models],
            "target, min": [str(TARGETS[model]) for model in models],
            "met": ["yes" if own[model] <= TARGETS[model] else "NO" for model in models],
            f"{' and '.join(APART)} on top": [
                "–" if pd.isna(later[model]) else f"{later[model]:.0f}" for model in models
            ],
        }
    )
    note = (
        "Every job runs on one core. own: the dense networks, and the methods at SpecDNN's own sizes; mint: MINT's two "
        "there; curve: along the budgets; long: own under the tables' schedule. Where fewer than ten networks ran, "
        "their mean stands for each. Busy: by the processor's time; the rest a job waited for the machine "
        "or was held, so the minutes are upper bounds; but a job that was cut off counts only from where it went on. "
        f"{limits.machine()}"
    )
    sections = [
        Section("Ten dense networks at SpecDNN's own sizes", targets),
        Section("Part by part", shown, [note]),
    ]
    table_files.write(args, TITLE, sections, rows)
    print(targets.to_string(index=False))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--cores", "that the minutes are for", type=count)
    command.reads("--runs", "a row a specialist of the comparison")
    command.allows("--jobs", "folder of Snakemake's timings")
    table_files.add(command)
    command.run(main)
