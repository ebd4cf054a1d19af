"""Write which of one dense network's specialists die early, by learning rate, loss and initial bias.

On held-out images alone: what is chosen by it has seen no test image.
"""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from specdnn import artefacts, seeding
from specdnn.cli import Command, number, split_flag, training_flags
from specdnn.data.protocols import Images
from specdnn.errors import UserError
from specdnn.networks.network import logits
from specdnn.selection.specialist import load_dense
from specdnn.training import members, specialists, stacked
from specdnn.training.members import Member
from specdnn.training.schedule import Schedule

BIASES = ("cut", "centred")
DIGITS = 6  # of what is no count


def centred(group: list[Member], images: Images) -> list[Member]:
    """The last bias shifted so that the mean logit over the images is 0: neither yes nor no."""
    module = stacked.assemble(group)
    means = logits(module, module.prepare(images.images), training_flags.CHOOSING_BATCH).mean(0).tolist()
    shifted = []
    for member, mean in zip(module.members, means, strict=True):
        name = f"{member.architecture.layers[-1].name}.bias"
        shifted.append(replace(member, tensors={**member.tensors, name: member.tensors[name] - mean}))
    return shifted


def outcome(
    args: Namespace, record: dict, group: list[Member], schedule: Schedule, sets: tuple[Images, Images]
) -> Iterator[dict]:
    """A row a specialist after the last epoch."""
    training_set, choosing_set = sets
    ordered, found = specialists.fit(
        group,
        schedule,
        training_set=training_set,
        wanted=specialists.truth_of(training_set),
        choosing_set=choosing_set,
        choosing_batch=training_flags.CHOOSING_BATCH,
        order=("compare", args.seed),
        state=args.state,
        record=record,
    )
    trained = [replace(member, tensors=tensors) for member, tensors in zip(ordered, found.last, strict=True)]
    module = stacked.assemble(trained)
    answers = logits(module, module.prepare(choosing_set.images), training_flags.CHOOSING_BATCH)
    for k, member in enumerate(module.members):
        is_class = choosing_set.labels == member.label
        yes = answers[:, k] > 0
        recall, specificity = yes[is_class].float().mean().item(), (~yes[~is_class]).float().mean().item()
        yield {
            "lr": schedule.lr,
            "loss": member.loss,
            "label": member.label,
            "parameters": member.parameters,
            "balanced_accuracy": (recall + specificity) / 2,
            "always_no": not yes.any().item(),
            "constant": (answers[:, k] == answers[0, k]).all().item(),  # no unit of some layer fires
        }


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    sets = training_flags.images(args)
    chosen, given = members.load(args.selections, args.dense)
    dense = load_dense(args.dense, given["model"])
    own = [one for one in chosen if (one.units, one.widths, one.initial) == ("released", "released", "kept")]
    begun = [one.begun(dense, args.seed) for one in own if one.loss in args.losses]
    if not begun:
        raise UserError(
            f"{args.selections}: has none of SpecDNN's specialists by {', '.join(args.losses)}; name a loss of "
            "compare.parts.own in compare.survival.losses"
        )
    specialists.check_classes([one.label for one in begun], sets[1])
    rows = []
    for bias in BIASES:
        group = begun if bias == "cut" else centred(begun, sets[0])
        for lr in map(float, args.rates):
            schedule, of_both = replace(training_flags.schedule(args), lr=lr), {**record, "bias": bias, "lr": lr}
            rows += [{"bias": bias, **row} for row in outcome(args, of_both, group, schedule, sets)]
            print(f"{bias}, learning rate {lr:g}: {len(group)} specialists", flush=True)
    filed = {"model": given["model"], "dataset": args.dataset, "seed": args.seed, "epochs": args.epochs}
    frame = pd.DataFrame([{**filed, **row, "settings": args.settings} for row in rows]).round(DIGITS)
    artefacts.write_text(args.scores, frame.to_csv(index=False))
    Path(args.state).unlink(missing_ok=True)


if __name__ == "__main__":
    command = Command(__doc__)
    training_flags.add_values(command)
    split_flag.add(command)
    command.takes("--dataset", "that its rows are filed under")
    command.takes_many("--rates", "learning rates of the first epoch, each in place of --lr", each=number)
    command.takes_many("--losses", "of which the selection has SpecDNN's specialists")
    command.takes("--settings", "a name for all values behind these scores")
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selections", "what `compare_select` chose")
    command.writes("--scores", "CSV: a row a specialist, learning rate, loss and bias")
    command.writes("--state", "state of an unfinished training")
    command.run(main)
