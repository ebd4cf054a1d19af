"""Draw what each specialist keeps nearest to the image: its pixels, or its first-layer filters."""

from argparse import Namespace

import numpy as np
from matplotlib.colors import ListedColormap

from specdnn.artefacts import read_json
from specdnn.cli import Command, count
from specdnn.data import IMAGE_SIDE, idx
from specdnn.networks import models
from specdnn.networks.models import Conv
from specdnn.report.figures import plt, write_svg
from specdnn.selection.specialist import load_dense

COLUMNS = 5


def draw_pixels(selections: list[dict], first: str, training: idx.Split) -> plt.Figure:
    """Kept pixels over the mean image of the class."""
    rows = -(-len(selections) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(9, 2.1 * rows), squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, selection in zip(axes.flat, selections, strict=False):
        label = selection["record"]["params"]["label"]
        pixels = next(layer["kept"] for layer in selection["layers"] if layer["layer"] == first)
        mask = np.full(IMAGE_SIDE**2, np.nan)
        mask[pixels] = 1
        mean = training.normalised[training.labels == label].mean(axis=0)
        axis.imshow(mean, cmap="Greys", vmax=mean.min() + 2.5 * np.ptp(mean))  # pale, so that the pixels stand out
        axis.imshow(mask.reshape(IMAGE_SIDE, IMAGE_SIDE), cmap=ListedColormap(["#D55E00"]))
        axis.set_title(f"class {label}: {len(pixels)} pixels")
    figure.suptitle("Pixels that each specialist keeps (orange), over the mean image of its class")
    return figure


def draw_filters(selections: list[dict], second: str, filters: np.ndarray) -> plt.Figure:
    """Kept filters of the first convolution, a row a class, strongest first; one colour scale for all."""
    kept = {
        s["record"]["params"]["label"]: next(layer["kept"] for layer in s["layers"] if layer["layer"] == second)
        for s in selections
    }
    columns = max(map(len, kept.values()))
    size = (0.62 * max(columns, 6) + 2.2, 0.62 * len(kept) + 0.5)  # the title wants the width of six
    figure, axes = plt.subplots(len(kept), columns, figsize=size, squeeze=False)
    limit = np.abs(filters).max()
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[], frame_on=False)
    for row, (label, units) in zip(axes, kept.items(), strict=True):
        row[0].set_ylabel(f"class {label}", rotation="horizontal", ha="right", va="center")
        for axis, unit in zip(row, units, strict=False):
            image = axis.imshow(filters[unit, 0], cmap="RdBu_r", vmin=-limit, vmax=limit)
    figure.colorbar(image, ax=axes, label="weight in the dense network", aspect=40)
    figure.suptitle("Filters of the first layer that each specialist keeps, strongest first")
    return figure


def main(args: Namespace, record: dict) -> None:
    selections = [read_json(path) for path in args.selections]
    architecture = models.load(args.model)
    first, second = architecture.layers[:2]
    if isinstance(first, Conv):
        filters = load_dense(args.dense, args.model)[f"{first.name}.weight"]
        write_svg(args.figure, draw_filters(selections, second.name, filters))
    else:
        training = idx.load(args.data, "train", args.train_images)
        write_svg(args.figure, draw_pixels(selections, first.name, training))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--train-images", "mean image of the first so many training images", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads_many("--selections", "selections, one a class")
    command.writes("--figure", "SVG")
    command.run(main)
