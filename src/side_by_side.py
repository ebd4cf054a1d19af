"""Write one line for each set of specialists of the study: what it is, and how good its specialists are on average."""

import itertools
from argparse import Namespace
from pathlib import Path

import pandas as pd

from specdnn.cli import Command, natural, table_files
from specdnn.names import DATASETS, PROTOCOLS
from specdnn.networks import models
from specdnn.report.rendering import Section
from specdnn.report.text import number, percent

TITLE = "Every set of specialists, side by side"
MEANS = {
    "parameters": "parameters",
    "accuracy": "best_epoch_accuracy",
    "balanced_accuracy": "best_epoch_balanced_accuracy",
    "auroc": "best_epoch_auroc",
}
DIGITS = 8  # of a mean: what is behind depends on how a CSV was read


def row(path: Path, of: dict) -> dict:
    """Means over the classes of a set, the least balanced accuracy and its class, and which have collapsed."""
    rows = pd.read_csv(path, dtype={"label": str}).query("label != 'original'")
    weakest = rows.loc[rows.best_epoch_balanced_accuracy.idxmin()]
    collapsed = rows.label[rows.best_epoch_collapsed.astype(str) == "True"]
    return {
        **of,
        "specialists": len(rows),
        **{name: round(rows[column].mean(), DIGITS) for name, column in MEANS.items()},
        "weakest": weakest.label,
        "weakest_balanced_accuracy": round(weakest.best_epoch_balanced_accuracy, DIGITS),
        "collapsed": " ".join(collapsed),
    }


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    least = zip(rows.weakest_balanced_accuracy, rows.weakest, strict=True)
    collapsed = zip(rows.collapsed.str.split(), rows.specialists, strict=True)
    return pd.DataFrame(
        {
            "network": [models.load(name).title for name in rows.model],
            "dataset": [DATASETS.get(name, name) for name in rows.dataset],
            "method": rows.method,
            "seed": rows.seed,
            "epochs chosen on": [PROTOCOLS[name].chosen_by for name in rows.protocol],
            "weights + biases": [f"{value:,.0f}" for value in rows.parameters],
            "accuracy %": [percent(value) for value in rows.accuracy],
            "balanced %": [percent(value) for value in rows.balanced_accuracy],
            "least (class)": [f"{percent(value)} ({label})" for value, label in least],
            "AUROC": [number(value, 4) for value in rows.auroc],
            "always no": [
                f"{len(which)} of {of}" + (f": {', '.join(which)}" if which else "") for which, of in collapsed
            ],
        }
    )


def main(args: Namespace, record: dict) -> None:
    names = {name: getattr(args, f"{name}s") for name in ("protocol", "dataset", "model", "seed", "method")}
    rows = []
    for values in itertools.product(*names.values()):
        of = dict(zip(names, values, strict=True))
        place = Path(args.aggregated, *values[:3], f"seed{of['seed']}", of["method"])
        rows.append(row(place / "specialists.csv", of))
    frame = pd.DataFrame(rows)
    note = (
        "A line for each protocol, dataset, network, seed and method that `study` of params.yaml names. Means over the "
        "specialists, on the test images. Balanced: the mean of recall and specificity; always answering no scores "
        "50 %. Least: the weakest specialist. Always no: the specialists that answer no to every image."
    )
    table_files.write(args, TITLE, [Section("Means over the classes", shown(frame), [note])], frame)
    print(f"{TITLE}: {len(rows)}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--protocols", "of the study, as all lists here")
    command.takes_many("--datasets", "datasets")
    command.takes_many("--models", "networks")
    command.takes_many("--seeds", "seeds", each=natural)
    command.takes_many("--methods", "methods")
    command.takes("--aggregated", "folder of `aggregate`; what it wrote is at PROTOCOL/DATASET/MODEL/seedSEED/METHOD")
    table_files.add(command)
    command.run(main)
