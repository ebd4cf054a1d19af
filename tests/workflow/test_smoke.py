"""The real workflow on a tiny real subset: what it makes, and when it makes it again."""

import base64
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from checkout import ENVIRONMENT, SMOKE, contents, copy_of_the_checkout, finished, run, snakemake
from hostile import EVERYTHING, write_style

from specdnn.report import collapse

TABLES = ["table1_lenet_300_100", "table2_lenet_5", "table1_lenet_300_100_held_out", "table2_lenet_5_held_out"]


def jobs(printed: str) -> dict[str, int]:
    """Rule -> number of jobs that a dry run announces."""
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", printed, re.MULTILINE) if rule != "total"}


@contextmanager
def changed(path: Path, change: Callable[[bytes], bytes]) -> Iterator[None]:
    """The file with other content, and as it was afterwards."""
    original, stamp = path.read_bytes(), path.stat()
    path.write_bytes(change(original))
    try:
        yield
    finally:
        path.write_bytes(original)
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def overlay(folder: Path, text: str) -> dict[str, int]:
    """The jobs that the study needs once `text` is laid over the smoke study's parameters."""
    path = folder / "changed.yaml"
    path.write_text(text)
    return jobs(snakemake(folder, "-n", "--configfile", SMOKE, str(path)))


@pytest.mark.parametrize("table", TABLES)
def test_the_smoke_run_ends_in_finished_tables(smoke: Path, table: str):
    rows = pd.read_csv(smoke / f"smoke/results/tables/{table}.csv", dtype={"label": str}).set_index("label")
    assert list(rows.index) == ["0", "1", "average", "original"]
    specialists = rows.loc[["0", "1"]]
    assert specialists.best_epoch_accuracy.between(0.5, 1).all()
    assert specialists.parameter_share.between(0, 0.1).all()
    assert rows.paper_accuracy.notna().all()
    assert (rows.accuracy_difference - (rows.best_epoch_accuracy - rows.paper_accuracy)).abs().max() < 1e-12
    for dress in ("md", "html", "tex"):
        text = (smoke / f"smoke/results/tables/{table}.{dress}").read_text()
        assert f"{100 * rows.loc['average', 'compress_rate']:.4f}" in text


def test_the_readings_table_has_every_network_reading_and_class(smoke: Path):
    rows = pd.read_csv(smoke / "smoke/results/tables/readings.csv")
    assert len(rows) == 2 * 2 * 2
    assert (rows[rows.method == "paper"].compress_rate > 0.9).all()
    assert (rows[rows.method == "released"].compress_rate < 0.1).all()


def test_the_sets_of_specialists_stand_side_by_side(smoke: Path):
    rows = pd.read_csv(smoke / "smoke/results/tables/side_by_side.csv")
    assert len(rows) == 2 * 2
    assert (rows.specialists == 2).all()
    table = pd.read_csv(smoke / "smoke/results/tables/table2_lenet_5.csv").query("label in ('0', '1')")
    row = rows.query("protocol == 'published' and model == 'lenet_5'").iloc[0]
    assert row.balanced_accuracy == pytest.approx(table.best_epoch_balanced_accuracy.mean(), abs=1e-7)
    assert row.weakest_balanced_accuracy == pytest.approx(table.best_epoch_balanced_accuracy.min(), abs=1e-7)


def test_tables_are_shown_and_the_last_words_are_who_has_collapsed(smoke: Path):
    printed = snakemake(smoke, "show", "show_first")
    assert printed.count("## Table I. LeNet-300-100 on MNIST, as published") == 2
    assert "## Every set of specialists, side by side" in printed
    *_, last = printed.strip().splitlines()
    rows = pd.read_csv(smoke / "smoke/results/tables/side_by_side.csv", dtype={"collapsed": str}, keep_default_na=False)
    which = {label: label in rows.collapsed.iloc[-1].split() for label in ("0", "1")}
    where = "LeNet-5 on MNIST, released, seed 1, epochs chosen on held-out images"
    assert last == f"{where}: {collapse.sentence(which)}"


def test_a_second_run_does_nothing(smoke: Path):
    before = contents(smoke / "smoke")
    assert "Nothing to be done" in snakemake(smoke)
    assert contents(smoke / "smoke") == before


def test_another_run_gives_the_same_bytes(smoke: Path, tmp_path: Path):
    """With other cores, killed in the middle, in a hostile environment and a folder with a strange name."""
    folder = copy_of_the_checkout(tmp_path / "a {x} 'b'")
    write_style(folder)
    environment = {**ENVIRONMENT, **EVERYTHING}
    process = subprocess.Popen(
        ["snakemake", "--cores", "3", "--configfile", SMOKE],
        cwd=folder,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not list(folder.glob("smoke/results/retrain/**/best.safetensors")):
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    snakemake(folder, "--unlock")
    run(folder, "snakemake", "--configfile", SMOKE, "--cores", "1", environment=environment)
    assert finished(contents(folder / "smoke/results")) == contents(smoke / "smoke/results")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("retrain: {lr: 0.05}", {"retrain": 8, "evaluate": 8, "aggregate": 4, "tables": 4, "curves": 4}),
        ("study: {classes: [0, 1, 2]}", {"specialize": 6, "retrain": 4, "evaluate": 4}),
        ("images: {held_out: 400}", {"train": 2, "retrain": 4}),
        ("study: {seeds: [1, 2]}", {"train": 4, "specialize": 8, "retrain": 8, "evaluate": 8}),
        ("specialize: {t: 0.9}", {"specialize": 12, "retrain": 8}),
    ],
)
def test_a_changed_parameter_re_runs_what_depends_on_it_and_nothing_else(smoke: Path, change: str, expected: dict):
    needed = overlay(smoke, change)
    assert {rule: needed.get(rule) for rule in expected} == expected
    unconcerned = {"fetch", *({"train"} if "train" not in expected else ())}
    assert not unconcerned & set(needed)


def test_two_values_that_swap_places_are_seen(smoke: Path):
    assert overlay(smoke, "images: {test: 500, held_out: 1000}")["train"] == 4


def test_half_a_record_of_snakemakes_is_put_back_once_the_whole_one_was_seen(smoke: Path):
    encoded = base64.urlsafe_b64encode(b"smoke/results/tables/readings.csv").decode()
    snakemake(smoke, "-n")
    with changed(smoke / ".snakemake/metadata" / encoded, lambda content: content[:40]):
        assert "Nothing to be done" in snakemake(smoke, "-n")


def test_an_edited_library_module_re_runs_the_jobs_that_import_it(smoke: Path):
    with changed(smoke / "src/specdnn/evaluation/metrics.py", lambda content: content + b"\n# edited\n"):
        assert set(jobs(snakemake(smoke, "-n"))) == {"evaluate", "aggregate", "tables", "side_by_side", "all"}


def test_a_training_that_other_code_has_begun_is_not_gone_on_with(smoke: Path):
    def states() -> set[str]:
        return set(re.findall(r"--state (\S+)", snakemake(smoke, "-n", "-p", "--forcerun", "train")))

    before = states()
    with changed(smoke / "src/specdnn/training/loop.py", lambda content: content + b"\n# edited\n"):
        assert before
        assert not before & states()
