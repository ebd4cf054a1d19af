"""Score one class's specialist on the test set: before retraining, at its chosen epoch and at its last.

What is not cut out of a dense network was nothing before.
"""

from argparse import Namespace
from collections.abc import Mapping

import numpy as np

from specdnn import artefacts, seeding
from specdnn.cli import Command, count
from specdnn.data.protocols import Images, test_split
from specdnn.evaluation import metrics
from specdnn.names import PROTOCOLS
from specdnn.networks.network import Network, logits
from specdnn.selection.specialist import Specialist, load_retrained, load_specialist


def scores(specialist: Specialist, tensors: Mapping[str, np.ndarray], test: Images, batch_size: int) -> dict:
    network = Network(specialist.architecture, specialist.kept, (specialist.label,)).load(tensors)
    answers = logits(network, network.prepare(test.images), batch_size)[:, 0]
    return metrics.one_vs_rest(answers.numpy(), (test.labels == specialist.label).numpy())


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    specialist = load_specialist(args.selection, args.dense, args.best)
    made_from = {"data": args.data, "dense": args.dense, "selection": args.selection}
    test = test_split(args.data, args.test_images)
    result = {
        "record": record,
        "always_no": metrics.always_no((test.labels == specialist.label).numpy()),
    }
    if specialist.tensors:
        result["before_retraining"] = scores(specialist, specialist.tensors, test, args.batch_size)
    for epoch, path in (("best_epoch", args.best), ("last_epoch", args.last)):
        tensors, made = load_retrained(path, specialist, made_from)
        result[epoch] = {"epoch": made["epoch"], **scores(specialist, tensors, test, args.batch_size)}
        result["chosen_by"] = PROTOCOLS[made["params"]["protocol"]].choosing
    artefacts.write_json(args.metrics, result)
    best = result["best_epoch"]
    answers = "; it answers no to everything" if best["collapsed"] else ""
    said = f"accuracy {best['accuracy']:.4f}, balanced {best['balanced_accuracy']:.4f}{answers}"
    print(f"class {specialist.label}: {said}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selection", "what `specialize` kept")
    command.reads("--best", "retrained checkpoint, best epoch")
    command.reads("--last", "retrained checkpoint, last epoch")
    command.writes("--metrics", "JSON of the scores")
    command.run(main)
