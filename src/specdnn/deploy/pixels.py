"""Images as they come from a file: bytes, for networks that normalise them by themselves."""

from pathlib import Path

import numpy as np

from specdnn import data
from specdnn.models import IMAGE_SIDE


def load_pixels(card: str | Path, part: str, limit: int) -> tuple[np.ndarray, data.Split]:
    """The first `limit` images of a part ("train" or "test"), n x 28 x 28, uint8; and the same ones normalised.

    Raises UserError as `specdnn.data.load` does, which verifies the files.
    """
    split = data.load(card, part, limit)
    raw = np.fromfile(Path(card).parent / data.FILES[part][0], dtype=np.uint8, offset=data.IDX_HEADERS["images"])
    return raw.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)[:limit], split
