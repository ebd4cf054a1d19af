"""Write what more epochs are worth to each arm, paired by dense network."""

from argparse import Namespace

import pandas as pd

from specdnn.cli import Command, count, table_files
from specdnn.evaluation import inference
from specdnn.evaluation.arms import ARM, MEASURES, PLACE, Arm, difference, kind_of, of_arms, per_network, read_runs
from specdnn.report.comparison import differences, label, points, probability
from specdnn.report.rendering import Section
from specdnn.report.text import percent

TITLE = "The same specialists, trained for longer"
NOTE = (
    "Balanced accuracy on test images at an output of 0.5, after {epochs} and after {longer} epochs, over the same "
    "dense networks; gain: paired by network, in points, with 95 % t intervals; tuned gain: at thresholds chosen on "
    "held-out images. p: Student's paired t test of the gain, corrected after Holm over one loss. Always no: after "
    "{epochs} and after {longer} epochs, of so many specialists."
)


def gains(stopped: dict[Arm, pd.DataFrame], longer: dict[Arm, pd.DataFrame]) -> list[dict]:
    """A row for each arm of both schedules, over the networks that have both; `balanced_accuracy` is the longer's."""
    rows = []
    for arm in [arm for arm in longer if arm in stopped]:
        shared = longer[arm].index.intersection(stopped[arm].index)
        after, before = longer[arm].loc[shared], stopped[arm].loc[shared]
        row = {**dict(zip(ARM, arm, strict=True)), "networks": len(shared), "specialists": after.specialists.sum()}
        row |= {"parameters": after.parameters.mean(), "collapsed": after.collapsed.sum()}
        row |= {"stopped_collapsed": before.collapsed.sum()}
        for prefix, measure in MEASURES.items():
            values = difference(after, before, measure).to_numpy()
            row |= {measure: after[measure].mean(), f"stopped_{measure}": before[measure].mean()}
            low, high = inference.interval(values)
            row |= {f"{prefix}difference": values.mean(), f"{prefix}p": inference.paired_p(values)}
            row |= {f"{prefix}difference_low": low, f"{prefix}difference_high": high}
        rows.append(row)
    return rows


def corrected(rows: pd.DataFrame) -> pd.DataFrame:
    """With Holm's correction over the arms of one dataset, model and loss, for each measure by itself."""
    parts = []
    for _, part in rows.groupby([*PLACE, "loss"], sort=False):
        for prefix in MEASURES:
            part = part.assign(**{f"{prefix}p_holm": inference.holm(part[f"{prefix}p"].to_dict()).values()})
        parts.append(part.sort_values("balanced_accuracy", ascending=False, kind="stable"))
    return pd.concat(parts, ignore_index=True)


def shown(rows: pd.DataFrame, epochs: int, longer: int) -> pd.DataFrame:
    names = [
        label(row.units, row.initial) + (f", {row.widths} widths" if kind_of(row._asdict()) == "widths" else "")
        for row in rows.itertuples()
    ]
    return pd.DataFrame(
        {
            "": names,
            f"{epochs} epochs %": [percent(value) for value in rows.stopped_balanced_accuracy],
            f"{longer} epochs %": [percent(value) for value in rows.balanced_accuracy],
            "gain": differences(rows, "", points),
            "p (Holm)": [probability(value) for value in rows.p_holm],
            "tuned gain": differences(rows, "tuned_", points),
            "always no": [
                f"{row.stopped_collapsed:.0f}, {row.collapsed:.0f} of {row.specialists:.0f}"
                for row in rows.itertuples()
            ],
        }
    )


def longer_epochs_of(text: str) -> tuple[str, int]:
    """a network and its epochs: lenet_300_100=50"""
    model, epochs = text.split("=")
    return model, count(epochs)


def main(args: Namespace, record: dict) -> None:
    stopped, longer = (per_network(read_runs(path)) for path in (args.runs, args.longer))
    epochs = dict(map(longer_epochs_of, args.longer_epochs))
    rows = []
    for (dataset, model), part in longer.groupby(PLACE, sort=False):
        same = stopped[(stopped.dataset == dataset) & (stopped.model == model)]
        found = gains(of_arms(same), of_arms(part[part.units != "dense"]))
        rows += [{"dataset": dataset, "model": model, "epochs": epochs[model], **row} for row in found]
    frame = corrected(pd.DataFrame(rows))
    sections = []
    for (dataset, model, loss), part in frame.groupby([*PLACE, "loss"], sort=False):
        title = f"{model} on {dataset}: {loss}, {inference.counted(part.networks.max())}"
        note = NOTE.format(epochs=args.epochs, longer=epochs[model])
        sections.append(Section(title, shown(part, args.epochs, epochs[model]), [note]))
    table_files.write(args, TITLE, sections, frame)
    print(f"{TITLE}: {len(frame)} arms")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--epochs", "of the runs", type=count)
    command.takes_many("--longer-epochs", "MODEL=EPOCHS of the longer ones", each=longer_epochs_of)
    command.reads("--runs", "CSV of `compare_runs`")
    command.reads("--longer", "the same of the specialists that were trained for longer")
    table_files.add(command)
    command.run(main)
