"""Write an exported network anew in integers of 8 bits, calibrated on training images."""

from argparse import Namespace

from specdnn.cli import Command, count
from specdnn.data import idx
from specdnn.export import files
from specdnn.export.int8 import quantised


def main(args: Namespace, record: dict) -> None:
    exported = files.load_network(args.onnx, {"data": args.data})
    pixels = idx.load(args.data, "train", args.calibration_images).pixels
    small = quantised(exported.model, pixels, args.batch_size)
    files.save_network(args.int8, small, exported.identity, record)
    print(f"{args.onnx}: {len(exported.content):,} bytes, in int8 {small.ByteSize():,}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--calibration-images", "so many training images set the ranges of activations", type=count)
    command.takes("--batch-size", "images at a time", type=count)
    command.reads("--data", "dataset.json of the dataset")
    command.reads("--onnx", "exported network")
    command.writes("--int8", "ONNX file")
    command.run(main)
