"""Write how SpecDNN's specialists differ from one dense network to the next, from the comparison's scores in git."""

from argparse import Namespace
from pathlib import Path

import pandas as pd

from specdnn.artefacts import read_json
from specdnn.cli import Command, count, table_files
from specdnn.errors import UserError
from specdnn.files import verified
from specdnn.names import DATASETS
from specdnn.networks import models
from specdnn.report.rendering import Section
from specdnn.report.text import percent

TITLE = "SpecDNN on other dense networks"
LOSS = "squared"  # the paper's
NOTE = (
    "Each network has random streams and held-out images of its own, which choose the epoch; specialists are trained "
    "for {epochs} epochs by the paper's loss. A network counts as the mean over its classes."
)


def of_specialists(path: Path) -> dict[str, float]:
    """Means over the classes of one dense network: accuracy, balanced accuracy; and how many have collapsed."""
    verified(path)
    rows = pd.read_csv(path)
    rows = rows[(rows.units == "released") & (rows.widths == "released") & (rows.initial == "kept")]
    rows = rows[(rows.loss == LOSS) & rows.share.isna()]
    if not (rows.label.is_unique and rows.settings.nunique() == 1):
        raise UserError(f"{path}: several scores of a class by the released rule and {LOSS} loss; expected one")
    negatives = rows.images - rows.positives
    recall, specificity = rows.true_positives / rows.positives, 1 - rows.false_positives / negatives
    return {
        "accuracy": ((rows.true_positives + negatives - rows.false_positives) / rows.images).mean(),
        "balanced_accuracy": ((recall + specificity) / 2).mean(),
        "collapsed": ((rows.true_positives == 0) & (rows.false_positives == 0)).sum(),
    }


def compress_rate(path: Path) -> float:
    """Mean over the classes of one dense network."""
    selected = read_json(path)["selected"]
    return pd.Series([entry["compress_rate"] for entry in selected if entry["method"] == "released"]).mean()


COLUMNS = ["measure", "networks", "mean", "least", "most"]


def spread(values: pd.Series) -> dict[str, float]:
    return {"networks": len(values), "mean": values.mean(), "least": values.min(), "most": values.max()}


def of_place(place: Path) -> pd.DataFrame:
    """A row a measure; place: folder of the scores of one dataset and network."""
    rates = [compress_rate(path) for path in sorted(place.glob("seed*/communities.json"))]
    measures = {"compress_rate": pd.Series(rates, dtype=float)}
    scores = pd.DataFrame([of_specialists(path) for path in sorted(place.glob("seed*/own.csv"))])
    measures |= {name: scores[name] for name in scores.columns}
    rows = [{"measure": name, **spread(values)} for name, values in measures.items() if len(values)]
    return pd.DataFrame(rows).assign(dataset=place.parent.name, model=place.name)


NAMES = {
    "compress_rate": "kept %",
    "accuracy": "accuracy %",
    "balanced_accuracy": "balanced accuracy %",
    "collapsed": "of ten specialists, answer no to everything",
}
DIGITS = {"compress_rate": 4}


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    def cell(row: pd.Series, name: str) -> str:
        value = row[name]
        if row.measure == "collapsed":
            return f"{value:.2f}" if name == "mean" else f"{value:.0f}"
        return percent(value, DIGITS.get(row.measure, 2))

    cells = {name: [cell(row, name) for _, row in rows.iterrows()] for name in ("mean", "least", "most")}
    return pd.DataFrame({"": rows.measure.map(NAMES), "networks": rows.networks.astype(str), **cells})


def main(args: Namespace, record: dict) -> None:
    places = sorted(path for path in Path(args.scores).glob("*/*") if any(path.glob("seed*")))
    frames = [of_place(place) for place in places]
    sections = []
    for place, rows in zip(places, frames, strict=True):
        where = f"{models.load(place.name).title} on {DATASETS[place.parent.name]}"
        sections.append(
            Section(f"{where}: from one dense network to the next", shown(rows), [NOTE.format(epochs=args.epochs)])
        )
    table_files.write(args, TITLE, sections, pd.concat(frames)[["dataset", "model", *COLUMNS]])
    print(f"{TITLE}: {len(places)} datasets and networks")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--scores", "folder of the scores of a protocol; below it DATASET/MODEL/seedSEED")
    command.takes("--epochs", "that their specialists were trained for", type=count)
    table_files.add(command)
    command.run(main)
