"""Write a dense network, or the specialist of one class, as an ExecuTorch program."""

from argparse import Namespace

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.export import pte
from specdnn.export.trained import load_trained
from specdnn.networks import models


def main(args: Namespace, record: dict) -> None:
    trained = load_trained(args.model, args.data, args.dense, args.selection, args.retrained)
    content = pte.program(trained, artefacts.read_json(args.data))
    artefacts.write_bytes(args.pte, content)
    artefacts.write_json(args.about, {"record": record})  # a program has no place for it
    print(f"{args.pte}: {len(content):,} bytes")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.reads("--data", "dataset.json: what pixels are normalised by")
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--selection", "what `specialize` kept, for a specialist")
    command.may_read("--retrained", "checkpoint of the specialist")
    command.writes("--pte", "ExecuTorch program")
    command.writes("--about", "JSON of its record")
    command.run(main)
