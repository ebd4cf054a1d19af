"""Files: written in one step, and vouched for by a seal.

A seal is a line in `NAME.sha256` beside the file, as `sha256sum --check` reads it: what its maker wrote. Whoever reads
a sealed file holds it against its seal, so bits that flip and edits by hand are named and never believed.
"""

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from specdnn.errors import UserError

SEAL, UNFINISHED = ".sha256", ".tmp"  # endings
ABANDONED = 3600  # seconds after which an unfinished file is no longer anybody's: a write takes seconds


def write_bytes(path: str | Path, content: bytes) -> None:
    """Put `content` under `path` in one step: a reader sees the old file or the whole new one.

    Raises UserError where the disk is full or the folder may not be written to.
    """
    path = Path(path)
    try:
        _replace(path, content)
    except OSError as error:
        reason = f"{error.strerror}; nothing was written there, free space or inodes, or mend the rights"
        raise UserError(f"{path}: {reason}") from None


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
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


def _sweep(path: Path) -> None:
    """Remove what killed writers of `path` have left; another writer may be at work beside this one."""
    for left in path.parent.glob(f".{path.name}.*{UNFINISHED}"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()


def write_text(path: str | Path, text: str) -> None:
    write_bytes(path, text.encode())


def write_sealed(path: str | Path, content: bytes) -> None:
    """Write the file, and the seal that says what was meant to be in it."""
    write_bytes(path, content)
    write_text(f"{path}{SEAL}", f"{hashlib.sha256(content).hexdigest()}  {Path(path).name}\n")


def sha256(path: str | Path) -> str:
    """SHA-256 of the file, 64 hexadecimal digits.

    Raises UserError where there is no such file, or something else than a file; OSError where it cannot be read.
    """
    if not Path(path).exists():
        raise UserError(f"{path}: no such file; run the rule that makes it (`snakemake -n` tells which)")
    if not Path(path).is_file():  # to open a pipe would wait for ever
        raise UserError(f"{path}: not a file; remove it and run snakemake again")
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal_of(path: str | Path) -> str | None:
    """The SHA-256 that the file was sealed with; None where it has no seal, "" where the seal is not one."""
    try:
        with open(f"{path}{SEAL}", encoding="ascii", errors="replace") as file:
            digest, _, name = file.read().rstrip("\n").partition("  ")
    except FileNotFoundError:
        return None
    return digest if name == os.path.basename(path) else ""


def verified(path: str | Path) -> str:
    """SHA-256 of the file; one without a seal is a stranger's, and taken as it is.

    Raises UserError where the file is not what it was sealed as.
    """
    found, sealed = sha256(path), seal_of(path)
    if sealed not in (None, found):
        wrote = f"{sealed[:12]}…" if sealed else "what its seal no longer tells"
        raise UserError(
            f"{path}: damaged or edited: SHA-256 {found[:12]}…, its job wrote {wrote}; "
            "run snakemake again, which makes it anew"
        )
    return found
