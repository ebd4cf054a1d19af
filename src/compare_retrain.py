"""Retrain the specialists of all classes that one method chose, together."""

from argparse import Namespace
from pathlib import Path

from specdnn import artefacts, members, seeding, together, training_flags
from specdnn.cli import Command
from specdnn.errors import UserError
from specdnn.members import Member
from specdnn.methods.controls import LOGISTIC
from specdnn.protocols import Images
from specdnn.together import Fits


def fit(group: list[Member], args: Namespace, record: dict, training_set: Images, choosing_set: Images) -> Fits:
    """Train the members of one budget."""
    logistic = group[0].architecture is LOGISTIC
    module = together.assemble(group)
    labels = [member.label for member in group]
    is_class = choosing_set.labels[:, None] == choosing_set.labels.new_tensor(labels)
    for label, found in zip(labels, is_class.T, strict=True):
        if not found.any() or found.all():
            raise UserError(
                f"class {label}: {found.sum()} of the {len(found)} images that choose the epoch are of it, and no "
                "balanced accuracy comes of that; raise images.held_out"
            )

    def scores(trained: together.Stack | together.SideBySide) -> list[float]:
        answers = together.all_logits(trained, choosing_set.images, training_flags.CHOOSING_BATCH)
        return together.balanced_accuracies(answers, is_class)

    return together.fit(
        module,
        training_set.images,
        (training_set.labels[:, None] == training_set.labels.new_tensor(labels)).float(),
        loss=together.cross_entropies if logistic else together.squared_errors,
        choose_by=scores,
        schedule=training_flags.schedule(args),
        order=("compare", args.seed),
        state=state_of(args, group),
        record={**record, "members": [member.name for member in group]},
    )


def state_of(args: Namespace, group: list[Member]) -> Path:
    return Path(args.state).with_suffix(f".{group[0].budget}.safetensors")


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    groups = members.by_budget(members.load(args.selections, args.dense))
    training_set, choosing_set = training_flags.images(args)
    tensors, chosen, rows = {}, {}, ["budget,label,epoch,loss,score"]
    for budget, group in groups.items():
        fits = fit(group, args, record, training_set, choosing_set)
        for k, member in enumerate(group):
            tensors |= {f"{member.name}/{name}": tensor for name, tensor in fits.best[k].items()}
            epoch = fits.best_epochs[k]
            chosen[member.name] = {"epoch": epoch, "score": fits.history[epoch - 1]["scores"][k]}
            rows += [
                f"{budget},{member.label},{row['epoch']},{row['loss']!r},{row['scores'][k]!r}" for row in fits.history
            ]
        print(f"{budget}: {len(group)} specialists", flush=True)
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
    command.writes("--best", "checkpoint: {budget}/class{label}/{tensor}, each at its chosen epoch")
    command.writes("--history", "CSV: budget, label, epoch, mean loss of the budget's specialists, score")
    command.writes("--state", "stem of the states of unfinished trainings; removed when done")
    command.run(main)
