"""ONNX files as artefacts: deterministic bytes with the record inside, and sessions that run them."""

import json
from collections.abc import Mapping
from pathlib import Path

import onnx
import onnxruntime
from google.protobuf.message import DecodeError
from onnx import helper

from specdnn import artefacts
from specdnn.errors import UserError


def save_network(path: str | Path, model: onnx.ModelProto, record: Mapping) -> None:
    """Write the graph with its record among the file's own properties."""
    helper.set_model_props(model, {"record": json.dumps(record, sort_keys=True)})
    artefacts.write_bytes(path, model.SerializeToString(deterministic=True))


def load_network(path: str | Path, made_from: Mapping[str, str | Path]) -> tuple[onnx.ModelProto, dict]:
    """The graph and the record of an ONNX file; `made_from` maps roles to the files that it must come from.

    Raises UserError where it is missing, truncated, no file of this package, or stale.
    """
    try:
        model = onnx.load_model_from_string(Path(path).read_bytes())
        record = json.loads({entry.key: entry.value for entry in model.metadata_props}["record"])
        onnx.checker.check_model(model)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the rule that makes it (`snakemake -n` tells which)") from None
    except (DecodeError, KeyError, json.JSONDecodeError, onnx.checker.ValidationError):
        raise UserError(
            f"{path}: truncated, or not an ONNX file of this package; delete it and run snakemake again"
        ) from None
    artefacts.check_fresh(path, record, made_from)
    return model, record


def session(model: onnx.ModelProto | str | Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """A session on the processor with so many threads; a model, or the path of one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors: hints on graphs that can be simplified are none of a user's business
    content = model.SerializeToString() if isinstance(model, onnx.ModelProto) else str(model)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
