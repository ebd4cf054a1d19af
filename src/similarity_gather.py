"""Join the comparisons of one layer-similarity study into one CSV, refusing whatever is stale."""

from argparse import Namespace
from collections.abc import Iterator
from itertools import islice

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.similarity.distances import DISTANCES


def rows_of(path: str, first: str, seconds: Iterator[str], params: dict) -> list[dict]:
    """The rows of one file, each with what it compares and with the distance that belongs to it.

    seconds: the networks that it compares, and after them those of the next files. Raises UserError where it was made
    from other networks than these, or by other parameters than `params`.
    """
    file = artefacts.read_json(path)
    artefacts.check_fresh(path, file["record"], {"first": first})
    if file["record"]["params"] != params:
        raise UserError(f"{path}: stale, its parameters are not those of its study; delete it and run snakemake again")
    rows, others = [], list(islice(seconds, len(file["compared"])))
    if len(others) < len(file["compared"]):
        raise UserError(f"{path}: stale, it compares more networks than its study; delete it and run snakemake again")
    for compared, second in zip(file["compared"], others, strict=True):
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
    params = artefacts.read_json(args.similarities[0])["record"]["params"]
    files, seconds = zip(args.similarities, args.firsts, strict=True), iter(args.seconds)
    rows = [row for path, first in files for row in rows_of(path, first, seconds, params)]
    if missing := list(seconds):
        raise UserError(
            f"no comparison of {', '.join(missing)}; delete {args.similarities[-1]} and run snakemake again"
        )
    artefacts.write_text(args.csv, pd.DataFrame(rows).to_csv(index=False))
    print(f"{len(args.seconds)} comparisons, {len(rows)} similarities, none of them stale")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--similarities", "comparisons of a network with others, a file each")
    command.reads_many("--firsts", "the network of each file, in the same order")
    command.reads_many("--seconds", "the others, file by file, in the same order")
    command.writes("--csv", "one row a pair of networks, layer, way of reading it, and metric")
    command.run(main)
