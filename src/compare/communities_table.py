"""Write what the communities of the dense networks are: renumbered, overlapping, removed."""

from argparse import Namespace

import numpy as np
import pandas as pd

from specdnn.artefacts import read_json
from specdnn.cli import Command, table_files
from specdnn.evaluation import inference
from specdnn.report.rendering import Section

TITLE = "What SpecDNN's communities are"
NOTE = (
    "Rates: of the released rule, in %, mean of the classes; as trained, from and to are the extremes; renumbered, the "
    "central 95 %. With an empty layer: the share of its selections that keep nothing in some layer, where the "
    "strongest input stands in. Inputs: how many two classes share, and how many chance gives. Recall, in points: what "
    "the dense network loses for a class without its community's hidden units, for the other nine, and for the class "
    "without as many random units. Where not said otherwise, from and to are a 95 % t interval over the networks."
)


def rates(found: list[dict]) -> list[dict]:
    """The released rule's mean rate: as trained, and over renumberings of the hidden units of every network.

    And how often it keeps nothing in some layer.
    """
    trained = [
        np.mean([row["compress_rate"] for row in one["selected"] if row["method"] == "released"]) for one in found
    ]
    renumbered = np.concatenate([one["relabelled_rates"] for one in found])
    low, middle, high = np.percentile(renumbered, [2.5, 50, 97.5])
    rows = [
        {"what": "rate as trained", "mean": np.mean(trained), "low": min(trained), "high": max(trained)},
        {"what": "rate renumbered", "mean": renumbered.mean(), "low": low, "high": high},
        {"what": "rate renumbered, median", "mean": middle},
    ]
    with_empty = [
        np.mean([row["empty_layers"] > 0 for row in one["selected"] if row["method"] == "released"]) for one in found
    ]
    low, high = inference.interval(np.array(with_empty))
    rows.append({"what": "with an empty layer", "mean": np.mean(with_empty), "low": low, "high": high})
    return [{**row, "where": "all layers"} for row in rows]


def averaged(found: list[dict]) -> list[dict]:
    """Overlaps by layer and losses of recall: mean over the networks, with an interval over them."""
    values: dict[tuple[str, str], list[float]] = {}
    for one in found:
        for row in one["overlaps"]:
            for kind in ("shared", "by_chance"):
                values.setdefault((f"inputs {kind.replace('_', ' ')}", row["layer"]), []).append(row[kind])
        removed = pd.DataFrame(one["removals"])
        for kind in ("loss", "loss_of_others", "loss_by_chance"):
            values.setdefault((f"recall {kind.replace('_', ' ')}", "hidden layers"), []).append(removed[kind].mean())
    rows = []
    for (what, where), of_networks in values.items():
        low, high = inference.interval(np.array(of_networks))
        rows.append({"what": what, "where": where, "mean": np.mean(of_networks), "low": low, "high": high})
    return rows


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """As strings; rates and recalls in percent."""
    scale = np.where(rows.what.str.startswith("inputs"), 1, 100)
    columns = {"mean": "mean", "low": "from", "high": "to"}
    cells = {
        title: ["–" if np.isnan(value) else f"{value:.3f}" for value in rows[name] * scale]
        for name, title in columns.items()
    }
    return pd.DataFrame({"": rows.what, "in": rows["where"], **cells})


def main(args: Namespace, record: dict) -> None:
    places = [
        (dataset, model, found)
        for dataset, by_model in read_json(args.communities).items()
        for model, found in by_model.items()
    ]
    frames, sections = [], []
    for dataset, model, found in places:
        frame = pd.DataFrame([*rates(found), *averaged(found)])
        count_of = f"{inference.counted(len(found))}, renumbered {len(found[0]['relabelled_rates'])} times each."
        sections.append(Section(f"{model} on {dataset}", shown(frame), [count_of, NOTE]))
        frames.append(frame.assign(dataset=dataset, model=model, networks=len(found)))
    table_files.write(args, TITLE, sections, pd.concat(frames))
    print(f"{TITLE}: {', '.join(section.title for section in sections)}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads("--communities", "JSON of `compare_communities_joined`")
    table_files.add(command)
    command.run(main)
