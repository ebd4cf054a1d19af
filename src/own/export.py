"""Write one specialist of a set, or the dense network restricted to the set, as files that run anywhere, with a card.

Both programs are held against torch on all test images; the card says how many decisions differ.
"""

import hashlib
from argparse import Namespace
from collections.abc import Mapping

import numpy as np

from specdnn import artefacts, cutting, seeding
from specdnn.cli import Command, count, natural
from specdnn.own import card, decisions, flags, images, program, specialists, training
from specdnn.own.images import Images
from specdnn.own.methods import DENSE, WAYS
from specdnn.own.program import Program
from specdnn.own.specialists import Specialist

UNSAID = {"settings", "shares", "methods", "classes", "study"}  # of a set's values: in the card already, or not of one


def of_specialist(one: Specialist, args: Namespace, found: Images, record: dict) -> tuple[Program, dict, dict]:
    """The program, what its safetensors holds beside the tensors, and facts for the card."""
    network = cutting.restore(flags.trained(args, found, record), one.about["plan"])
    network = training.Normalised.of(training.loaded(network, one.tensors), found)
    row = one.about["row"]
    costs = {name: row[name] for name in ("parameters", "multiply_accumulates")}
    told = {
        "scores": decisions.scores(row),
        "costs": {**costs, "dense_parameters": one.about["dense"]["parameters"]},
        "certificate": one.about["certificate"],
        "made": {name: row[name] for name in ("method", "share", "epoch")},
    }
    return Program(network, one.about["thresholds"]), {name: one.about[name] for name in ("plan", "thresholds")}, told


def of_dense(said: dict, args: Namespace, found: Images, record: dict) -> tuple[Program, dict, dict]:
    """Likewise, of the dense network at the threshold that was chosen as the specialists' were."""
    dense = flags.trained(args, found, record)
    row = next(row for row in said["dense"] if row["method"] == "dense_tuned")
    network = program.Restricted(training.Normalised.of(dense, found), said["numbers"], len(found.names))
    costs = {**said["costs"], "dense_parameters": said["costs"]["parameters"]}
    told = {"scores": decisions.scores(row), "costs": costs, "certificate": {}, "made": {"method": DENSE}}
    return Program(network, [row["threshold"]]), {"thresholds": [row["threshold"]]}, told


def held_against_torch(contents: Mapping[str, bytes], asked: Program, pixels: np.ndarray) -> dict[str, dict]:
    expected = program.by_torch(asked)(pixels)
    readers = {"pt2": program.by_pt2, "onnx": program.by_onnx}
    return {kind: program.held_against(expected, readers[kind](content)(pixels)) for kind, content in contents.items()}


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(args.threads)
    found = images.load(args.images)
    everyone, said = specialists.load(args.specialists)
    artefacts.check_fresh(args.specialists, said, {"images": args.images, "dense": args.dense})
    if args.method == DENSE:
        tensors, (asked, about, told) = artefacts.load_tensors(args.dense)[0], of_dense(said, args, found, record)
    else:
        one = everyone[specialists.name_of(args.method, float(args.share))]
        tensors, (asked, about, told) = one.tensors, of_specialist(one, args, found, record)
    contents = program.contents(asked, found.channels, found.size)
    checks = held_against_torch(contents, asked, found.test.pixels.numpy())
    names = [found.names[label] for label in said["numbers"]]
    artefacts.save_tensors(args.safetensors, tensors, {**record, **about, "classes": names})
    for kind, content in contents.items():
        artefacts.write_bytes(getattr(args, kind), content)
    paths = {kind: getattr(args, kind) for kind in card.ENDINGS}
    values = {name: value for name, value in said["params"].items() if name not in UNSAID}
    facts = {
        **told,
        "classes": names,
        "names": [*found.names],
        "images": {"train": len(found.train), "test": len(found.test)},
        "network": {"name": args.network, "channels": found.channels, "size": found.size},
        "dense": {row["method"]: decisions.rates(row) for row in said["dense"]},
        "made": values | told["made"],
        "checks": checks,
        "bytes": card.sizes(paths),
        "sha256": record["inputs"] | {kind: hashlib.sha256(content).hexdigest() for kind, content in contents.items()},
    }
    facts["limits"] = card.limits(facts)
    artefacts.write_json(args.json, {**facts, "record": record})
    artefacts.write_text(args.md, card.page(facts))
    differing = {kind: check["differing_decisions"] for kind, check in checks.items()}
    print(f"{args.method}: {facts['bytes']}, decisions of {len(found.test):,} that differ: {differing}")


if __name__ == "__main__":
    command = Command(__doc__)
    flags.add(command)
    command.takes("--seed", "of the dense network", type=natural)
    command.takes("--method", "of the specialist, or dense", choices=[*WAYS, DENSE])
    command.takes("--share", "of the specialist; of dense nothing depends on it")
    command.takes("--threads", "torch threads", type=count)
    command.reads("--dense", "checkpoint of `own_train`")
    command.reads("--specialists", "what `own_specialists` made")
    command.writes("--safetensors", "tensors of the network, with its plan and thresholds")
    command.writes("--pt2", "the same as a program of torch.export")
    command.writes("--onnx", "the same in ONNX")
    command.writes("--md", "the card, to read")
    command.writes("--json", "the card, as data")
    command.run(main)
