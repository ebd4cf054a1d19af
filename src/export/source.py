"""Write the specialist of one class as JavaScript and as C, for where no runtime is wanted."""

from argparse import Namespace
from pathlib import Path

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.export import source
from specdnn.export.trained import load_trained
from specdnn.networks import models


def main(args: Namespace, record: dict) -> None:
    trained = load_trained(args.model, args.data, args.dense, args.selection, args.retrained)
    normalisation = artefacts.read_json(args.data)
    for language, path in (("javascript", args.javascript), ("c", args.c)):
        text = source.write(trained, normalisation, record, Path(path).stem, language)
        artefacts.write_text(path, text)
        print(f"{path}: {len(text):,} bytes")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.reads("--data", "dataset.json: what pixels are normalised by")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selection", "what `specialize` kept")
    command.reads("--retrained", "checkpoint of the specialist")
    command.writes("--javascript", "a module that gives one function")
    command.writes("--c", "a header that gives one function, of the file's name")
    command.run(main)
