"""Compare every layer of one network with those of others on the same images, by every metric."""

from argparse import Namespace

import torch
from torch import Tensor

from specdnn import artefacts, files, seeding
from specdnn.cli import Command, count
from specdnn.data import idx
from specdnn.similarity import checkpoint
from specdnn.similarity.measuring import Reading, measure
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


def answers(path: str, images: Tensor, args: Namespace) -> tuple[dict, dict[str, Tensor]]:
    """What this network is, and its activations, layer by layer."""
    network, made = checkpoint.network(path, {"data": args.data})
    return described(made), representations(network, images, args.batch_size)


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    images = torch.from_numpy(idx.load(args.data, args.part, args.images).normalised)
    first, layers = answers(args.first, images, args)
    readings = {
        (layer, view): Reading(x, args.rbf_samples)
        for layer in LAYERS
        for view, x in matrices(layer, layers.pop(layer), args.positions)
    }
    compared = []
    for path in args.seconds:
        second, layers = answers(path, images, args)
        rows = [
            {"layer": layer, "view": view, **row}
            for layer in LAYERS
            for view, y in matrices(layer, layers.pop(layer), args.positions)
            for row in measure(readings[layer, view], Reading(y, args.rbf_samples))
        ]
        compared.append({"second": second, "sha256": files.sha256(path), "rows": rows})
        missing = sum(row["value"] is None for row in rows)
        print(f"{second}: {len(rows)} similarities, {missing} of them not to be had", flush=True)
    artefacts.write_json(args.similarities, {"record": record, "first": first, "compared": compared})


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--part", "images of which part of the dataset", choices=idx.FILES)
    command.takes("--images", "the first so many images", type=count)
    command.takes("--positions", "positions of a map's images drawn as samples, at most", type=count)
    command.takes("--rbf-samples", "samples for the radial kernels, at most", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads; sums split by thread", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--first", "checkpoint that the others are compared with: the dense network")
    command.reads_many("--seconds", "checkpoints that are compared, each alone")
    command.writes("--similarities", "JSON: for each of these a row for each layer, way of reading it, and metric")
    command.run(main)
