"""Draw one figure of the comparison, as SVG and PNG, at the width of two columns (7 inches)."""

from argparse import Namespace
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from specdnn.artefacts import read_json
from specdnn.cli import Command, count
from specdnn.data import CLASSES
from specdnn.evaluation import inference
from specdnn.report.figures import COLOURS, plt, write_svg_and_png
from specdnn.report.published import SPECIALISTS, read_published

WIDTH = 7.0  # inches
STYLES = {  # method: colour, marker; the same in every figure
    "released": (COLOURS[0], "o"),
    "magnitude": (COLOURS[0], "o"),
    "specificity": (COLOURS[1], "s"),
    "disparity": (COLOURS[2], "^"),
    "ccme": (COLOURS[3], "v"),
    "taylor": (COLOURS[4], "D"),
    "captor": (COLOURS[5], "P"),
    "mint": (COLOURS[9], "<"),
    "mint_marginal": (COLOURS[9], ">"),
    "random": (COLOURS[8], "X"),
    "scratch": (COLOURS[6], "*"),
    "logistic": (COLOURS[7], "d"),
}
READING = STYLES["released"]  # every other reading of SpecDNN's rule ranks as it does


class Results:
    """runs: a row a specialist; communities: model -> one entry a dense network; published: model -> mean rate,

    the average that the paper prints, as a fraction.
    """

    def __init__(self, args: Namespace):
        self.runs = pd.read_csv(args.runs)
        self.resamples = args.resamples
        self.communities: dict[str, list[dict]] = read_json(args.communities)
        tables = dict(entry.split("=", 1) for entry in args.published)
        rows = {model: read_published(path, SPECIALISTS).set_index("class") for model, path in tables.items()}
        self.published = {model: row.compress_rate_percent["average"] / 100 for model, row in rows.items()}

    @property
    def models(self) -> list[str]:
        return [*self.communities]

    def of(self, model: str, **conditions: object) -> pd.DataFrame:
        rows = self.runs[self.runs.model == model]
        for column, value in conditions.items():
            rows = rows[rows[column] == value]
        return rows


def panels(results: Results, height: float, **options: object) -> tuple[Figure, list]:
    """A panel a model, side by side; a single one is not stretched over the whole width."""
    width = WIDTH if len(results.models) > 1 else 0.6 * WIDTH
    figure, axes = plt.subplots(1, len(results.models), figsize=(width, height), squeeze=False, **options)
    for axis, model in zip(axes[0], results.models, strict=True):
        axis.set_title(model)
    return figure, [*axes[0]]


def budgets(results: Results) -> Figure:
    """Balanced accuracy against parameters, mean and 95 % band over the networks; dense and always-no lines."""
    figure, axes = panels(results, 3.6, sharey=True)
    runs = results.runs
    lines = {"released", *runs[runs.part == "curve"].method}  # released: drawn as magnitude is
    for axis, model in zip(axes, results.models, strict=True):
        shares = results.of(model, part="curve")
        for method in shares.method.unique():
            colour, marker = STYLES.get(method, READING)
            points = [scored(part, results.resamples) for _, part in shares[shares.method == method].groupby("asked")]
            x, mean, low, high = np.array(points).T
            axis.plot(x, 100 * mean, color=colour, marker=marker, markersize=4, linewidth=1.2, label=method)
            axis.fill_between(x, 100 * low, 100 * high, color=colour, alpha=0.15, linewidth=0)
        for method, of_method in results.of(model, part="own").groupby("method", sort=False):
            x, mean, low, high = scored(of_method, results.resamples)
            colour, marker = STYLES.get(method, READING)
            axis.errorbar(
                x,
                100 * mean,
                yerr=[[100 * (mean - low)], [100 * (high - mean)]] if np.isfinite(low) else None,
                color=colour,
                marker=marker,
                markersize=7,
                markerfacecolor="none",
                label=None if method in lines else method,
            )
        axis.plot([], [], "o", color="black", markersize=7, markerfacecolor="none", label="open: SpecDNN's own size")
        dense = results.of(model, part="dense")
        axis.axhline(100 * dense.balanced_accuracy.mean(), color="black", linestyle="--", linewidth=1, label="dense")
        axis.axhline(50, color="black", linestyle=":", linewidth=1, label="always no")
        axis.set(xscale="log", xlim=(80, 2e5), xlabel="weights + biases of a specialist")
    axes[0].set_ylabel("balanced accuracy, %")
    legend_below(figure, axes, columns=4)
    return figure


def scored(rows: pd.DataFrame, resamples: int) -> tuple[float, float, float, float]:
    """Mean parameters; mean balanced accuracy over the networks, and its interval."""
    means = rows.groupby("seed").balanced_accuracy.mean().to_numpy()
    return rows.parameters.mean(), means.mean(), *inference.interval(means, resamples)


def legend_below(figure: Figure, axes: list, columns: int) -> None:
    entries = {name: handle for axis in axes for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(
        entries.values(), entries.keys(), loc="outside lower center", ncols=columns, frameon=False, fontsize=7
    )


def classes(results: Results) -> Figure:
    """Every class's specialists by the released rule and by each other method, joined; means over the networks.

    Paired: of both over the networks that have both.
    """
    methods = [method for method in results.runs[results.runs.part == "own"].method.unique() if method != "released"]
    rows = len(results.models)
    figure, axes = plt.subplots(
        rows, len(methods), figsize=(WIDTH, 1.9 * rows), sharex=True, sharey=True, squeeze=False
    )
    for row, model in zip(axes, results.models, strict=True):
        own = results.of(model, part="own")
        own = own.pivot(index="seed", columns=["method", "label"], values="balanced_accuracy")
        for axis, method in zip(row, methods, strict=True):
            if not {method, "released"} <= {*own.columns.unique("method")}:
                axis.set_axis_off()
                continue
            pairs = own[["released", method]].dropna()
            ours, theirs = pairs["released"].mean(), pairs[method].mean()
            axis.vlines(ours.index, 100 * ours, 100 * theirs, color="#BBBBBB", linewidth=1)
            axis.plot(ours.index, 100 * ours, "o", color=STYLES["released"][0], markersize=3.5, label="released")
            colour, _ = STYLES.get(method, READING)
            axis.plot(theirs.index, 100 * theirs, "o", color=colour, markersize=3.5, markerfacecolor="white")
        row[0].set_ylabel(f"{model}\nbalanced accuracy, %", fontsize=7)
    for axis, method in zip(axes[0], methods, strict=True):
        axis.set_title(method.replace("_", "\n"), fontsize=7, color=STYLES.get(method, READING)[0])
    for column in axes.T:
        lowest = [axis for axis in column if axis.axison][-1]
        lowest.set_xlim(-0.7, CLASSES - 0.3)
        lowest.set_xticks(range(0, CLASSES, 3))
        lowest.tick_params(labelbottom=True)
        lowest.set_xlabel("class", fontsize=7)
    figure.suptitle("filled: released; open: the method of the title", fontsize=8)
    return figure


def relabelings(results: Results) -> Figure:
    """The released rule's mean compress rate when hidden units are renumbered, with the published average."""
    figure, axes = panels(results, 2.6)
    for axis, model in zip(axes, results.models, strict=True):
        rates = [rate for found in results.communities[model] for rate in found["relabelled_rates"]]
        own = [
            np.mean([row["compress_rate"] for row in found["selected"] if row["method"] == "released"])
            for found in results.communities[model]
        ]
        axis.hist(100 * np.array(rates), bins=40, color=COLOURS[4], label="renumbered")
        axis.plot(100 * np.array(own), np.zeros(len(own)), "|", color="black", markersize=12, label="as trained")
        axis.axvline(100 * results.published[model], color=COLOURS[5], linewidth=1.5, label="published")
        axis.set(xlabel="mean compress rate of the ten classes, %")
        axis.legend(frameon=False, fontsize=7)
    axes[0].set_ylabel("renumberings")
    return figure


def overlap(results: Results) -> Figure:
    """How many inputs two classes share, a layer, against what chance gives."""
    figure, axes = panels(results, 2.6)
    for axis, model in zip(axes, results.models, strict=True):
        rows = pd.DataFrame([row for found in results.communities[model] for row in found["overlaps"]])
        layers = rows.layer.unique()
        for place, layer in enumerate(layers):
            part = rows[rows.layer == layer]
            axis.plot(np.full(len(part), place - 0.1), part.shared, "o", color=COLOURS[0], markersize=3.5, alpha=0.7)
            axis.plot(np.full(len(part), place + 0.1), part.by_chance, "s", color=COLOURS[8], markersize=3.5, alpha=0.7)
        axis.plot([], [], "o", color=COLOURS[0], label="shared by two classes")
        axis.plot([], [], "s", color=COLOURS[8], label="by chance")
        axis.set_xticks(range(len(layers)), [f"inputs of {layer}" for layer in layers], fontsize=7)
        axis.set_yscale("log")
        axis.legend(frameon=False, fontsize=7)
    axes[0].set_ylabel("inputs, mean over class pairs")
    return figure


def transfer(results: Results) -> Figure:
    """Share of the images of class j that the specialist of class i accepts, mean over the networks."""
    figure, axes = panels(results, 3.4)
    for axis, model in zip(axes, results.models, strict=True):
        own = results.of(model, part="own", method="released")
        matrix = 100 * own.groupby("label")[[f"accepts_{j}" for j in range(CLASSES)]].mean().to_numpy()
        image = axis.imshow(matrix, cmap="cividis", vmin=0, vmax=100)
        for i, j in np.ndindex(matrix.shape):
            if matrix[i, j] >= 0.5:
                ink = "white" if matrix[i, j] < 60 else "black"
                axis.text(j, i, f"{matrix[i, j]:.0f}", ha="center", va="center", fontsize=6, color=ink)
        axis.set(xlabel="class of the images", xticks=range(CLASSES), yticks=range(len(matrix)))
        axis.set_yticklabels(sorted(own.label.unique()))
        axis.spines[:].set_visible(False)
    axes[0].set_ylabel("class of the specialist")
    figure.colorbar(image, ax=axes, label="accepted, %", shrink=0.8)
    return figure


def removal(results: Results) -> Figure:
    """What the dense network's recall of a class loses without the class's own hidden units."""
    figure, axes = panels(results, 2.8)
    kinds = {
        "loss": ("of the class itself", COLOURS[5], "o"),
        "loss_of_others": ("of the other classes", COLOURS[0], "s"),
        "loss_by_chance": ("of the class, as many random units", COLOURS[8], "^"),
    }
    for axis, model in zip(axes, results.models, strict=True):
        rows = pd.DataFrame([row for found in results.communities[model] for row in found["removals"]])
        for shift, (column, (name, colour, marker)) in zip((-0.2, 0, 0.2), kinds.items(), strict=True):
            axis.plot(rows.label + shift, 100 * rows[column], marker, color=colour, markersize=2.5, alpha=0.35)
            means = rows.groupby("label")[column].mean()
            axis.plot(means.index + shift, 100 * means, marker, color=colour, markersize=5, label=name)
        axis.axhline(0, color="black", linewidth=0.6)
        axis.set(xlabel="class whose community is removed", xticks=range(CLASSES))
    axes[0].set_ylabel("loss of recall, points")
    legend_below(figure, axes, columns=3)
    return figure


FIGURES: dict[str, Callable[[Results], Figure]] = {
    figure.__name__: figure for figure in (budgets, classes, relabelings, overlap, transfer, removal)
}


def main(args: Namespace, record: dict) -> None:
    write_svg_and_png(args.svg, args.png, FIGURES[args.figure](Results(args)))
    print(f"{args.figure}: {args.svg}, {args.png}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--figure", "which", choices=FIGURES)
    command.takes("--resamples", "of the networks, for each interval", type=count)
    command.takes_many("--published", "MODEL=CSV, the paper's numbers for each network")
    command.reads("--runs", "CSV of `compare_runs`")
    command.reads("--communities", "JSON of `compare_runs`")
    command.writes("--svg", "SVG")
    command.writes("--png", "PNG")
    command.run(main)
