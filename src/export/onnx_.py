"""Write a dense network, or the specialist of one class, as an ONNX file that runs without this package."""

from argparse import Namespace

from specdnn import artefacts
from specdnn.cli import Command, count
from specdnn.export import files, graph
from specdnn.export.trained import load_trained
from specdnn.networks import models


def main(args: Namespace, record: dict) -> None:
    trained = load_trained(args.model, args.data, args.dense, args.selection, args.retrained)
    model = graph.build(trained, artefacts.read_json(args.data), args.opset)
    files.save_network(args.onnx, model, trained.identity, record)
    print(f"{args.onnx}: {model.ByteSize():,} bytes, {len(model.graph.node)} nodes")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--opset", "version of the ONNX operators", type=count)
    command.reads("--data", "dataset.json: what pixels are normalised by")
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--selection", "what `specialize` kept, for a specialist")
    command.may_read("--retrained", "checkpoint of the specialist")
    command.writes("--onnx", "ONNX file")
    command.run(main)
