"""Put specialists and their cards into the folder of examples, with a test image to ask them about."""

import io
from argparse import Namespace
from pathlib import Path

from PIL import Image

from specdnn import files
from specdnn.cli import Command, natural
from specdnn.data import idx


def main(args: Namespace, record: dict) -> None:
    test = idx.load(args.data, "test", args.image + 1)
    picture = io.BytesIO()
    Image.fromarray(test.pixels[args.image]).save(picture, "png")
    files.write_bytes(args.picture, picture.getvalue())
    for path in args.files:
        files.verified(path)
        files.write_bytes(Path(args.picture).with_name(Path(path).name), Path(path).read_bytes())
    print(f"{Path(args.picture).parent}: {len(args.files)} files, and a test image of class {test.labels[args.image]}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--image", "which of the test images, from 0", type=natural)
    command.reads("--data", "dataset.json of the dataset")
    command.reads_many("--files", "networks, source code and cards")
    command.writes("--picture", "the image; the files are put beside it")
    command.run(main)
