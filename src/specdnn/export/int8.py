"""The same network in integers of 8 bits: weights and activations, with ranges seen on training images.

Static, so that an answer does not depend on the images beside it in a batch. Weights have a scale for each unit and
use seven of the eight bits: with all eight, processors without VNNI saturate where others do not, and answer otherwise.
"""

import copy
import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from specdnn.export import INPUT

OPERATORS = [
    "Conv",
    "Gemm",
    "Relu",
    "MaxPool",
    "Flatten",
    "Gather",
]  # the sigmoid stays float: 256 steps are too coarse


class _Batches(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime brings no types
    """Training images, batch by batch, as the calibration asks for them."""

    def __init__(self, pixels: np.ndarray, batch_size: int):
        self._batches = iter([pixels[start : start + batch_size] for start in range(0, len(pixels), batch_size)])

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self._batches, None)
        return None if batch is None else {INPUT: batch}


def quantised(model: onnx.ModelProto, pixels: np.ndarray, batch_size: int) -> onnx.ModelProto:
    """The network in int8; pixels: training images, n x 28 x 28, uint8, that set the ranges of its activations."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # advice to simplify the graph first, of which nothing is left to simplify
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "int8.onnx")
            quantize_static(
                copy.deepcopy(model),  # it moves the weights out of the graph that it is given
                path,
                _Batches(pixels, batch_size),
                quant_format=QuantFormat.QDQ,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                op_types_to_quantize=OPERATORS,
            )
            return onnx.load(path)
    finally:
        logging.disable(before)
