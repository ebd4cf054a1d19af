"""Score all specialists of one dense network, on the test images and on the held-out ones."""

from argparse import Namespace
from collections.abc import Iterator

from specdnn import artefacts, seeding
from specdnn.artefacts import check_fresh
from specdnn.cli import Command, class_label, count, natural, split_flag, training_flags
from specdnn.data.protocols import Images, test_split
from specdnn.evaluation.one_class import accepted, scored, write
from specdnn.names import PROTOCOLS
from specdnn.networks import models
from specdnn.networks.network import logits
from specdnn.training import members, stacked
from specdnn.training.members import Member


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
        filed = {"units": member.units, "initial": member.initial, "draw": member.draw, "loss": member.loss}
        filed |= {"widths": member.widths, "share": member.share, "label": member.label}
        yield {
            **filed,
            "asked": member.asked,
            "parameters": member.parameters,
            "epoch": record["epochs"][member.name],
            **scored(given, labels == member.label, before, held_labels == member.label),
            **(accepted(given, labels) if is_the_papers(member) else {}),
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
    rows: list[dict] = []
    for group in members.by_kind(member.trained(tensors, args.best) for member in everyone):
        rows += rows_of(group, trained, args, test, choosing)
    write(args.scores, rows, vars(args))
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
    command.writes("--scores", "CSV: one row a specialist")
    command.run(main)
