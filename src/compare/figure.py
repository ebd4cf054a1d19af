"""Draw one figure of the comparison, as SVG and PNG, at the width of two columns (7 inches)."""

from argparse import Namespace
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from specdnn.artefacts import read_json
from specdnn.cli import Command
from specdnn.data import CLASSES
from specdnn.evaluation.arms import PLACE, UNRANKED, kind_of, per_network, read_runs
from specdnn.evaluation.inference import interval
from specdnn.names import CONTROLS
from specdnn.report.comparison import is_reference
from specdnn.report.figures import COLOURS, LOSSES, OTHER, STYLES, UNITS, place_title, plt, write_svg_and_png
from specdnn.report.published import SPECIALISTS, read_published

WIDTH = 7.0  # inches
APART = 1.05  # factor between marks of the same number of parameters
LOWEST = 90  # balanced accuracy, in %, from which curves are drawn that have no marks beside them
Place = tuple[str, str]  # dataset, model


class Results:
    """What the figures show of all networks.

    runs: a row a specialist; networks: a row an arm and dense network, with its kind; communities: place -> an entry a
    dense network; published: "dataset/model" -> mean compress rate, the average that the paper prints, as a fraction.
    """

    def __init__(self, args: Namespace):
        self.fair_loss: str = args.fair_loss
        self.runs = read_runs(args.runs)
        networks = per_network(self.runs)
        self.networks = networks.assign(kind=[kind_of(row) for row in networks.to_dict("records")])
        self.places: list[Place] = [*self.runs[PLACE].drop_duplicates().itertuples(index=False, name=None)]
        joined = read_json(args.communities)
        self.communities: dict[Place, list[dict]] = {place: joined[place[0]][place[1]] for place in self.places}
        tables = dict(entry.split("=", 1) for entry in args.published)
        rows = {name: read_published(path, SPECIALISTS).set_index("class") for name, path in tables.items()}
        self.published = {name: row.compress_rate_percent["average"] / 100 for name, row in rows.items()}

    def of(self, rows: pd.DataFrame, place: Place) -> pd.DataFrame:
        return rows[(rows.dataset == place[0]) & (rows.model == place[1])]

    def fair(self, rows: pd.DataFrame, place: Place) -> pd.DataFrame:
        rows = self.of(rows, place)
        return rows[rows.loss == self.fair_loss]


def panels(results: Results, height: float, **options: object) -> tuple[Figure, dict[Place, Axes]]:
    """A panel a dataset and network, two in a row; a single one is not stretched over the whole width."""
    columns, rows = min(2, len(results.places)), -(-len(results.places) // 2)
    size = (WIDTH if columns > 1 else 0.6 * WIDTH, height * rows)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, **options)
    for axis in axes.flat[len(results.places) :]:
        axis.set_axis_off()
    found = dict(zip(results.places, axes.flat, strict=False))
    for (dataset, model), axis in found.items():
        axis.set_title(place_title(dataset, model), fontsize=8)
    return figure, found


def called(units: str, initial: str) -> str:
    """Random initial weights are said where a network could have kept its own."""
    name = UNITS.get(units, units)
    return f"{name}, random weights" if initial == "random" and units not in CONTROLS else name


def left(axes: dict[Place, Axes]) -> list[Axes]:
    """The panels at the left edge."""
    return [*axes.values()][::2]


def legend_below(figure: Figure, axes: dict[Place, Axes], columns: int) -> None:
    named = (zip(*axis.get_legend_handles_labels(), strict=True) for axis in axes.values())
    entries = {name: handle for pairs in named for handle, name in pairs}
    figure.legend(
        entries.values(), entries.keys(), loc="outside lower center", ncols=columns, frameon=False, fontsize=7
    )


def scored(rows: pd.DataFrame) -> tuple[float, float, float, float]:
    """Mean parameters; mean balanced accuracy over the networks in %, and its interval."""
    low, high = interval(rows.balanced_accuracy.to_numpy())
    return rows.parameters.mean(), 100 * rows.balanced_accuracy.mean(), 100 * low, 100 * high


def budgets(results: Results) -> Figure:
    """Balanced accuracy against parameters under the fair loss, mean and 95 % band over the networks."""
    figure, axes = panels(results, 3.0)
    for place, axis in axes.items():
        rows = results.fair(results.networks, place)
        curve = rows[rows.kind == "curve"]
        for (units, initial), of_units in curve.groupby(["units", "initial"], sort=False):
            colour, marker = STYLES.get(units, OTHER)
            x, mean, low, high = np.array([scored(part) for _, part in of_units.groupby("share")]).T
            line = "--" if initial == "random" else "-"
            style = {"color": colour, "marker": marker, "linestyle": line, "markersize": 3.5, "linewidth": 1.1}
            axis.plot(x, mean, label=called(units, initial), **style)
            axis.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
        own = rows[(rows.kind == "own") | rows.units.isin(CONTROLS)]
        alike = [units for units in own.units.unique() if units not in CONTROLS]  # of one size: put side by side
        for units, of_units in own.groupby("units", sort=False):
            x, mean, low, high = scored(of_units)
            if units in alike:
                x *= APART ** (alike.index(units) - (len(alike) - 1) / 2)
            colour, marker = STYLES.get(units, OTHER)
            bar = [[mean - low], [high - mean]] if np.isfinite(low) else None
            style = {"color": colour, "marker": marker, "markersize": 5, "markerfacecolor": "none", "elinewidth": 1}
            if units == "released":
                style |= {"markersize": 8, "markerfacecolor": colour, "elinewidth": 2.2, "zorder": 5}
            style["label"] = None if units in {*curve.units} else called(units, "kept")
            axis.errorbar(x, mean, yerr=bar, linestyle="", **style)
        own_size = {"color": "black", "markersize": 5, "markerfacecolor": "none", "linestyle": ""}
        axis.plot([], [], marker="o", label="marks: SpecDNN's own size, side by side", **own_size)
        dense = results.of(results.networks[results.networks.kind == "dense"], place)
        for measure, line, name in (("", ":", "largest output"), ("tuned_", "-.", "threshold chosen")):
            level = 100 * dense[f"{measure}balanced_accuracy"].mean()
            axis.axhline(level, color="black", linestyle=line, linewidth=1, label=f"dense, {name}")
        axis.set(xscale="log", xlabel="weights + biases of a specialist")
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))  # 1,000,000 is wider than a decade: 1M
        axis.xaxis.set_minor_formatter("")
        ends = np.log10(axis.get_xlim())
        axis.set_xlim(10.0 ** np.floor(ends[0]), 10.0 ** np.ceil(ends[1]))  # whole decades: only these have numbers
        if len(curve):  # where methods differ, and every mark; without a curve the marks alone decide
            worst = 100 * own.groupby("units").balanced_accuracy.mean().min() - 1
            axis.set_ylim(np.floor(worst) if len(own) else LOWEST, 100)
    for axis in left(axes):
        axis.set_ylabel("balanced accuracy, %")
    legend_below(figure, axes, columns=3)
    return figure


def losses(results: Results) -> Figure:
    """A row for each units, a dot for each loss with its 95 % interval, at SpecDNN's own sizes; best at the top."""
    own = results.networks[results.networks.kind.isin(["own", "controls"])]
    shown = (own.kind == "own") | own.units.isin(["released", *CONTROLS])
    own = own[shown | (own.units.isin(UNRANKED) & (own.initial == "kept"))]
    own = own.assign(name=[called(*names) for names in own[["units", "initial"]].itertuples(index=False)])
    figure, axes = panels(results, 0.6 + 0.19 * own.name.nunique())
    names = [*own.loss.unique()]
    for place, axis in axes.items():
        rows = results.of(own, place)
        order = [*rows.groupby("name").balanced_accuracy.mean().sort_values().index]
        for k, loss in enumerate(names):
            parts = [(name, part) for name, part in rows[rows.loss == loss].groupby("name")]
            if not parts:
                continue
            y = [order.index(name) + 0.14 * ((len(names) - 1) / 2 - k) for name, _ in parts]
            _, mean, low, high = np.array([scored(part) for _, part in parts]).T
            axis.plot(mean, y, "o", color=COLOURS[k], markersize=3, label=LOSSES.get(loss, loss))
            axis.hlines(y, low, high, color=COLOURS[k], linewidth=1)
        axis.set_yticks(range(len(order)), order, fontsize=7)
        axis.title.set(x=1, ha="right")  # the names beside it leave a narrow panel
        axis.grid(axis="y", color="#EEEEEE", zorder=0)
        axis.set_xlabel("balanced accuracy, %")
    legend_below(figure, axes, columns=3)
    return figure


def classes(results: Results) -> Figure:
    """Every class's specialists by the released rule and by each other method, joined; under the fair loss.

    Means over draws and networks; paired: of both over the networks that have both.
    """
    rows = results.runs[(results.runs.loss == results.fair_loss) & (results.runs.widths == "released")]
    rows = rows[(rows.initial == "kept") & rows.share.isna() & ~rows.units.isin(UNRANKED)]
    ran = rows[rows.units != "released"].drop_duplicates(["dataset", "model", "units"]).units
    methods = [*ran.value_counts().index]  # what ran everywhere first: the first column has the labels
    size = (WIDTH, 1.6 * len(results.places))
    figure, axes = plt.subplots(
        len(results.places), len(methods), figsize=size, sharex=True, sharey="row", squeeze=False
    )
    for line, place in zip(axes, results.places, strict=True):
        own = results.of(rows, place).pivot_table("balanced_accuracy", "seed", ["units", "label"])
        for axis, method in zip(line, methods, strict=True):
            if not {method, "released"} <= {*own.columns.unique("units")}:
                axis.set_axis_off()
                continue
            pairs = 100 * own[["released", method]].dropna()
            ours, theirs = pairs["released"].mean(), pairs[method].mean()
            axis.vlines(ours.index, ours, theirs, color="#BBBBBB", linewidth=1)
            axis.plot(ours.index, ours, "o", color=STYLES["released"][0], markersize=2.5, label="released")
            colour, _ = STYLES.get(method, OTHER)
            axis.plot(theirs.index, theirs, "o", color=colour, markersize=2.5, markerfacecolor="white")
            axis.tick_params(labelsize=6)
        for first in [axis for axis in line if axis.axison][:1]:  # not every method is asked of every network, or any
            first.set_ylabel(f"{place_title(*place)}\nbalanced acc., %".replace(" on ", "\non "), fontsize=6)
            first.tick_params(labelleft=True)
    for axis, method in zip(axes[0], methods, strict=True):
        axis.set_title(UNITS.get(method, method).replace(", ", ",\n"), fontsize=7, color=STYLES.get(method, OTHER)[0])
    for column in axes.T:
        lowest = [axis for axis in column if axis.axison][-1]
        lowest.set_xlim(-0.7, CLASSES - 0.3)
        lowest.set_xticks(range(0, CLASSES, 3))
        lowest.tick_params(labelbottom=True)
        lowest.set_xlabel("class", fontsize=7)
    figure.suptitle("filled: SpecDNN; open: the method of the title", fontsize=8)
    return figure


def relabelings(results: Results) -> Figure:
    """The released rule's mean compress rate when hidden units are renumbered, with the published average."""
    figure, axes = panels(results, 2.3)
    for place, axis in axes.items():
        rates = [rate for found in results.communities[place] for rate in found["relabelled_rates"]]
        own = [
            np.mean([row["compress_rate"] for row in found["selected"] if row["method"] == "released"])
            for found in results.communities[place]
        ]
        axis.hist(100 * np.array(rates), bins=40, color=COLOURS[4], label="renumbered")
        axis.plot(100 * np.array(own), np.zeros(len(own)), "|", color="black", markersize=12, label="as trained")
        if published := results.published.get("/".join(place)):
            axis.axvline(100 * published, color=COLOURS[5], linewidth=1.5, label="published")
        axis.set(xlabel="mean compress rate of the ten classes, %")
        axis.legend(frameon=False, fontsize=7)
    for axis in left(axes):
        axis.set_ylabel("renumberings")
    return figure


def overlap(results: Results) -> Figure:
    """How many inputs two classes share, a layer, against what chance gives."""
    figure, axes = panels(results, 2.4)
    for place, axis in axes.items():
        rows = pd.DataFrame([row for found in results.communities[place] for row in found["overlaps"]])
        layers = rows.layer.unique()
        for x, layer in enumerate(layers):
            part = rows[rows.layer == layer]
            axis.plot(np.full(len(part), x - 0.1), part.shared, "o", color=COLOURS[0], markersize=3.5, alpha=0.7)
            axis.plot(np.full(len(part), x + 0.1), part.by_chance, "s", color=COLOURS[8], markersize=3.5, alpha=0.7)
        axis.plot([], [], "o", color=COLOURS[0], label="shared by two classes")
        axis.plot([], [], "s", color=COLOURS[8], label="by chance")
        axis.set_xticks(range(len(layers)), [f"inputs of {layer}" for layer in layers], fontsize=7)
        axis.set_yscale("log")
        axis.legend(frameon=False, fontsize=7)
    for axis in left(axes):
        axis.set_ylabel("inputs, mean over class pairs")
    return figure


def transfer(results: Results) -> Figure:
    """Share of the images of class j that the specialist of class i accepts, mean over the networks."""
    figure, axes = panels(results, 3.0)
    released = results.runs[is_reference(results.runs)]
    for place, axis in axes.items():
        own = results.fair(released, place)
        matrix = 100 * own.groupby("label")[[f"accepts_{j}" for j in range(CLASSES)]].mean().to_numpy()
        image = axis.imshow(matrix, cmap="cividis", norm=PowerNorm(0.5, 0, 100))  # most of it is below 20 %
        for i, j in np.ndindex(matrix.shape):
            if matrix[i, j] >= 0.5:
                ink = "white" if matrix[i, j] < 35 else "black"
                axis.text(j, i, f"{matrix[i, j]:.0f}", ha="center", va="center", fontsize=6, color=ink)
        axis.set(xlabel="class of the images", xticks=range(CLASSES), yticks=range(len(matrix)))
        axis.set_yticklabels(sorted(own.label.unique()))
        axis.spines[:].set_visible(False)
    for axis in left(axes):
        axis.set_ylabel("class of the specialist")
    figure.colorbar(image, ax=[*axes.values()], label="accepted, %", shrink=0.8)
    return figure


def removal(results: Results) -> Figure:
    """What the dense network's recall of a class loses without the class's own hidden units."""
    figure, axes = panels(results, 2.8)
    kinds = {
        "loss": ("of the class itself", COLOURS[5], "o"),
        "loss_of_others": ("of the other classes", COLOURS[0], "s"),
        "loss_by_chance": ("of the class, as many random units", COLOURS[8], "^"),
    }
    for place, axis in axes.items():
        rows = pd.DataFrame([row for found in results.communities[place] for row in found["removals"]])
        for shift, (column, (name, colour, marker)) in zip((-0.2, 0, 0.2), kinds.items(), strict=True):
            axis.plot(rows.label + shift, 100 * rows[column], marker, color=colour, markersize=2.5, alpha=0.35)
            means = rows.groupby("label")[column].mean()
            axis.plot(means.index + shift, 100 * means, marker, color=colour, markersize=5, label=name)
        axis.axhline(0, color="black", linewidth=0.6)
        axis.set(xlabel="class whose community is removed", xticks=range(CLASSES))
    for axis in left(axes):
        axis.set_ylabel("loss of recall, points")
    legend_below(figure, axes, columns=3)
    return figure


FIGURES: dict[str, Callable[[Results], Figure]] = {
    figure.__name__: figure for figure in (budgets, losses, classes, relabelings, overlap, transfer, removal)
}


def main(args: Namespace, record: dict) -> None:
    write_svg_and_png(args.svg, args.png, FIGURES[args.figure](Results(args)))
    print(f"{args.figure}: {args.svg}, {args.png}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--figure", "which", choices=FIGURES)
    command.takes("--fair-loss", "the loss under which the methods are shown")
    command.takes_many("--published", "DATASET/MODEL=CSV, the paper's numbers for each network")
    command.reads("--runs", "CSV of `compare_runs`")
    command.reads("--communities", "JSON of `compare_communities_joined`")
    command.writes("--svg", "SVG")
    command.writes("--png", "PNG")
    command.run(main)
