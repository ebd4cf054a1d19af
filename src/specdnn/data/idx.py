"""The datasets: raw IDX files as the authors of MNIST published them, verified at every read.

`dataset.json` beside the four files is their card: name, SHA-256 of each file, and the mean and standard
deviation that the pixels are normalised by. Hashing the card therefore pins the data.
"""

import hashlib
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from specdnn.artefacts import read_json
from specdnn.data import CLASSES, IMAGE_SIDE
from specdnn.errors import UserError

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
FILE_NAMES = tuple(name for pair in FILES.values() for name in pair)
LARGEST = 2**30  # bytes of a file


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


def _shape(name: str) -> tuple[int, ...]:
    """Of an item of the file with this name."""
    return (IMAGE_SIDE, IMAGE_SIDE) if "images" in name else ()


def _header_bytes(name: str) -> int:
    """Magic number, how many items there are, and an item's shape: 32 bits each."""
    return 8 + 4 * len(_shape(name))


def _stated(name: str, header: bytes) -> int:
    """How many items the header says that there are; UserError where it is no header of this file."""
    dimensions = 1 + len(_shape(name))
    magic = bytes([0, 0, 8, dimensions])  # 8: unsigned bytes
    if not header.startswith(magic) or len(header) < _header_bytes(name):
        raise UserError(
            f"{name} is another file: it starts with {header[:4].hex() or 'nothing'}, expected {magic.hex()} "
            f"(IDX, unsigned bytes, {dimensions} dimensions) and its sizes"
        )
    count, *shape = map(int, np.frombuffer(header, ">u4", offset=4))
    if tuple(shape) != _shape(name):
        raise UserError(f"{name} has images of {shape[0]} x {shape[1]} pixels, expected {IMAGE_SIDE} x {IMAGE_SIDE}")
    return count


def read(name: str, file: io.BufferedIOBase) -> bytes:
    """The content of a raw file, read as far as its header says that it goes, and a byte more where there is one.

    Raises UserError for a header that is not this file's, and for one that states more than `LARGEST` bytes.
    """
    header = file.read(_header_bytes(name))
    size = _stated(name, header) * math.prod(_shape(name))
    if size > LARGEST:
        raise UserError(f"{name} states {size:,} bytes, expected at most {LARGEST:,}")
    return header + file.read(size + 1)


def parse(part: str, contents: Mapping[str, bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Images (n x 28 x 28) and labels (n, 0..9) of a part ("train" or "test"), uint8, from its two files.

    Raises UserError, which names the file: of another type, shape or length than its header or the study says, with
    a label above 9, or with more or fewer labels than there are images.
    """
    images, labels = (_items(name, contents[name]) for name in FILES[part])
    if len(images) != len(labels):
        raise UserError(f"{FILES[part][1]} has {len(labels):,} labels, expected one for each of {len(images):,} images")
    if (labels >= CLASSES).any():
        raise UserError(f"{FILES[part][1]} has labels up to {labels.max()}, expected 0 to {CLASSES - 1}")
    return images, labels


def _items(name: str, content: bytes) -> np.ndarray:
    count, values = (
        _stated(name, content[: _header_bytes(name)]),
        np.frombuffer(content, np.uint8)[_header_bytes(name) :],
    )
    expected = count * math.prod(_shape(name))
    if len(values) != expected:
        raise UserError(
            f"{name} is truncated or too long: {len(values):,} bytes after its header, expected {expected:,}"
        )
    return values.reshape(count, *_shape(name))


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

    Raises UserError where a file is missing, is not the published one, is none of the study's kind (`parse`), or has
    fewer images than asked.
    """
    card = read_json(card_path)
    folder = Path(card_path).parent
    contents = {}
    for name in FILES[part]:
        path = folder / name
        try:
            if path.exists() and not path.is_file():  # to read a pipe would wait for ever
                raise UserError(f"{path}: not a file")
            contents[name] = path.read_bytes()
            verify(name, contents[name], card["sha256"][name], path)
        except FileNotFoundError:
            raise UserError(f"{path}: missing; run `snakemake --cores 1 {path}`") from None
        except UserError as error:
            raise UserError(f"{error}; delete it and run `snakemake --cores 1 {path}`") from None
    try:
        pixels, labels = parse(part, contents)
    except UserError as error:
        raise UserError(f"{folder}: {error}; name another source in params.yaml, fetch.datasets") from None
    if limit > len(labels):
        raise UserError(f"{folder}: {limit:,} {part} images asked for, but {card['name']} has {len(labels):,}")
    return Split(pixels[:limit], labels[:limit].astype(np.int64), card["mean"], card["std"])


def held_out(count: int, among: int, split: int = 0) -> np.ndarray:
    """Which of the first `among` training images are held out: a mask with `count` True.

    split: 0, the main study's, the same for every seed; others are as good.
    """
    if not 0 < count < among:
        raise UserError(f"images.held_out = {count:,}: must be above 0 and below images.train = {among:,}")
    mask = np.zeros(among, dtype=bool)
    mask[np.random.default_rng(split).permutation(among)[:count]] = True
    return mask
