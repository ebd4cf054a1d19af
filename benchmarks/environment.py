"""Measure what the environment of the lock weighs on the disk, and how much of it a graphics card wants."""

import sys
from argparse import Namespace
from collections import Counter
from importlib.metadata import distributions
from pathlib import Path

import pandas as pd

from specdnn.cli import Command, table_files
from specdnn.report.rendering import Section

TITLE = "What the environment weighs"
NOTE = (
    "Bytes of all files below the environment's folder, compiled Python included. The lock's torch is "
    "the package index's own, built for NVIDIA cards: their libraries and Triton are of no use without such a card."
)
PARTS = {"nvidia": "NVIDIA's libraries", "triton": "Triton", "torch": "torch", "rest": "the rest", "all": "all"}
BEGINS = {"nvidia": "nvidia", "cuda": "nvidia", "triton": "triton"}  # a package's name -> its part


def part_of(package: str) -> str:
    return "torch" if package == "torch" else BEGINS.get(package.lower().partition("-")[0], "rest")


def weights(folder: Path) -> Counter:
    """Part -> bytes. What no package claims, such as compiled Python and Python itself, is of the rest."""
    found = Counter()
    for package in distributions():
        for file in package.files or ():
            path = Path(package.locate_file(file))
            if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
                found[part_of(package.metadata["Name"])] += path.stat().st_size
    everything = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    found["rest"] += everything - found.total()
    return found


def main(args: Namespace, record: dict) -> None:
    frame = pd.DataFrame(weights(Path(sys.prefix)).most_common(), columns=["part", "bytes"])
    frame = pd.concat([frame, pd.DataFrame([{"part": "all", "bytes": frame["bytes"].sum()}])], ignore_index=True)
    shown = pd.DataFrame({"part": frame.part.map(PARTS), "GB": (frame["bytes"] / 1e9).map("{:.1f}".format)})
    table_files.write(args, TITLE, [Section("Gigabytes", shown, [NOTE])], frame)
    print(", ".join(f"{row.part} {row.GB} GB" for row in shown.itertuples()))


if __name__ == "__main__":
    command = Command(__doc__)
    table_files.add(command)
    command.run(main)
