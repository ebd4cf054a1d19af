"""Join the scores of all networks and methods into one tidy table, a row a specialist."""

from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command

KEY = ["model", "seed", "method", "budget", "label"]


def read(path: str) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"budget": str})


def main(args: Namespace, record: dict) -> None:
    long = [read(path).replace({"budget": {"own": "long"}}) for path in args.long]
    rows = pd.concat([*map(read, args.scores), *long])
    rows = rows.drop_duplicates(KEY).convert_dtypes()  # the dense network is scored with each part
    artefacts.write_text(args.runs, rows.to_csv(index=False))
    print(f"{len(rows)} rows of {rows.seed.nunique()} seeds")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--scores", "CSV of `compare_evaluate`, one a network and part")
    command.reads_many("--long", "the like under the tables' schedule; their own sizes become the budget `long`")
    command.writes("--runs", "CSV: one row a network, method, budget and class")
    command.run(main)
