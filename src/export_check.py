"""Hold an exported network and its int8 variant against the checkpoint in torch, on the test images."""

from argparse import Namespace

import numpy as np
import torch

from specdnn import artefacts, metrics, seeding
from specdnn.cli import Command, count
from specdnn.deploy import costs, files
from specdnn.deploy.pixels import load_pixels
from specdnn.deploy.trained import Trained, load_trained
from specdnn.models import ARCHITECTURES
from specdnn.network import Network, logits


def torch_logits(trained: Trained, images: np.ndarray, batch_size: int) -> torch.Tensor:
    network = Network(trained.architecture, trained.kept, trained.outputs).load(trained.tensors)
    return logits(network, network.prepare(torch.from_numpy(images)), batch_size)


def decisions(probabilities: np.ndarray) -> np.ndarray:
    """n x outputs -> n: yes or no of a specialist, the class of a dense network."""
    return probabilities[:, 0] > 0.5 if probabilities.shape[1] == 1 else probabilities.argmax(1)


def scores(trained: Trained, probabilities: np.ndarray, labels: np.ndarray) -> dict:
    if len(trained.outputs) == 1:
        of = metrics.one_vs_rest(probabilities[:, 0] - np.float32(0.5), labels == trained.outputs[0])
        return {name: of[name] for name in ("accuracy", "balanced_accuracy")}
    return {"accuracy": float((decisions(probabilities) == labels).mean())}


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    trained = load_trained(args.model, args.data, args.dense, args.selection, args.retrained)
    sources = {role: getattr(args, role) for role in record["inputs"] if role not in ("onnx", "int8")}
    exported = files.load_network(args.onnx, sources)
    variants = {"float32": exported, "int8": files.load_network(args.int8, {"onnx": args.onnx})}
    pixels, split = load_pixels(args.data, "test", args.test_images)
    expected = torch_logits(trained, split.images, args.batch_size)
    expected_probabilities = torch.sigmoid(expected).numpy()
    result = {
        "record": record,
        "identity": exported.identity,
        "network": exported.network,
        "images": len(pixels),
        "always_one_class": float(np.bincount(split.labels).max() / len(pixels)),
        "parameters": costs.parameters(exported.model),
        "multiply_accumulates": costs.multiply_accumulates(exported.model),
    }
    for variant, network in variants.items():
        probabilities, found = files.answers(network, pixels, args.batch_size)
        differing = decisions(probabilities) != decisions(expected_probabilities)
        result[variant] = {
            "bytes": len(network.content),
            "gzip_bytes": costs.gzip_bytes(network.content),
            "largest_probability_difference": float(np.abs(probabilities - expected_probabilities).max()),
            "largest_logit_difference": float(np.abs(found - expected.numpy()).max()),
            "differing_decisions": int(differing.sum()),
            **scores(trained, probabilities, split.labels),
        }
    artefacts.write_json(args.check, result)
    print(
        f"{exported.network}: {result['float32']['differing_decisions']} of {len(pixels):,} decisions differ, "
        f"{result['int8']['differing_decisions']} in int8"
    )


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=ARCHITECTURES)
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images at a time", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--selection", "what `specialize` kept, for a specialist")
    command.may_read("--retrained", "checkpoint of the specialist")
    command.reads("--onnx", "exported network")
    command.reads("--int8", "the same in int8")
    command.writes("--check", "JSON of differences, scores and sizes")
    command.run(main)
