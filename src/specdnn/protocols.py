"""The two ways in which a network is trained and its epoch chosen.

published: all training images, the epoch of best TEST accuracy, as the paper's code does it;
held_out:  `held_out` of the training images are put aside and choose the epoch; the test set is touched once.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from specdnn import data
from specdnn.errors import UserError

PROTOCOLS = ("published", "held_out")


@dataclass(frozen=True)
class Images:
    """images: n x 28 x 28, normalised; labels: n."""

    images: Tensor
    labels: Tensor


def splits(card: str | Path, protocol: str, *, train: int, test: int, held_out: int) -> tuple[Images, Images]:
    """What a protocol trains on, and what it chooses the epoch by. Raises UserError for too many images."""
    if protocol == "published":
        return _tensors(data.load(card, "train", train)), _tensors(data.load(card, "test", test))
    if held_out == 0:
        raise UserError("protocol held_out needs images.held_out above 0")
    everything = _tensors(data.load(card, "train", train))
    apart = torch.from_numpy(data.held_out(held_out, of=train))
    return (
        Images(everything.images[~apart], everything.labels[~apart]),
        Images(everything.images[apart], everything.labels[apart]),
    )


def test_split(card: str | Path, test: int) -> Images:
    return _tensors(data.load(card, "test", test))


def _tensors(split: data.Split) -> Images:
    return Images(torch.from_numpy(split.images), torch.from_numpy(split.labels))
