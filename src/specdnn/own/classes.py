"""Classes by name or by number, as a user writes them."""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from specdnn.errors import UserError

SPLITS = ("train", "test")  # folders of a folder of images
NAMES = {  # of the datasets whose files have numbers only
    "mnist": [*"0123456789"],
    "fashion_mnist": [
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ],
}


def known_classes(source: str) -> list[str]:
    """The names of a source of images, where they are known without reading it; none otherwise."""
    kind, _, place = source.partition(":")
    return folders(Path(place).expanduser()) if kind == "folder" else NAMES.get(source, [])


def folders(place: Path) -> list[str]:
    """The classes that a folder of images holds: the folders in it, or in its train/ where it has train/ and test/."""
    if all((place / part).is_dir() for part in SPLITS):
        place = place / SPLITS[0]
    found = place.iterdir() if place.is_dir() else ()
    return sorted(path.name for path in found if path.is_dir() and not path.name.startswith("."))


def numbered(wanted: Sequence[str], names: Sequence[str]) -> list[int]:
    """The numbers of a set of classes, each given by its name or by its number, in the order given.

    A name counts whatever its case, and before a number. Raises UserError for a class that does not exist, one that is
    there twice, and for a set of all classes, which leaves nothing to refuse.
    """
    found = [_number(text, names) for text in wanted]
    if len({*found}) < len(found):
        raise UserError(f"classes {', '.join(wanted)}: one of them is there twice; name each once")
    if len(found) == len(names):
        raise UserError(
            f"classes {', '.join(wanted)}: these are all there are, so nothing is left to refuse; name fewer"
        )
    return found


def _number(text: str, names: Sequence[str]) -> int:
    lower = [name.lower() for name in names]
    if text.lower() in lower:
        return lower.index(text.lower())
    if text.isdecimal() and int(text) < len(names):
        return int(text)
    if close := difflib.get_close_matches(text.lower(), lower, n=1):
        raise UserError(f"no class {text}; did you mean {names[lower.index(close[0])]}?")
    known = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    raise UserError(f"no class {text}; there are {known}, or their numbers from 0 to {len(names) - 1}")


def listed(names: Sequence[str]) -> str:
    """In a sentence: Shirt; Shirt or Bag; Shirt, Bag or Coat."""
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def slug(wanted: Sequence[str]) -> str:
    """The set's part of paths: ["Ankle boot", "Bag"] -> ankle_boot-bag."""
    return "-".join(re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "class" for text in wanted)
