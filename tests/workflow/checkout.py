"""The study as a user has it: a copy of the checkout with the real MNIST, and Snakemake as a command."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMOKE = "tests/smoke/params.yaml"
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def run(folder: Path, *command: str, check: bool = True, timeout: int = 600) -> subprocess.CompletedProcess:
    """The command in `folder`, with output and errors together; fails with what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        text=True,
        timeout=timeout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0 or not check, done.stdout[-6000:]
    return done


def snakemake(folder: Path, *flags: str, cores: int = 2, check: bool = True) -> str:
    # --cores after --configfile, which would take a target that follows it for one more file
    return run(folder, "snakemake", "--configfile", SMOKE, "--cores", str(cores), *flags, check=check).stdout


def copy_of_the_checkout(folder: Path) -> Path:
    """The files that git tracks or would track, and the fetched data, in `folder`."""
    listed = run(ROOT, "git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.split()
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / "data", folder / "data")
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of every result; not of Snakemake's own timings."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "benchmarks" not in path.parts]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
