"""Put the demo's page into its folder, and real test images to pick from: the first so many of every digit."""

from argparse import Namespace
from pathlib import Path

import numpy as np

from specdnn import artefacts
from specdnn.cli import Command, count
from specdnn.data import CLASSES, idx
from specdnn.errors import UserError
from specdnn.networks import models

WAYS = {  # how specialists were made -> whose they are, and what is said of that
    "papers": ("the paper's", "As in the paper: units by its rule, cut out with their weights, trained by its loss."),
    "pixels": (
        "recipe",
        "One hidden layer on SpecDNN's pixels, trained from random weights with both answers weighed alike: nothing is "
        "cut out. Shape and threshold were chosen on held-out images.",
    ),
    "means": (
        "recipe",
        "At most one hidden layer on means of pixels, trained from random weights with both answers weighed alike: "
        "nothing is cut out. Shape and threshold were chosen on held-out images.",
    ),
    "units": (
        "recipe",
        "SpecDNN's units and weights, trained with both answers weighed alike; the threshold was chosen on held-out "
        "images.",
    ),
    "others": ("another rule", "Units by another rule, cut out with their weights, trained by the paper's loss."),
}


def first_of_each(labels: np.ndarray, each: int) -> np.ndarray:
    """Indices of the first image of every class, then of the second, and so on: each x 10, flattened.

    Raises UserError where a class has fewer.
    """
    places = [np.flatnonzero(labels == label)[:each] for label in range(CLASSES)]
    for label, found in enumerate(places):
        if len(found) < each:
            raise UserError(f"{each} test images of class {label} asked for, but there are {len(found)}")
    return np.stack(places, axis=1).ravel()


def described(network: str, way: str) -> dict[str, str]:
    """What the page calls a network and its specialists, MODEL/METHOD, and what it says of how they were made."""
    whose, about = WAYS[way]
    return {"name": network, "title": f"{models.load(network.split('/')[0]).title}, {whose}", "about": about}


def way(text: str) -> str:
    """One of papers, pixels, means, units and others."""
    if text not in WAYS:
        raise ValueError
    return text


def main(args: Namespace, record: dict) -> None:
    test = idx.load(args.data, "test", args.test_images)
    chosen = first_of_each(test.labels, args.images_per_class)
    study = {
        "record": record,
        "networks": [*map(described, args.networks, args.ways)],
        "labels": test.labels[chosen].tolist(),
        "first": int(test.labels[0]),  # where the first image of the test set lies
        "chosen_by": args.chosen_by,
        "runtime_bytes": Path(args.runtime).stat().st_size,
    }
    folder = Path(args.study).parent
    for path in args.page:
        artefacts.write_bytes(folder / Path(path).name, Path(path).read_bytes())
    artefacts.write_bytes(args.images, test.pixels[chosen].tobytes())
    artefacts.write_json(args.study, study)
    print(f"{folder}: {len(args.page)} files of the page, {len(chosen)} test images")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--networks", "MODEL/METHOD, to choose from")
    command.takes_many("--ways", "how the specialists of each were made", each=way)
    command.takes("--images-per-class", "test images of every class", type=count)
    command.takes("--test-images", "they are among the first so many", type=count)
    command.takes("--chosen-by", "what chose the epochs")
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--runtime", "WebAssembly that the page loads, for its size")
    command.reads_many("--page", "HTML, style sheet, icon and modules")
    command.writes("--images", "the images' bytes, one after another")
    command.writes("--study", "study.json; the page is put beside it")
    command.run(main)
