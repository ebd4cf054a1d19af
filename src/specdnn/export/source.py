"""A specialist as source code, JavaScript or C: its numbers and the loops that use them, without any runtime.

The templates lie beside this module. They sum in the order of the weights; their logits differ from the ONNX file's by
what the order of sums makes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
import numpy as np

from specdnn import artefacts, files
from specdnn.data import IMAGE_SIDE
from specdnn.errors import UserError
from specdnn.export import LANGUAGES
from specdnn.export.card import question, thing
from specdnn.export.trained import Trained
from specdnn.networks.models import Conv
from specdnn.networks.window import Window, window_of

TEMPLATES = Path(__file__).with_name("templates")
MARK = "record: "  # before the record, in the last line


def _number(value: float | np.floating) -> str:
    """The shortest decimal that is this float32 again; with a point, which C asks for before an `f`."""
    return np.format_float_positional(np.float32(value), trim="0") if value else "0.0"


def _real(name: str, values: np.ndarray, end: str) -> dict:
    return {"name": name, "real": True, "numbers": ",".join(_number(value) + end for value in values.ravel())}


def _whole(name: str, values: Iterable[int]) -> dict:
    return {"name": name, "real": False, "numbers": ",".join(map(str, values))}


def _place_in(window: Window, width: int) -> str:
    """Where number `place` of the window's pixels lies in the image, in words of both languages."""
    if window.whole_image:
        return "place"
    row = f"(place - place % {width}) / {width} + {window.rows.start}"
    return f"({row}) * {IMAGE_SIDE} + place % {width} + {window.columns.start}"


@dataclass(frozen=True)
class _Step:
    """What a template needs to know of a layer.

    size: numbers that it gives; reads: the number that it multiplies by a weight; gathers: whether that is looked up in
    a list of kept features. Of a convolution, height and width: of its map before pooling.
    """

    name: str
    inputs: int
    outputs: int
    size: int
    reads: str
    gathers: bool = False
    kernel: int = 0
    pool: int = 0
    pooling: str = ""
    height: int = 1
    width: int = 1


def _convolution(layer: Conv, weight: np.ndarray, before: str, height: int, width: int) -> _Step:
    """height, width: of the map that it reads, which is that of `before`."""
    outputs, inputs = weight.shape[:2]
    high, wide = height - layer.kernel + 1, width - layer.kernel + 1
    return _Step(
        layer.name,
        inputs,
        outputs,
        outputs * (high // layer.pool) * (wide // layer.pool),
        f"{before}[(input * {height} + row) * {width} + column]",
        kernel=layer.kernel,
        pool=layer.pool,
        pooling=layer.pooling,
        height=high,
        width=wide,
    )


def _steps(trained: Trained, height: int, width: int, gathers: bool) -> Iterator[_Step]:
    """Layer by layer; height and width: of the image that is read; gathers: whether features of the last map are."""
    before, of_map = "image", False
    for layer in trained.architecture.layers:
        weight = trained.tensors[f"{layer.name}.weight"]
        if isinstance(layer, Conv):
            step = _convolution(layer, weight, before, height, width)
            height, width = step.height // layer.pool, step.width // layer.pool
        else:
            place = f"{layer.name}Reads[input]" if of_map and gathers else "input"
            outputs, inputs = weight.shape
            step = _Step(layer.name, inputs, outputs, outputs, f"{before}[{place}]", gathers=of_map and gathers)
        yield step
        before, of_map = layer.name, isinstance(layer, Conv)


@dataclass(frozen=True)
class _Reading:
    """What of an image is read, height x width numbers.

    pixel: where number `place` of them lies; arrays: lists that this looks up; features: those kept of the last map;
    side: of the square whose mean a number is, in pixels; its top left one is then `pixel`.
    """

    height: int
    width: int
    pixel: str
    arrays: list[dict]
    features: np.ndarray | None = None
    side: int = 1


def _reading(trained: Trained) -> _Reading:
    if trained.architecture.convolutions:
        window = window_of(trained.architecture, trained.kept)
        height, width = (len(range(IMAGE_SIDE)[lines]) for lines in (window.rows, window.columns))
        return _Reading(height, width, _place_in(window, width), [], window.features)
    kept, side = trained.kept[trained.architecture.layers[0].name], trained.architecture.window
    rows, columns = np.divmod(kept, IMAGE_SIDE // side)
    corners = (rows * IMAGE_SIDE + columns) * side
    return _Reading(1, len(kept), "imagePixels[place]", [_whole("imagePixels", corners)], side=side)


def write(trained: Trained, normalisation: Mapping[str, float], record: Mapping, name: str, language: str) -> str:
    """The source of a specialist.

    normalisation: `mean` and `std` of pixels in 0..1; name: of the function, in C; language: of `LANGUAGES`.
    """
    image = _reading(trained)
    steps = list(_steps(trained, image.height, image.width, image.features is not None))
    arrays, end = [*image.arrays], "f" if language == "c" else ""
    for step in steps:
        if step.gathers and image.features is not None:
            arrays.append(_whole(f"{step.name}Reads", image.features))
        for part in ("weight", "bias"):
            arrays.append(_real(f"{step.name}{part.title()}", trained.tensors[f"{step.name}.{part}"], end))
    return _template(language).render(
        arrays=arrays,
        image={"size": image.height * image.width, "pixel": image.pixel, "side": image.side},
        mean=_number(normalisation["mean"]),
        name=name,
        parameters=f"{sum(tensor.size for tensor in trained.tensors.values()):,}",
        question=question(trained.identity),
        record=json.dumps(record, sort_keys=True),
        std=_number(normalisation["std"]),
        steps=steps,
        thing=thing(trained.identity),
        title=trained.architecture.title,
    )


def _template(language: str) -> jinja2.Template:
    return jinja2.Template(
        (TEMPLATES / f"class{LANGUAGES[language]}").read_text(encoding="utf-8"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )


def load(path: str | Path, made_from: Mapping[str, str | Path]) -> bytes:
    """The file, held against the files that it was made from.

    Raises UserError where it is missing, damaged, no file of this package, or stale.
    """
    files.verified(path)
    content = Path(path).read_bytes()
    try:
        record = json.loads(content.decode().rpartition(MARK)[2].removesuffix("\n").removesuffix(" */"))
    except ValueError:
        raise UserError(f"{path}: no record in its last line; delete it and run snakemake again") from None
    artefacts.check_fresh(path, record, made_from)
    return content
