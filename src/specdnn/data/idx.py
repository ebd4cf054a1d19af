"""The datasets: raw IDX files as the authors of MNIST published them, verified at every read.

`dataset.json` beside the four files is their card: name, SHA-256 of each file, and the mean and standard
deviation that the pixels are normalised by. Hashing the card therefore pins the data.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from specdnn.artefacts import read_json
from specdnn.data import IMAGE_SIDE
from specdnn.errors import UserError

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
FILE_NAMES = tuple(name for pair in FILES.values() for name in pair)
IDX_HEADERS = {"images": 16, "labels": 8}  # bytes: magic number, then one 32-bit size per dimension


@dataclass(frozen=True)
class Split:
    """pixels: n x 28 x 28, uint8, as they are in the file; labels: n, int64, 0..9.

    mean, std: of pixels in 0..1, as the dataset's card has them.
    """

    pixels: np.ndarray
    labels: np.ndarray
    mean: float
    std: float

    @cached_property
    def scaled(self) -> np.ndarray:
        """n x 28 x 28, float32, in 0..1."""
        return self.pixels.astype(np.float32) / np.float32(255)

    @cached_property
    def normalised(self) -> np.ndarray:
        """n x 28 x 28, float32, less the mean, over the standard deviation."""
        return (self.scaled - np.float32(self.mean)) / np.float32(self.std)


def verify(name: str, content: bytes, expected: str, where: str | Path) -> None:
    """Refuse (UserError) bytes that are not the published file `name`."""
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise UserError(
            f"{where}: {name} is corrupted, truncated or another file: {len(content):,} bytes with SHA-256 "
            f"{found[:12]}…, expected {expected[:12]}…"
        )


def load(card_path: str | Path, part: str, limit: int) -> Split:
    """The first `limit` images and labels of a part ("train" or "test") of the dataset with this card.

    Raises UserError where a file is missing, is not the published one, or has fewer images than asked.
    """
    card = read_json(card_path)
    folder = Path(card_path).parent
    raw = []
    for name in FILES[part]:
        path = folder / name
        try:
            content = path.read_bytes()
            verify(name, content, card["sha256"][name], path)
        except FileNotFoundError:
            raise UserError(f"{path}: missing; run `snakemake --cores 1 {path}`") from None
        except UserError as error:
            raise UserError(f"{error}; delete it and run `snakemake --cores 1 {path}`") from None
        kind = "images" if "images" in name else "labels"
        raw.append(np.frombuffer(content, dtype=np.uint8, offset=IDX_HEADERS[kind]))
    pixels, labels = raw[0].reshape(-1, IMAGE_SIDE, IMAGE_SIDE), raw[1]
    if limit > len(labels):
        raise UserError(f"{folder}: {limit:,} {part} images asked for, but {card['name']} has {len(labels):,}")
    return Split(pixels[:limit], labels[:limit].astype(np.int64), card["mean"], card["std"])


def held_out(count: int, among: int) -> np.ndarray:
    """Which of the first `among` training images are held out: a mask with `count` True, the same for every seed."""
    if not 0 < count < among:
        raise UserError(f"images.held_out = {count:,}: must be above 0 and below images.train = {among:,}")
    mask = np.zeros(among, dtype=bool)
    mask[np.random.default_rng(0).permutation(among)[:count]] = True
    return mask
