"""A trained network as an ONNX graph, written node by node from its architecture.

No tracing: the bytes depend on the weights and on the opset alone, not on a version of torch. Preprocessing lies
inside, in the order and in the precision of `specdnn.data.idx`, so what goes in is the image as it comes from a file.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from specdnn.data import IMAGE_SIDE
from specdnn.export import INPUT, LOGIT, OUTPUT
from specdnn.export.trained import Trained
from specdnn.networks.models import Conv
from specdnn.networks.window import Window, window_of


class _Graph:
    """Nodes in the order in which they run; each call appends one and returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray | np.generic) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output


def _normalised(graph: _Graph, pixels: str, mean: float, std: float) -> str:
    """0..255 -> what the network was trained on: three float32 operations, as in `data.idx.Split.normalised`."""
    x = graph.add("Cast", [pixels], "as_float", to=TensorProto.FLOAT)
    x = graph.add("Div", [x, graph.constant("white", np.float32(255))], "scaled")
    x = graph.add("Sub", [x, graph.constant("mean", np.float32(mean))], "centred")
    return graph.add("Div", [x, graph.constant("std", np.float32(std))], "normalised")


def _kept(graph: _Graph, trained: Trained, x: str, what: str) -> str:
    """All pixels, or means of squares, of an image -> n x kept ones, for networks whose first layer is linear."""
    first = trained.architecture.layers[0]
    kept = trained.kept[first.name]
    x = graph.add("Flatten", [x], f"flat_{what}", axis=1)
    if len(kept) == first.inputs:
        return x
    places = graph.constant(f"kept_{what}", np.array(kept, np.int32))
    return graph.add("Gather", [x, places], f"gathered_{what}", axis=1)


def _means(graph: _Graph, x: str, side: int) -> str:
    """n x 28 x 28 -> n x 1 x the means of its squares of `side` pixels a side."""
    x = graph.add("Unsqueeze", [x, graph.constant("channel_axis", np.array([1], np.int64))], "one_channel")
    return graph.add("AveragePool", [x], "means", kernel_shape=[side] * 2, strides=[side] * 2)


def _seen_pixels(graph: _Graph, window: Window) -> str:
    """n x 28 x 28 -> n x 1 x the rectangle that the network looks at."""
    x = INPUT
    if not window.whole_image:
        corners = [
            graph.constant("window_start", np.array([window.rows.start, window.columns.start], np.int32)),
            graph.constant("window_stop", np.array([window.rows.stop, window.columns.stop], np.int32)),
            graph.constant("window_axes", np.array([1, 2], np.int32)),
        ]
        x = graph.add("Slice", [x, *corners], "window")
    return graph.add("Unsqueeze", [x, graph.constant("channel_axis", np.array([1], np.int64))], "one_channel")


def _layers(graph: _Graph, trained: Trained, x: str, features: np.ndarray | None) -> str:
    """The layers from normalised pixels to logits; max-pooling before the ReLU, as the trained network does it."""
    architecture = trained.architecture
    for index, layer in enumerate(architecture.layers):
        parameters = [
            graph.constant(f"{layer.name}.{part}", trained.tensors[f"{layer.name}.{part}"])
            for part in ("weight", "bias")
        ]
        if isinstance(layer, Conv):
            x = graph.add("Conv", [x, *parameters], layer.name, kernel_shape=[layer.kernel] * 2)
            if layer.pooling == "mean":  # of what the ReLU leaves; the largest value is the same before and after it
                x = graph.add("Relu", [x], f"{layer.name}.whole")
            pool = {"max": "MaxPool", "mean": "AveragePool"}[layer.pooling]
            x = graph.add(pool, [x], f"{layer.name}.pool", kernel_shape=[layer.pool] * 2, strides=[layer.pool] * 2)
        else:
            if index and isinstance(architecture.layers[index - 1], Conv):
                x = graph.add("Flatten", [x], "features", axis=1)
                if features is not None:
                    kept = graph.constant("kept_features", np.array(features, np.int32))
                    x = graph.add("Gather", [x, kept], "gathered_features", axis=1)
            last = layer is architecture.layers[-1]
            x = graph.add("Gemm", [x, *parameters], LOGIT if last else layer.name, transB=1)
        if layer is not architecture.layers[-1]:
            x = graph.add("Relu", [x], f"{layer.name}.relu")
    return x


def build(trained: Trained, normalisation: Mapping[str, float], opset: int) -> onnx.ModelProto:
    """The graph of a network: `pixels`, uint8, batch x 28 x 28 -> `probability`, float32, batch x outputs.

    normalisation: `mean` and `std` of pixels in 0..1, as the dataset's card has them. Each probability is the sigmoid
    of its logit: one for a specialist; one for each class, which need not sum to 1, for a dense network.
    """
    graph = _Graph()
    architecture, features = trained.architecture, None
    mean, std = normalisation["mean"], normalisation["std"]
    if architecture.convolutions:
        window = window_of(architecture, trained.kept)
        x, features = _normalised(graph, _seen_pixels(graph, window), mean, std), window.features
    elif architecture.window > 1:  # as in training, the mean of what was normalised
        x = _kept(graph, trained, _means(graph, _normalised(graph, INPUT, mean, std), architecture.window), "means")
    else:
        x = _normalised(graph, _kept(graph, trained, INPUT, "pixels"), mean, std)
    graph.add("Sigmoid", [_layers(graph, trained, x, features)], OUTPUT)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            architecture.name,
            [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["batch", IMAGE_SIDE, IMAGE_SIDE])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", len(trained.outputs)])],
            graph.constants,
        ),
        producer_name="specdnn",
        opset_imports=[helper.make_opsetid("", opset)],
    )
    model.ir_version = helper.find_min_ir_version_for(model.opset_import)  # else the installed onnx decides
    onnx.checker.check_model(model, full_check=True)
    return model
