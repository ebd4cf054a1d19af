"""Write a layer-similarity study as a table over its seeds, beside the published rows where there are any."""

from argparse import Namespace

import pandas as pd

from specdnn.cli import Command, table_files
from specdnn.report.published import SIMILARITY, read_published
from specdnn.report.rendering import Section
from specdnn.report.text import number, signed

REFERENCES = {"dense": "ceiling: dense, another seed", "untrained": "floor: untrained, another seed"}
OF_LAYER = ["method", "round", "density", "layer", "view", "metric", "distance"]
PUBLISHED_METRIC = "thresholded_mean_cca"
SHOWN = (  # metric, how maps are read, and what that is called; everything else is in the CSV and the heatmaps
    (PUBLISHED_METRIC, "positions", "Mean CCA, thresholded; a map's positions as samples"),
    ("linear_cka_debiased", "flattened", "Linear CKA, debiased; maps flattened"),
    ("nbs", "flattened", "Normalised Bures similarity; maps flattened"),
)


def over_seeds(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean, SD, smallest and largest value over the seeds, with how many seeds have one, and why others have none."""
    groups = rows.groupby(OF_LAYER, sort=False, dropna=False)
    table = groups.value.agg(["mean", "std", "min", "max"])
    table["distance_mean"] = groups.distance_value.mean()
    table["seeds"] = groups.value.count()
    table["missing"] = groups.status.agg(lambda status: " ".join(sorted({s for s in status if s != "ok"})))
    return table.reset_index()


def networks(rows: pd.DataFrame) -> pd.DataFrame:
    """Accuracy over the seeds: index method and round; one row a network and seed goes in, whatever its layers."""
    single = rows.drop_duplicates(["method", "round", "seed"])
    return single.groupby(["method", "round"], sort=False, dropna=False).agg(
        density=("density", "first"), mean=("accuracy", "mean"), std=("accuracy", "std"), seeds=("seed", "count")
    )


def accuracy_section(rows: pd.DataFrame, published: pd.DataFrame | None) -> Section:
    lines = []
    for (method, step), network in networks(rows).iterrows():
        line = {
            "network": REFERENCES.get(method, method),
            "round": str(step),
            "density": number(network.density, 6),
            "accuracy": number(network["mean"], 4),
            "SD over seeds": number(network["std"], 4),
            "seeds": f"{network.seeds:.0f}",
        }
        if published is not None:
            known = published.accuracy[step] if method != "untrained" else float("nan")
            line |= {"published": number(known, 4), "difference": signed(network["mean"] - known, 4)}
        lines.append(line)
    return Section(
        "Networks", pd.DataFrame(lines), ["Accuracy of the last epoch on the test images; no epoch is chosen."]
    )


def layer_section(table: pd.DataFrame, metric: str, view: str, title: str) -> Section:
    """Networks down, layers across: mean over seeds."""
    shown = table[(table.metric == metric) & table.view.isin([view, "units"])]
    lines = []
    for (method, step), group in shown.groupby(["method", "round"], sort=False):
        means = group.set_index("layer")["mean"]
        lines.append(
            {
                "network": REFERENCES.get(method, method),
                "round": str(step),
                **{layer: number(mean, 4) for layer, mean in means.items()},
            }
        )
    return Section(title, pd.DataFrame(lines), ["Against the dense network of the same seed; mean over seeds."])


def published_section(table: pd.DataFrame, published: pd.DataFrame) -> Section:
    shown = table[(table.metric == PUBLISHED_METRIC) & table.view.isin(["positions", "units"])]
    lines = []
    for (method, step), group in shown.groupby(["method", "round"], sort=False):
        if method in REFERENCES:
            continue
        of_layer = group.set_index("layer")
        layers, known = of_layer.index, published.loc[step, of_layer.index]
        what = {"network": method, "round": str(step)}
        cells = {
            "published": [number(value, 4) for value in known],
            "mean over seeds": [number(value, 4) for value in of_layer["mean"]],
            "SD over seeds": [number(value, 4) for value in of_layer["std"]],
            "difference": [signed(value, 4) for value in of_layer["mean"] - known],
        }
        lines += [{**what, "": name, **dict(zip(layers, values, strict=True))} for name, values in cells.items()]
    return Section(
        "Against the published rows: mean CCA, thresholded",
        pd.DataFrame(lines),
        ["One published run against several seeds of ours: a difference within two SD says nothing."],
    )


def main(args: Namespace, record: dict) -> None:
    rows = pd.read_csv(args.similarities, keep_default_na=False, na_values=[""])
    table = over_seeds(rows)
    published = None
    if args.published:  # NaN for rounds that were not published
        published = read_published(args.published, SIMILARITY).set_index("round")
        published = published.reindex(sorted({*published.index, *rows["round"]}))
    sections = [accuracy_section(rows, published)]
    if published is not None:
        sections.append(published_section(table, published))
    sections += [layer_section(table, *shown) for shown in SHOWN]
    table_files.write(args, args.title, sections, table)
    print(f"{args.title}: {len(table)} rows over {rows.seed.nunique()} seeds")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--title", "title of the table")
    command.reads("--similarities", "CSV of `similarity_gather`")
    command.may_read("--published", "CSV of the demo's published numbers, where there are any")
    table_files.add(command)
    command.run(main)
