"""Gather the images of a study: read, resized, and their classes named, as one file."""

from argparse import Namespace

from specdnn.cli import Command, count, fraction, number
from specdnn.errors import UserError
from specdnn.own import images
from specdnn.own.images import Images


def numbers(text: str) -> list[float]:
    """One number of 0 or more, or one for each channel with commas between them."""
    return [number(part) for part in text.split(",")]


def main(args: Namespace, record: dict) -> None:
    names, *parts = images.gather(args.source, args.card, size=args.size, channels=args.channels, test=args.test)
    train, test = (images.at_most(part, args.most) for part in parts)
    images.check(names, (train, test))
    if bool(args.mean) != bool(args.std):
        raise UserError("images: mean and std go together; give both, or neither")
    mean, std = (args.mean, args.std) if args.mean else images.statistics(train.pixels)
    if not {len(mean), len(std)} <= {1, train.pixels.shape[1]}:
        raise UserError(
            f"images: means or stds for {max(len(mean), len(std))} channels; there are {train.pixels.shape[1]}"
        )
    images.save(args.images, Images(tuple(names), tuple(mean), tuple(std), train, test), record)
    print(f"{len(names)} classes, {len(train):,} training and {len(test):,} test images of {args.size} x {args.size}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.allows(
        "--source", "folder:PATH, idx:PATH, or a dataset of fetch.datasets; the bytes do not depend on where"
    )
    command.may_read("--card", "dataset.json of such a dataset")
    command.takes("--size", "pixels of a side", type=count)
    command.may_take("--channels", "1 or 3; where it is not given, 1 if all images are grey", type=count)
    command.takes("--test", "share of the images that test, where no test images are given", type=fraction)
    command.may_take("--most", "training images, and test images, at most", type=count)
    command.may_take("--mean", "of pixels in 0..1; that of the training images where it is not given", type=numbers)
    command.may_take("--std", "standard deviation, likewise", type=numbers)
    command.writes("--images", "safetensors: pixels and labels of both parts, the classes' names")
    command.run(main)
