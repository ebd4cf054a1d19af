"""Choose the units of one class's specialist, walking back from its output through a dense network."""

from argparse import Namespace

from specdnn import artefacts, extraction
from specdnn.cli import Command, fraction, label
from specdnn.errors import UserError
from specdnn.models import ARCHITECTURES
from specdnn.selection import RULES
from specdnn.specialist import load_dense
from specdnn.specialization import kept_of, walk_back


def main(args: Namespace, record: dict) -> None:
    architecture = ARCHITECTURES[args.model]
    dense = load_dense(args.dense, args.model)
    try:
        selections = walk_back(dense, architecture, args.label, rule=args.method, t=args.t, on_empty=args.on_empty)
    except ValueError as error:
        raise UserError(f"{error}; set specialize.on_empty: top1 to take the strongest unit instead") from None
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
            "compress_rate": extraction.compress_rate(architecture, kept),
            "parameters": extraction.parameters(architecture, kept),
            "parameter_share": extraction.parameters(architecture, kept) / architecture.parameters,
        },
    )
    sizes = ", ".join(f"{layer['layer']} {len(layer['kept'])}/{layer['of']} {layer['status']}" for layer in layers)
    print(f"{args.model}, class {args.label}, {args.method}: kept inputs {sizes}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=ARCHITECTURES)
    command.takes("--label", "class that the specialist recognises", type=label)
    command.takes("--method", "selection rule", choices=RULES)
    command.takes("--t", "threshold of the rule, in (0, 1)", type=fraction)
    command.takes("--on-empty", "what an empty selection becomes", choices=["raise", "top1"])
    command.reads("--dense", "checkpoint of the dense network")
    command.writes("--selection", "JSON: kept inputs of each layer, strongest first, with status and sizes")
    command.run(main)
