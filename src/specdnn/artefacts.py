"""Reading and writing artefacts: atomic, deterministic bytes, each with a record of what it was made from.

A record is `{"rule", "params", "inputs"}`: the rule that made the artefact, every value it was given, and
the SHA-256 of every file it read. It lies inside the artefact, so a reader can refuse a stale one.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from specdnn import files
from specdnn.errors import UserError


def write_bytes(path: str | Path, content: bytes) -> None:
    """An artefact, sealed. Raises UserError where the disk is full or the folder may not be written to."""
    files.write_sealed(path, content)


def write_text(path: str | Path, text: str) -> None:
    write_bytes(path, text.encode())


def write_json(path: str | Path, content: Mapping) -> None:
    """NaN is refused (ValueError): it is not JSON, and no result of this package may be one silently."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")


def read_json(path: str | Path) -> dict:
    """Raises UserError where there is no such file, it is damaged, or no JSON object."""
    files.verified(path)
    try:
        content = json.loads(Path(path).read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: not valid JSON ({error}); delete it and run snakemake again") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: not a JSON object; delete it and run snakemake again")
    return content


def make_record(rule: str, params: Mapping, inputs: Mapping[str, str | Path]) -> dict:
    """The record of an artefact; `inputs` maps the role of each file read to its path.

    Raises UserError where one of them is missing, damaged or edited.
    """
    made_from = {role: files.verified(path) for role, path in inputs.items()}
    return {"rule": rule, "params": dict(params), "inputs": made_from}


def check_fresh(path: str | Path, record: Mapping, inputs: Mapping[str, str | Path]) -> None:
    """Refuse (UserError) the artefact at `path` if a file that its record names has other content by now.

    `inputs` maps roles to the present paths; roles that only one side knows are not compared.
    """
    known = record.get("inputs")
    if not isinstance(known, dict):
        raise UserError(f"{path}: no record of what it was made from; delete it and run snakemake again")
    for role, now in inputs.items():
        made_from = known.get(role)
        if made_from is not None and made_from != files.sha256(now):
            raise UserError(
                f"{path}: stale, it was made from another version of {now} ({role} had SHA-256 {str(made_from)[:12]}…)"
                f"; delete {path} and run snakemake again"
            )


def _serialised(tensors: Mapping[str, np.ndarray], header: Mapping) -> bytes:
    """A safetensors file; what is beside the tensors is one JSON string, so that its order is stable."""
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    return save(contiguous, metadata={"record": json.dumps(header, sort_keys=True)})


def save_tensors(path: str | Path, tensors: Mapping[str, np.ndarray], record: Mapping) -> None:
    """Write a safetensors file with the record in its header, and its seal."""
    write_bytes(path, _serialised(tensors, record))


def load_tensors(path: str | Path) -> tuple[dict[str, np.ndarray], dict]:
    """The tensors of a safetensors file and its record.

    Raises UserError for a missing, damaged or foreign file, and for NaN or infinite values.
    """
    files.verified(path)
    tensors, record = _parsed(path)
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise UserError(f"{path}: tensor {name} has NaN or infinite values; training diverged, lower the lr")
    return tensors, record


def _parsed(path: str | Path) -> tuple[dict[str, np.ndarray], dict]:
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
            record = json.loads((file.metadata() or {})["record"])
        for name, tensor in tensors.items():
            if tensor.dtype.kind not in "biuf":  # BF16 and FP8 are no numbers of NumPy's own
                raise ValueError(f"tensor {name} is of type {tensor.dtype}")
    except (SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:  # what is read may be anything
        raise UserError(
            f"{path}: truncated, or not a checkpoint of this package ({error}); delete it and run snakemake again"
        ) from None
    if not isinstance(record, dict):
        raise UserError(f"{path}: no record in its header; delete it and run snakemake again")
    return tensors, record


def save_state(path: str | Path, tensors: Mapping[str, np.ndarray], record: Mapping, progress: Mapping) -> None:
    """What an unfinished job with this record has by now; progress: what JSON can hold.

    Its digest lies inside: a kill between a file and its seal would lose both.
    """
    said = {"of": record, "progress": progress}
    files.write_bytes(path, _serialised(tensors, {**said, "digest": _digest(tensors, said)}))


def load_state(path: str | Path, record: Mapping) -> tuple[dict[str, np.ndarray], dict] | None:
    """The tensors and the progress of an unfinished job with this very record.

    None where there is no such file, or another job's; and, with a word, where it is damaged. The job then starts from
    its beginning.
    """
    if not Path(path).exists():
        return None
    try:
        tensors, saved = _parsed(path)
    except UserError as error:
        print(f"{error}: starting anew", flush=True)
        return None
    said = {key: saved.get(key) for key in ("of", "progress")}
    if saved.get("digest") != _digest(tensors, said):
        print(f"{path}: damaged, it is not what was saved: starting anew", flush=True)
        return None
    return (tensors, saved["progress"]) if said["of"] == json.loads(json.dumps(record)) else None


def _digest(tensors: Mapping[str, np.ndarray], header: Mapping) -> str:
    return hashlib.sha256(_serialised(tensors, json.loads(json.dumps(header)))).hexdigest()
