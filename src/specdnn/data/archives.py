"""Files of a tar archive, read by name: nothing is unpacked, so no path in it can lead outside."""

import io
import tarfile
import zlib
from collections.abc import Collection

from specdnn.errors import UserError

LARGEST = 2**29  # bytes of an archive, decompressed; the largest that is read here, the demo's runtime, has a quarter


class _Limited(io.BufferedIOBase):
    """A stream that ends with an error after `LARGEST` bytes: a few kilobytes can decompress to any size."""

    def __init__(self, stream: io.BufferedIOBase):
        self._stream, self._left = stream, LARGEST

    def read(self, size: int | None = -1) -> bytes:
        content = self._stream.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise UserError(
                f"the archive has more than {LARGEST:,} bytes, decompressed; expected the published package"
            )
        return content


def read_files(archive: io.BufferedIOBase, names: Collection[str]) -> dict[str, bytes]:
    """Name -> content for those of `names` that are regular files of the archive; no link is followed.

    archive: the tar, decompressed as it is read. Raises UserError where it is damaged or has more than `LARGEST` bytes.
    """
    found = {}
    try:
        with tarfile.open(fileobj=_Limited(archive), mode="r|") as members:
            for member in members:
                if member.name in names and member.isreg() and not member.issparse():  # one of holes may have any size
                    found[member.name] = members.extractfile(member).read()  # type: ignore[union-attr] # it is regular
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise UserError(f"the archive is damaged ({error}); fetch it again") from None
    return found
