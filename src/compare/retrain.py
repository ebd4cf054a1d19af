"""Retrain the specialists of all classes that one method chose, together."""

from argparse import Namespace
from pathlib import Path

from specdnn import artefacts, seeding
from specdnn.cli import Command, training_flags
from specdnn.data.protocols import Images
from specdnn.errors import UserError
from specdnn.networks.models import LOGISTIC
from specdnn.training import loop, members, stacked
from specdnn.training.losses import cross_entropies, squared_errors
from specdnn.training.members import Member


def fit(group: list[Member], args: Namespace, record: dict, training_set: Images, choosing_set: Images) -> loop.Fit:
    """Train the members of one size."""
    module, schedule = stacked.assemble(group), training_flags.schedule(args)
    labels = [member.label for member in group]
    is_class = choosing_set.labels[:, None] == choosing_set.labels.new_tensor(labels)  # n x members
    for label, found in zip(labels, is_class.T, strict=True):
        if not found.any() or found.all():
            raise UserError(
                f"class {label}: {found.sum()} of the {len(found)} images that choose the epoch are of it, and no "
                "balanced accuracy comes of that; raise images.held_out"
            )
    targets = (training_set.labels[:, None] == training_set.labels.new_tensor(labels)).float()  # n x members
    inputs = module.prepare(training_set.images)

    def scores() -> list[float]:
        answers = stacked.all_logits(module, choosing_set.images, training_flags.CHOOSING_BATCH)
        return stacked.balanced_accuracies(answers, is_class)

    return loop.fit(
        module,
        loop.Feed.in_memory(inputs, targets, schedule.batch_size, ("compare", args.seed)),
        loss=cross_entropies if group[0].architecture is LOGISTIC else squared_errors,
        tensors=module.tensors,
        scores=scores,
        schedule=schedule,
        state=state_of(args, group),
        record={**record, "members": [member.name for member in group]},
        keep_state=True,
    )


def state_of(args: Namespace, group: list[Member]) -> Path:
    return Path(args.state).with_suffix(f".{group[0].size}.safetensors")


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    groups = members.by_size(members.load(args.selections, args.dense))
    training_set, choosing_set = training_flags.images(args)
    tensors, chosen, rows = {}, {}, ["share,label,epoch,loss,score"]
    for size, group in groups.items():
        fits = fit(group, args, record, training_set, choosing_set)
        for k, member in enumerate(group):
            tensors |= {f"{member.name}/{name}": tensor for name, tensor in fits.best[k].items()}
            epoch = fits.best_epochs[k]
            chosen[member.name] = {"epoch": epoch, "score": fits.history[epoch - 1]["scores"][k]}
            share = "" if member.share is None else member.size
            rows += [
                f"{share},{member.label},{row['epoch']},{row['loss']!r},{row['scores'][k]!r}" for row in fits.history
            ]
        print(f"{size}: {len(group)} specialists", flush=True)
    artefacts.save_tensors(args.best, tensors, {**record, "chosen": chosen})
    artefacts.write_text(args.history, "\n".join(rows) + "\n")
    for group in groups.values():
        state_of(args, group).unlink(missing_ok=True)


if __name__ == "__main__":
    command = Command(__doc__)
    training_flags.add_values(command)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selections", "what `compare_select` chose")
    command.writes("--best", "checkpoint: {share, or own}/class{label}/{tensor}, each at its chosen epoch")
    command.writes("--history", "CSV: share (none: SpecDNN's own size), label, epoch, mean loss of that size, score")
    command.writes("--state", "stem of the states of unfinished trainings; removed when done")
    command.run(main)
