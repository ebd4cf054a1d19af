"""A network's weights, arithmetic and bytes, counted on the graph that runs and not on the architecture."""

import gzip
import math

import onnx

WEIGHTED = ("Conv", "Gemm")


def parameters(model: onnx.ModelProto) -> int:
    """Weights and biases of a float network."""
    sizes = {constant.name: math.prod(constant.dims) for constant in model.graph.initializer}
    return sum(sizes[name] for node in model.graph.node if node.op_type in WEIGHTED for name in node.input[1:])


def multiply_accumulates(model: onnx.ModelProto) -> int:
    """Multiply-accumulates of one image in the convolutions and matrix products of a float network.

    What normalises pixels and what pools, the means of squares too, is not counted.
    """
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    shapes = {
        value.name: value.type.tensor_type.shape.dim for value in [*inferred.graph.value_info, *model.graph.output]
    }
    sizes = {constant.name: math.prod(constant.dims) for constant in model.graph.initializer}
    counted = 0
    for node in model.graph.node:
        if node.op_type in WEIGHTED:
            positions = math.prod(size.dim_value for size in shapes[node.output[0]][2:])  # 1 for n x units
            counted += sizes[node.input[1]] * positions
    return counted


def gzip_bytes(content: bytes) -> int:
    return len(gzip.compress(content, compresslevel=9, mtime=0))
