"""Put specialists and their cards into the folder of examples, with a test image to ask them about."""

import io
from argparse import Namespace
from pathlib import Path

import numpy as np
from PIL import Image

from specdnn import files
from specdnn.cli import Command, class_label, count
from specdnn.data import idx
from specdnn.errors import UserError


def main(args: Namespace, record: dict) -> None:
    test = idx.load(args.data, "test", args.test_images)
    shown = np.flatnonzero(test.labels == args.label)
    if not len(shown):
        raise UserError(f"{args.data}: no image of class {args.label} among the first {args.test_images:,} test images")
    picture = io.BytesIO()
    Image.fromarray(test.pixels[shown[0]]).save(picture, "png")
    files.write_bytes(args.picture, picture.getvalue())
    for path in args.files:
        files.verified(path)
        files.write_bytes(Path(args.picture).with_name(Path(path).name), Path(path).read_bytes())
    print(f"{Path(args.picture).parent}: {len(args.files)} files and test image {shown[0]}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--label", "class of the image", type=class_label)
    command.takes("--test-images", "it is among the first so many", type=count)
    command.reads("--data", "dataset.json of the dataset")
    command.reads_many("--files", "networks, source code and cards")
    command.writes("--picture", "the image; the files are put beside it")
    command.run(main)
