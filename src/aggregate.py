"""Join the results of one dense network and its specialists into one CSV, refusing whatever is stale.

Every file names what it was made from. A row enters only if those hashes and parameters are the present
ones all the way down: metrics <- retrained checkpoints <- selection <- dense checkpoint <- data.
"""

import json
from argparse import Namespace

import pandas as pd

from specdnn import artefacts
from specdnn.artefacts import check_fresh, read_json
from specdnn.cli import Command, class_label
from specdnn.errors import UserError
from specdnn.report import collapse
from specdnn.selection.specialist import chosen_entry, load_dense

EPOCHS = ("best_epoch", "last_epoch")


def check_params(path: str, record: dict, expected: dict) -> None:
    """Refuse (UserError) an artefact that was made with other parameters than the present ones."""
    changed = [
        f"{name} was {record['params'].get(name)!r}, is {value!r}"
        for name, value in sorted(expected.items())
        if record["params"].get(name) != value
    ]
    if changed:
        raise UserError(f"{path}: stale, {'; '.join(changed)}; delete it and run snakemake again")


def specialist_row(args: Namespace, expected: dict, place: int) -> dict:
    """The row of the class at `place` in the lists of files."""
    label = args.labels[place]
    metrics_path, selection_path = args.metrics[place], args.selections[place]
    retrained = {"best": args.best[place], "last": args.last[place]}
    metrics, selection = read_json(metrics_path), read_json(selection_path)
    sources = {"data": args.data, "dense": args.dense_best, "selection": selection_path}
    check_fresh(metrics_path, metrics["record"], {**sources, **retrained})
    check_params(metrics_path, metrics["record"], expected["evaluate"])
    for path in retrained.values():
        _, record = artefacts.load_tensors(path)
        check_fresh(path, record, sources)
        check_params(path, record, expected["retrain"])
    check_fresh(selection_path, selection["record"], {"dense": args.dense_best})
    check_params(selection_path, selection["record"], {**expected["specialize"], "label": int(label)})
    entry = chosen_entry(selection, record, selection_path)  # both epochs are of one network
    layers = entry["layers"]
    return {
        "label": label,
        "kept": " ".join(f"{layer['layer']}={len(layer['kept'])}" for layer in layers),
        "fallback": " ".join(layer["layer"] for layer in layers if layer["status"] in ("forced", "degenerate")),
        "compress_rate": entry["compress_rate"],
        "parameters": entry["parameters"],
        "parameter_share": entry["parameter_share"],
        "always_no": metrics["always_no"],
        **{f"before_{name}": value for name, value in metrics.get("before_retraining", {}).items()},
        **{f"{epoch}_{name}": value for epoch in EPOCHS for name, value in metrics[epoch].items()},
    }


def dense_row(args: Namespace, expected: dict) -> dict:
    metrics = read_json(args.dense_metrics)
    retrained = {"best": args.dense_best, "last": args.dense_last}
    check_fresh(args.dense_metrics, metrics["record"], {"data": args.data, **retrained})
    check_params(args.dense_metrics, metrics["record"], expected["evaluate"])
    for path in retrained.values():
        load_dense(path, expected["train"]["model"])
        _, record = artefacts.load_tensors(path)
        check_fresh(path, record, {"data": args.data})
        check_params(path, record, expected["train"])
    return {
        "label": "original",
        "compress_rate": 1.0,
        "parameters": metrics["parameters"],
        "parameter_share": 1.0,
        **{f"{epoch}_{name}": value for epoch in EPOCHS for name, value in metrics[epoch].items()},
    }


def main(args: Namespace, record: dict) -> None:
    expected = json.loads(args.expected)
    rows = [specialist_row(args, expected, place) for place in range(len(args.labels))]
    frame = pd.DataFrame([*rows, dense_row(args, expected)])
    artefacts.write_text(args.csv, frame.to_csv(index=False))
    print(f"{len(rows)} specialists and their dense network, none of them stale")
    print(collapse.sentence({row["label"]: row["best_epoch_collapsed"] for row in rows}))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--expected", "JSON: rule -> the parameters that its artefacts must have been made with")
    command.takes_many("--labels", "classes, in the order of the lists of files", each=class_label)
    command.reads("--data", "dataset.json of the dataset")
    command.reads("--dense-best", "dense checkpoint, best epoch")
    command.reads("--dense-last", "dense checkpoint, last epoch")
    command.reads("--dense-metrics", "scores of the dense network")
    command.reads_many("--metrics", "scores, one file a class")
    command.reads_many("--selections", "selections, one file a class")
    command.reads_many("--best", "retrained checkpoints, best epoch, one file a class")
    command.reads_many("--last", "retrained checkpoints, last epoch, one file a class")
    command.writes("--csv", "one row a specialist, and one for the dense network")
    command.run(main)
