"""Score a dense network on the test set, at its chosen epoch and at its last."""

from argparse import Namespace

from specdnn import artefacts, seeding
from specdnn.cli import Command, count
from specdnn.models import ARCHITECTURES
from specdnn.network import Network, logits
from specdnn.protocols import test_split
from specdnn.specialist import load_dense


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    test = test_split(args.data, args.test_images)
    result: dict = {"record": record, "parameters": ARCHITECTURES[args.model].parameters}
    for epoch, path in (("best_epoch", args.best), ("last_epoch", args.last)):
        _, of = artefacts.load_tensors(path)
        artefacts.check_fresh(path, of, {"data": args.data})
        network = Network(ARCHITECTURES[args.model]).load(load_dense(path, args.model))
        answers = logits(network, network.prepare(test.images), args.batch_size).argmax(1)
        result[epoch] = {"epoch": of["epoch"], "accuracy": (answers == test.labels).double().mean().item()}
    artefacts.write_json(args.metrics, result)
    print(f"{args.model}: accuracy {result['best_epoch']['accuracy']:.4f}, last {result['last_epoch']['accuracy']:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=ARCHITECTURES)
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--best", "checkpoint, best epoch")
    command.reads("--last", "checkpoint, last epoch")
    command.writes("--metrics", "JSON of the scores")
    command.run(main)
