"""Retrain one class's specialist, as the small network that it is, and keep its best and its last epoch.

By the paper's loss, or by `--loss`: then all networks that the selection lists are trained, those of one kind
together, and held-out images choose the network, its epoch and its threshold.
"""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from specdnn import artefacts, seeding
from specdnn.cli import Command, training_flags
from specdnn.data.protocols import Images
from specdnn.errors import UserError
from specdnn.evaluation.threshold import tuned
from specdnn.networks.network import Network, Tensors, logits
from specdnn.selection.specialist import load_specialist
from specdnn.training import loop, members, specialists
from specdnn.training.losses import LOSSES, sigmoid_squared_error
from specdnn.training.members import Member

HELD_OUT = "held_out"  # the protocol whose choosing images are no test images


def as_published(args: Namespace, record: dict) -> None:
    specialist = load_specialist(args.selection, args.dense)
    training_set, choosing_set = training_flags.images(args)
    schedule = training_flags.schedule(args)
    network = Network(specialist.architecture, specialist.kept, (specialist.label,)).load(specialist.tensors)
    inputs, choosing_inputs = network.prepare(training_set.images), network.prepare(choosing_set.images)
    targets = (training_set.labels == specialist.label).float().unsqueeze(1)  # n x 1
    is_class = choosing_set.labels == specialist.label

    def says_yes() -> Tensor:
        return logits(network, choosing_inputs, training_flags.CHOOSING_BATCH)[:, 0] > 0

    fit = loop.fit(
        network,
        loop.Feed.in_memory(inputs, targets, schedule.batch_size, ("retrain", args.seed, specialist.label)),
        loss=sigmoid_squared_error,
        tensors=lambda: [network.tensors()],
        scores=lambda: [(says_yes() == is_class).double().mean().item()],
        schedule=schedule,
        state=args.state,
        record=record,
    )
    loop.keep(fit, training_flags.files(args), record)
    network.load(fit.best[0])
    collapsed = "" if says_yes().any() else "; it answers no to every image that chooses the epoch"
    print(f"class {specialist.label}: {fit.summary}{collapsed}")


def with_threshold(member: Member, tensors: Tensors, choosing_set: Images) -> tuple[Tensors, float]:
    """The network with its threshold, that of the best balanced accuracy, in its last bias; and the threshold."""
    network = Network(member.architecture, member.kept, member.outputs).load(tensors)
    answers = logits(network, network.prepare(choosing_set.images), training_flags.CHOOSING_BATCH)[:, 0]
    is_class = choosing_set.labels == member.label
    return tuned(tensors, member.architecture.layers[-1].name, answers.numpy(), is_class.numpy())


@dataclass(frozen=True)
class Candidate:
    """A network and the training that it was in, as number `place` of its networks."""

    member: Member
    fit: loop.Fit
    place: int

    @property
    def best_epoch(self) -> int:
        return self.fit.best_epochs[self.place]

    @property
    def score(self) -> float:
        """On held-out images, at its best epoch."""
        return self.fit.history[self.best_epoch - 1]["scores"][self.place]


def chosen(candidates: Iterable[Candidate], names: Sequence[str]) -> Candidate:
    """The best on held-out images; of equals the first in the order of the names."""
    return max(sorted(candidates, key=lambda one: names.index(one.member.name)), key=lambda one: one.score)


def states_of(state: str, groups: Sequence[Sequence[Member]]) -> list[Path]:
    """Where each kind's unfinished training is kept: files named after the kinds, if there are several."""
    if len(groups) == 1:
        return [Path(state)]
    return [Path(state).with_suffix(f".{group[0].kind}.safetensors") for group in groups]


def on_held_out_images(args: Namespace, record: dict) -> None:
    if args.protocol != HELD_OUT:
        raise UserError(
            f"--loss {args.loss}: network and threshold are chosen on held-out images, and --protocol {args.protocol} "
            f"has none; take {HELD_OUT}"
        )
    listed = members.of_selection(args.selection, args.dense, args.loss, args.seed)
    training_set, choosing_set = training_flags.images(args)
    label = listed[0].label
    specialists.check_classes([label], choosing_set)
    wanted, groups = specialists.truth_of(training_set), [*members.by_kind(listed)]
    states, candidates = states_of(args.state, groups), []
    for group, state in zip(groups, states, strict=True):
        print(f"{', '.join(member.widths for member in group)}:", flush=True)
        ordered, fit = specialists.fit(
            group,
            training_flags.schedule(args),
            training_set=training_set,
            wanted=wanted,
            choosing_set=choosing_set,
            choosing_batch=training_flags.CHOOSING_BATCH,
            order=("retrain", args.seed, label),
            state=state,
            record=record,
            keep_state=True,
        )
        candidates += [Candidate(member, fit, place) for place, member in enumerate(ordered)]
    best = chosen(candidates, [member.name for member in listed])
    member, fit, place, about = best.member, best.fit, best.place, record
    if member.initial == "random":  # of several shapes
        about = {**record, "shape": member.widths, "shapes": len(listed)}
    checkpoints = (args.best, fit.best[place], best.best_epoch), (args.last, fit.last[place], len(fit.history))
    for path, tensors, epoch in checkpoints:
        moved, threshold = with_threshold(member, tensors, choosing_set)
        artefacts.save_tensors(path, moved, {**about, "epoch": epoch, "threshold": threshold})
    write_history(args.history, best)
    for state in states:
        state.unlink(missing_ok=True)
    print(f"class {label}: {member.widths} of {len(listed)}, epoch {best.best_epoch}, balanced {best.score:.4f}")


def write_history(path: str, one: Candidate) -> None:
    """A network's history, as CSV; the loss is the mean of all that were trained together with it."""
    values = [(row["epoch"], row["lr"], row["loss"], row["scores"][one.place]) for row in one.fit.history]
    rows = [",".join(map(repr, row)) for row in values]
    artefacts.write_text(path, "\n".join(["epoch,lr,loss,balanced_accuracy", *rows]) + "\n")


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    (as_published if args.loss is None else on_held_out_images)(args, record)


def loss(text: str) -> str:
    """A loss that needs the labels alone."""
    if text not in LOSSES or LOSSES[text].taught:
        raise ValueError
    return text


if __name__ == "__main__":
    command = Command(__doc__)
    training_flags.add_values(command)
    command.may_take("--loss", "another than the paper's; chooses on held-out images, by balanced accuracy", type=loss)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selection", "what `specialize` kept")
    training_flags.add_files(command)
    command.run(main)
