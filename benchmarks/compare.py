"""Sum up what the comparison cost, from Snakemake's timings of its jobs."""

from argparse import Namespace
from pathlib import Path

import limits
import pandas as pd

from specdnn.artefacts import read_json
from specdnn.cli import Command, table_files
from specdnn.errors import UserError
from specdnn.report.rendering import Section

TITLE = "What the comparison cost"
NETWORKS, COMMUNITIES = "networks", "communities"  # beside the parts: what all parts share, and what stands apart
RULES = {  # rule: what its jobs belong to; None: the part that their paths end in
    "compare_train": NETWORKS,
    "compare_gradients": NETWORKS,
    "compare_activations": NETWORKS,
    "compare_select": None,
    "compare_retrain": None,
    "compare_evaluate": None,
    "compare_communities": COMMUNITIES,
}
NETWORK = ["dataset", "model", "seed"]
KEY = [*NETWORK, "part"]


def in_the_tables(runs: pd.DataFrame, communities: dict) -> pd.DataFrame:
    """A row a part of a network: KEY, how many specialists it has, and the device that trained them.

    communities: dataset -> model -> what was found, an entry a network.
    """
    chosen = runs[runs.units != "dense"]
    groups = chosen.groupby(KEY, as_index=False, sort=False)
    parts = groups.agg(specialists=("units", "size"), device=("device", "first"))
    looked_at = pd.DataFrame(
        [
            (dataset, model, entry["record"]["params"]["seed"])
            for dataset, models in communities.items()
            for model, found in models.items()
            for entry in found
        ],
        columns=NETWORK,
    )
    networks = pd.concat([parts[NETWORK], looked_at]).drop_duplicates()
    return pd.concat([networks.assign(part=NETWORKS), parts, looked_at.assign(part=COMMUNITIES)], ignore_index=True)


def jobs_of(folder: Path) -> pd.DataFrame:
    """One row a job: rule, KEY, wall and CPU seconds. Raises UserError where there is none."""
    rows = []
    for rule, belongs in RULES.items():
        for file in sorted((folder / rule).rglob("*.tsv")):
            _, dataset, model, seed, *part = file.relative_to(folder / rule).with_suffix("").parts
            if len(part) != (belongs is None):
                continue  # of a workflow that had other paths
            timing = pd.read_csv(file, sep="\t").iloc[-1]
            key = (dataset, model, int(seed.removeprefix("seed")), belongs or part[0])
            rows.append((rule, *key, timing.s, timing.cpu_time))
    if not rows:
        raise UserError(f"{folder}: no timings of the comparison; run `make compare` first")
    return pd.DataFrame(rows, columns=["rule", *KEY, "s", "cpu_time"])


def costs(jobs: pd.DataFrame, tables: pd.DataFrame) -> pd.DataFrame:
    """A row a rule of each part: its jobs, seconds, dense networks and specialists.

    Timings of what has since left the tables stay in their folder, and are not counted.
    """
    counted = jobs.merge(tables, on=KEY).fillna({"device": "", "specialists": 0})
    rows = counted.groupby(["dataset", "model", "part", "device", "rule"], sort=False).agg(
        networks=("seed", "nunique"),
        jobs=("s", "size"),
        specialists=("specialists", "sum"),
        seconds=("s", "sum"),
        cpu_seconds=("cpu_time", "sum"),
    )
    return rows.reset_index().astype({"specialists": int})


def by_part(rows: pd.DataFrame) -> pd.DataFrame:
    totals = rows.groupby(["dataset", "model", "part", "device"], sort=False, as_index=False).agg(
        {"networks": "max", "specialists": "max", "seconds": "sum", "cpu_seconds": "sum"}
    )
    return pd.DataFrame(
        {
            **named(totals),
            "dense networks": totals.networks.astype(str),
            "specialists": [f"{value:,}" if value else "–" for value in totals.specialists],
            "min a network": [f"{value:.1f}" for value in totals.seconds / totals.networks / 60],
            "of these busy": [f"{value:.1f}" for value in totals.cpu_seconds / totals.networks / 60],
            "s a specialist": [
                f"{seconds / number:.2f}" if number else "–"
                for seconds, number in zip(totals.seconds, totals.specialists, strict=True)
            ],
        }
    )


def by_rule(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **named(rows),
            "rule": rows.rule,
            "dense networks": rows.networks.astype(str),
            "jobs": rows.jobs.astype(str),
            "seconds": [f"{value:,.0f}" for value in rows.seconds],
            "of these busy": [f"{value:,.0f}" for value in rows.cpu_seconds],
        }
    )


def named(rows: pd.DataFrame) -> dict[str, pd.Series]:
    columns = {"dataset": "dataset", "network": "model", "part": "part", "device": "device"}
    return {title: rows[column].replace("", "–") for title, column in columns.items()}


def main(args: Namespace, record: dict) -> None:
    tables = in_the_tables(pd.read_csv(args.runs), read_json(args.communities))
    rows = costs(jobs_of(Path(args.jobs)), tables)
    shown = by_part(rows)
    note = (
        f"Every job runs on one core. {NETWORKS}: the dense networks, and what is observed of them for all parts; "
        f"{COMMUNITIES}: what they look like without a specialist; the others are the parts of params.yaml, each of "
        "whose jobs trains all specialists of a dense network. Device: what trained the specialists. Only what ran "
        "here is counted: scores that came from elsewhere have no timings. Busy: by the processor's time; the rest a "
        "job waited for the machine, or was held, so the minutes are upper bounds; but a job that was cut off counts "
        f"only from where it went on. {limits.machine()}"
    )
    sections = [Section("Part by part", shown, [note]), Section("Rule by rule", by_rule(rows))]
    table_files.write(args, TITLE, sections, rows)
    print(shown.to_string(index=False))


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads("--runs", "a row a specialist of the comparison")
    command.reads("--communities", "what was found about each network's communities")
    command.allows("--jobs", "folder of Snakemake's timings")
    table_files.add(command)
    command.run(main)
