"""Reading and writing artefacts: atomic, deterministic bytes, each with a record of what it was made from.

A record is `{"rule", "params", "inputs"}`: the rule that made the artefact, every value it was given, and
the SHA-256 of every file it read. It lies inside the artefact, so a reader can refuse a stale one.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from specdnn.errors import UserError


def write_bytes(path: str | Path, content: bytes) -> None:
    """Put `content` under `path` in one step: a reader sees the old file or the whole new one.

    Raises OSError that names `path` where the disk is full or the folder may not be written to.
    """
    path = Path(path)
    try:
        _replace(path, content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # a full disk's error names no file


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for left_by_a_kill in path.parent.glob(f".{path.name}.*"):
        left_by_a_kill.unlink(missing_ok=True)  # DVC would take it for a result
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes it private
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: str | Path, text: str) -> None:
    write_bytes(path, text.encode())


def write_json(path: str | Path, content: Mapping) -> None:
    """NaN is refused (ValueError): it is not JSON, and no result of this package may be one silently."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")


def read_json(path: str | Path) -> dict:
    try:
        return json.loads(Path(path).read_text())
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the rule that makes it (`snakemake -n` tells which)") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid JSON ({error}); delete it and run snakemake again") from None


def sha256(path: str | Path) -> str:
    """SHA-256 of the file, 64 hexadecimal digits."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the rule that makes it (`snakemake -n` tells which)") from None


def make_record(rule: str, params: Mapping, inputs: Mapping[str, str | Path]) -> dict:
    """The record of an artefact; `inputs` maps the role of each file read to its path."""
    return {"rule": rule, "params": dict(params), "inputs": {role: sha256(path) for role, path in inputs.items()}}


def check_fresh(path: str | Path, record: Mapping, inputs: Mapping[str, str | Path]) -> None:
    """Refuse (UserError) the artefact at `path` if a file that its record names has other content by now.

    `inputs` maps roles to the present paths; roles that only one side knows are not compared.
    """
    for role, now in inputs.items():
        made_from = record["inputs"].get(role)
        if made_from is not None and made_from != sha256(now):
            raise UserError(
                f"{path}: stale, it was made from another version of {now} ({role} had SHA-256 {made_from[:12]}…); "
                f"delete {path} and run snakemake again"
            )


def save_tensors(path: str | Path, tensors: Mapping[str, np.ndarray], record: Mapping) -> None:
    """Write a safetensors file; the record goes into its header as one JSON string (one key: stable order)."""
    header = {"record": json.dumps(record, sort_keys=True)}
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    write_bytes(path, save(contiguous, metadata=header))


def load_tensors(path: str | Path) -> tuple[dict[str, np.ndarray], dict]:
    """The tensors of a safetensors file and its record.

    Raises UserError for a missing, truncated or foreign file, and for NaN or infinite values.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
            record = json.loads((file.metadata() or {})["record"])
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; run the rule that makes it (`snakemake -n` tells which)") from None
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise UserError(
            f"{path}: truncated, or not a checkpoint of this package ({error}); delete it and run snakemake again"
        ) from None
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise UserError(f"{path}: tensor {name} has NaN or infinite values; training diverged, lower the lr")
    return tensors, record


def save_state(path: str | Path, tensors: Mapping[str, np.ndarray], record: Mapping, progress: Mapping) -> None:
    """What an unfinished job with this record has by now; progress: what JSON can hold."""
    save_tensors(path, tensors, {"of": record, "progress": progress})


def load_state(path: str | Path, record: Mapping) -> tuple[dict[str, np.ndarray], dict] | None:
    """The tensors and the progress of an unfinished job with this very record.

    None where there is no such file, half of one, or another job's: it then starts from its beginning.
    """
    if not Path(path).exists():
        return None
    try:
        tensors, saved = load_tensors(path)
    except UserError:
        return None
    return (tensors, saved["progress"]) if saved.get("of") == json.loads(json.dumps(record)) else None
