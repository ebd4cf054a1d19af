"""Measure what the exported networks of a study cost: bytes, and the time of one image on one thread, in turns."""

import time
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd

from specdnn import artefacts
from specdnn.cli import Command, count
from specdnn.own import program
from specdnn.own.methods import DENSE


def main(args: Namespace, record: dict) -> None:
    networks = {}
    for path in args.networks:
        of_set, _, method, share = Path(path).parent.parts[-4:]
        networks[of_set, method, "" if method == DENSE else share] = Path(path).read_bytes()
    sessions = {name: program.session(content) for name, content in networks.items()}
    times: dict[tuple, list[float]] = {name: [] for name in networks}
    stream = np.random.default_rng(0)
    for _ in range(args.rounds):
        for name, session in sessions.items():
            shape = [1, *session.get_inputs()[0].shape[1:]]
            pixels = stream.integers(0, 256, shape, dtype=np.uint8)
            for _ in range(args.repeats):
                begun = time.perf_counter()
                session.run(None, {program.INPUT: pixels})
                times[name].append(time.perf_counter() - begun)
    rows = [
        {"study": args.study, "set": of, "method": method, "share": share}
        | {"bytes": len(networks[of, method, share]), "p50": round(1e6 * float(np.median(found)), 1)}
        for (of, method, share), found in times.items()
    ]
    artefacts.write_text(args.costs, pd.DataFrame(rows).to_csv(index=False))
    print(f"{len(rows)} networks")


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--study", "that its rows are filed under")
    command.takes("--rounds", "in which each network is timed", type=count)
    command.takes("--repeats", "of a network in a round", type=count)
    command.reads_many("--networks", "ONNX files of `own_export`: .../SET/networks/METHOD/SHARE/FILE")
    command.writes("--costs", "CSV: bytes and the median time in microseconds, a row a network")
    command.run(main)
