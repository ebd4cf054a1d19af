"""Write which specialists answer no to every image: by loss, initial weights and the width of the narrowest layer."""

from argparse import Namespace

import pandas as pd

from specdnn.artefacts import read_json
from specdnn.cli import Command, table_files
from specdnn.evaluation.arms import PLACE, read_runs
from specdnn.report.rendering import Section

TITLE = "Specialists that answer no to every image"
WIDE = 3  # units of the narrowest layer from which on specialists stand in one column
KEY = [*PLACE, "seed", "label"]
NOTE = (
    "At SpecDNN's own widths, all choices of units together. Narrowest: the smallest number of inputs that a layer but "
    "the first keeps. In each cell how many answer no to every image at an output of 0.5, of how many."
)


def narrowest(joined: dict[str, dict[str, list[dict]]]) -> pd.DataFrame:
    """A row a class of a dense network: the smallest width that the released rule gives a layer but the first."""
    rows = []
    for dataset, models in joined.items():
        for model, networks in models.items():
            for found in networks:
                seed = found["record"]["params"]["seed"]
                for row in found["selected"]:
                    if row["method"] == "released":
                        rows.append((dataset, model, seed, row["label"], row["narrowest"]))
    return pd.DataFrame(rows, columns=[*KEY, "narrowest"])


def counted(runs: pd.DataFrame, widths: pd.DataFrame) -> pd.DataFrame:
    """A row a dataset, model, loss, initial weights and narrowest width: specialists, and how many have collapsed."""
    own = runs[(runs.widths == "released") & runs.share.isna()].merge(widths, on=KEY)
    own = own.assign(narrowest=own.narrowest.clip(upper=WIDE))
    groups = own.groupby([*PLACE, "loss", "initial", "narrowest"], sort=True)
    return groups.agg(specialists=("collapsed", "size"), collapsed=("collapsed", "sum")).reset_index()


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a loss and initial weights, a column a width."""
    lines = []
    for (loss, initial), part in rows.groupby(["loss", "initial"], sort=False):
        line = {"loss": loss, "weights": initial}
        for width in range(1, WIDE + 1):
            cell = part[part.narrowest == width]
            title = f"narrowest {width}" if width < WIDE else f"{width} or more"
            line[title] = f"{cell.collapsed.sum()} of {cell.specialists.sum():,}" if len(cell) else "–"
        lines.append(line)
    return pd.DataFrame(lines)


def main(args: Namespace, record: dict) -> None:
    rows = counted(read_runs(args.runs), narrowest(read_json(args.communities)))
    sections = [
        Section(f"{model} on {dataset}: always no", shown(part), [NOTE])
        for (dataset, model), part in rows.groupby(PLACE, sort=False)
    ]
    table_files.write(args, TITLE, sections, rows)
    print(f"{TITLE}: {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads("--runs", "CSV of `compare_runs`")
    command.reads("--communities", "JSON of `compare_communities_joined`")
    table_files.add(command)
    command.run(main)
