"""Score all specialists of one dense network, and that network itself, on the test images and on the held-out ones."""

from argparse import Namespace
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from specdnn import artefacts, seeding
from specdnn.artefacts import check_fresh
from specdnn.cli import Command, class_label, count, natural, split_flag, training_flags
from specdnn.data import CLASSES
from specdnn.data.protocols import Images, test_split
from specdnn.evaluation.threshold import chosen_threshold
from specdnn.names import PROTOCOLS
from specdnn.networks import models
from specdnn.networks.network import Network, leads, logits
from specdnn.selection.specialist import load_dense
from specdnn.training import members, stacked
from specdnn.training.members import Member

ACCEPTS = [f"accepts_{j}" for j in range(CLASSES)]
DIGITS = 6  # of what is no count


def decided(answers: np.ndarray, is_class: np.ndarray, threshold: float, name: str = "") -> dict[str, int]:
    """How many of the class, and of the others, are answered yes: logits above the threshold."""
    says_yes = answers.astype(np.float64) > threshold  # a threshold between two neighbouring floats stays there
    found = {"true_positives": says_yes & is_class, "false_positives": says_yes & ~is_class}
    return {name + kind: int(images.sum()) for kind, images in found.items()}


def of_test(answers: np.ndarray, labels: np.ndarray, label: int, threshold: float) -> dict:
    is_class = labels == label
    found = {"images": len(labels), "positives": int(is_class.sum()), **decided(answers, is_class, 0)}
    return found | decided(answers, is_class, threshold, "tuned_") | {"auroc": roc_auc_score(is_class, answers)}


def accepted(answers: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """accepts_j: share of the images of class j that are answered yes."""
    return {name: float((answers[labels == j] > 0).mean()) for j, name in enumerate(ACCEPTS)}


def dense_rows(args: Namespace, test: Images) -> Iterator[dict]:
    """The dense network as ten specialists: "is its largest output this class's?"."""
    architecture = models.load(args.model)
    network = Network(architecture).load(load_dense(args.dense, args.model))
    ahead = leads(logits(network, network.prepare(test.images), args.batch_size)).numpy()
    labels = test.labels.numpy()
    for label in sorted({*map(int, args.labels)}):
        margin = ahead[:, label]
        sizes = {"asked": architecture.parameters, "parameters": architecture.parameters}
        filed = {"units": "dense", "draw": 1, "label": label, **sizes}
        yield {**filed, **of_test(margin, labels, label, 0), **accepted(margin, labels)}


def rows_of(group: list[Member], record: dict, args: Namespace, test: Images, choosing: Images) -> Iterator[dict]:
    """A row for each specialist of one kind."""
    module = stacked.assemble(group, args.device)
    at_once = min(args.batch_size, module.at_once)
    answers, held_out = (
        logits(module, module.prepare(part.images).to(args.device), at_once).T.cpu().numpy()
        for part in (test, choosing)
    )  # members x images
    labels, held_labels = test.labels.numpy(), choosing.labels.numpy()
    for member, given, before in zip(module.members, answers, held_out, strict=True):
        is_class = held_labels == member.label
        chosen = chosen_threshold(before, is_class)
        yes = decided(before, is_class, 0)
        right = yes["true_positives"] / is_class.sum() + 1 - yes["false_positives"] / (~is_class).sum()
        filed = {"units": member.units, "initial": member.initial, "draw": member.draw, "loss": member.loss}
        filed |= {"widths": member.widths, "share": member.share, "label": member.label}
        yield {
            **filed,
            "asked": member.asked,
            "parameters": member.parameters,
            "epoch": record["epochs"][member.name],
            **chosen,
            "held_out_balanced_accuracy": right / 2,
            **of_test(given, labels, member.label, chosen["threshold"]),
            **(accepted(given, labels) if is_the_papers(member) else dict.fromkeys(ACCEPTS)),
        }


def is_the_papers(member: Member) -> bool:
    return (member.units, member.widths, member.initial) == ("released", "released", "kept")


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    args.device = training_flags.on(args)
    test = test_split(args.data, args.test_images)
    _, choosing = training_flags.images(args)
    tensors, trained = artefacts.load_tensors(args.best)
    check_fresh(args.best, trained, {"data": args.data, "dense": args.dense, "selections": args.selections})
    everyone, _ = members.load(args.selections, args.dense)
    rows = [*dense_rows(args, test)]
    for group in members.by_kind(member.trained(tensors, args.best) for member in everyone):
        rows += rows_of(group, trained, args, test, choosing)
    filed = {"model": args.model, "dataset": args.dataset, "seed": args.seed, "part": args.part}
    filed["device"] = args.device
    frame = pd.DataFrame([{**filed, **row, "settings": args.settings} for row in rows]).round(DIGITS)
    order = [*filed, "units", "initial", "draw", "loss", "widths", "share", "label"]
    frame = frame[
        [*order, *[name for name in frame if name not in [*order, *ACCEPTS, "settings"]], *ACCEPTS, "settings"]
    ]
    artefacts.write_text(args.scores, frame.convert_dtypes().to_csv(index=False))
    print(f"{args.model}: {len(rows)} rows")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--dataset", "that its rows are filed under")
    command.takes("--part", "of the comparison, likewise")
    command.takes("--seed", "of the dense network", type=natural)
    command.takes("--protocol", "what chose the epoch", choices=PROTOCOLS)
    command.takes("--train-images", "the first so many training images", type=count)
    command.takes("--choosing-images", "how many images chose the epoch", type=count)
    split_flag.add(command)
    training_flags.add_device(command)
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.takes_many("--labels", "classes", each=class_label)
    command.takes("--settings", "a name for all values behind these scores")
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selections", "what `compare_select` chose")
    command.reads("--best", "what `compare_retrain` trained of it")
    command.writes("--scores", "CSV: one row a specialist, and one a class of the dense network")
    command.run(main)
