"""Draw a layer-similarity study against the share of parameters left, layer by layer, beside another training.

The axes show the pruned networks; an untrained network, where it lies below, is named with its value.
"""

from argparse import Namespace

import pandas as pd

from specdnn.cli import Command
from specdnn.report.figures import COLOURS, plt, write_svg, written

TICKS = (0.1, 0.2, 0.3, 0.5, 0.8)  # shares of parameters
REFERENCES = {"dense": ("another training of the dense network", "--"), "untrained": ("an untrained network", ":")}
MARGIN = 0.08  # of the range of the pruned networks, above and below it


def main(args: Namespace, record: dict) -> None:
    table = pd.read_csv(args.table)
    table = table[(table.metric == args.metric) & table.view.isin([args.view, "units"])]
    figure, axes = plt.subplots(2, 4, figsize=(12, 5.4), sharex=True)
    for axis, layer in zip(axes.flat, table.layer.unique(), strict=False):
        of_layer = table[table.layer == layer]
        pruned = of_layer[~of_layer.method.isin(REFERENCES)]
        for colour, (method, rows) in zip(COLOURS, pruned.groupby("method", sort=False), strict=False):
            axis.plot(rows.density, rows["mean"], color=colour, marker=".", label=written(method))
            axis.fill_between(rows.density, rows["min"], rows["max"], color=colour, alpha=0.15, linewidth=0)
        means = {method: of_layer[of_layer.method == method]["mean"].item() for method in REFERENCES}
        for method, (name, style) in REFERENCES.items():
            axis.axhline(means[method], color="black", linestyle=style, linewidth=1, label=name)
        low, high = min(pruned["min"].min(), means["dense"]), max(pruned["max"].max(), means["dense"])
        edge = max(MARGIN * (high - low), 1e-3)
        axis.set_ylim(low - edge, high + edge)
        if means["untrained"] < low - edge:
            axis.text(0.03, 0.1, f"untrained: {means['untrained']:.2f}", transform=axis.transAxes, fontsize=7)
        axis.set(title=layer, xscale="log")
        axis.set_xticks([tick for tick in TICKS if pruned.density.min() <= tick <= pruned.density.max()])
        axis.xaxis.set_major_formatter("{x:g}")
        axis.minorticks_off()
    axes.flat[0].invert_xaxis()
    for axis in axes[-1]:
        axis.set_xlabel("share of parameters left")
    for axis in axes[:, 0]:
        axis.set_ylabel(written(args.metric))
    axes.flat[-1].set_axis_off()
    axes.flat[-1].legend(*axes.flat[0].get_legend_handles_labels(), loc="center", frameon=False)
    write_svg(args.figure, figure)


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--metric", "similarity to draw")
    command.takes("--view", "how maps are read: flattened or positions")
    command.reads("--table", "CSV of `similarity_table`")
    command.writes("--figure", "SVG")
    command.run(main)
