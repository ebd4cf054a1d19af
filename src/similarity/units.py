"""Compare the kept units of one class's specialist with the same units of its dense network, layer by layer."""

from argparse import Namespace

from torch import Tensor

from specdnn import artefacts, seeding
from specdnn.cli import Command, count
from specdnn.data.protocols import test_split
from specdnn.selection.specialist import load_dense, load_retrained, load_specialist
from specdnn.similarity.measuring import Reading, measure
from specdnn.similarity.metrics import Pair
from specdnn.similarity.units import answers, embed
from specdnn.similarity.views import matrices


def read(answered: dict[str, Tensor], args: Namespace) -> dict[tuple[str, str], Reading]:
    """(layer, view) -> how the network answers there, in the order of the layers."""
    return {
        (layer, view): Reading(x, args.rbf_samples)
        for layer, activations in answered.items()
        for view, x in matrices(layer, activations, args.positions)
    }


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    specialist = load_specialist(args.selection, args.dense)
    architecture, kept, label = specialist.architecture, specialist.kept, specialist.label
    made_from = {"data": args.data, "dense": args.dense, "selection": args.selection}
    retrained, made = load_retrained(args.best, specialist, made_from)
    networks = {
        "dense": load_dense(args.dense, architecture.name),
        "before": embed(specialist.tensors, architecture, kept, (label,)),
        "after": embed(retrained, architecture, kept, (label,)),
    }
    test = test_split(args.data, args.test_images)
    rows = []
    for name, chosen in (("class", test.labels == label), ("others", test.labels != label)):
        images = test.images[chosen]
        readings = {
            role: read(answers(tensors, architecture, kept, label, images, args.batch_size), args)
            for role, tensors in networks.items()
        }
        rows += [
            {"retraining": stage, "images": name, "layer": layer, "view": view, **row}
            for stage in ("before", "after")
            for (layer, view), dense in readings["dense"].items()
            for row in measure(dense, readings[stage][layer, view], {"unit_correlation": Pair.unit_correlation})
        ]
    network = {
        "protocol": made["params"]["protocol"],
        "model": architecture.name,
        "seed": made["params"]["seed"],
        "method": specialist.selection["record"]["params"]["method"],
        "label": label,
    }
    artefacts.write_json(args.similarities, {"record": record, "of": network, "rows": rows})
    dead = sum(row["status"] == "dead layer" for row in rows)
    print(f"{architecture.name}, class {label}: {len(rows)} similarities, {dead} of them of a dead layer")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--test-images", "use the first so many test images", type=count)
    command.takes("--positions", "positions of a map's images drawn as samples, at most", type=count)
    command.takes("--rbf-samples", "samples for the radial kernels, at most", type=count)
    command.takes("--batch-size", "images per forward pass", type=count)
    command.takes("--threads", "torch threads; sums split by thread", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.reads("--selection", "what `specialize` kept")
    command.reads("--best", "retrained checkpoint, best epoch")
    command.writes("--similarities", "JSON: a row for each layer, before and after retraining, images and metric")
    command.run(main)
