"""The images of a study: gathered once from wherever they lie, kept as uint8 with their classes' names.

Which of them are put aside is decided by a hash of each image, class by class: so it depends neither on the files'
names nor on their order, equal images never lie on both sides, and a new image moves no other one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from specdnn import artefacts
from specdnn.data import idx, sources
from specdnn.errors import UserError
from specdnn.own import pictures
from specdnn.own.classes import NAMES


@dataclass(frozen=True)
class Part:
    """pixels: n x channels x size x size, uint8; labels: n."""

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, mask: Tensor) -> "Part":
        return Part(self.pixels[mask], self.labels[mask])


@dataclass(frozen=True)
class Images:
    """names: of the classes; mean, std: of each channel of pixels in 0..1."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    train: Part
    test: Part

    @property
    def channels(self) -> int:
        return self.train.pixels.shape[1]

    @property
    def size(self) -> int:
        return self.train.pixels.shape[-1]

    def held_out(self, share: float, split: int) -> tuple[Part, Part]:
        """What is trained on, and the share of each class that is put aside; split: which one, of many as good."""
        apart = torch.from_numpy(
            put_aside(self.train.pixels.numpy(), self.train.labels.numpy(), share, split, self.names)
        )
        return self.train.where(~apart), self.train.where(apart)


def order(pixels: np.ndarray, split: object) -> np.ndarray:
    """A digest of each image, by which a part of them is taken."""
    prefix = f"{split}/".encode()
    return np.array([hashlib.sha256(prefix + image.tobytes()).hexdigest() for image in pixels])


def put_aside(pixels: np.ndarray, labels: np.ndarray, share: float, split: object, names: Sequence[str]) -> np.ndarray:
    """A mask: of each class the share whose digests are smallest, at least one image and never all.

    Raises UserError for a class that is too small for that.
    """
    mask, digests = np.zeros(len(labels), dtype=bool), order(pixels, split)
    for label, name in enumerate(names):
        own = np.flatnonzero(labels == label)
        different = np.unique(digests[own])
        if len(different) < 2:
            raise UserError(f"images: class {name} has {len(different)} different image to divide; add more of them")
        last = different[max(1, min(len(different) - 1, round(share * len(different)))) - 1]
        mask[own] = digests[own] <= last
    return mask


def at_most(part: Part, most: int | None) -> Part:
    """The first so many images in the order of their digests, each class in proportion; all where there are fewer."""
    if most is None or most >= len(part):
        return part
    labels, digests = part.labels.numpy(), order(part.pixels.numpy(), "most")
    taken = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        taken += [*own[np.argsort(digests[own], kind="stable")[: max(3, round(most * len(own) / len(labels)))]]]
    return part.where(torch.tensor(sorted(taken)))


def of_folder(folder: str, size: int, channels: int | None, test: float) -> tuple[list[str], Part, Part]:
    """Names, training and test images of a folder a class; `test`: share that is put aside where no test/ is given."""
    found = pictures.files(Path(folder).expanduser())
    everything = [path for of_part in found.values() for of_class in of_part.values() for path in of_class]
    channels = channels or (1 if all(map(pictures.is_grey, everything)) else 3)
    parts = {}
    for name, of_part in found.items():
        pixels = [pictures.read(path, channels, size) for paths in of_part.values() for path in paths]
        labels = np.repeat(np.arange(len(of_part)), [len(paths) for paths in of_part.values()])
        parts[name] = Part(torch.from_numpy(np.stack(pixels)), torch.from_numpy(labels))
    names = [*next(iter(found.values()))]
    if "" not in parts:
        return names, parts["train"], parts["test"]
    whole = parts[""]
    for label, name in enumerate(names):
        if (count := int((whole.labels == label).sum())) < 3:
            raise UserError(
                f"images: class {name} has {count} images; one trains, one chooses the epoch, one tests: add some"
            )
    apart = torch.from_numpy(put_aside(whole.pixels.numpy(), whole.labels.numpy(), test, "test", names))
    return names, whole.where(~apart), whole.where(apart)


def of_idx(folder: Path, sums: dict[str, str] | None = None) -> tuple[Part, Part]:
    """Training and test images of four IDX files, gzipped or not; sums: SHA-256 of each, where they are known."""
    contents = sources.read(f"directory:{folder}", timeout=1)
    for name, digest in (sums or {}).items():
        idx.verify(name, contents[name], digest, folder)
    train, test = (idx.parse(part, contents) for part in ("train", "test"))
    return tuple(  # type: ignore[return-value] # of two
        Part(torch.from_numpy(pixels.copy())[:, None], torch.from_numpy(labels.astype(np.int64)))
        for pixels, labels in (train, test)
    )


def gather(
    source: str, card: str | None, *, size: int, channels: int | None, test: float
) -> tuple[list[str], Part, Part]:
    """Names, training and test images of a source: folder:PATH, idx:PATH, or a dataset with its card.

    Raises UserError, which names what is wrong with it.
    """
    kind, _, place = source.partition(":")
    if kind == "folder":
        return of_folder(place, size, channels, test)
    if card is not None:
        said = artefacts.read_json(card)
        parts = of_idx(Path(card).parent, said["sha256"])
        names = NAMES.get(said["name"])
    else:
        parts, names = of_idx(Path(place).expanduser()), None
    names = names or [str(label) for label in range(1 + int(parts[0].labels.max()))]
    return names, *(_fitted(part, size, channels or 1) for part in parts)  # type: ignore[return-value] # two


def _fitted(part: Part, size: int, channels: int) -> Part:
    """Grey images at the wanted size, in as many equal channels."""
    pixels = part.pixels
    if pixels.shape[-1] != size:
        wider = torch.nn.functional.interpolate(pixels.float(), (size, size), mode="bilinear", antialias=True)
        pixels = wider.round().clamp(0, 255).to(torch.uint8)
    return Part(pixels.repeat(1, channels, 1, 1), part.labels)


def statistics(pixels: Tensor) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel, of pixels in 0..1; the same whatever the order of additions."""
    counts = torch.stack([torch.bincount(channel.flatten().int(), minlength=256) for channel in pixels.transpose(0, 1)])
    values = torch.arange(256, dtype=torch.float64) / 255
    total = counts.sum(1)
    mean = (counts * values).sum(1) / total
    spread = ((counts * values.square()).sum(1) / total - mean.square()).clamp(min=0).sqrt()
    return mean.tolist(), spread.clamp(min=1 / 255).tolist()


def check(names: Sequence[str], parts: Sequence[Part]) -> None:
    """Raises UserError where a class has no image among those that are used."""
    for what, part in zip(("training", "test"), parts, strict=True):
        counts = torch.bincount(part.labels, minlength=len(names))
        for name, count in zip(names, counts.tolist(), strict=True):
            if not count:
                raise UserError(f"images: class {name} has no {what} image; add some, or use more images")


def save(path: str | Path, images: Images, record: dict) -> None:
    parts = {"train": images.train, "test": images.test}
    tensors = {
        f"{name}/{what}": tensor.numpy()
        for name, part in parts.items()
        for what, tensor in (("pixels", part.pixels), ("labels", part.labels))
    }
    said = {"names": [*images.names], "mean": [*images.mean], "std": [*images.std]}
    artefacts.save_tensors(path, tensors, {**record, **said})


def load(path: str | Path) -> Images:
    tensors, said = artefacts.load_tensors(path)
    train, test = (
        Part(torch.from_numpy(tensors[f"{part}/pixels"]), torch.from_numpy(tensors[f"{part}/labels"]))
        for part in ("train", "test")
    )
    return Images(tuple(said["names"]), tuple(said["mean"]), tuple(said["std"]), train, test)
