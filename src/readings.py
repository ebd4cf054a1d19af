"""Write what the three readings of the paper's selection rule keep, for every network and class."""

from argparse import Namespace

import pandas as pd

from specdnn.artefacts import read_json
from specdnn.cli import Command, table_files
from specdnn.report.rendering import Section

TITLE = "What the three readings of the rule select"


def row(path: str) -> dict:
    selection = read_json(path)
    params, layers = selection["record"]["params"], selection["layers"]
    return {
        "model": params["model"],
        "method": params["method"],
        "class": params["label"],
        "kept": " ".join(f"{layer['layer']} {len(layer['kept'])}/{layer['of']}" for layer in layers),
        "chosen_by_rule": " ".join(f"{layer['layer']} {layer['q']}" for layer in layers),
        "status": " ".join(layer["status"] for layer in layers),
        "compress_rate": selection["compress_rate"],
        "parameters": selection["parameters"],
    }


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One line a network and reading: how much it keeps, and in how many classes it keeps nothing somewhere."""
    lines = []
    for (model, method), group in rows.groupby(["model", "method"], sort=False):
        rates = 100 * group.compress_rate
        lines.append(
            {
                "network": model,
                "reading": method,
                "mean compress rate %": f"{rates.mean():.3f}",
                "from – to": f"{rates.min():.3f} – {rates.max():.3f}",
                "classes with an empty layer": f"{group.status.str.contains('forced').sum()} of {len(group)}",
            }
        )
    return pd.DataFrame(lines)


def main(args: Namespace, record: dict) -> None:
    rows = pd.DataFrame([row(path) for path in args.selections])
    sections = [
        Section(
            "In short",
            summary(rows),
            [
                "released: the binomial takes the unit's index where its rank belongs. paper: Algorithm 1 as "
                "printed. first_exceed: the released loop with the true rank. Where a reading keeps nothing in a "
                "layer, the strongest unit stands in, so an all-empty reading shows as one unit a layer."
            ],
        )
    ]
    for model, group in rows.groupby("model", sort=False):
        shown = group.drop(columns=["model", "chosen_by_rule"]).assign(
            compress_rate=[f"{100 * rate:.4f}" for rate in group.compress_rate],
            parameters=[f"{count:,}" for count in group.parameters],
        )
        shown = shown.rename(columns={"method": "reading", "compress_rate": "rate %", "parameters": "weights + biases"})
        sections.append(Section(model, shown.astype(str)))
    table_files.write(args, TITLE, sections, rows)
    print(f"{TITLE}: {len(rows)} selections")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--selections", "selections of every network, reading and class, in the order of the rows")
    table_files.add(command)
    command.run(main)
