"""Something is gone, or would go, before its replacement is there."""

import os
import signal
import subprocess
import time

import pytest
from checkout import ENVIRONMENT
from small_study import NETWORK, RETRAINED, SNAKEMAKE, TABLE, Study, comment, drop, edit, flip, line_with, offline

FIGURE = TABLE.replace("tables", "figures")
SECONDARY = [  # outputs that no target names
    *(f"{TABLE}.{ending}" for ending in ("csv", "html", "tex", "json")),
    "small/results/tables/readings.csv",
    f"{FIGURE}_curves.csv",
    f"{RETRAINED}/history.csv",
    f"{RETRAINED}/last.safetensors",
]


@pytest.mark.parametrize("path", SECONDARY)
def test_an_output_that_no_target_names_is_deleted(study: Study, path: str):
    drop(study / path)
    study.held()


@pytest.mark.parametrize("path", ["small/results/tables", "small/results/retrain", NETWORK, ".snakemake", "small"])
def test_a_folder_is_deleted(study: Study, path: str):
    drop(study / path)
    study.held()


@pytest.mark.parametrize("path", ["models", "window"])
def test_code_changes_while_no_source_of_the_data_answers(study: Study, path: str):
    offline(study)
    comment(study / f"src/specdnn/networks/{path}.py")
    study.held()


@pytest.mark.parametrize("path", ["src/fetch.py", "src/specdnn/data/sources.py", "src/specdnn/artefacts.py"])
def test_code_that_fetches_changes_while_no_source_of_the_data_answers(study: Study, path: str):
    offline(study)
    comment(study / path)
    study.held(study.run(*SNAKEMAKE, "data/mnist/dataset.json"))


def test_a_source_and_a_time_out_change_while_no_source_of_the_data_answers(study: Study):
    offline(study)
    edit(study / "tests/faults/params.yaml", "directory:spare", "directory:elsewhere")
    study.held(study.run(*SNAKEMAKE, "data/mnist/dataset.json"))


def test_one_file_of_the_data_is_deleted_while_no_source_answers(study: Study):
    offline(study)
    drop(study / "data/mnist/t10k-labels-idx1-ubyte", study / NETWORK)
    study.refused("fetch", "no source served it", "directory:PATH")


def test_one_file_of_the_data_is_deleted(study: Study):
    drop(study / "data/mnist/t10k-labels-idx1-ubyte", study / RETRAINED)
    study.held()


def test_the_data_came_by_hand_with_old_times_and_without_records(study: Study):
    offline(study)
    for file in (study / "data/mnist").iterdir():
        os.utime(file, (0, 0))
    drop(study / ".snakemake")
    study.held()


def test_a_job_fails_where_a_result_was_and_the_code_is_taken_back(study: Study):
    """The result of before stays; it is not taken for the new one, and is right again when the code is."""
    code = study / "src/retrain.py"
    before, state = code.read_text(), code.stat()
    code.write_text(f"{before}\nraise SystemExit('this does not run')\n")
    study.refused("retrain", "this does not run")
    again = study.plan().stdout
    assert "retrain" in again
    code.write_text(before)
    os.utime(code, ns=(state.st_atime_ns, state.st_mtime_ns))
    done = study.run()
    assert "Nothing to be done" in done.stdout
    study.held(done)


def test_a_job_fails_before_python_starts_and_its_result_is_not_taken_for_the_new_one(study: Study):
    comment(study / "src/retrain.py")
    shell = study / "rules/environment.sh"
    before = shell.read_text()
    shell.write_text("exit 7\n")
    study.refused("retrain", "7", done=study.run())
    shell.write_text(before)
    done = study.run()
    line_with(done.stdout, "rule retrain")
    study.held(done)


def test_snakemake_is_killed_while_a_result_is_made_again_and_the_code_is_taken_back(study: Study):
    code = study / "src/train.py"
    before, state = code.read_text(), code.stat()
    code.write_text(
        before.replace('if __name__ == "__main__":', 'import time\ntime.sleep(60)\nif __name__ == "__main__":')
    )
    process = subprocess.Popen(SNAKEMAKE, cwd=study.folder, env=ENVIRONMENT, start_new_session=True)
    log = study / "small/logs/train/held_out/mnist/lenet_300_100/seed1.log"
    while not (log.exists() and log.stat().st_size == 0):
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    code.write_text(before)
    os.utime(code, ns=(state.st_atime_ns, state.st_mtime_ns))
    study.run("snakemake", "--unlock")
    study.held()


def test_a_dry_run_looks_at_what_a_job_is_writing(study: Study):
    """A second Snakemake must not take a half-written result away."""
    drop(study / RETRAINED)
    process = subprocess.Popen(
        SNAKEMAKE, cwd=study.folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        study.plan()
    study.held()


def test_a_damaged_result_is_to_be_made_again_and_its_job_fails(study: Study):
    flip(study / f"{RETRAINED}/best.safetensors")
    code = study / "src/retrain.py"
    before = code.read_text()
    code.write_text(f"{before}\nraise SystemExit('this does not run')\n")
    study.refused("retrain", "this does not run")
    code.write_text(before)
    study.announced("best.safetensors", "damaged or edited")
