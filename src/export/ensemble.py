"""Score all specialists of a dense network as one classifier, by the most confident one, against the dense network."""

from argparse import Namespace

import numpy as np

from specdnn import artefacts
from specdnn.cli import Command, class_label, count
from specdnn.data import idx
from specdnn.export import files


def probabilities(path: str, pixels: np.ndarray, args: Namespace) -> np.ndarray:
    return files.answers(files.load_network(path, {"data": args.data}), pixels, args.batch_size)[0]


def main(args: Namespace, record: dict) -> None:
    labels = np.array([int(label) for label in args.labels])
    test = idx.load(args.data, "test", args.test_images)
    among = np.isin(test.labels, labels)  # all of them, where there is a specialist for every class
    pixels, truth = test.pixels[among], test.labels[among]
    identity = files.load_network(args.specialists[0], {}).identity
    result: dict = {
        "record": record,
        "identity": {**identity, "label": None},
        "images": len(pixels),
        "classes": labels.tolist(),
    }
    for variant, dense, specialists in (
        ("float32", args.dense, args.specialists),
        ("int8", args.dense_int8, args.specialists_int8),
    ):
        alone = labels[probabilities(dense, pixels, args)[:, labels].argmax(1)]
        each = np.hstack([probabilities(path, pixels, args) for path in specialists])
        most_confident = labels[each.argmax(1)]
        result[variant] = {
            "accuracy": float((most_confident == truth).mean()),
            "dense_accuracy": float((alone == truth).mean()),
            "nobody_said_yes": int((each <= 0.5).all(1).sum()),
        }
    artefacts.write_json(args.ensemble, result)
    found = result["float32"]
    print(f"{len(labels)} specialists: {found['accuracy']:.4f}, dense network: {found['dense_accuracy']:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images at a time", type=count)
    command.takes_many("--labels", "classes, in the order of the lists of files", each=class_label)
    command.reads("--data", "dataset.json of the dataset")
    command.reads("--dense", "exported dense network")
    command.reads("--dense-int8", "the same in int8")
    command.reads_many("--specialists", "exported specialists, one file a class")
    command.reads_many("--specialists-int8", "the same in int8")
    command.writes("--ensemble", "JSON of the accuracies")
    command.run(main)
