"""Choose the specialists of all classes of one dense network: which units, at which widths, of how many parameters."""

import itertools
import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from specdnn import artefacts
from specdnn.cli import Command, class_label, count, fraction, natural
from specdnn.errors import UserError
from specdnn.names import ALL_PIXELS, CONTROLS, EVEN, HALVES, ON_LIVE, OWN
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept
from specdnn.networks.relabel import relabelled
from specdnn.selection import budget, choice, methods
from specdnn.selection.controls import MAKERS
from specdnn.selection.method import Thresholds
from specdnn.selection.walk import Source, kept_of

RENUMBERED = "_renumbered"  # a rule's widths when the hidden units are renumbered at random, which changes no output
RULE, LIVE = "released", "random_live"


class OfClass:
    """One class's specialists; asked: how many parameters SpecDNN's rule keeps for it."""

    def __init__(self, source: Source, label: int, limits: Thresholds):
        self._source, self._label, self._limits = source, label, limits
        self.rules = choice.reference(source, label, limits.t)
        self.asked = extract.parameters(source.architecture, self.rules)

    def widths(self, rule: str, draw: int) -> budget.Widths:
        if rule == EVEN:
            return budget.full_shape(self._source.architecture)
        source = self._source
        if rule.endswith(RENUMBERED):
            generator = np.random.default_rng([source.seed or 0, self._label, draw])
            source = replace(source, tensors=relabelled(source.tensors, source.architecture, generator))
        return choice.widths_by(source, self._label, rule.removesuffix(RENUMBERED), self._limits)

    def kept(self, units: str, widths: budget.Widths, asked: int, draw: int) -> Kept:
        def by(method: str) -> Kept:
            source = replace(self._source, draw=draw)
            return kept_of(choice.at_widths(source, self._label, method, widths, asked))

        if units not in HALVES:
            return by(units)
        first = self._source.architecture.layers[0].name
        rules, others = by(RULE), by(LIVE)
        return Kept({**others, first: rules[first]} if units == "rule_inputs" else {**rules, first: others[first]})

    def specialists(self, units: str, rule: str, share: float | None, draws: int) -> Iterator[dict]:
        """An entry a draw of the units or widths; one, with the draws of random weights, where these are not drawn."""
        filed = {"label": self._label, "units": units, "widths": rule, "share": share}
        every = [*range(1, draws + 1)]
        drawn = is_drawn(units) or rule.endswith(RENUMBERED)
        entries = [[draw] for draw in every] if drawn else [every]
        if units in CONTROLS:
            for of_entry in entries:
                source = replace(self._source, draw=of_entry[0])
                for name, network, kept in MAKERS[units](source, self._label, self.rules, self.asked):
                    parameters = extract.parameters(network, kept)
                    sizes = {"asked": parameters if units == "logistic" else self.asked, "parameters": parameters}
                    yield {**filed, **sizes, "widths": name, "draws": of_entry, "network": network.name, "kept": kept}
            return
        architecture = self._source.architecture
        asked = self.asked if share is None else choice.share_of(architecture, share)
        for of_entry in entries:
            kept = self.kept(units, self.widths(rule, of_entry[0]), asked, of_entry[0])
            sizes = {"asked": asked, "parameters": extract.parameters(architecture, kept)}
            yield {**filed, **sizes, "draws": of_entry, "network": architecture.name, "kept": kept}


def is_drawn(units: str) -> bool:
    return units in ON_LIVE or (units not in CONTROLS and "seed" in methods.load(units).takes)


def check_units(product: dict, args: Namespace, source: Source) -> None:
    """Raises UserError for units that this network has none of, or that read what is not given."""
    for units in product["units"]:
        for method in (LIVE,) if units in ON_LIVE else () if units in CONTROLS else (units,):
            choice.check_given(method, vars(args))
        if source.architecture.convolutions and units in {*HALVES, *CONTROLS}.difference(ALL_PIXELS):
            raise UserError(
                f"{args.model}: begins with a convolution, which reads all pixels; take {units} out of its products "
                "(params.yaml, compare.parts)"
            )


def main(args: Namespace, record: dict) -> None:
    source = choice.load_source(args.dense, args.model, args.seed, args.gradients, args.activations)
    classes = [OfClass(source, int(label), Thresholds(args.t, args.alpha)) for label in args.labels]
    found = []
    for product in map(json.loads, args.products):
        check_units(product, args, source)
        crossed = {name: product[name] for name in ("initial", "losses")}
        sizes = [None if share == OWN else share for share in product["shares"]]
        for of_class, units, rule, share in itertools.product(classes, product["units"], product["widths"], sizes):
            found += [{**entry, **crossed} for entry in of_class.specialists(units, rule, share, args.draws)]
    artefacts.write_json(args.selections, {"record": record, "specialists": found})
    missed = [entry for entry in found if entry["parameters"] != entry["asked"]]
    print(f"{args.model}: {len(found)} selections, {len(missed)} of another count than asked")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--seed", "names the random streams", type=natural)
    command.takes("--t", "threshold of SpecDNN's rule, whose sizes are taken", type=fraction)
    command.takes("--alpha", "level of the rules that test for significance", type=fraction)
    command.takes("--draws", "of whatever is random", type=count)
    command.takes_many("--labels", "classes", each=class_label)
    command.takes_many("--products", "JSON, one a product: units, widths, shares, initial, losses", each=json.loads)
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--gradients", "class gradients, for methods that rank by them")
    command.may_read("--activations", "activations on training images, likewise")
    command.writes("--selections", "JSON: kept inputs of each layer, for every class, units, widths, share and draw")
    command.run(main)
