"""Time the README's commands in a fresh clone, one after another, on a machine that has nothing else to do."""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from specdnn.cli import Command, table_files
from specdnn.errors import UserError
from specdnn.report.rendering import Section

TITLE = "How long the commands take"
FIRST = re.compile(r"That took \d+ s; the rest follows")  # what `make reproduce` says after its first table
NOTE = (
    "A fresh clone; the commands in this order, each with what those before it have left. Seconds by the clock, and of "
    "a core; processors: how many were busy by the mean, of {cores}. `env` loads packages from an index or from "
    "pip's cache, whichever has them."
)


def cloned(checkout: Path, folder: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", checkout, folder], check=True)
    return folder


def bare() -> dict[str, str]:
    """The environment without what says where Python's modules are: the clone has its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def processor_seconds() -> float:
    """Of all processes that were waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(command: str, clone: Path) -> Iterator[dict]:
    """A row for `make command`, and one before it for the first table, where it says that this is there."""
    print(f"make {command}", flush=True)
    before, begun = processor_seconds(), time.perf_counter()
    given = {"cwd": clone, "env": bare(), "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(["make", command], **given, encoding="utf-8", errors="replace") as process:
        for line in process.stdout:
            sys.stdout.write(line)
            if FIRST.search(line):
                yield {"command": f"{command}_first", "seconds": time.perf_counter() - begun}
    if process.returncode:
        raise UserError(
            f"`make {command}` in a clone of the last commit ended with {process.returncode}; its log says why"
        )
    used, seconds = processor_seconds() - before, time.perf_counter() - begun
    print(f"make {command} took {clock(seconds)}", flush=True)  # stays in the log where a later one is stopped
    yield {"command": command, "seconds": seconds, "processor_seconds": used}


def clock(seconds: float) -> str:
    """75.4 -> 1 min 15 s"""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    busy = frame.processor_seconds / frame.seconds
    return pd.DataFrame(
        {
            "make": frame.command.str.replace("_first", ", its first table"),
            "by the clock": frame.seconds.map(clock),
            "processor s": frame.processor_seconds.map("{:,.0f}".format).where(busy.notna(), "–"),
            "processors busy": busy.map("{:.1f}".format).where(busy.notna(), "–"),
        }
    )


def main(args: Namespace, record: dict) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clone = cloned(Path.cwd(), Path(folder) / "specdnn")
        frame = pd.DataFrame([row for command in args.commands for row in timed(command, clone)])
    note = NOTE.format(cores=os.cpu_count())
    table_files.write(args, TITLE, [Section("Minutes and seconds", shown(frame), [note])], frame.round(1))


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes_many("--commands", "targets of the Makefile, in this order")
    table_files.add(command)
    command.run(main)
