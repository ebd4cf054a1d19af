"""Write the model card of an exported network, as Markdown and as JSON."""

from argparse import Namespace
from pathlib import Path

from specdnn import artefacts
from specdnn.cli import Command
from specdnn.export import card, costs, files, source
from specdnn.networks import models
from specdnn.selection.specialist import chosen_entry

UNSAID = {"label", "model", "protocol", "threads"}  # in the card's title, or of no interest to its reader

CHOSEN = ("shape", "shapes", "threshold")  # by held-out images, beside the epoch


def said(record: dict) -> dict:
    return {name: value for name, value in record["params"].items() if name not in UNSAID}


def made_by(args: Namespace) -> tuple[dict, list[dict], dict]:
    """Step -> its values, what the selection kept of each layer, and what held-out images chose."""
    made, kept, chosen = {"train": said(artefacts.load_tensors(args.dense)[1])}, [], {}
    if args.selection is not None:
        selection = artefacts.read_json(args.selection)
        _, retrained = artefacts.load_tensors(args.retrained)
        made["specialize"] = said(selection["record"])
        made["retrain"] = said(retrained)
        layers = chosen_entry(selection, retrained, args.selection)["layers"]
        kept = [{**layer, "kept": len(layer["kept"])} for layer in layers]
        chosen = {name: retrained[name] for name in CHOSEN if name in retrained}
    return made, [{name: layer[name] for name in ("layer", "kept", "of", "status")} for layer in kept], chosen


def source_code(args: Namespace, sources: dict[str, str]) -> dict[str, bytes]:
    """Language -> the file, of a specialist."""
    paths = {"javascript": args.javascript, "c": args.c}
    return {language: source.load(path, sources) for language, path in paths.items() if path is not None}


def main(args: Namespace, record: dict) -> None:
    check, metrics = artefacts.read_json(args.check), artefacts.read_json(args.metrics)
    sources = {role: getattr(args, role) for role in ("data", "dense", "selection", "retrained")}
    sources = {role: path for role, path in sources.items() if path is not None}
    artefacts.check_fresh(args.check, check["record"], {**sources, "onnx": args.onnx, "int8": args.int8})
    artefacts.check_fresh(args.metrics, metrics["record"], {**sources, "best": args.retrained or args.dense})
    exported = files.load_network(args.onnx, sources)
    made, kept, chosen = made_by(args)
    made["export"] = {"opset": exported.model.opset_import[0].version}
    written = source_code(args, sources)
    hashes = {role: record["inputs"][role] for role in (*sources, "onnx", "int8", *written)}
    sizes = {language: {"bytes": len(it), "gzip_bytes": costs.gzip_bytes(it)} for language, it in written.items()}
    facts = card.facts(check, metrics, made, kept, hashes, chosen, sizes)
    artefacts.write_json(args.json, {**facts, "record": record})
    artefacts.write_text(args.md, card.page(facts, Path(args.onnx).stem))
    print(f"{exported.network}: {len(facts['limits'])} limits")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--model", "network", choices=models.names())
    command.reads("--data", "dataset.json of the dataset")
    command.reads("--dense", "checkpoint of the dense network")
    command.may_read("--selection", "what `specialize` kept, for a specialist")
    command.may_read("--retrained", "checkpoint of the specialist")
    command.reads("--onnx", "exported network")
    command.reads("--int8", "the same in int8")
    command.may_read("--javascript", "the same as source code, of a specialist")
    command.may_read("--c", "the same as source code, of a specialist")
    command.reads("--check", "JSON of `export_check`")
    command.reads("--metrics", "JSON of `evaluate` or `evaluate_dense`")
    command.writes("--md", "the card, to read")
    command.writes("--json", "the card, as data")
    command.run(main)
