"""A failure that must say what happened, and what to do."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_study import NETWORK, RETRAINED, SNAKEMAKE, SPECIALIST, TABLE, Study, comment, drop

FIGURES = TABLE.replace("tables", "figures").rpartition("/")[0]
MAIN = 'if __name__ == "__main__":\n'
AGAIN = "go on with: snakemake --configfile tests/faults/params.yaml --cores 1"


def ends(study: Study, how: str) -> None:
    """The retraining ends so, after its imports."""
    code = study / "src/retrain.py"
    code.write_text(code.read_text().replace(MAIN, f"{MAIN}    import os, signal, resource\n    {how}\n"))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed (SIGKILL): most often out of memory"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "stopped (SIGTERM), by hand or by a time limit"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGBUS)", "ended by SIGBUS"),
        (
            "os.kill(os.getppid(), signal.SIGKILL), os.kill(os.getpid(), signal.SIGKILL)",
            "ended before it could say why",
        ),
        ("resource.setrlimit(resource.RLIMIT_AS, (3 * 10**9, 3 * 10**9))", "out of memory"),
    ],
    ids=["SIGKILL", "SIGTERM", "SIGSEGV", "SIGBUS", "the shell too", "a limit of memory"],
)
def test_a_job_is_ended_from_outside(study: Study, how: str, said: str):
    ends(study, how)
    done = study.run()
    assert AGAIN in done.stdout
    study.refused("retrain (", said, done=done)


def test_a_job_wants_more_memory_than_there_is(study: Study):
    ends(study, "Command.run = lambda self, main: type(self)._run(self, lambda *_: bytearray(10**15))")
    code = study / "src/specdnn/cli/__init__.py"
    code.write_text(code.read_text() + "\n\nCommand._run = Command.run\n")
    study.refused("retrain (", "out of memory")


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """A disk of its own for the folder, with what was in it."""
    content = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"needs to mount a small disk: {mounted.stderr.strip()}")
    try:
        for name, of_file in {**content, ".here": b""}.items():  # Snakemake removes folders that are empty
            (folder / name).write_bytes(of_file)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize(
    ("folder", "options", "said"),
    [
        (FIGURES, "size=8k", "No space left on device"),
        (FIGURES, "nr_inodes=3", "No space left on device"),
        ("small/logs/retrain", "nr_inodes=3", "No space left on device"),
        ("small/resume", "size=4k", ""),
    ],
)
def test_a_disk_is_full(study: Study, folder: str, options: str, said: str):
    drop(study / FIGURES, study / RETRAINED)
    shutil.rmtree(study / folder, ignore_errors=True)
    with small_disk(study / folder, options):
        if said:
            study.refused(folder, said)
        else:
            study.held()
    if said:
        study.held()


@pytest.mark.parametrize("what", ["folder", "pipe", "link to nothing"])
@pytest.mark.parametrize("path", ["data/mnist/train-labels-idx1-ubyte", f"{NETWORK}/best.safetensors"])
def test_a_folder_or_a_pipe_is_in_the_place_of_a_file(study: Study, path: str, what: str):
    drop(study / path, study / RETRAINED)
    if what == "folder":
        (study / path).mkdir()
        (study / path / "file").touch()
    elif what == "pipe":
        os.mkfifo(study / path)
    else:
        (study / path).symlink_to("nowhere")
    done = study.run(timeout=120)
    study.held(done) if done.returncode == 0 else study.refused(path, done=done)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_may_not_be_read(study: Study):
    (study / f"{NETWORK}/best.safetensors").chmod(0)
    comment(study / "src/evaluate_dense.py")
    study.refused("best.safetensors", "Permission denied")


def link(path: Path) -> None:
    path.symlink_to("nowhere")


def loop(path: Path) -> None:
    path.symlink_to(".")


STRAY = {  # what may lie below the results, and how it comes there
    "dangling": link,
    ".#metrics.json": link,
    "loop": loop,
    "\udcff\udcfe.json": Path.touch,
    "a\nb": Path.touch,
    "pipe": os.mkfifo,
    "folder.json": Path.mkdir,
    "x" * 250: Path.touch,
}


@pytest.mark.parametrize("name", STRAY, ids=ascii)
def test_something_strange_lies_below_the_results(study: Study, name: str):
    STRAY[name](study / f"small/results/evaluate/{SPECIALIST}" / name)
    done = study.run()
    assert "Nothing to be done" in done.stdout
    study.held(done)


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"\xff\0", b'{"params": 3}', b'{"endtime": "x", "log": null}'], ids=repr
)
def test_a_record_of_snakemake_is_none(study: Study, content: bytes):
    """It knows nothing of such a result, and nobody else does."""
    from base64 import urlsafe_b64encode

    (study / ".snakemake/metadata" / urlsafe_b64encode(f"{TABLE}.csv".encode()).decode()).write_bytes(content)
    study.held()


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"\xff\0", b'{"a": 3}'], ids=repr)
def test_what_was_seen_last_time_is_not_readable(study: Study, content: bytes):
    (study / ".snakemake/seen.json").write_bytes(content)
    done = study.run()
    assert "Nothing to be done" in done.stdout
    study.held(done)


@pytest.mark.parametrize("how", ["cp -r", "cp -a", "tar"])
def test_the_finished_study_is_moved(study: Study, how: str):
    """tar keeps whole seconds, cp -r no times at all; the content is the same."""
    moved = study.folder.parent / "moved"
    if how == "tar":
        moved.mkdir()
        subprocess.run(["tar", "cf", "../study.tar", "."], cwd=study.folder, check=True)
        subprocess.run(["tar", "xf", "../study.tar"], cwd=moved, check=True)
    else:
        subprocess.run([*how.split(), study.folder, moved], check=True)
    study.folder = moved
    done = study.run()
    assert "Nothing to be done" in done.stdout
    study.held(done)


def test_a_package_of_the_environment_is_broken(study: Study):
    """A script that cannot even be imported."""
    (study / "src/specdnn/selection/rules.py").write_text("import nothing_of_that_name\n")
    done = study.run(*SNAKEMAKE, "--keep-going")
    assert done.returncode != 0
    assert "No module named 'nothing_of_that_name'" in done.stdout
    assert "go on with" in done.stdout
    study.note("outcome", "refused")
