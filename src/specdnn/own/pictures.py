"""Folders of pictures: a folder a class, any sizes, RGB or grey."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from specdnn.errors import UserError
from specdnn.own.classes import SPLITS, folders

ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}
SIZES = range(16, 65)  # pixels of a side that the network `residual` is made for
GREY = {"1", "L", "LA", "La", "I", "F"}  # modes of Pillow; `I;16` and its like begin with I

Files = dict[str, list[Path]]  # class -> its files


def files(folder: Path) -> dict[str, Files]:
    """Part -> class -> files, in the order of their names: parts train and test where there are such folders, else "".

    Raises UserError where there is no such folder, fewer than two classes, a class without images, or other classes
    under test/ than under train/.
    """
    if not folder.is_dir():
        raise UserError(f"images: {folder} is no folder; expected one that holds a folder for each class")
    if all((folder / part).is_dir() for part in SPLITS):
        found = {part: _classes(folder / part) for part in SPLITS}
        if [*found["train"]] != [*found["test"]]:
            odd = sorted({*found["train"]} ^ {*found["test"]})[0]
            raise UserError(
                f"images: class {odd} is under one of {folder}/train and {folder}/test; it must be under both"
            )
        return found
    return {"": _classes(folder)}


def _classes(folder: Path) -> Files:
    found = {
        name: sorted(path for path in (folder / name).rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
        for name in folders(folder)
    }
    if len(found) < 2:
        what = f"only the class {next(iter(found))}" if found else "no folder of a class"
        raise UserError(
            f"images: {folder} holds {what}; a network must see some other images, too: a folder for each kind"
        )
    for name, pictures in found.items():
        if not pictures:
            raise UserError(
                f"images: {folder / name} holds no image ({', '.join(sorted(ENDINGS))}); add some, or remove it"
            )
    return found


def is_grey(path: Path) -> bool:
    with _opened(path) as image:
        return image.mode in GREY or image.mode.startswith("I;")


def read(path: Path, channels: int, size: int) -> np.ndarray:
    """channels x size x size, uint8; resized by bilinear interpolation over what a pixel covers (antialiased).

    Raises UserError, which names the file, where it cannot be read as an image.
    """
    with _opened(path) as image:
        try:
            turned = ImageOps.exif_transpose(image)
            if turned.mode.startswith("I") and np.asarray(turned).max(initial=0) > 255:  # 16 bits a pixel
                turned = Image.fromarray((np.asarray(turned) >> 8).astype(np.uint8))
            flat = turned.convert("L" if channels == 1 else "RGB")
            resized = np.asarray(flat.resize((size, size), Image.Resampling.BILINEAR))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise _broken(path, error) from None
    return resized.reshape(size, size, channels).transpose(2, 0, 1)


def sizes(found: dict[str, Files]) -> Iterator[tuple[int, int]]:
    for part in found.values():
        for pictures in part.values():
            for path in pictures:
                with _opened(path) as image:
                    yield image.size


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: Exception) -> UserError:
    return UserError(f"images: {path} cannot be read as an image ({type(error).__name__}); replace or remove it")
