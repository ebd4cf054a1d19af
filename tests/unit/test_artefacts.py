"""Artefacts: whole or not at all, the same bytes for the same content, and refused when stale or broken."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch_file

from specdnn import artefacts, files
from specdnn.errors import UserError

RECORD = {"rule": "train", "params": {"seed": 1}, "inputs": {}}
TENSORS = {"fc1.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "fc1.bias": np.zeros(2, dtype=np.float32)}


def failing(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(monkeypatch, tmp_path: Path, broken: str):
    path = tmp_path / "metrics.json"
    artefacts.write_text(path, "old")
    monkeypatch.setattr(os, broken, failing)
    with pytest.raises(UserError, match=r"metrics\.json: No space left on device; nothing was written there"):
        artefacts.write_text(path, "new")
    assert path.read_text() == "old"
    assert files.verified(path)
    assert sorted(tmp_path.iterdir()) == [path, tmp_path / "metrics.json.sha256"]


def test_what_a_writer_left_when_it_was_killed_is_swept_away_but_not_what_another_one_is_writing(tmp_path: Path):
    left, another, other = (
        tmp_path / f".{name}.tmp" for name in ("metrics.json.8zrgg5j3", "metrics.json.a", "b.json.c")
    )
    for path in (left, another, other):
        path.write_text('{"a": 0.')
    for path in (left, other):
        os.utime(path, (0, 0))
    files.write_text(tmp_path / "metrics.json", "{}")
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, another.name, "metrics.json"]


def test_two_writers_of_one_path_do_not_meet(tmp_path: Path):
    path = tmp_path / "metrics.json"

    def write(content: bytes) -> None:
        for _ in range(50):
            files.write_bytes(path, content)

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(write, letter * 1000) for letter in (b"a", b"b")]:
            done.result()
    assert path.read_bytes() in (b"a" * 1000, b"b" * 1000)
    assert [*tmp_path.iterdir()] == [path]


def test_a_written_file_can_be_read_by_others_and_its_folder_is_made(tmp_path: Path):
    path = tmp_path / "new" / "folder" / "a.txt"
    files.write_text(path, "é")
    assert path.read_bytes() == "é".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_a_seal_is_what_sha256sum_checks(tmp_path: Path):
    artefacts.write_text(tmp_path / "a", "abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # SHA-256 of "abc" (FIPS 180-2)
    assert (tmp_path / "a.sha256").read_text() == f"{digest}  a\n"
    assert files.verified(tmp_path / "a") == files.seal_of(tmp_path / "a") == digest
    subprocess.run(["sha256sum", "--check", "--quiet", "a.sha256"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("seal", ["", "\xff", "0" * 64, f"{'0' * 64}  b\n", f"{'0' * 64}  a\n"])
def test_a_file_that_is_not_what_its_seal_says_is_refused_by_name(tmp_path: Path, seal: str):
    artefacts.write_json(tmp_path / "a", {})
    (tmp_path / "a.sha256").write_text(seal, encoding="latin-1")
    for read in (files.verified, artefacts.read_json, artefacts.load_tensors):
        with pytest.raises(UserError, match=r"a: damaged or edited: SHA-256 ca3d163bab05…, .* run snakemake again"):
            read(tmp_path / "a")


def test_a_flipped_bit_of_a_checkpoint_is_seen_though_the_file_keeps_its_time(tmp_path: Path):
    path = tmp_path / "best.safetensors"
    artefacts.save_tensors(path, TENSORS, RECORD)
    before, content = path.stat(), bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(UserError, match=r"best\.safetensors: damaged or edited"):
        artefacts.load_tensors(path)


@pytest.mark.parametrize("place", [-1, 100, 3])
def test_a_flipped_bit_of_a_state_starts_the_job_anew_and_says_so(tmp_path: Path, capsys, place: int):
    path = tmp_path / "state"
    artefacts.save_state(path, TENSORS, RECORD, {"history": [0.1]})
    tensors, progress = artefacts.load_state(path, RECORD)
    assert progress == {"history": [0.1]}
    assert np.array_equal(tensors["fc1.weight"], TENSORS["fc1.weight"])
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert artefacts.load_state(path, RECORD) is None
    assert "starting anew" in capsys.readouterr().out


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="pipe: not a file"):
        files.verified(tmp_path / "pipe")


def test_json_is_the_same_bytes_whatever_the_order_of_its_keys_and_never_holds_nan(tmp_path: Path):
    artefacts.write_json(tmp_path / "a", {"b": 1, "a": [0.1]})
    artefacts.write_json(tmp_path / "b", {"a": [0.1], "b": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert artefacts.read_json(tmp_path / "a") == {"a": [0.1], "b": 1}
    with pytest.raises(ValueError, match="JSON compliant"):
        artefacts.write_json(tmp_path / "c", {"a": float("nan")})
    assert not (tmp_path / "c").exists()


def test_tensors_are_the_same_bytes_whatever_their_order_and_memory_layout(tmp_path: Path):
    artefacts.save_tensors(tmp_path / "a", TENSORS, RECORD)
    again = {name: np.asfortranarray(tensor) for name, tensor in reversed(TENSORS.items())}
    artefacts.save_tensors(tmp_path / "b", again, dict(reversed(RECORD.items())))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_tensors_and_their_record_come_back_as_they_were(tmp_path: Path):
    artefacts.save_tensors(tmp_path / "a", TENSORS, RECORD)
    tensors, record = artefacts.load_tensors(tmp_path / "a")
    assert record == RECORD
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in tensors.items():
        assert tensor.dtype == np.float32
        assert np.array_equal(tensor, TENSORS[name])


def test_a_record_holds_the_rule_its_values_and_the_hash_of_each_file_read(tmp_path: Path):
    (tmp_path / "data").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # SHA-256 of "abc" (FIPS 180-2)
    record = artefacts.make_record("train", {"seed": 1}, {"data": tmp_path / "data"})
    assert record == {"rule": "train", "params": {"seed": 1}, "inputs": {"data": digest}}


def test_an_artefact_whose_source_has_changed_is_stale(tmp_path: Path):
    dense = tmp_path / "dense"
    dense.write_bytes(b"abc")
    record = artefacts.make_record("specialize", {}, {"dense": dense})
    artefacts.check_fresh("selection.json", record, {"dense": dense, "unknown to the record": dense})
    dense.write_bytes(b"abd")
    with pytest.raises(UserError) as caught:
        artefacts.check_fresh("selection.json", record, {"dense": dense})
    assert str(caught.value) == (
        f"selection.json: stale, it was made from another version of {dense} (dense had SHA-256 ba7816bf8f01…); "
        "delete selection.json and run snakemake again"
    )


@pytest.mark.parametrize("record", [{}, {"inputs": None}, {"inputs": ["dense"]}])
def test_an_artefact_without_a_record_of_its_inputs_is_refused(tmp_path: Path, record: dict):
    with pytest.raises(UserError, match=r"selection\.json: no record of what it was made from"):
        artefacts.check_fresh("selection.json", record, {})


def truncated(path: Path) -> None:
    artefacts.save_tensors(path, TENSORS, RECORD)
    path.write_bytes(path.read_bytes()[:-1])
    Path(f"{path}.sha256").unlink()


def of_numbers_that_numpy_lacks(path: Path) -> None:
    tensors = {"fc1.weight": torch.zeros(2, dtype=torch.bfloat16)}
    save_torch_file(tensors, path, metadata={"record": json.dumps(RECORD)})


def of_a_list(path: Path) -> None:
    save_file(TENSORS, path, metadata={"record": "[]"})


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("label,accuracy\n0,0.98\n")


def another_packages(path: Path) -> None:
    save_file(TENSORS, path)


def with_another_header(path: Path) -> None:
    save_file(TENSORS, path, metadata={"record": "{"})


@pytest.mark.parametrize(
    "make", [truncated, empty, text, another_packages, with_another_header, of_numbers_that_numpy_lacks]
)
def test_a_truncated_or_foreign_checkpoint_is_refused_by_name(make, tmp_path: Path):
    path = tmp_path / "best.safetensors"
    make(path)
    with pytest.raises(UserError, match=r"best\.safetensors: truncated, or not a checkpoint .* delete it and run"):
        artefacts.load_tensors(path)


def test_a_checkpoint_whose_record_is_none_is_refused(tmp_path: Path):
    of_a_list(tmp_path / "a")
    with pytest.raises(UserError, match="a: no record in its header"):
        artefacts.load_tensors(tmp_path / "a")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_checkpoint_with_nan_or_infinity_is_refused_and_the_tensor_named(tmp_path: Path, value: float):
    path = tmp_path / "best.safetensors"
    artefacts.save_tensors(path, {**TENSORS, "fc1.bias": np.array([0, value], dtype=np.float32)}, RECORD)
    with pytest.raises(UserError, match=r"best\.safetensors: tensor fc1\.bias has NaN or infinite values"):
        artefacts.load_tensors(path)


@pytest.mark.parametrize("read", [artefacts.read_json, artefacts.load_tensors, files.sha256])
def test_a_missing_file_is_named_and_the_way_to_make_it(read, tmp_path: Path):
    with pytest.raises(UserError, match=r"absent: no such file; run the rule that makes it"):
        read(tmp_path / "absent")


@pytest.mark.parametrize("content", [b"{", b"\xff", json.dumps({"a": 1}).encode()[:-1]])
def test_broken_json_is_refused_by_name(tmp_path: Path, content: bytes):
    (tmp_path / "selection.json").write_bytes(content)
    with pytest.raises(UserError, match=r"selection\.json: not valid JSON"):
        artefacts.read_json(tmp_path / "selection.json")
