"""Put the demo's page into its folder, and real test images to pick from: the first so many of every digit."""

from argparse import Namespace
from pathlib import Path

import numpy as np

from specdnn import artefacts
from specdnn.cli import Command, count
from specdnn.data import CLASSES, idx
from specdnn.errors import UserError
from specdnn.networks import models


def first_of_each(labels: np.ndarray, each: int) -> np.ndarray:
    """Indices of the first image of every class, then of the second, and so on: each x 10, flattened.

    Raises UserError where a class has fewer.
    """
    places = [np.flatnonzero(labels == label)[:each] for label in range(CLASSES)]
    for label, found in enumerate(places):
        if len(found) < each:
            raise UserError(f"{each} test images of class {label} asked for, but there are {len(found)}")
    return np.stack(places, axis=1).ravel()


def main(args: Namespace, record: dict) -> None:
    test = idx.load(args.data, "test", args.test_images)
    chosen = first_of_each(test.labels, args.images_per_class)
    study = {
        "record": record,
        "models": [{"name": name, "title": models.load(name).title} for name in args.models],
        "labels": test.labels[chosen].tolist(),
        "first": int(test.labels[0]),  # where the first image of the test set lies
        "chosen_by": args.chosen_by,
    }
    folder = Path(args.study).parent
    for path in args.page:
        artefacts.write_bytes(folder / Path(path).name, Path(path).read_bytes())
    artefacts.write_bytes(args.images, test.pixels[chosen].tobytes())
    artefacts.write_json(args.study, study)
    print(f"{folder}: {len(args.page)} files of the page, {len(chosen)} test images")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--models", "networks to choose from")
    command.takes("--images-per-class", "test images of every class", type=count)
    command.takes("--test-images", "they are among the first so many", type=count)
    command.takes("--chosen-by", "what chose the epochs")
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads_many("--page", "HTML, style sheet, icon and modules")
    command.writes("--images", "the images' bytes, one after another")
    command.writes("--study", "study.json; the page is put beside it")
    command.run(main)
