"""Join the scores of all networks: one tidy table, a row a specialist."""

from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.evaluation.stored import check_settings

KEY = ["dataset", "model", "seed", "units", "initial", "loss", "widths", "share", "draw", "label"]


def scores(path: str, settings: dict[str, str]) -> pd.DataFrame:
    """The rows of one network and part of the comparison; settings: DATASET/MODEL/PART -> the present ones.

    The dense network has a part of its own; what older files say of it in others has no chosen threshold.
    """
    rows = pd.read_csv(path, dtype={"settings": str})
    part = rows.part[0]
    for found in rows.settings.unique():
        check_settings(path, found, settings.get(f"{rows.dataset[0]}/{rows.model[0]}/{part}"))
    return rows[(rows.units == "dense") == (part == "dense")].drop(columns="settings")


def rates(rows: pd.DataFrame, threshold: str = "") -> pd.DataFrame:
    """recall, false_positive_rate, balanced_accuracy, accuracy and collapsed, from the counts at a threshold.

    threshold: "" (an output of 0.5) or "tuned_" (chosen on held-out images). collapsed: no image is answered yes.
    """
    negatives = rows.images - rows.positives
    hits, alarms = rows[f"{threshold}true_positives"], rows[f"{threshold}false_positives"]
    recall, false_positive_rate = hits / rows.positives, alarms / negatives
    return pd.DataFrame(
        {
            "recall": recall,
            "false_positive_rate": false_positive_rate,
            "balanced_accuracy": (recall + 1 - false_positive_rate) / 2,
            "accuracy": (hits + negatives - alarms) / rows.images,
            "collapsed": hits + alarms == 0,
        }
    )


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """With the rates at 0.5, and of those at the chosen threshold tuned_balanced_accuracy and tuned_collapsed."""
    tuned = rates(rows, "tuned_")[["balanced_accuracy", "collapsed"]]
    return pd.concat([rows, rates(rows), tuned.add_prefix("tuned_")], axis="columns")


def once(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows. Raises UserError where a specialist is there twice."""
    twice = rows[rows.duplicated(KEY)]
    if len(twice):
        row = twice.iloc[0]
        arm = ", ".join(f"{name} {row[name]}" for name in KEY if pd.notna(row[name]))
        raise UserError(f"scores of {arm} are in two parts; let one part of params.yaml, compare, have this arm")
    return rows


def main(args: Namespace, record: dict) -> None:
    settings = dict(entry.split("=") for entry in args.settings)
    rows = pd.concat([scores(path, settings) for path in args.scores], ignore_index=True)
    rows = scored(once(rows)).convert_dtypes()  # whole numbers stay whole where the dense network has none
    artefacts.write_text(args.runs, rows.to_csv(index=False))
    print(f"{len(rows)} rows of {len(rows[['dataset', 'model', 'seed']].drop_duplicates())} dense networks")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--settings", "DATASET/MODEL/PART=SETTINGS: what the scores must be made with")
    command.reads_many("--scores", "CSV of `compare_evaluate` and `compare_dense`, one a network and part")
    command.writes("--runs", "CSV: one row a specialist")
    command.run(main)
