"""Colour images for the convolutional networks: yours, from where they lie; nothing is downloaded."""

from pathlib import Path

import numpy as np
from torch.utils.data import Dataset
from torchvision import datasets, transforms

from specdnn.errors import UserError

CIFAR10 = transforms.Compose(
    [transforms.ToTensor(), transforms.Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.262))]
)
IMAGENET = transforms.Compose(
    [
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ]
)


def splits(source: str) -> tuple[Dataset, Dataset]:
    """Training and test images of a source: `cifar10:FOLDER` as torchvision keeps it, `folder:FOLDER` with a folder
    a class under train/ and val/, or `generated:N`, N images of noise that only show that the path works.

    Raises UserError for another kind of source, and where the images are not there.
    """
    kind, _, where = source.partition(":")
    folder = Path(where).expanduser()
    try:
        if kind == "cifar10":
            return tuple(datasets.CIFAR10(folder, train=train, transform=CIFAR10) for train in (True, False))
        if kind == "folder":
            return tuple(datasets.ImageFolder(folder / part, transform=IMAGENET) for part in ("train", "val"))
        if kind == "generated":
            made = datasets.FakeData(int(where), (3, 32, 32), 10, CIFAR10)
            return made, made
    except (RuntimeError, OSError, ValueError) as error:
        raise UserError(f"{source}: {error}; see docs/mint.md for what must lie there") from None
    raise UserError(f"{source}: no source of images; write cifar10:FOLDER, folder:FOLDER or generated:N")


def labels_of(images: Dataset) -> np.ndarray:
    """n, int64. Where the dataset holds no list of labels, they are read one by one."""
    targets = getattr(images, "targets", None)
    return np.array([int(label) for _, label in iter(images)] if targets is None else targets)  # iter: by place
