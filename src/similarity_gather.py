"""Join the comparisons of one layer-similarity study into one CSV, refusing whatever is stale."""

from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.similarity.distances import DISTANCES


def rows_of(path: str, first: str, second: str, params: dict) -> list[dict]:
    """The rows of one comparison, each with what it compares and with the distance that belongs to it.

    Raises UserError where it was made from other networks than these, or by other parameters than `params`.
    """
    compared = artefacts.read_json(path)
    artefacts.check_fresh(path, compared["record"], {"first": first, "second": second})
    if compared["record"]["params"] != params:
        raise UserError(f"{path}: stale, its parameters are not those of its study; delete it and run snakemake again")
    network, seed = compared["second"], compared["first"]["seed"]
    return [
        {
            **{name: network[name] for name in ("method", "round", "density", "accuracy")},
            "seed": seed,
            **{name: row[name] for name in ("layer", "view", "metric", "samples")},
            "units": row["units"][0],
            "value": row["value"],
            **distance_of(row["metric"], row["value"]),
            "status": row["status"],
        }
        for row in compared["rows"]
    ]


def distance_of(metric: str, value: float | None) -> dict:
    name, function = DISTANCES.get(metric, (None, None))
    return {"distance": name, "distance_value": None if name is None or value is None else function(value)}


def main(args: Namespace, record: dict) -> None:
    params = artefacts.read_json(args.similarities[0])["record"]["params"]
    files = zip(args.similarities, args.firsts, args.seconds, strict=True)
    rows = [row for path, first, second in files for row in rows_of(path, first, second, params)]
    artefacts.write_text(args.csv, pd.DataFrame(rows).to_csv(index=False))
    print(f"{len(args.similarities)} comparisons, {len(rows)} similarities, none of them stale")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--similarities", "comparisons, one file a pair of networks")
    command.reads_many("--firsts", "the first network of each, in the same order")
    command.reads_many("--seconds", "the second network of each, in the same order")
    command.writes("--csv", "one row a pair of networks, layer, way of reading it, and metric")
    command.run(main)
