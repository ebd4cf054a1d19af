"""Score a dense perceptron and what the methods of one cell made of it on the test set."""

from argparse import Namespace

from specdnn import artefacts, seeding
from specdnn.cli import Command, count
from specdnn.data.protocols import test_split
from specdnn.mint.checkpoints import load_mlp, load_weight_masks
from specdnn.mint.mlp import Mlp, accuracy
from specdnn.mint.storage import stored_bytes

STORED = ("fc2.weight", "fc2.bias")  # what the paper's "memory" measures


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    test = test_split(args.data, args.test_images, "scaled")
    inputs = Mlp().prepare(test.images)

    def scores(network: Mlp, path: str, sources: dict) -> dict:
        tensors, made = load_mlp(path, sources)
        right = accuracy(network.load(tensors), inputs, test.labels, args.batch_size)
        stored = stored_bytes(*(tensors[name] for name in STORED))
        return {"epoch": made["epoch"], "accuracy": right, "stored_bytes": stored}

    sources = {"data": args.data}
    result: dict = {"record": record, "dense": {"best_epoch": scores(Mlp(), args.dense, sources)}, "methods": {}}
    for method, mask, best, last in zip(args.methods, args.masks, args.best, args.last, strict=True):
        sources = {"data": args.data, "dense": args.dense, "mask": mask}
        masks, made = load_weight_masks(mask, args.dense)
        network = Mlp(masks=masks)
        result["cell"] = {name: made["params"][name] for name in ("grids", "delta", "cap")}
        result["methods"][method] = {
            "pruned_share": made["pruned_share"],
            "cut_share": made["cut_share"],
            "best_epoch": scores(network, best, sources),
            "last_epoch": scores(network, last, sources),
        }
    artefacts.write_json(args.metrics, result)
    for method, made in result["methods"].items():
        print(f"{method}: {100 * made['pruned_share']:.2f} % pruned, accuracy {made['best_epoch']['accuracy']:.4f}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--methods", "names of the methods, in the order of their files")
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads_many("--masks", "which blocks stay, a file a method")
    command.reads_many("--best", "checkpoints, best epoch")
    command.reads_many("--last", "checkpoints, last epoch")
    command.writes("--metrics", "JSON of the scores")
    command.run(main)
