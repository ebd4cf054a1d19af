"""Hold an exported network and its variants against the checkpoint in torch, on the test images."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import torch

from specdnn import artefacts, seeding
from specdnn.cli import Command, count
from specdnn.data import idx
from specdnn.evaluation import metrics
from specdnn.export import VARIANTS, costs, files, pte
from specdnn.export.trained import Trained, load_trained
from specdnn.networks import models
from specdnn.networks.network import Network, logits


def torch_logits(trained: Trained, images: np.ndarray, batch_size: int) -> torch.Tensor:
    network = Network(trained.architecture, trained.kept, trained.outputs).load(trained.tensors)
    return logits(network, network.prepare(torch.from_numpy(images)), batch_size)


def decisions(answers: np.ndarray, threshold: float) -> np.ndarray:
    """n x outputs -> n: yes or no of a specialist, the class of a dense network."""
    return answers[:, 0] > threshold if answers.shape[1] == 1 else answers.argmax(1)


def scores(trained: Trained, probabilities: np.ndarray, labels: np.ndarray) -> dict:
    if len(trained.outputs) == 1:
        found = metrics.one_vs_rest(probabilities[:, 0] - np.float32(0.5), labels == trained.outputs[0])
        return {name: found[name] for name in ("accuracy", "balanced_accuracy")}
    return {"accuracy": float((decisions(probabilities, 0.5) == labels).mean())}


def compared(content: bytes, probabilities: np.ndarray, logits: np.ndarray | None, expected: torch.Tensor) -> dict:
    """A file's size, and how far its answers are from torch's logits; its own logits, where it tells them."""
    differing = decisions(probabilities, 0.5) != decisions(expected.numpy(), 0.0)
    return {
        "bytes": len(content),
        "gzip_bytes": costs.gzip_bytes(content),
        "largest_probability_difference": float(np.abs(probabilities - torch.sigmoid(expected).numpy()).max()),
        "largest_logit_difference": None if logits is None else float(np.abs(logits - expected.numpy()).max()),
        "differing_decisions": int(differing.sum()),
    }


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    trained = load_trained(args.model, args.data, args.dense, args.selection, args.retrained)
    roles = [role for role in ("data", "dense", "selection", "retrained") if role in record["inputs"]]
    sources = {role: getattr(args, role) for role in roles}
    exported = files.load_network(args.onnx, sources)
    variants = {"float32": exported, "int8": files.load_network(args.int8, {"onnx": args.onnx})}
    test = idx.load(args.data, "test", args.test_images)
    pixels, labels = test.pixels, test.labels
    expected = torch_logits(trained, test.normalised, args.batch_size)
    result = {
        "record": record,
        "identity": exported.identity,
        "network": exported.network,
        "images": len(pixels),
        "always_one_class": float(np.bincount(labels).max() / len(pixels)),
        "parameters": costs.parameters(exported.model),
        "multiply_accumulates": costs.multiply_accumulates(exported.model),
    }
    for variant, network in variants.items():
        probabilities, found = files.answers(network, pixels, args.batch_size)
        result[variant] = compared(network.content, probabilities, found, expected)
        result[variant] |= scores(trained, probabilities, labels)
    if args.pte is not None:
        artefacts.check_fresh(args.pte, artefacts.read_json(args.pte_about)["record"], sources)
        content = Path(args.pte).read_bytes()
        probabilities = pte.answers(content, pixels)
        result["executorch"] = compared(content, probabilities, None, expected)
        result["executorch"] |= scores(trained, probabilities, labels)
    artefacts.write_json(args.check, result)
    differing = {name: answers["differing_decisions"] for name, answers in result.items() if name in VARIANTS}
    print(f"{exported.network}, decisions of {len(pixels):,} that differ: {differing}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images at a time", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--selection", "what `specialize` kept, for a specialist")
    command.may_read("--retrained", "checkpoint of the specialist")
    command.reads("--onnx", "exported network")
    command.reads("--int8", "the same in int8")
    command.may_read("--pte", "the same as an ExecuTorch program")
    command.may_read("--pte-about", "record of that program")
    command.writes("--check", "JSON of differences, scores and sizes")
    command.run(main)
