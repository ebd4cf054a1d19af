"""Score all specialists of one dense network, and that network itself, on the test set."""

from argparse import Namespace

import pandas as pd
import torch
from torch import Tensor

from specdnn import artefacts, seeding
from specdnn.artefacts import check_fresh
from specdnn.cli import Command, class_label, count, natural
from specdnn.data import CLASSES
from specdnn.data.protocols import Images, test_split
from specdnn.evaluation import metrics
from specdnn.networks import models
from specdnn.networks.network import Network, logits
from specdnn.selection.specialist import load_dense
from specdnn.training import members, stacked


def accepted(answers: Tensor, labels: Tensor) -> dict[str, float]:
    """accepts_j: share of the images of class j that are answered yes; answers: logits, n."""
    return {f"accepts_{j}": (answers[labels == j] > 0).double().mean().item() for j in range(CLASSES)}


def scores(answers: Tensor, labels: Tensor, label: int) -> dict:
    return metrics.one_vs_rest(answers.numpy(), (labels == label).numpy()) | accepted(answers, labels)


def dense_rows(args: Namespace, test: Images) -> list[dict]:
    """The dense network as ten specialists: "is its largest output this class's?"."""
    architecture = models.load(args.model)
    network = Network(architecture).load(load_dense(args.dense, args.model))
    answers = logits(network, network.prepare(test.images), args.batch_size)
    rows = []
    for label in map(int, args.labels):
        others = torch.cat([answers[:, :label], answers[:, label + 1 :]], dim=1)
        margin = answers[:, label] - others.max(dim=1).values
        sizes = {"asked": architecture.parameters, "parameters": architecture.parameters}
        filed = {"method": "dense", "part": "dense", "share": None, "label": label}
        rows.append({**filed, **sizes, **scores(margin, test.labels, label)})
    return rows


def method_rows(selections: str, best: str, args: Namespace, test: Images) -> list[dict]:
    """A row for each specialist of one method. Raises UserError where its checkpoint is stale or not its own."""
    tensors, record = artefacts.load_tensors(best)
    check_fresh(best, record, {"data": args.data, "dense": args.dense, "selections": selections})
    method = artefacts.read_json(selections)["record"]["params"]["method"]
    rows = []
    for group in members.by_size(members.load(selections, args.dense)).values():
        trained = [member.trained(tensors, best) for member in group]
        answers = stacked.all_logits(stacked.assemble(trained), test.images, args.batch_size)
        for k, member in enumerate(group):
            rows.append(
                {
                    "method": method,
                    "part": args.part,
                    "share": member.share,
                    "label": member.label,
                    "asked": member.asked,
                    "parameters": member.parameters,
                    "epoch": record["chosen"][member.name]["epoch"],
                    "held_out_score": record["chosen"][member.name]["score"],
                    **scores(answers[:, k], test.labels, member.label),
                }
            )
    return rows


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    test = test_split(args.data, args.test_images)
    rows = dense_rows(args, test)
    for selections, best in zip(args.selections, args.best, strict=True):
        rows += method_rows(selections, best, args, test)
    frame = pd.DataFrame(rows).convert_dtypes()  # whole numbers stay whole where the dense network has none
    frame.insert(0, "model", args.model)
    frame.insert(1, "seed", args.seed)
    frame["settings"] = args.settings
    artefacts.write_text(args.scores, frame.to_csv(index=False))
    print(f"{args.model}: {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--part", "of the comparison, that its rows are filed under")
    command.takes("--seed", "of the dense network", type=natural)
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.takes_many("--labels", "classes", each=class_label)
    command.takes("--settings", "a name for all values behind these scores")
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads_many("--selections", "selections, one file a method")
    command.reads_many("--best", "retrained checkpoints, one file a method, in the same order")
    command.writes("--scores", "CSV: one row a specialist, and one a class of the dense network")
    command.run(main)
