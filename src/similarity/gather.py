"""Join the comparisons of one layer-similarity study into one CSV, refusing whatever is stale."""

import json
from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.similarity.distances import DISTANCES


def rows_of(path: str, first: str, seconds: list[str], params: dict) -> list[dict]:
    """The rows of one file, each with what it compares and with the distance that belongs to it.

    Raises UserError where it was made from other networks than `first` and `seconds`, or by other parameters than
    `params`.
    """
    file = artefacts.read_json(path)
    artefacts.check_fresh(path, file["record"], {"first": first})
    if file["record"]["params"] != params:
        raise UserError(f"{path}: stale, its parameters are not those of its study; delete it and run snakemake again")
    if len(file["compared"]) != len(seconds):
        raise UserError(
            f"{path}: stale, it compares {len(file['compared'])} networks and its study {len(seconds)}; delete it and "
            "run snakemake again"
        )
    rows = []
    for compared, second in zip(file["compared"], seconds, strict=True):
        artefacts.check_fresh(path, {"inputs": {"second": compared["sha256"]}}, {"second": second})
        rows += [described(row, compared["second"], file["first"]["seed"]) for row in compared["rows"]]
    return rows


def described(row: dict, network: dict, seed: int) -> dict:
    """One similarity as a row of the CSV."""
    return {
        **{name: network[name] for name in ("method", "round", "density", "accuracy")},
        "seed": seed,
        **{name: row[name] for name in ("layer", "view", "metric", "samples")},
        "units": row["units"][0],
        "value": row["value"],
        **distance_of(row["metric"], row["value"]),
        "status": row["status"],
    }


def distance_of(metric: str, value: float | None) -> dict:
    name, function = DISTANCES.get(metric, (None, None))
    return {"distance": name, "distance_value": None if name is None or value is None else function(value)}


def main(args: Namespace, record: dict) -> None:
    expected = json.loads(args.compared)
    params = artefacts.read_json(args.similarities[0])["record"]["params"]
    rows = [row for path in args.similarities for row in rows_of(path, **expected[path], params=params)]
    artefacts.write_text(args.csv, pd.DataFrame(rows).to_csv(index=False))
    print(f"{len(args.similarities)} files, {len(rows)} similarities, none of them stale")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes(
        "--compared", 'JSON: file of --similarities -> the networks in it, {"first": FILE, "seconds": [FILE]}'
    )
    command.reads_many("--similarities", "comparisons of a network with others, a file each")
    command.writes("--csv", "one row a pair of networks, layer, way of reading it, and metric")
    command.run(main)
