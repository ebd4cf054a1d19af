"""Compare every layer of two networks of the layer-similarity study on the same images, by every metric."""

from argparse import Namespace

import torch

from specdnn import artefacts, data, seeding
from specdnn.cli import Command, count
from specdnn.similarity import checkpoint
from specdnn.similarity.measuring import measure
from specdnn.similarity.network import LAYERS, representations
from specdnn.similarity.views import matrices


def described(record: dict) -> dict:
    """What the network of a checkpoint is: a method of pruning, or a dense or an untrained network."""
    params = record["params"]
    dense = "untrained" if record["epoch"] == 0 else "dense"
    return {
        "method": params.get("method", dense),
        "round": params.get("round", 0),
        "seed": params["seed"],
        "density": record["density"],
        "accuracy": record.get("accuracy"),
    }


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    images = torch.from_numpy(data.load(args.data, args.part, args.images).images)
    described_as, layers = {}, {}
    for side, path in (("first", args.first), ("second", args.second)):
        network, made = checkpoint.network(path, {"data": args.data})
        described_as[side] = described(made)
        layers[side] = representations(network, images, args.batch_size)
    rows = [
        {"layer": layer, "view": view, **row}
        for layer in LAYERS
        for view, x, y in matrices(layer, layers["first"].pop(layer), layers["second"].pop(layer), args.positions)
        for row in measure(x, y, args.rbf_samples)
    ]
    artefacts.write_json(args.similarities, {"record": record, **described_as, "rows": rows})
    missing = sum(row["value"] is None for row in rows)
    print(f"{described_as['second']}: {len(rows)} similarities, {missing} of them not to be had")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--part", "images of which part of the dataset", choices=data.FILES)
    command.takes("--images", "the first so many images", type=count)
    command.takes("--positions", "positions of a map's images drawn as samples, at most", type=count)
    command.takes("--rbf-samples", "samples for the radial kernels, at most", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads; sums split by thread", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--first", "checkpoint that the other is compared with: the dense network")
    command.reads("--second", "checkpoint that is compared")
    command.writes("--similarities", "JSON: a row for each layer, way of reading it, and metric")
    command.run(main)
