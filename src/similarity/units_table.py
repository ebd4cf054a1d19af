"""Write how similar the kept units of the specialists stay to the same units of their dense networks."""

from argparse import Namespace

import pandas as pd

from specdnn.artefacts import read_json
from specdnn.cli import Command, table_files
from specdnn.report.rendering import Section

TITLE = "The kept units of a specialist against the same units of the dense network"
KEYS = ["protocol", "model", "seed", "method", "layer", "view", "retraining", "images", "metric"]
SHOWN = {  # everything else is in the CSV
    "unit_correlation": "correlation, unit by unit",
    "linear_cka": "linear CKA",
    "mean_cca": "mean CCA",
}
CELLS = [(stage, images) for stage in ("before", "after") for images in ("class", "others")]


def over_classes(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean, SD, smallest and largest value over the classes, and how many have a dead layer or too few samples."""
    groups = rows.groupby(KEYS, sort=False)
    table = groups.value.agg(["mean", "std", "min", "max"])
    table["classes"] = groups.value.count()
    for status in ("dead layer", "too few samples"):
        table[status.replace(" ", "_")] = groups.status.agg(lambda column, status=status: int((column == status).sum()))
    return table.reset_index()


def section(name: tuple, table: pd.DataFrame) -> Section:
    """One network: layers and metrics down; before and after retraining, images of the class and others across."""
    lines = []
    for (layer, view), of_layer in table.groupby(["layer", "view"], sort=False):
        for metric, title in SHOWN.items():
            rows = of_layer[of_layer.metric == metric].set_index(["retraining", "images"])
            line = {"inputs of": layer, "as": view, "similarity": title}
            for stage, images in CELLS:
                cell = rows.loc[(stage, images)]
                line[f"{stage}, {images}"] = "–" if pd.isna(cell["mean"]) else f"{cell['mean']:.3f}".replace("-", "−")
            line["dead, before"] = str(rows.loc["before"].dead_layer.max())
            line["dead, after"] = str(rows.loc["after"].dead_layer.max())
            lines.append(line)
    protocol, model, seed, method = name
    return Section(
        f"{model}, {protocol}, seed {seed}, {method}",
        pd.DataFrame(lines),
        [
            "Mean over the classes. Before and after retraining, on test images of the class and on the others. Dead: "
            "classes of which no kept unit of the layer answers two such images differently, which then count for "
            "nothing in the mean."
        ],
    )


def main(args: Namespace, record: dict) -> None:
    files = [read_json(path) for path in args.similarities]
    rows = pd.DataFrame([{**file["of"], **row} for file in files for row in file["rows"]])
    table = over_classes(rows)
    sections = [section(name, group) for name, group in table.groupby(KEYS[:4], sort=False)]
    table_files.write(args, TITLE, sections, table)
    print(f"{TITLE}: {len(files)} specialists")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads_many("--similarities", "similarities of `similarity_units`, one file a specialist")
    table_files.add(command)
    command.run(main)
