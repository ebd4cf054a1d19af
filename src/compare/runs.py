"""Join what was found about all networks: their scores in one tidy table, a row a specialist, and their communities."""

from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.errors import UserError

KEY = ["model", "seed", "method", "part", "share", "label"]
OF_OWN = {"mint": "own"}  # MINT's two at SpecDNN's own sizes ran apart from the others because they take longer


def check_settings(path: str, found: str | None, expected: str | None) -> None:
    """Scores stay for years and come from elsewhere: raises UserError for those of other values than the present."""
    if found != expected:
        raise UserError(
            f"{path}: of settings {found}, and params.yaml has {expected}; take back what was changed in it, or delete "
            "the file and run `snakemake compare`, which trains these networks again"
        )


def scores(path: str, settings: dict[str, str]) -> pd.DataFrame:
    """The rows of one network and part of the comparison; settings: MODEL/PART -> the present ones."""
    rows = pd.read_csv(path, dtype={"settings": str})
    model, part = rows.model[0], rows.part[rows.part != "dense"].iloc[0]
    for found in rows.settings.unique():
        check_settings(path, found, settings.get(f"{model}/{part}"))
    return rows.drop(columns="settings").replace({"part": OF_OWN})


def communities(path: str, settings: dict[str, str]) -> dict:
    found = artefacts.read_json(path)
    params = found["record"]["params"]
    check_settings(path, params.get("settings"), settings.get(f"{params['model']}/communities"))
    return found


def main(args: Namespace, record: dict) -> None:
    settings = dict(entry.split("=") for entry in args.settings)
    rows = pd.concat([scores(path, settings) for path in args.scores])
    rows = rows.drop_duplicates(KEY).convert_dtypes()  # the dense network is in each part
    by_model: dict[str, list[dict]] = {}
    for path in args.communities:
        found = communities(path, settings)
        by_model.setdefault(found["record"]["params"]["model"], []).append(found)
    artefacts.write_text(args.runs, rows.to_csv(index=False))
    artefacts.write_json(args.joined, by_model)
    print(f"{len(rows)} rows of {rows.seed.nunique()} seeds")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many(
        "--settings", "MODEL/PART=SETTINGS, MODEL/communities=SETTINGS: what the files must be made with"
    )
    command.reads_many("--scores", "CSV of `compare_evaluate`, one a network and part")
    command.reads_many("--communities", "JSON of `compare_communities`, one a network")
    command.writes("--runs", "CSV: one row a network, method, part, share and class")
    command.writes("--joined", "JSON: model -> what `compare_communities` found, an entry a network")
    command.run(main)
