"""Join what was found about all networks: their scores in one tidy table, a row a specialist, and their communities."""

from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.errors import UserError

KEY = ["model", "seed", "method", "budget", "label"]


def check_settings(path: str, found: str | None, expected: str) -> None:
    """Scores stay for years and come from elsewhere: raises UserError for those of other values than the present."""
    if found != expected:
        raise UserError(
            f"{path}: of settings {found}, and params.yaml has {expected}; take back what was changed in it, or delete "
            "the file and run `snakemake compare`, which trains these networks again"
        )


def scores(path: str, settings: str) -> pd.DataFrame:
    rows = pd.read_csv(path, dtype={"budget": str, "settings": str})
    for found in rows.get("settings", pd.Series([None])).unique():
        check_settings(path, found, settings)
    return rows.drop(columns="settings")


def communities(path: str, settings: str) -> dict:
    found = artefacts.read_json(path)
    check_settings(path, found["record"]["params"].get("settings"), settings)
    return found


def main(args: Namespace, record: dict) -> None:
    settings = iter(args.settings)
    short = [scores(path, next(settings)) for path in args.scores]
    long = [scores(path, next(settings)).replace({"budget": {"own": "long"}}) for path in args.long]
    rows = pd.concat([*short, *long]).drop_duplicates(KEY).convert_dtypes()  # the dense network is in each part
    by_model: dict[str, list[dict]] = {}
    for path in args.communities:
        found = communities(path, next(settings))
        by_model.setdefault(found["record"]["params"]["model"], []).append(found)
    artefacts.write_text(args.runs, rows.to_csv(index=False))
    artefacts.write_json(args.joined, by_model)
    print(f"{len(rows)} rows of {rows.seed.nunique()} seeds")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--settings", "of each file of --scores, --long and --communities, in this order")
    command.reads_many("--scores", "CSV of `compare_evaluate`, one a network and part")
    command.reads_many("--long", "the like under the tables' schedule; their own sizes become the budget `long`")
    command.reads_many("--communities", "JSON of `communities`, one a network")
    command.writes("--runs", "CSV: one row a network, method, budget and class")
    command.writes("--joined", "JSON: model -> what `communities` found, an entry a network")
    command.run(main)
