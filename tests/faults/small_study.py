"""A finished study to do harm to, and how that may end.

held: the study's bytes are the right ones after the user's next command, though nobody was told.
announced: so they are, and what was wrong was named.
refused: one line names the file or the key, what was expected and what to do; what was there is still there.
Anything else is a wrong result, a loss or a traceback, and fails the test.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from checkout import ENVIRONMENT, dry_run

PARAMS = "tests/faults/params.yaml"
SNAKEMAKE = ["snakemake", "--configfile", PARAMS, "--cores", "1"]
RESULTS = "small/results"
NETWORK = f"{RESULTS}/train/held_out/mnist/lenet_300_100/seed1"
SPECIALIST = "held_out/mnist/lenet_300_100/seed1/released/class0"
RETRAINED = f"{RESULTS}/retrain/{SPECIALIST}"
TABLE = f"{RESULTS}/tables/table1_lenet_300_100_held_out"
LIMIT = 300  # seconds after which a command hangs


@dataclass
class Study:
    """folder: of the checkout; right: path -> SHA-256 of every result that belongs there, and of the data."""

    folder: Path
    right: dict[str, str]
    note: Callable[[str, object], None]
    changed: dict[str, str] = field(default_factory=dict)  # variables of the user's environment

    def __truediv__(self, path: str) -> Path:
        return self.folder / path

    def run(self, *command: str, timeout: int = LIMIT) -> subprocess.CompletedProcess:
        """A command of the user's, with output and errors together."""
        return subprocess.run(
            command or SNAKEMAKE,
            cwd=self.folder,
            env={**ENVIRONMENT, **self.changed},
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def plan(self, *flags: str) -> subprocess.CompletedProcess:
        """`snakemake -n`, of this study unless another config is named."""
        config = [] if "--configfile" in flags else ["--configfile", PARAMS]
        return dry_run(self.folder, *flags, *config, "-n")

    def is_right(self) -> None:
        """All results are there, with the right bytes."""
        found = self.found()
        lost = sorted(set(self.right) - set(found))
        wrong = [path for path, digest in self.right.items() if found.get(path, digest) != digest]
        assert not lost, f"lost: {lost}"
        assert not wrong, f"wrong: {wrong}"

    def found(self) -> dict[str, str]:
        return found(self.folder)

    def held(self, done: subprocess.CompletedProcess | None = None) -> None:
        """The user's next command gives the right bytes."""
        done = done or self.run()
        assert done.returncode == 0, done.stdout[-4000:]
        no_traceback(done)
        self.is_right()
        self.note("outcome", "held")

    def announced(self, *names: str, done: subprocess.CompletedProcess | None = None) -> None:
        """So it does, and a line that it prints has all the names."""
        done = done or self.run()
        assert done.returncode == 0, done.stdout[-4000:]
        no_traceback(done)
        line_with(done.stdout, *names)
        self.is_right()
        self.note("outcome", "announced")

    def refused(self, *names: str, done: subprocess.CompletedProcess | None = None) -> None:
        """A line that the user's next command prints has all the names, and it does nothing else."""
        before = self.found()
        done = done or self.run()
        assert done.returncode not in (0, -9), done.stdout[-4000:]
        no_traceback(done)
        line_with(done.stdout, *names)
        gone = sorted(set(before) - set(self.found()))
        assert not gone, f"lost: {gone}"
        self.note("outcome", "refused")


def found(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of every result and of the data, behind links too; not of Snakemake's own timings."""
    walked = [entry for place in (RESULTS, "data") for entry in os.walk(folder / place, followlinks=True)]
    paths = [Path(below, name) for below, _, names in walked for name in names]
    paths = [path.relative_to(folder).as_posix() for path in paths if path.is_file() and "benchmarks" not in path.parts]
    return {path: hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in sorted(paths)}


def no_traceback(done: subprocess.CompletedProcess) -> None:
    assert "Traceback (most recent call last)" not in done.stdout, done.stdout[-4000:]


def line_with(printed: str, *names: str) -> str:
    for line in printed.splitlines():
        if all(name in line for name in names):
            return line
    raise AssertionError(f"no line has {names}:\n{printed[-4000:]}")


def flip(path: Path, bit: int | None = None, keep_time: bool = True) -> None:
    """Change one bit, by itself the last but some, in place; the file keeps its modification time."""
    state, content = path.stat(), bytearray(path.read_bytes())
    place = 8 * len(content) - 100 if bit is None else bit
    content[place // 8] ^= 1 << place % 8
    rewrite(path, bytes(content), state if keep_time else None)


def rewrite(path: Path, content: bytes, state: os.stat_result | None) -> None:
    """Put other content into the file; it keeps the times of `state`, where that is given."""
    path.write_bytes(content)
    if state:
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def edit(path: Path, old: str, new: str | Callable[[re.Match], str], keep_time: bool = True) -> None:
    """Replace the first match of a pattern."""
    state, text = path.stat(), path.read_text(encoding="utf-8")
    changed = re.sub(old, new, text, count=1)
    assert changed != text, f"{path} has no {old}"
    rewrite(path, changed.encode(), state if keep_time else None)


def comment(path: Path) -> None:
    """Code that does the same."""
    path.write_text(f"{path.read_text(encoding='utf-8')}\n# a comment\n", encoding="utf-8")


def offline(study: Study) -> None:
    """No source of the data answers."""
    drop(study / "spare")


def drop(*paths: Path) -> None:
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
