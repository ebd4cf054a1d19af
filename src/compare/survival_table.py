"""Write how many specialists die early, by learning rate, loss and initial bias."""

from argparse import Namespace

import pandas as pd

from specdnn.cli import Command, table_files
from specdnn.evaluation import inference
from specdnn.evaluation.stored import check_settings
from specdnn.report.rendering import Section
from specdnn.report.text import percent

TITLE = "What makes a specialist die"
KEY = ["dataset", "model", "lr", "loss", "bias"]
NOTE = (
    "SpecDNN's units and weights, {networks}, all classes, after {epochs} epochs, on held-out images. Bias: as cut "
    "from the dense network, or centred, so that the mean logit on the training images is 0. Always no: answer no to "
    "every held-out image at an output of 0.5; constant: those of them whose output is the same for every image, "
    "since no unit of some layer fires."
)


def scores(path: str, settings: dict[str, str]) -> pd.DataFrame:
    """The rows of one dense network; settings: DATASET/MODEL -> the present ones."""
    rows = pd.read_csv(path, dtype={"settings": str})
    check_settings(path, rows.settings[0], settings.get(f"{rows.dataset[0]}/{rows.model[0]}"))
    return rows


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a dataset, model, learning rate, loss and bias."""
    dead = rows.assign(constant=rows.constant & rows.always_no)
    groups = dead.groupby(KEY, sort=False)
    return groups.agg(
        networks=("seed", "nunique"),
        epochs=("epochs", "first"),
        specialists=("label", "size"),
        collapsed=("always_no", "sum"),
        constant=("constant", "sum"),
        balanced_accuracy=("balanced_accuracy", "mean"),
    ).reset_index()


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "learning rate": [f"{value:g}" for value in rows.lr],
            "loss": rows.loss,
            "bias": rows.bias,
            "always no": [f"{row.collapsed} of {row.specialists}" for row in rows.itertuples()],
            "constant": rows.constant.astype(str),
            "held-out balanced accuracy %": [percent(value) for value in rows.balanced_accuracy],
        }
    )


def main(args: Namespace, record: dict) -> None:
    settings = dict(entry.split("=") for entry in args.settings)
    rows = counted(pd.concat([scores(path, settings) for path in args.scores], ignore_index=True))
    sections = []
    for (dataset, model), part in rows.groupby(["dataset", "model"], sort=False):
        note = NOTE.format(networks=inference.counted(part.networks.iloc[0]), epochs=part.epochs.iloc[0])
        sections.append(Section(f"{model} on {dataset}: early deaths", shown(part), [note]))
    table_files.write(args, TITLE, sections, rows)
    print(f"{TITLE}: {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--settings", "DATASET/MODEL=SETTINGS: what the scores must be made with")
    command.reads_many("--scores", "of each dense network, from `compare_survival`")
    table_files.add(command)
    command.run(main)
