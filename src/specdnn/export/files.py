"""ONNX files as artefacts: deterministic bytes with the record inside, and sessions that run them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError
from onnx import helper

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.export import INPUT, OUTPUT


@dataclass(frozen=True)
class Exported:
    """identity: dataset, protocol, model, seed, and a specialist's method and label; content: the file's bytes."""

    model: onnx.ModelProto
    identity: Mapping[str, object]
    content: bytes

    @property
    def network(self) -> str:
        """What it is called in tables: "dense", or "class 3"."""
        return f"class {self.identity['label']}" if "label" in self.identity else "dense"


def save_network(path: str | Path, model: onnx.ModelProto, identity: Mapping, record: Mapping) -> None:
    """Write the graph; what network it is, and its record, are properties of the file."""
    properties = {"network": identity, "record": record}
    helper.set_model_props(model, {name: json.dumps(value, sort_keys=True) for name, value in properties.items()})
    artefacts.write_bytes(path, model.SerializeToString(deterministic=True))


def load_network(path: str | Path, made_from: Mapping[str, str | Path]) -> Exported:
    """The network in an ONNX file; `made_from` maps roles to the files that it must come from.

    Raises UserError where it is missing, truncated, no file of this package, or stale.
    """
    try:
        content = Path(path).read_bytes()
        model = onnx.load_model_from_string(content)
        properties = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
        exported, record = Exported(model, properties["network"], content), properties["record"]
        onnx.checker.check_model(model)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the rule that makes it (`snakemake -n` tells which)") from None
    except (DecodeError, KeyError, json.JSONDecodeError, onnx.checker.ValidationError):
        raise UserError(
            f"{path}: truncated, or not an ONNX file of this package; delete it and run snakemake again"
        ) from None
    artefacts.check_fresh(path, record, made_from)
    return exported


def session(content: bytes) -> onnxruntime.InferenceSession:
    """A session on one thread of the processor."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def answers(exported: Exported, pixels: np.ndarray, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and logits for images, n x 28 x 28, uint8; n x outputs each, float32, computed batch by batch."""
    seen = onnx.ModelProto()
    seen.CopyFrom(exported.model)
    logit = next(node.input[0] for node in seen.graph.node if OUTPUT in node.output)
    seen.graph.output.append(helper.make_tensor_value_info(logit, onnx.TensorProto.FLOAT, None))
    running = session(seen.SerializeToString())
    parts = [
        running.run([OUTPUT, logit], {INPUT: pixels[start : start + batch_size]})
        for start in range(0, len(pixels), batch_size)
    ]
    probabilities, logits = (np.concatenate(column) for column in zip(*parts, strict=True))
    return probabilities, logits
