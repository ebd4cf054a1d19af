"""Measure the project's speed against the released procedure, the machine's own limit, and its own targets.

Sides that are compared run in turns, so that both meet the same machine; every figure is the median of the turns. The
released loop has a process of its own, as torch is when told nothing; specialists are timed alone, and with one on
each core, as the study trains them.
"""

import os
import statistics
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection

import limits
import numpy as np
import pandas as pd
import released
import torch
import torch.nn.functional as F
from torch import Tensor

from specdnn import seeding
from specdnn.cli import Command, count, fraction, table_files
from specdnn.data.protocols import Images, splits
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept
from specdnn.networks.mask import MaskedNetwork
from specdnn.networks.network import Network
from specdnn.report.rendering import Section
from specdnn.selection.rules import RULES, affinity, decide
from specdnn.selection.specialist import load_dense
from specdnn.selection.walk import kept_of, walk_back
from specdnn.training import loop
from specdnn.training.losses import sigmoid_cross_entropy, sigmoid_squared_error
from specdnn.training.schedule import Schedule
from specdnn.training.steps import Steps

CLASSES = range(10)
TARGETS = {  # share of the released loop's time that ours may take
    ("lenet_300_100", "dense"): 1 / 4,
    ("lenet_5", "dense"): 1 / 2,
    ("lenet_300_100", "specialist"): 1 / 30,
    ("lenet_5", "specialist"): 1 / 12,
}
LIMIT_TARGET = 1.6  # times the machine's limit
SELECTION_TARGET = 0.010  # seconds, at the width of VGG's first linear layer
WIDTHS = (784, 25_088)
CHOSEN_ROWS = 10  # |C| of the timed selections
SETTLE = 0.3  # seconds before a turn: threads of the side that has just had its own spin for a while before they sleep
WARM_UP, BATCHES = 3, {"dense": 30, "specialist": 60, "released": 20}  # steps a turn


@dataclass(frozen=True)
class Measurement:
    """seconds against reference_seconds (NaN: none); the ratio, or else the seconds, must not exceed the target."""

    what: str
    threads: int
    seconds: float
    reference: str
    reference_threads: int | None
    reference_seconds: float
    target: float

    def row(self) -> dict:
        ratio = self.seconds / self.reference_seconds
        met = (self.seconds if np.isnan(ratio) else ratio) <= self.target
        return {**vars(self), "ratio": ratio, "met": None if np.isnan(self.target) else met}


Turn = Callable[[], float]  # seconds per step


def timed(steps: Iterator, number: int) -> float:
    """Seconds per step over `number` steps, after a warm-up."""
    for _ in islice(steps, WARM_UP):
        pass
    start = time.perf_counter()
    for _ in islice(steps, number):
        pass
    return (time.perf_counter() - start) / number


def settled(turn: Turn) -> float:
    time.sleep(SETTLE)
    return turn()


def in_turns(turns: dict[str, Turn], rounds: int) -> dict[str, float]:
    """The median of each side's turns, taken one after the other, round by round; the first round warms up."""
    seen = [{name: settled(turn) for name, turn in turns.items()} for _ in range(rounds + 1)][1:]
    return {name: statistics.median(row[name] for row in seen) for name in turns}


class Process:
    """The turns that `build(*values)` gives, in a process of their own; without `ours`, also without what the workflow
    sets for its jobs."""

    def __init__(self, build: Callable[..., dict[str, Turn]], *values: object, ours: bool = False):
        context = get_context("spawn")
        self._pipe, there = context.Pipe()
        process = context.Process(target=_serve, args=(there, build, values), daemon=True)
        hidden = {} if ours else {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("MALLOC_")}
        process.start()
        os.environ.update(hidden)

    def begin(self, name: str) -> None:
        self._pipe.send(name)

    def end(self) -> float:
        return self._pipe.recv()

    def turn(self, name: str) -> Turn:
        return lambda: side_by_side([self], name)


def _serve(pipe: Connection, build: Callable[..., dict[str, Turn]], values: tuple) -> None:
    turns = build(*values)
    while True:
        try:
            name = pipe.recv()
        except EOFError:  # whoever asked is gone
            return
        pipe.send(turns[name]())


def side_by_side(processes: list[Process], name: str) -> float:
    """Seconds of the machine that a step costs, while every process takes its own: their mean, over their number."""
    for process in processes:
        process.begin(name)
    return statistics.fmean([process.end() for process in processes]) / len(processes)


def released_turns(
    network: Network, loss: Callable, card: str, images: int, schedule: Schedule, threads: int
) -> dict[str, Turn]:
    """The released loop on the dataset of `card`, with so many threads and nothing else set."""
    torch.set_num_threads(threads)
    steps = released.train(network, released.Pictures(card, images), loss, schedule)
    return {"step": lambda: timed(steps, BATCHES["released"])}


def is_zero_squared_error(logits: Tensor, labels: Tensor) -> Tensor:
    """The released loss of a specialist, here of class 0."""
    return F.mse_loss(torch.sigmoid(logits), (labels == 0).float().unsqueeze(1))


def at_once() -> None:
    """A clock that waits for nobody."""


def project_turn(
    network: Network,
    images: Tensor,
    targets: Tensor,
    loss: Callable,
    schedule: Schedule,
    threads: int,
    number: int,
    wait: Callable[[], object] = at_once,
) -> Turn:
    """Steps of the project's own loop, as `train` and `retrain` run it; `wait` returns when the clock may start."""
    steps = Steps(network, loss, loop.sgd(network, schedule))

    def turn() -> float:
        seeding.make_deterministic(threads)
        inputs = network.prepare(images)
        batches = torch.randperm(len(inputs)).split(schedule.batch_size)[: WARM_UP + number]
        warm_up, measured = batches[:WARM_UP], batches[WARM_UP:]
        loop.take_steps(steps, loop.taken(inputs, targets, warm_up))
        wait()
        start = time.perf_counter()
        loop.take_steps(steps, loop.taken(inputs, targets, measured))
        return (time.perf_counter() - start) / number

    return turn


def dense_turns(model: str, args: Namespace, data: Images) -> dict[str, Turn]:
    architecture, schedule = models.load(model), schedule_of(args)
    loss = sigmoid_cross_entropy
    network, theirs = Network(architecture), released.DenseNetwork(architecture)
    return {
        "released": Process(
            released_turns, theirs, loss, args.data, args.train_images, schedule, args.released_threads
        ).turn("step"),
        "ours": project_turn(network, data.images, data.labels, loss, schedule, args.train_threads, BATCHES["dense"]),
        "product": lambda: limits.multiply_seconds(args.train_threads),
    }


def specialists(
    model: str, dense: dict, selections: dict[int, Kept], args: Namespace, wait: Callable[[], object] = at_once
) -> dict[str, Turn]:
    """Ours, for every class."""
    architecture, schedule = models.load(model), schedule_of(args)
    data, _ = splits(args.data, "published", train=args.train_images, choosing=1)
    turns = {}
    for label, kept in selections.items():
        network = Network(architecture, kept, (label,)).load(extract.extract(dense, architecture, kept, (label,)))
        targets = (data.labels == label).float().unsqueeze(1)
        turns[str(label)] = project_turn(
            network,
            data.images,
            targets,
            sigmoid_squared_error,
            schedule,
            args.retrain_threads,
            BATCHES["specialist"],
            wait,
        )
    return turns


def specialist_turns(model: str, dense: dict, selections: dict[int, Kept], args: Namespace) -> dict[str, Turn]:
    """Ours for every class, alone and on every core at once, and the released loop for one (masks cost the same for any
    class), with our number of threads and with torch's own."""
    architecture, schedule = models.load(model), schedule_of(args)
    number = args.released_threads // args.retrain_threads
    start = get_context("spawn").Barrier(number).wait
    crowd = [Process(specialists, model, dense, selections, args, start, ours=True) for _ in range(number)]
    turns = specialists(model, dense, selections, args)
    turns |= {f"{label} on every core": partial(side_by_side, crowd, str(label)) for label in selections}
    for threads in {args.retrain_threads, args.released_threads}:
        theirs = MaskedNetwork(architecture, selections[0], 0).load(dense).to(memory_format=torch.contiguous_format)
        process = Process(
            released_turns, theirs, is_zero_squared_error, args.data, args.train_images, schedule, threads
        )
        turns[f"released {threads}"] = process.turn("step")
    return turns


def schedule_of(args: Namespace) -> Schedule:
    """The released values; of these, only the batch size matters to speed."""
    return Schedule(
        epochs=1, batch_size=args.batch_size, lr=0.1, milestones=(), lr_gamma=0.1, momentum=0.9, weight_decay=1e-4
    )


def training_rows(model: str, dense_path: str, args: Namespace) -> list[Measurement]:
    architecture = models.load(model)
    data, _ = splits(args.data, "published", train=args.train_images, choosing=1)
    epoch = -(-args.train_images // args.batch_size)  # steps
    dense = load_dense(dense_path, model)
    selections = {
        label: kept_of(walk_back(dense, architecture, label, rule="released", t=args.t, on_empty="top1"))
        for label in CLASSES
    }
    sizes = {label: extract.parameters(architecture, kept) for label, kept in selections.items()}
    median = sorted(CLASSES, key=sizes.__getitem__)[len(CLASSES) // 2]

    step = in_turns(dense_turns(model, args, data), args.rounds)
    rate = 2 * limits.SIDE**3 / step["product"]
    limit = limits.step_operations(architecture, args.batch_size) / rate

    rows = [
        Measurement(
            f"{model}, dense: an epoch",
            args.train_threads,
            step["ours"] * epoch,
            "released loop",
            args.released_threads,
            step["released"] * epoch,
            TARGETS[model, "dense"],
        ),
        Measurement(
            f"{model}, dense: an epoch",
            args.train_threads,
            step["ours"] * epoch,
            f"limit at {rate / 1e9:.0f} GFLOP/s",
            args.train_threads,
            limit * epoch,
            LIMIT_TARGET,
        ),
    ]
    step = in_turns(specialist_turns(model, dense, selections, args), args.rounds)
    of_median_size = f"specialist of median size (class {median}, {sizes[median]:,} parameters)"
    for threads, place in ((args.retrain_threads, ""), (args.released_threads, " on every core")):
        mean = statistics.fmean(step[f"{label}{place}"] for label in CLASSES)
        rows += [
            Measurement(
                f"{model}, {what}{place}: an epoch",
                threads,
                seconds * epoch,
                "released loop",
                threads,
                step[f"released {threads}"] * epoch,
                TARGETS[model, "specialist"],
            )
            for what, seconds in ((of_median_size, step[f"{median}{place}"]), ("specialist, mean of ten", mean))
        ]
    return rows


def selection_rows(args: Namespace) -> list[Measurement]:
    """Each rule on |W| of normal weights: no structure, so the walks are as long as they get."""
    rows = []
    for width in WIDTHS:
        matrix = affinity(np.random.default_rng(0).standard_normal((CHOSEN_ROWS, width)))
        for rule in RULES:
            seconds = []
            for _ in range(20 * args.rounds):
                start = time.perf_counter()
                decide(matrix, range(CHOSEN_ROWS), rule=rule, t=args.t)
                seconds.append(time.perf_counter() - start)
            target = SELECTION_TARGET if width == max(WIDTHS) else float("nan")
            median = statistics.median(seconds)
            rows.append(Measurement(f"selection, {rule}, m = {width:,}", 1, median, "", None, float("nan"), target))
    return rows


def seconds_text(value: float) -> str:
    return "–" if np.isnan(value) else f"{1000 * value:.2f} ms" if value < 0.05 else f"{value:.2f} s"


def threads_text(number: float) -> str:
    return "1 thread" if number == 1 else f"{number:.0f} threads"


def share(value: float) -> str:
    """0.04 -> "1/25", 0.507 -> "1/1.97", 1.3 -> "1.30"."""
    return "–" if np.isnan(value) else f"1/{1 / value:.3g}" if value < 1 else f"{value:.2f}"


def for_reading(rows: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for row in rows.itertuples():
        absolute = np.isnan(row.ratio)
        lines.append(
            {
                "measured": row.what,
                "threads": str(row.threads),
                "time": seconds_text(row.seconds),
                "against": "–" if absolute else f"{row.reference} ({threads_text(row.reference_threads)})",
                "its time": seconds_text(row.reference_seconds),
                "ratio": share(row.ratio),
                "target": "at most " + (seconds_text(row.target) if absolute else share(row.target)),
                "met": {True: "yes", False: "NO"}.get(row.met, "–"),
            }
        )
        if np.isnan(row.target):
            lines[-1]["target"] = "–"
    return pd.DataFrame(lines)


def main(args: Namespace, record: dict) -> None:
    torch.manual_seed(0)
    args.released_threads = torch.get_num_threads()  # what torch takes when nobody asks
    measurements = [
        *training_rows("lenet_300_100", args.dense_300, args),
        *training_rows("lenet_5", args.dense_5, args),
        *selection_rows(args),
    ]
    rows = pd.DataFrame([measurement.row() for measurement in measurements])
    notes = [
        f"Medians of {args.rounds} turns of some dozen steps, taken alternately by both sides and "
        "scaled to an epoch. Released loop: our own rendition of the released procedure, in a process with the "
        "system's own settings and as many threads as torch takes by itself. Specialists are trained one on each "
        "core: alone, against the released loop on one thread; on every core at once, against it on all of them, with "
        "the seconds of the machine that a specialist costs (those of its epoch over the number of cores). "
        "Specialists: the selections of the released rule on the trained dense network.",
        "Limit: the step's floating-point operations in the matrix products and convolutions, at the rate of a "
        f"{limits.SIDE} x {limits.SIDE} float32 product measured between the turns. "
        f"Selection: the rule's decision for {CHOSEN_ROWS} chosen rows.",
        limits.machine(),
    ]
    table_files.write(args, "Speed", [Section("Seconds, side by side on one machine", for_reading(rows), notes)], rows)
    for line in for_reading(rows).itertuples(index=False):
        print(f"{line.measured}: {line.time}, {line.ratio} of {line.against}, target {line.target}, met: {line.met}")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--train-images", "training images of an epoch", type=count)
    command.takes("--batch-size", "images per step", type=count)
    command.takes("--t", "threshold of the selection rules", type=fraction)
    command.takes("--train-threads", "torch threads of the project's dense training", type=count)
    command.takes("--retrain-threads", "torch threads of a specialist's training", type=count)
    command.takes("--rounds", "turns that each side takes", type=count)
    command.reads("--data", "dataset.json of the fetched dataset")
    command.reads("--dense-300", "trained checkpoint of lenet_300_100")
    command.reads("--dense-5", "trained checkpoint of lenet_5")
    table_files.add(command)
    command.run(main)
