"""Put a dense network and its specialists into the demo: their files, and a card of what the page says about them."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.export import source
from specdnn.export.costs import parameters
from specdnn.export.files import load_network
from specdnn.networks.models import Conv
from specdnn.networks.window import visible
from specdnn.selection.specialist import Specialist, load_specialist


def keeps(specialist: Specialist) -> list[dict]:
    """How many units are kept of each layer; the image itself, as the one input of a convolution, left out."""
    layers, side = specialist.architecture.layers, specialist.architecture.window
    read = "filters" if isinstance(layers[0], Conv) else f"means, {side} x {side}" if side > 1 else "pixels"
    whats = [read] + ["units"] * len(layers)
    counted = [layer for layer in layers if layer.inputs > 1]
    return [
        {"what": what, "kept": len(specialist.kept[layer.name]), "of": layer.inputs}
        for what, layer in zip(whats, counted, strict=False)
    ]


def take(paths: Sequence[str], folder: Path, made_from: Mapping[str, str]) -> tuple[dict, onnx.ModelProto]:
    """Copies a network's files, its graph and then its source code, into `folder`.

    Returns what they are called, here and when they are saved elsewhere, and their sizes; and the graph.
    """
    exported = load_network(paths[0], made_from)
    name = Path(paths[0]).stem
    contents = {Path(path).suffix: source.load(path, made_from) for path in paths[1:]} | {".onnx": exported.content}
    for ending, content in contents.items():
        artefacts.write_bytes(folder / f"{name}{ending}", content)
    whose = [str(exported.identity[key]) for key in ("model", "method") if key in exported.identity]
    taken = {
        "name": name,
        "saved_as": "_".join(["specdnn", *whose, name]),
        "bytes": {ending[1:]: len(content) for ending, content in contents.items()},
        "parameters": parameters(exported.model),
    }
    return taken, exported.model


def filters_of(layer: Conv, graph: onnx.ModelProto) -> list[list[float]]:
    """The weights of each filter, row by row."""
    weight = next(tensor for tensor in graph.graph.initializer if tensor.name == f"{layer.name}.weight")
    return numpy_helper.to_array(weight).reshape(-1, layer.kernel_area).tolist()


def describe(specialist: Specialist, graph: onnx.ModelProto, metrics: Mapping) -> dict:
    first = specialist.architecture.layers[0]
    scores = {name: metrics["best_epoch"][name] for name in ("accuracy", "balanced_accuracy", "collapsed")}
    card = {
        "label": specialist.label,
        "keeps": keeps(specialist),
        "pixels": np.flatnonzero(visible(specialist.architecture, specialist.kept)).tolist(),
        "window": specialist.architecture.window,
        **scores,
    }
    if isinstance(first, Conv):
        card["filters"] = filters_of(first, graph)
    return {**card, "always_no": metrics["always_no"]}


def main(args: Namespace, record: dict) -> None:
    folder = Path(args.card).parent
    of_dense = {"data": args.data, "dense": args.dense}
    dense, _ = take([args.dense_graph], folder, of_dense)
    specialists = []
    of_specialists = zip(args.selections, args.best, args.metrics, args.graphs, args.javascript, args.c, strict=True)
    for selection, best, scored, *files in of_specialists:
        made_from = {**of_dense, "selection": selection, "retrained": best, "best": best}
        metrics = artefacts.read_json(scored)
        artefacts.check_fresh(scored, metrics["record"], made_from)
        taken, graph = take(files, folder, made_from)
        specialists.append({**taken, **describe(load_specialist(selection, args.dense, best), graph, metrics)})
    artefacts.write_json(args.card, {"record": record, "dense": dense, "specialists": specialists})
    print(f"{folder}: the dense network and {len(specialists)} specialists")


if __name__ == "__main__":
    command = Command(__doc__)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--dense-graph", "the same, as ONNX")
    command.reads_many("--selections", "selections, one a class")
    command.reads_many("--best", "retrained checkpoints of the best epochs, in the same order")
    command.reads_many("--metrics", "their scores, in the same order")
    command.reads_many("--graphs", "the same, as ONNX")
    command.reads_many("--javascript", "the same, as modules")
    command.reads_many("--c", "the same, as headers")
    command.writes("--card", "network.json; the files of the networks are put beside it")
    command.run(main)
