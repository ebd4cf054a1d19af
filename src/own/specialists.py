"""Cut, retrain and score all specialists of one dense network for one set of classes, one after another.

What is finished stays when the job is killed, and the one that was training goes on from its state.
"""

from argparse import Namespace
from pathlib import Path

import pandas as pd

from specdnn import artefacts, seeding
from specdnn.cli import Command, count, fraction, training_flags
from specdnn.own import decisions, flags, images, losses, specialists
from specdnn.own.classes import numbered, slug
from specdnn.own.methods import WAYS
from specdnn.own.specialists import Set

DIGITS = 6  # of what is no count
COLUMNS = [  # in this order: what a row is of, then what was found
    *("study", "set", "seed", "device", "method", "share", "classes", "epoch", "parameters", "multiply_accumulates"),
    *("held_out_balanced_accuracy", "set_images", "other_images", "accepted", "right", "false_alarms", "auroc"),
    "settings",
]


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    found = images.load(args.images)
    classes = numbered(args.classes, found.names)
    training_set, choosing = found.held_out(args.held_out, args.seed)
    of_set = Set(
        dense=flags.trained(args, found, record),
        images=found,
        classes=classes,
        training=training_set,
        choosing=choosing,
        statistics=flags.statistics(args),
        schedule=training_flags.schedule(args),
        loss=args.loss,
        most=args.per_epoch,
        of=args.of,
        seed=args.seed,
        device=training_flags.on(args),
    )
    made, stem = {}, Path(args.state)
    for share in map(float, args.shares):
        for method in args.methods:
            name = specialists.name_of(method, share)
            made[name] = specialists.finished(of_set, method, share, stem, record)
            row = made[name].about["row"]
            right = decisions.rates(row)["balanced_accuracy"]
            print(f"{name}: {row['parameters']:,} parameters, balanced accuracy {right:.4f}", flush=True)
    dense = specialists.dense_rows(of_set)
    costs = next(iter(made.values())).about["dense"]
    filed = {"study": args.study, "set": slug(args.classes), "seed": args.seed, "device": of_set.device}
    filed |= {"classes": "|".join(found.names[label] for label in classes), "settings": args.settings}
    rows = [{**filed, **costs, **row} for row in dense] + [{**filed, **one.about["row"]} for one in made.values()]
    specialists.save(args.specialists, made, {**record, "dense": dense, "costs": costs, "numbers": classes})
    frame = pd.DataFrame(rows)[COLUMNS].round(DIGITS).convert_dtypes()
    artefacts.write_text(args.scores, frame.to_csv(index=False))
    for left in stem.parent.glob(f"{stem.stem}.*"):
        left.unlink()


if __name__ == "__main__":
    command = Command(__doc__)
    flags.add(command)
    command.takes("--study", "that its rows are filed under")
    command.takes_many("--classes", "the set, by names or numbers, in the order of the outputs")
    command.takes_many("--methods", ", ".join(WAYS))
    command.takes_many("--shares", "of the dense network that a specialist may have", each=fraction)
    command.takes("--of", "what the shares are of", choices=["parameters", "multiply_accumulates"])
    command.takes("--loss", "what retraining minimises", choices=losses.NAMES)
    training_flags.add_schedule(command)
    command.takes("--lr-step", "epochs between two drops of the learning rate", type=count)
    command.may_take("--per-epoch", "images of an epoch, others in each; all where it is not given", type=count)
    training_flags.add_device(command)
    command.takes("--settings", "a name for all values behind these scores")
    command.reads("--dense", "checkpoint of `own_train`")
    command.may_read("--statistics", "what `own_statistics` gathered, for the methods that look at it")
    command.writes("--specialists", "safetensors: all of them, with their plans, certificates and thresholds")
    command.writes("--scores", "CSV: a row a specialist, and the dense network restricted to the set")
    command.writes("--state", "stem of the states of unfinished trainings; removed when done")
    command.run(main)
