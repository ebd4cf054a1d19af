"""Fetch ONNX Runtime for the browser: its module and its WebAssembly, out of the pinned npm package."""

from argparse import Namespace
from pathlib import Path

from specdnn import artefacts
from specdnn.cli import Command, count
from specdnn.data import npm

FOLDER = "package/dist"


def main(args: Namespace, record: dict) -> None:
    targets = {f"{FOLDER}/{Path(path).name}": path for path in (args.module, args.wasm)}
    contents = npm.read_files(args.package, args.integrity, [*targets], args.timeout)
    for member, path in targets.items():
        artefacts.write_bytes(path, contents[member])
    print(f"{args.package}: verified, {sum(map(len, contents.values())):,} bytes taken")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--package", "NAME@VERSION of the npm package")
    command.takes("--integrity", "sha512-... of its archive")
    command.allows("--timeout", "seconds to wait for an answer", type=count)
    command.writes("--module", "JavaScript, by its name in the package")
    command.writes("--wasm", "WebAssembly, by its name in the package")
    command.run(main)
