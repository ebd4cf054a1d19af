"""Draw balanced accuracy against the share that is left: a panel a set, a line a method, and the dense network."""

from argparse import Namespace

import numpy as np
import pandas as pd

from specdnn.cli import Command
from specdnn.own import summary
from specdnn.report.figures import COLOURS, plt, write_svg_and_png

WIDTH = 7.0  # inches
COLUMNS = 2  # panels beside each other
STYLES = {  # colour, marker, line
    "magnitude": (COLOURS[0], "o", "-"),
    "magnitude_raw": (COLOURS[4], "o", "--"),
    "specificity": (COLOURS[1], "s", "-"),
    "disparity": (COLOURS[2], "^", "-"),
    "taylor": (COLOURS[6], "D", "-"),
    "captor": (COLOURS[5], "P", "-"),
    "random": (COLOURS[8], "X", ":"),
    "random_live": (COLOURS[3], "v", ":"),
    "scratch": (COLOURS[7], "*", "--"),
}


def main(args: Namespace, record: dict) -> None:
    table = pd.read_csv(args.csv, dtype=summary.TEXTS)
    table = table[(table.study == args.study) & (table["set"] != summary.ALL)]
    sets = [*table["set"].unique()]
    lines = -(-len(sets) // COLUMNS)
    size = (WIDTH if len(sets) > 1 else 0.7 * WIDTH, 2.6 * lines + 0.5)
    figure, axes = plt.subplots(lines, min(COLUMNS, len(sets)), figsize=size, squeeze=False, sharex=True)
    for axis in axes.flat[len(sets) :]:
        axis.set_axis_off()
    for name, axis in zip(sets, axes.flat, strict=False):
        rows = table[table["set"] == name]
        classes = rows.classes.iloc[0].split("|")
        title = ", ".join(classes) if len(classes) < 4 else f"{', '.join(classes[:3])}\n{', '.join(classes[3:])}"
        axis.set_title(title, fontsize=8)
        curves = rows[rows.share.notna()]
        present = [*curves.method.unique()]
        for place, method in enumerate(present):
            curve = curves[curves.method == method].sort_values("share")
            colour, marker, line = STYLES[method]
            x = (
                100 * curve.share * 1.035 ** (place - (len(present) - 1) / 2)
            )  # side by side, so that bars can be told apart
            mean, low, high = (100 * curve[column].to_numpy() for column in ("balanced_accuracy", "low", "high"))
            bars = None if np.isnan(low).any() else [mean - low, np.minimum(high, 100) - mean]
            style = {"color": colour, "marker": marker, "linestyle": line, "markersize": 4, "linewidth": 1.1}
            axis.errorbar(x, mean, yerr=bars, elinewidth=0.7, label=method, **style)
        dense = 100 * rows[rows.method == summary.TUNED].balanced_accuracy.iloc[0]
        axis.axhline(dense, color="black", linewidth=1, label="dense, threshold chosen alike")
        axis.axhspan(dense - 100 * args.near, dense, color="black", alpha=0.08, linewidth=0)
        axis.set_xscale("log")
        axis.minorticks_off()
        shares = sorted(curves.share.unique())
        axis.set_xticks([100 * share for share in shares], [f"{100 * share:g}" for share in shares])
        axis.tick_params(labelbottom=True)
    for axis in axes[:, 0]:
        axis.set_ylabel("balanced accuracy, %")
    for axis in axes[-1]:
        axis.set_xlabel(f"share of the {args.of.replace('_', '-')}, %")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=7)
    write_svg_and_png(args.svg, args.png, figure)


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--study", "whose sets are drawn")
    command.takes("--of", "what the shares are of")
    command.takes("--near", "how far below the dense network is near it, the shaded band", type=float)
    command.reads("--csv", "CSV of `own_table`")
    command.writes("--svg", "the figure")
    command.writes("--png", "the same")
    command.run(main)
