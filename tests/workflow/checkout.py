"""The study as a user has it: a copy of the checkout with the real MNIST, and Snakemake as a command."""

import hashlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from specdnn.files import UNFINISHED

ROOT = Path(__file__).parents[2]
SMOKE = "tests/smoke/params.yaml"
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

# Half of a dry run's time goes into importing Snakemake: a process that has done so once forks for each.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["snakemake.cli", "snakemake.workflow", "snakemake.dag", "jsonschema", "requests", "smart_open"]
)


def _dry_run(folder: Path, flags: tuple[str, ...], printed: str) -> None:
    """What `snakemake` does with these flags, in a process that has imported it already."""
    from snakemake.cli import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    output = os.open(printed, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.argv = ["snakemake", *flags]
    main(list(flags))


def dry_run(folder: Path, *flags: str, timeout: int = 600) -> subprocess.CompletedProcess:
    """`snakemake` with flags of which one is -n, as `run` does it."""
    with tempfile.NamedTemporaryFile("r") as printed:
        process = FORKS.Process(target=_dry_run, args=(folder, flags, printed.name))
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            raise subprocess.TimeoutExpired(["snakemake", *flags], timeout, printed.read())
        return subprocess.CompletedProcess(["snakemake", *flags], process.exitcode, printed.read())


def run(
    folder: Path, *command: str, check: bool = True, timeout: int = 600, environment: Mapping[str, str] = ENVIRONMENT
) -> subprocess.CompletedProcess:
    """The command in `folder`, with output and errors together; fails with what it printed."""
    if command[0] == "snakemake" and "-n" in command:
        done = dry_run(folder, *command[1:], timeout=timeout)
        assert done.returncode == 0 or not check, done.stdout[-6000:]
        return done
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
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


def finished(found: dict[str, str]) -> dict[str, str]:
    """Without what a killed writer leaves behind for an hour: hidden, and no result to Snakemake or DVC."""
    return {name: digest for name, digest in found.items() if not Path(name).match(f".*{UNFINISHED}")}
