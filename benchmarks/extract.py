"""Measure what a cut with its certificate takes: seconds and memory, each in a process of its own."""

import multiprocessing
import resource
import time
from argparse import Namespace

import pandas as pd
import torch
import torchvision

from specdnn.cli import Command, count, fraction, table_files
from specdnn.cutting import extract
from specdnn.own import networks
from specdnn.report.rendering import Section

TITLE = "What a cut takes"
NOTE = (
    "Seconds of `specdnn.extract` for one class, from the network to the certificate, in a fresh process; they include "
    "the import of Torch-Pruning. Peak memory of that process; memory before: of torch with the network. "
    "Measured on {threads} threads, the best of {rounds}."
)


def cut(name: str, size: int, share: float, threads: int, pipe) -> None:
    """Sends seconds, and the process's peak memory before and after, in bytes."""
    torch.set_num_threads(threads)
    if name == "residual":
        channels, network = 1, networks.dense(name, classes=10, channels=1, size=size, seed=1)
    else:
        channels, network = 3, torchvision.models.get_model(name, weights=None)
    example = torch.randn(1, channels, size, size)
    before = peak()
    begun = time.perf_counter()
    found = extract(network, example, [0], share=share)
    pipe.send((time.perf_counter() - begun, before, peak(), found.certificate.difference))


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB


def measured(name: str, size: int, share: float, threads: int) -> tuple[float, int, int, float]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=cut, args=(name, size, share, threads, there))
    child.start()
    there.close()
    found = here.recv()
    child.join()
    return found


def main(args: Namespace, record: dict) -> None:
    rows = []
    for entry in args.networks:
        name, _, size = entry.partition(":")
        runs = [measured(name, int(size), args.share, args.threads) for _ in range(args.rounds)]
        seconds, before, after, difference = min(runs)
        memory = {"memory_before": before, "memory": after}
        rows.append({"network": name, "size": int(size), "seconds": seconds, **memory, "difference": difference})
    frame = pd.DataFrame(rows)
    shown = pd.DataFrame(
        {
            "network": frame.network,
            "pixels": frame["size"].map("{0} x {0}".format),
            "seconds": frame.seconds.map("{:.1f}".format),
            "memory before, GB": (frame.memory_before / 1e9).map("{:.2f}".format),
            "memory, GB": (frame.memory / 1e9).map("{:.2f}".format),
            "difference": frame.difference.map("{:.0e}".format),
        }
    )
    note = NOTE.format(threads=args.threads, rounds=args.rounds)
    table_files.write(args, TITLE, [Section(f"At {100 * args.share:g} % of the parameters", shown, [note])], frame)
    print(", ".join(f"{row.network} {row.seconds:.1f} s" for row in frame.itertuples()))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--networks", "NAME:PIXELS, of torchvision or a default of ours", each=str)
    command.takes("--share", "of the parameters that stays", type=fraction)
    command.takes("--rounds", "of which the best counts", type=count)
    command.takes("--threads", "torch threads", type=count)
    table_files.add(command)
    command.run(main)
