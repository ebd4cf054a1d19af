"""Measure what a training step of this package costs beside a plain loop of torch's, for a network and its specialists.

Both train the same network on the same batches, with the same loss and optimiser, in turns within one process. The
plain loop is given its images normalised; ours normalises each batch.
"""

import time
from argparse import Namespace
from collections.abc import Iterator

import limits
import pandas as pd
import speed
import torch
from torch import Tensor, nn

from specdnn import cutting, seeding
from specdnn.cli import Command, count, fraction, table_files
from specdnn.own import images, losses, networks
from specdnn.own.training import Normalised, feed
from specdnn.report.rendering import Section
from specdnn.training import loop
from specdnn.training.steps import Steps

TITLE = "A training step beside a plain loop"
STEPS = 20  # a turn
OPTIMISER = {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.0005}


def ours(network: nn.Module, data: images.Images, wanted: Tensor, loss: nn.Module, args: Namespace) -> speed.Turn:
    """Seconds per step."""
    module = Normalised.of(network, data).train()
    steps = Steps(module, loss, loop.Sgd(module.parameters(), nesterov=False, **OPTIMISER))

    def seconds() -> float:
        batches = [*feed(data.train.pixels, wanted, args.batch_size, STEPS * args.batch_size, ("bench",)).batches(1)]
        start = time.perf_counter()
        loop.take_steps(steps, batches)
        return (time.perf_counter() - start) / STEPS

    return seconds


def plain(network: nn.Module, data: images.Images, wanted: Tensor, loss: nn.Module, args: Namespace) -> speed.Turn:
    network.train()
    optimiser = torch.optim.SGD(network.parameters(), **OPTIMISER)
    given = feed(data.train.pixels, wanted, args.batch_size, STEPS * args.batch_size, ("bench",)).batches(1)
    prepared = [(Normalised.of(network, data).prepared(pixels), targets) for pixels, targets in given]

    def seconds() -> float:
        start = time.perf_counter()
        for inputs, targets in prepared:
            optimiser.zero_grad()
            loss(network(inputs), targets).backward()
            optimiser.step()
        return (time.perf_counter() - start) / STEPS

    return seconds


def sides(args: Namespace, data: images.Images) -> Iterator[tuple[str, nn.Module, list[int]]]:
    """Name, network and its classes: the dense one, and a specialist of each share."""
    sizes = {"classes": len(data.names), "channels": data.channels, "size": data.size}
    dense = networks.dense(args.network, **sizes, seed=1)
    yield "dense", dense, [*range(len(data.names))]
    example = Normalised.of(dense, data).prepared(data.train.pixels[:1])
    for share in args.shares:
        cut = cutting.extract(dense, example, [0], share=float(share))
        yield f"{100 * float(share):g} %", cut.network, [0]


def main(args: Namespace, record: dict) -> None:
    seeding.make_deterministic(1)
    data = images.load(args.images)
    rows = []
    for name, network, classes in sides(args, data):
        wanted = losses.wanted(data.train.labels, classes)
        loss = losses.SetLoss("balanced_cross_entropy", wanted.mean(0).tolist())
        turns = {"ours": ours(network, data, wanted, loss, args), "plain": plain(network, data, wanted, loss, args)}
        seconds = speed.in_turns(turns, args.rounds)
        parameters = sum(parameter.numel() for parameter in network.parameters())
        rows.append({"network": name, "parameters": parameters, **seconds, "times": seconds["ours"] / seconds["plain"]})
    frame = pd.DataFrame(rows)
    shown = pd.DataFrame(
        {
            "network": frame.network,
            "parameters": [f"{value:,}" for value in frame.parameters],
            "this package, ms": [f"{1000 * value:.2f}" for value in frame.ours],
            "plain loop, ms": [f"{1000 * value:.2f}" for value in frame.plain],
            "times as long": [f"{value:.3f}" for value in frame.times],
        }
    )
    note = f"A step of {args.batch_size} images on one thread; medians of {args.rounds} turns of {STEPS} steps."
    table_files.write(args, TITLE, [Section("Milliseconds a step", shown, [note, limits.machine()])], frame)
    print(shown.to_string(index=False))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--network", "as `own_train` has it")
    command.takes_many("--shares", "of its parameters, a specialist each", each=fraction)
    command.takes("--batch-size", "images per step", type=count)
    command.takes("--rounds", "turns that each side takes", type=count)
    command.reads("--images", "what `own_images` gathered")
    table_files.add(command)
    command.run(main)
