"""The two ways in which a network is trained and its epoch chosen (`specdnn.names.PROTOCOLS`).

published: all training images, the epoch of best TEST accuracy, as the paper's code does it;
held_out:  some of the training images are put aside and choose the epoch; the test set is touched once.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from specdnn.data import idx

Pixels = Literal["normalised", "scaled"]  # as `idx.Split` has them


@dataclass(frozen=True)
class Images:
    """images: n x 28 x 28, float32; labels: n."""

    images: Tensor
    labels: Tensor


def splits(
    card: str | Path, protocol: str, *, train: int, choosing: int, split: int = 0, pixels: Pixels = "normalised"
) -> tuple[Images, Images]:
    """What a protocol trains on, and what it chooses the epoch by.

    train: use the first so many training images; choosing: so many test images (published), or so many of
    the training images put aside (held_out); split: which (`idx.held_out`). Raises UserError for more
    images than there are.
    """
    everything = _tensors(idx.load(card, "train", train), pixels)
    if protocol == "published":
        return everything, test_split(card, choosing, pixels)
    apart = torch.from_numpy(idx.held_out(choosing, among=train, split=split))
    return (
        Images(everything.images[~apart], everything.labels[~apart]),
        Images(everything.images[apart], everything.labels[apart]),
    )


def test_split(card: str | Path, test: int, pixels: Pixels = "normalised") -> Images:  # noqa: PT028 (no test)
    """The first so many test images."""
    return _tensors(idx.load(card, "test", test), pixels)


def _tensors(split: idx.Split, pixels: Pixels) -> Images:
    return Images(torch.from_numpy(getattr(split, pixels)), torch.from_numpy(split.labels))
