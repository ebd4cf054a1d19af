"""Choose the units of one class's specialist, walking back from its output through a dense network.

Of a method that cuts nothing out of it, list the networks that are tried: their shapes and what they read.
"""

from argparse import Namespace

from specdnn import artefacts
from specdnn.cli import Command, class_label, count, fraction, natural
from specdnn.errors import UserError
from specdnn.networks import extract, models
from specdnn.selection import choice, methods
from specdnn.selection.method import Method, Thresholds
from specdnn.selection.rules import Selection
from specdnn.selection.walk import Source, kept_of


def chosen(args: Namespace, source: Source) -> dict[str, Selection]:
    """By the method's own rule, or at SpecDNN's size where it has none; at the asked count where one is given."""
    if args.budget is not None:
        return choice.at_count(source, args.label, args.method, args.budget)
    if methods.load(args.method).keeps is None:
        return choice.at_own_size(source, args.label, args.method, args.t)[0]
    limits = Thresholds(t=args.t, alpha=args.alpha)
    try:
        return choice.by_rule(source, args.label, args.method, limits, args.on_empty)
    except ValueError as error:
        raise UserError(f"{error}; set specialize.on_empty: top1 to take the strongest unit instead") from None


def listed(args: Namespace, source: Source, method: Method) -> list[dict]:
    """An entry a network that is tried, of SpecDNN's own number of parameters or of the asked one."""
    if source.architecture.convolutions and not method.all_pixels:
        raise UserError(f"{args.method} begins with some of the pixels; {args.model}'s convolution reads them all")
    rules = choice.reference(source, args.label, args.t)
    asked = args.budget or extract.parameters(source.architecture, rules)
    found = []
    for name, network, kept in method.shapes(source, args.label, rules, asked):
        layers = [
            {
                "layer": layer.name,
                "of": layer.inputs,
                "kept": kept[layer.name],
                "status": "budget" if len(kept[layer.name]) < layer.inputs else "all",
            }
            for layer in network.layers
        ]
        parameters = extract.parameters(network, kept)
        sizes = {"parameters": parameters, "parameter_share": parameters / source.architecture.parameters}
        found.append({"network": name, "layers": layers, "compress_rate": None, **sizes})  # nothing is cut
    if not found:
        raise UserError(f"{args.method} has no network of {asked} parameters; raise specialize.budget")
    return found


def main(args: Namespace, record: dict) -> None:
    choice.check_given(args.method, vars(args))
    source = choice.load_source(args.dense, args.model, args.seed, args.gradients, args.activations)
    method = methods.load(args.method)
    if method.shapes is not None:
        entries = listed(args, source, method)
        artefacts.write_json(args.selection, {"record": record, "shapes": entries})
        print(f"{args.model}, class {args.label}, {args.method}: {len(entries)} shapes")
        return
    architecture, selections = source.architecture, chosen(args, source)
    kept = kept_of(selections)
    layers = [
        {
            "layer": layer.name,
            "of": layer.inputs,
            "kept": selections[layer.name].units,
            "q": selections[layer.name].q,
            "status": selections[layer.name].status,
            "omega_1": selections[layer.name].omega_1,
        }
        for layer in architecture.layers
    ]
    artefacts.write_json(
        args.selection,
        {
            "record": record,
            "layers": layers,
            "compress_rate": extract.compress_rate(architecture, kept),
            "parameters": extract.parameters(architecture, kept),
            "parameter_share": extract.parameters(architecture, kept) / architecture.parameters,
        },
    )
    sizes = ", ".join(f"{layer['layer']} {len(layer['kept'])}/{layer['of']} {layer['status']}" for layer in layers)
    print(f"{args.model}, class {args.label}, {args.method}: kept inputs {sizes}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.takes("--label", "class that the specialist recognises", type=class_label)
    command.takes("--method", "selection method", choices=methods.names())
    command.takes("--t", "threshold of the binomial rules, in (0, 1)", type=fraction)
    command.may_take("--alpha", "level of the significance tests (disparity, ccme), in (0, 1)", type=fraction)
    command.may_take("--seed", "names the random streams of what a method draws", type=natural)
    command.may_take("--budget", "weights + biases of the specialist; without it, the method's own size", type=count)
    command.takes("--on-empty", "what an empty selection becomes", choices=["raise", "top1"])
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--gradients", "class gradients, for methods that rank by them")
    command.may_read("--activations", "activations on training images, likewise")
    command.writes("--selection", "JSON: kept inputs of each layer, strongest first, status, sizes; or a list")
    command.run(main)
