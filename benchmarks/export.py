"""Measure latency and memory of a dense network and its specialists, as exported, in float32 and int8.

All networks run in turns within one process, so that noise hits all of them: in every round each runs a few times in a
row, and percentiles are over all rounds but the first. Memory is measured in fresh processes.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from onnx import TensorProto, helper

from specdnn import artefacts
from specdnn.cli import Command, class_label, count
from specdnn.data import IMAGE_SIDE, idx
from specdnn.export import INPUT, OUTPUT, files

Key = tuple[str, str]  # network, variant
Turn = Callable[[np.ndarray], object]
MEMORY = Path(__file__).with_name("export_memory.py")


def empty_graph(opset: int) -> bytes:
    """A network that computes nothing, with the input and the output of a specialist: what a call costs at least."""
    inputs = [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["batch", IMAGE_SIDE, IMAGE_SIDE])]
    outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", 1])]
    first = helper.make_tensor("first", TensorProto.INT64, [1], [0])
    nodes = [
        helper.make_node("Flatten", [INPUT], ["flat"], axis=1),
        helper.make_node("Gather", ["flat", "first"], ["pixel"], axis=1),
        helper.make_node("Cast", ["pixel"], [OUTPUT], to=TensorProto.FLOAT),
    ]
    graph = helper.make_graph(nodes, "empty", inputs, outputs, [first])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = helper.find_min_ir_version_for(model.opset_import)
    return model.SerializeToString()


def paths_of(args: Namespace) -> dict[Key, list[str]]:
    """The files of each network; of all specialists together, theirs."""
    paths: dict[Key, list[str]] = {}
    for variant, dense, specialists in (
        ("float32", args.dense, args.specialists),
        ("int8", args.dense_int8, args.specialists_int8),
    ):
        paths["dense", variant] = [dense]
        for label, path in zip(args.labels, specialists, strict=True):
            paths[f"class {label}", variant] = [path]
        paths["ensemble", variant] = specialists
    return paths


def turn_of(contents: list[bytes]) -> Turn:
    """One call of each network, one after the other, on the same images."""
    runs = [files.session(content).run for content in contents]

    def turn(pixels: np.ndarray) -> None:
        for run in runs:
            run(None, {INPUT: pixels})

    return turn


def latencies(turns: Mapping[Key, Turn], pixels: np.ndarray, batch_size: int, rounds: int, repeats: int) -> dict:
    """Key -> microseconds of each call; the first round warms up and is dropped."""
    seen: dict[Key, list[float]] = {key: [] for key in turns}
    starts = np.random.default_rng(0).integers(0, len(pixels) - batch_size + 1, (rounds + 1, repeats))
    for number, row in enumerate(starts):
        for key, turn in turns.items():
            for start in row:
                batch = pixels[start : start + batch_size]
                before = time.perf_counter_ns()
                turn(batch)
                if number:
                    seen[key].append((time.perf_counter_ns() - before) / 1000)
    return seen


def memory(paths: Mapping[Key, list[str]], empty: str, batch_size: int, rounds: int) -> dict[Key, float]:
    """Key -> bytes at most beyond the runtime's own; medians of fresh processes, in turns."""

    def once(files_of: list[str]) -> int:
        command = [sys.executable, str(MEMORY), str(batch_size), empty, *files_of]
        return int(subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout)

    seen = [{key: once(files_of) for key, files_of in paths.items()} for _ in range(rounds)]
    return {key: statistics.median(row[key] for row in seen) for key in paths}


def main(args: Namespace, record: dict) -> None:
    paths = paths_of(args)
    networks = {path: files.load_network(path, {"data": args.data}) for files_of in paths.values() for path in files_of}
    identity = {**networks[args.specialists[0]].identity, "label": None}
    opset = networks[args.dense].model.opset_import[0].version
    turns = {key: turn_of([networks[path].content for path in files_of]) for key, files_of in paths.items()}
    turns["empty", "float32"] = turn_of([empty_graph(opset)])
    batch_sizes = [int(size) for size in args.batch_sizes]
    pixels = idx.load(args.data, "test", args.test_images).pixels
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty.onnx")
        empty.write_bytes(empty_graph(opset))
        peak = memory(paths, str(empty), max(batch_sizes), args.memory_rounds)
    rows = []
    for batch_size in batch_sizes:
        for (network, variant), calls in latencies(turns, pixels, batch_size, args.rounds, args.repeats).items():
            p50, p95 = np.percentile(calls, [50, 95])
            place = {**identity, "network": network, "variant": variant, "batch_size": batch_size}
            rows.append({**place, "p50": p50, "p95": p95, "peak_bytes": peak.get((network, variant))})
    frame = pd.DataFrame(rows).drop(columns="label")
    artefacts.write_text(args.csv, frame.to_csv(index=False, float_format="%.2f"))
    single = frame[frame.batch_size.eq(1)].groupby("network").p50.first()
    dense, none = single["dense"], single["empty"]
    print(f"{identity['model']}: a dense answer in {dense:.0f} microseconds, none at all in {none:.0f}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--test-images", "draw from the first so many test images", type=count)
    command.takes_many("--batch-sizes", "images a call", each=count)
    command.takes("--rounds", "turns of every network", type=count)
    command.takes("--repeats", "calls a turn", type=count)
    command.takes("--memory-rounds", "fresh processes a network", type=count)
    command.takes_many("--labels", "classes, in the order of the lists of files", each=class_label)
    command.reads("--data", "dataset.json of the dataset")
    command.reads("--dense", "exported dense network")
    command.reads("--dense-int8", "the same in int8")
    command.reads_many("--specialists", "exported specialists, one file a class")
    command.reads_many("--specialists-int8", "the same in int8")
    command.writes("--csv", "one row a network, variant and batch size; times in microseconds")
    command.run(main)
