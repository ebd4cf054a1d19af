"""Draw the training curves of a dense network and of its ten specialists."""

from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command, class_label
from specdnn.report.figures import COLOURS, plt, write_svg


def main(args: Namespace, record: dict) -> None:
    figure, (loss, accuracy) = plt.subplots(1, 2, figsize=(9, 3.6))
    histories = [pd.read_csv(path) for path in args.histories]
    for label, history in zip(args.labels, histories, strict=True):
        colour = COLOURS[int(label)]
        loss.plot(history.epoch, history.loss, color=colour, linewidth=1.2)
        accuracy.plot(history.epoch, 100 * history.accuracy, color=colour, linewidth=1.2, label=f"{label}-spec")
    dense = pd.read_csv(args.dense)
    accuracy.plot(dense.epoch, 100 * dense.accuracy, color="black", linestyle="--", linewidth=1.2, label="original")
    loss.set(xlabel="epoch", ylabel="squared error of the specialists", yscale="log")
    accuracy.set(xlabel="epoch", ylabel=f"accuracy on {args.chosen_by}, %")
    handles, names = accuracy.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right center", frameon=False)
    write_svg(args.figure, figure)
    mean = pd.concat(histories).groupby("epoch", as_index=False)[["loss", "accuracy"]].mean()
    artefacts.write_text(args.mean, mean.to_csv(index=False))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--labels", "classes, in the order of the histories", each=class_label)
    command.takes("--chosen-by", "the images that the accuracy is of")
    command.reads("--dense", "history of the dense network")
    command.reads_many("--histories", "histories of the specialists, one a class")
    command.writes("--figure", "SVG")
    command.writes("--mean", "CSV: loss and accuracy of each epoch, mean over the specialists")
    command.run(main)
