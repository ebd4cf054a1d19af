"""Look at the communities of one dense network: what each rule selects, how classes share, what removal costs."""

from argparse import Namespace

import numpy as np

from specdnn import artefacts, seeding
from specdnn.cli import Command, class_label, count, fraction, natural
from specdnn.data import CLASSES
from specdnn.data.protocols import Images, test_split
from specdnn.evaluation import communities
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept
from specdnn.networks.relabel import relabelled
from specdnn.selection import choice, methods
from specdnn.selection.method import Thresholds
from specdnn.selection.walk import Source, kept_of

DRAWS = 3  # random removals that a class's own is compared with


def selected(source: Source, method: str, labels: list[int], limits: Thresholds) -> list[dict]:
    """What a method's own rule selects for each class."""
    rows, first = [], source.architecture.layers[0].name
    for label in labels:
        selections = choice.by_rule(source, label, method, limits, "top1")
        kept = kept_of(selections)
        rows.append(
            {
                "method": method,
                "label": label,
                "compress_rate": extract.compress_rate(source.architecture, kept),
                "parameters": extract.parameters(source.architecture, kept),
                "narrowest": min(len(kept[layer.name]) for layer in source.architecture.layers if layer.name != first),
                "empty_layers": sum(chosen.status in ("forced", "degenerate") for chosen in selections.values()),
                "full_layers": sum(
                    chosen.status == "all" for name, chosen in selections.items() if len(chosen.units) > 1
                ),
            }
        )
    return rows


def removals(source: Source, kept: list[Kept], labels: list[int], args: Namespace, test: Images) -> list[dict]:
    """Recall of each class with and without its own community's hidden units, and without as many at random."""

    def recalls(tensors: communities.Tensors) -> np.ndarray:
        return communities.recalls(tensors, source.architecture, test.images, test.labels, args.batch_size)

    whole = recalls(source.tensors)
    generator = np.random.default_rng(args.seed)
    rows = []
    for label, community in zip(labels, kept, strict=True):
        others = np.arange(CLASSES) != label
        loss = whole - recalls(communities.without(source.tensors, source.architecture, community))
        draws = [communities.random_like(community, source.architecture, generator) for _ in range(DRAWS)]
        by_chance = [whole - recalls(communities.without(source.tensors, source.architecture, draw)) for draw in draws]
        rows.append(
            {
                "label": label,
                "recall": whole[label],
                "loss": loss[label],
                "loss_of_others": loss[others].mean(),
                "loss_by_chance": float(np.mean([drawn[label] for drawn in by_chance])),
            }
        )
    return rows


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    source = choice.load_source(args.dense, args.model, args.seed)
    labels = [int(label) for label in args.labels]
    limits = Thresholds(t=args.t, alpha=args.alpha)
    kept = [*communities.released(source.tensors, source.architecture, labels, args.t)]
    generator = np.random.default_rng(args.seed)
    rates = []
    for _ in range(args.relabelings):
        renumbered = relabelled(source.tensors, source.architecture, generator)
        rates.append(communities.released_rate(renumbered, source.architecture, labels, args.t))
    found = {
        "record": record,
        "selected": [row for method in args.methods for row in selected(source, method, labels, limits)],
        "overlaps": communities.overlaps(kept, source.architecture),
        "removals": removals(source, kept, labels, args, test_split(args.data, args.test_images)),
        "relabelled_rates": rates,
    }
    artefacts.write_json(args.communities, found)
    print(f"{args.model}, seed {args.seed}: rate {np.mean(rates):.4%} over {args.relabelings} relabelings")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--dataset", "that it was trained on")
    command.takes("--model", "network", choices=models.names())
    command.takes("--seed", "of the dense network; names the random streams", type=natural)
    command.takes_many("--labels", "classes", each=class_label)
    command.takes_many("--methods", f"rules whose own selections are counted, of {', '.join(methods.names())}")
    command.takes("--settings", "a name for all values behind what is found")
    command.takes("--t", "threshold of the paper's rules", type=fraction)
    command.takes("--alpha", "level of the significance tests", type=fraction)
    command.takes("--relabelings", "how often hidden units are renumbered", type=count)
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.writes("--communities", "JSON: selected, overlaps, removals, relabelled_rates")
    command.run(main)
