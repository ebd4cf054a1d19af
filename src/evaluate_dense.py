"""Score a dense network on the test set, at its chosen epoch and at its last."""

from argparse import Namespace

from specdnn import artefacts, seeding
from specdnn.cli import Command, count
from specdnn.data.protocols import test_split
from specdnn.networks import models
from specdnn.networks.network import Network, accuracy
from specdnn.selection.specialist import load_dense


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    test = test_split(args.data, args.test_images)
    architecture = models.load(args.model)
    result: dict = {"record": record, "parameters": architecture.parameters}
    for epoch, path in (("best_epoch", args.best), ("last_epoch", args.last)):
        _, made = artefacts.load_tensors(path)
        artefacts.check_fresh(path, made, {"data": args.data})
        network = Network(architecture).load(load_dense(path, args.model))
        right = accuracy(network, network.prepare(test.images), test.labels, args.batch_size)
        result[epoch] = {"epoch": made["epoch"], "accuracy": right}
    artefacts.write_json(args.metrics, result)
    print(f"{args.model}: accuracy {result['best_epoch']['accuracy']:.4f}, last {result['last_epoch']['accuracy']:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--best", "checkpoint, best epoch")
    command.reads("--last", "checkpoint, last epoch")
    command.writes("--metrics", "JSON of the scores")
    command.run(main)
