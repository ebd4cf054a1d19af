"""Choose the specialists of all classes by one method: at SpecDNN's own size for each class, or at given shares."""

from argparse import Namespace

from specdnn import artefacts
from specdnn.cli import Command, class_label, fraction, natural
from specdnn.names import OWN
from specdnn.networks import extract, models
from specdnn.networks.models import LOGISTIC, Architecture
from specdnn.selection import choice, methods
from specdnn.selection.walk import Source, kept_of


def size(text: str) -> float | None:
    """`own`, for SpecDNN's own size, or a number strictly between 0 and 1."""
    return None if text == OWN else fraction(text)


def chosen(args: Namespace, label: int, source: Source) -> list[dict]:
    """One entry a share."""
    if args.method == LOGISTIC.name:
        return [entry(label, None, LOGISTIC, extract.dense_kept(LOGISTIC), LOGISTIC.parameters)]
    entries = []
    for wanted in map(size, args.shares):
        if wanted is None:
            selections, asked = choice.at_own_size(source, label, args.method, args.t)
        else:
            asked = choice.share_of(source.architecture, wanted)
            selections = choice.at_count(source, label, args.method, asked)
        entries.append(entry(label, wanted, source.architecture, kept_of(selections), asked))
    return entries


def entry(label: int, share: float | None, architecture: Architecture, kept: extract.Kept, asked: int) -> dict:
    return {
        "label": label,
        "share": share,
        "network": architecture.name,
        "kept": kept,
        "asked": asked,
        "parameters": extract.parameters(architecture, kept),
    }


def main(args: Namespace, record: dict) -> None:
    if args.method != LOGISTIC.name:
        choice.check_given(args.method, vars(args))
    source = choice.load_source(args.dense, args.model, args.seed, args.gradients, args.activations)
    specialists = [found for label in args.labels for found in chosen(args, int(label), source)]
    fresh = args.method == LOGISTIC.name or methods.load(args.method).fresh
    artefacts.write_json(args.selections, {"record": record, "fresh": fresh, "specialists": specialists})
    missed = [found for found in specialists if found["parameters"] != found["asked"]]
    print(f"{args.method}: {len(specialists)} specialists, {len(missed)} of another count than asked")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--method", "selection method", choices=[*methods.names(), LOGISTIC.name])
    command.takes("--seed", "names the random streams", type=natural)
    command.takes("--t", "threshold of SpecDNN's rule, whose sizes are taken", type=fraction)
    command.takes_many("--labels", "classes", each=class_label)
    command.takes_many("--shares", f"sizes: {OWN}, or shares of the dense network's parameters", each=size)
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--gradients", "class gradients, for methods that rank by them")
    command.may_read("--activations", "activations on training images, likewise")
    command.writes("--selections", "JSON: kept inputs of each layer, for every class and share")
    command.run(main)
