"""Draw a pruning method's similarities as heatmaps, layer by round, one a metric, each on its own range.

Beside the rounds stand another training of the dense network, and an untrained one.
"""

from argparse import Namespace

import numpy as np
import pandas as pd

from specdnn.cli import Command
from specdnn.report.figures import plt, write_svg, written
from specdnn.similarity.pruning import METHODS

COLUMNS = 3


def grid(table: pd.DataFrame, method: str) -> tuple[np.ndarray, list[str], list[str]]:
    """Means of one metric, layers x networks, NaN where there is none; names of the layers and of the networks."""
    views = [*table.groupby(["layer", "view"], sort=False).groups]
    rounds = sorted(table[table.method == method]["round"].unique())
    networks = [*((method, step) for step in rounds), ("dense", 0), ("untrained", 0)]
    means = table.set_index(["layer", "view", "method", "round"])["mean"]
    values = np.array([[means.get((*view, *network), np.nan) for network in networks] for view in views])
    names = [layer if view == "units" else f"{layer}, {view}" for layer, view in views]
    return values, names, [*(str(step) for step in rounds), "another", "untrained"]


def main(args: Namespace, record: dict) -> None:
    table = pd.read_csv(args.table)
    metrics = table.metric.unique()
    lines = -(-len(metrics) // COLUMNS)
    figure, axes = plt.subplots(lines, COLUMNS, figsize=(12, 3.1 * lines), sharex=True, sharey=True, squeeze=False)
    colours = plt.get_cmap("viridis").with_extremes(bad="#CCCCCC")
    for axis, metric in zip(axes.flat, metrics, strict=True):
        values, layers, networks = grid(table[table.metric == metric], args.method)
        figure.colorbar(axis.imshow(values, cmap=colours, aspect="auto"), ax=axis)
        axis.axvline(len(networks) - 2.5, color="white", linewidth=2)
        axis.set_title(written(metric))
        axis.set_xticks(range(len(networks)), networks, rotation=90)
        axis.set_yticks(range(len(layers)), layers)
    for axis in axes[-1]:
        axis.set_xlabel(f"round of {written(args.method)}")
    figure.suptitle("Similarity to the dense network; grey: none to be had; another: another training of it")
    write_svg(args.figure, figure)


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--method", "of pruning", choices=METHODS)
    command.reads("--table", "CSV of `similarity_table`")
    command.writes("--figure", "SVG")
    command.run(main)
