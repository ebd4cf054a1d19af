"""Write the table of the networks that were cut with random weights: is the cut exact, and what stays whole?"""

from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command, table_files
from specdnn.report.rendering import Section

TITLE = "Is the cut exact?"
NOTES = [
    "Networks of torchvision with random weights, cut by `magnitude` at a share of their parameters, for so many of "
    "their 1,000 classes. Difference: the largest between the outputs of the small network and those of the whole one "
    "with the dropped channels masked, relative to the largest output, in float64, on two random inputs. A cut "
    "that is not exact by that measure is refused (docs/own.md).",
    "MACs: multiply-accumulates in layers with weights. Moved: units that a third sweep of the walk would exchange. "
    "Whole: groups of channels that stay as they are, since no cut through them is exact: a layer norm needs all of "
    "its channels, and so does attention.",
]


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of the table as text."""
    fraction = [
        "–" if pd.isna(row.parameters) else f"{100 * row.parameters / row.dense_parameters:.1f}"
        for row in rows.itertuples()
    ]
    arithmetic = [
        "–" if pd.isna(row.parameters) else f"{100 * row.multiply_accumulates / row.dense_multiply_accumulates:.1f}"
        for row in rows.itertuples()
    ]
    return pd.DataFrame(
        {
            "network": rows.network,
            "share %": [f"{100 * share:g}" if share == share else "–" for share in rows.share],
            "classes": [f"{count:.0f}" if count == count else "–" for count in rows.classes],
            "difference": [f"{value:.0e}" if value == value else "refused" for value in rows.difference],
            "parameters": [f"{value:,.0f}" if value == value else "–" for value in rows.parameters],
            "%": fraction,
            "MACs %": arithmetic,
            "moved": [f"{value:,.0f}" if value == value else "–" for value in rows.moved],
            "whole": [f"{value:.0f}" if value == value else "–" for value in rows.whole],
        }
    )


def reasons(rows: pd.DataFrame, cuts: list[dict]) -> pd.DataFrame:
    """Why something was refused or left whole, a row a network and reason."""
    found = {}
    for one in cuts:
        if "refused" in one:
            what = f"at {100 * one['share']:g} %: " if "share" in one else ""
            found.setdefault((one["network"], what + one["refused"]), None)
        for group, why in [*one.get("whole", {}).items()][:1]:
            found.setdefault((one["network"], f"{group} stays whole: {why}"), None)
    return pd.DataFrame([*found], columns=["network", "why"])


def main(args: Namespace, record: dict) -> None:
    cuts = [one for path in args.cuts for one in artefacts.read_json(path)["cuts"]]
    known = [
        "network",
        "size",
        "share",
        "classes",
        "difference",
        "parameters",
        "dense_parameters",
        "multiply_accumulates",
    ]
    rows = pd.DataFrame(cuts).reindex(columns=[*known, "dense_multiply_accumulates", "moved", "whole", "refused"])
    rows["whole"] = [len(value) if isinstance(value, dict) else None for value in rows.whole]
    sections = [Section("Every cut", shown(rows), NOTES), Section("What is refused or left whole", reasons(rows, cuts))]
    counts = [
        "classes",
        "parameters",
        "dense_parameters",
        "multiply_accumulates",
        "dense_multiply_accumulates",
        "moved",
    ]
    table_files.write(args, TITLE, sections, rows.astype(dict.fromkeys([*counts, "whole"], "Int64")))
    exact = rows[rows.difference.notna()]  # others were refused
    print(f"{len(exact)} of {len(rows)} cuts exact, of {exact.network.nunique()} networks")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--cuts", "JSON of `own_exactness`, one a network")
    table_files.add(command)
    command.run(main)
