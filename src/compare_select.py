"""Choose the specialists of all classes by one method: at SpecDNN's own size for each class, or at given shares."""

from argparse import Namespace

from specdnn import artefacts, choice, extraction
from specdnn.cli import Command, class_label, fraction, natural
from specdnn.methods import METHODS
from specdnn.methods.controls import LOGISTIC
from specdnn.models import ARCHITECTURES
from specdnn.specialization import kept_of

OWN = "own"  # name of the budget that is SpecDNN's own for the class


def budget(text: str) -> float | str:
    """`own`, or a number strictly between 0 and 1."""
    return text if text == OWN else fraction(text)


def chosen(args: Namespace, label: int, source: choice.Source) -> list[dict]:
    """One entry a budget."""
    if args.method == LOGISTIC.name:
        kept = extraction.dense_kept(LOGISTIC)
        return [entry(label, OWN, LOGISTIC, kept, LOGISTIC.parameters)]
    entries = []
    for share in args.shares:
        if share == OWN:
            selections, asked = choice.at_own_size(source, label, args.method, args.t)
        else:
            asked = choice.share_of(source.architecture, fraction(share))
            selections = choice.at_count(source, label, args.method, asked)
        entries.append(entry(label, share, source.architecture, kept_of(selections), asked))
    return entries


def entry(label: int, budget: str, architecture, kept: extraction.Kept, asked: int) -> dict:
    return {
        "label": label,
        "budget": budget,
        "network": architecture.name,
        "kept": kept,
        "asked": asked,
        "parameters": extraction.parameters(architecture, kept),
    }


def main(args: Namespace, record: dict) -> None:
    if args.method in METHODS:
        choice.check_given(args.method, args.gradients, args.activations)
    source = choice.load_source(args.dense, args.model, args.seed, args.gradients, args.activations)
    specialists = [found for label in args.labels for found in chosen(args, int(label), source)]
    fresh = args.method == LOGISTIC.name or METHODS[args.method].fresh
    artefacts.write_json(args.selections, {"record": record, "fresh": fresh, "specialists": specialists})
    missed = [found for found in specialists if found["parameters"] != found["asked"]]
    print(f"{args.method}: {len(specialists)} specialists, {len(missed)} of another count than asked")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=ARCHITECTURES)
    command.takes("--method", "selection method", choices=[*METHODS, LOGISTIC.name])
    command.takes("--seed", "names the random streams", type=natural)
    command.takes("--t", "threshold of SpecDNN's rule, whose sizes are taken", type=fraction)
    command.takes_many("--labels", "classes", each=class_label)
    command.takes_many("--shares", f"budgets: {OWN}, or shares of the dense network's parameters", each=budget)
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--gradients", "class gradients, for methods that rank by them")
    command.may_read("--activations", "activations on training images, likewise")
    command.writes("--selections", "JSON: kept inputs of each layer, for every class and budget")
    command.run(main)
