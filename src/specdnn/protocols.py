"""The two ways in which a network is trained and its epoch chosen.

published: all training images, the epoch of best TEST accuracy, as the paper's code does it;
held_out:  some of the training images are put aside and choose the epoch; the test set is touched once.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from specdnn import data

PROTOCOLS = ("published", "held_out")


@dataclass(frozen=True)
class Images:
    """images: n x 28 x 28, normalised; labels: n."""

    images: Tensor
    labels: Tensor


def splits(card: str | Path, protocol: str, *, train: int, choosing: int) -> tuple[Images, Images]:
    """What a protocol trains on, and what it chooses the epoch by.

    train: use the first so many training images; choosing: so many test images (published), or so many of
    the training images put aside (held_out). Raises UserError for more images than there are.
    """
    everything = _tensors(data.load(card, "train", train))
    if protocol == "published":
        return everything, test_split(card, choosing)
    apart = torch.from_numpy(data.held_out(choosing, of=train))
    return (
        Images(everything.images[~apart], everything.labels[~apart]),
        Images(everything.images[apart], everything.labels[apart]),
    )


def test_split(card: str | Path, test: int) -> Images:
    return _tensors(data.load(card, "test", test))


def _tensors(split: data.Split) -> Images:
    return Images(torch.from_numpy(split.images), torch.from_numpy(split.labels))
