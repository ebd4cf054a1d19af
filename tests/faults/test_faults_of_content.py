"""An artefact that is not what its job wrote."""

import json
import os
import re
import shutil
import subprocess

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from small_study import (
    NETWORK,
    RETRAINED,
    SNAKEMAKE,
    SPECIALIST,
    TABLE,
    Study,
    comment,
    drop,
    edit,
    flip,
    offline,
    rewrite,
)

quick = pytest.mark.quick
BEST = f"{RETRAINED}/best.safetensors"
METRICS = f"small/results/evaluate/{SPECIALIST}/metrics.json"
SELECTION = f"small/results/specialize/{SPECIALIST}/selection.json"
DAMAGED = "damaged or edited"


@pytest.mark.parametrize("path", [f"{NETWORK}/best.safetensors", BEST, METRICS, SELECTION, f"{TABLE}.csv"])
def test_a_bit_of_an_artefact_flips_and_the_file_keeps_its_time(study: Study, path: str):
    flip(study / path)
    study.announced(path, DAMAGED)


@pytest.mark.parametrize("path", [f"{RETRAINED}/history.csv", f"{TABLE}.html", "small/results/tables/readings.md"])
def test_a_bit_of_a_file_to_be_read_flips(study: Study, path: str):
    flip(study / path, keep_time=False)
    study.announced(path, DAMAGED)


def test_a_bit_flips_and_code_of_the_next_step_changes(study: Study):
    flip(study / BEST)
    comment(study / "src/evaluate.py")
    study.announced(BEST, DAMAGED)


@pytest.mark.parametrize("length", [0, 7, 900])
def test_a_checkpoint_is_cut_off_and_keeps_its_time(study: Study, length: int):
    path = study / BEST
    rewrite(path, path.read_bytes()[:length], path.stat())
    study.announced(BEST, DAMAGED)


def test_a_metric_is_forged_and_the_table_is_to_be_made_again(study: Study):
    edit(study / METRICS, '"accuracy": [0-9.]+', '"accuracy": 0.999')
    comment(study / "src/aggregate.py")
    study.announced(METRICS, DAMAGED)


def test_two_checkpoints_are_swapped(study: Study):
    first, second = study / BEST, study / BEST.replace("class0", "class1")
    content = first.read_bytes()
    rewrite(first, second.read_bytes(), first.stat())
    rewrite(second, content, second.stat())
    study.announced(BEST, DAMAGED)


def test_a_checkpoint_is_replaced_by_its_last_epochs(study: Study):
    shutil.copy2(study / f"{NETWORK}/best.safetensors", study / BEST)
    study.announced(BEST, DAMAGED)


@pytest.mark.parametrize("seal", ["", "0" * 64, f"{'0' * 64}  best.safetensors\n", "\0" * 80])
def test_a_seal_is_not_that_of_its_file(study: Study, seal: str):
    (study / f"{BEST}.sha256").write_text(seal)
    study.announced(BEST, DAMAGED)


def test_a_seal_is_gone(study: Study):
    drop(study / f"{BEST}.sha256")
    study.announced("1 results were not written by Snakemake")


def test_a_file_of_an_earlier_run_comes_back_with_its_seal(study: Study):
    """Whole and sealed, but made by other parameters."""
    kept = study.folder.parent / "kept"
    shutil.copytree(study / RETRAINED, kept)
    edit(study / "tests/faults/params.yaml", "retrain:\n  epochs: 1", "retrain:\n  epochs: 2")
    assert study.run().returncode == 0
    edit(study / "tests/faults/params.yaml", "retrain:\n  epochs: 2", "retrain:\n  epochs: 1")
    assert study.run().returncode == 0
    edit(study / "tests/faults/params.yaml", "retrain:\n  epochs: 1", "retrain:\n  epochs: 2")
    right = study.run()
    assert right.returncode == 0
    study.right = study.found()
    shutil.copytree(kept, study / RETRAINED, dirs_exist_ok=True)
    study.held()


def test_a_folder_of_results_is_moved_and_linked_and_a_file_in_it_edited(study: Study):
    there, elsewhere = study / "small/results/evaluate", study.folder.parent / "elsewhere"
    shutil.move(there, elsewhere)
    there.symlink_to(elsewhere)
    edit(study / METRICS, '"accuracy": [0-9.]+', '"accuracy": 0.999')
    study.announced(METRICS, DAMAGED)


def test_a_result_is_moved_and_linked_and_edited(study: Study):
    there, elsewhere = study / METRICS, study.folder.parent / "metrics.json"
    shutil.move(there, elsewhere)
    there.symlink_to(elsewhere)
    edit(elsewhere, '"accuracy": [0-9.]+', '"accuracy": 0.999')
    study.announced(METRICS, DAMAGED)


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
def test_a_bit_of_the_data_flips(study: Study, name: str):
    drop(study / NETWORK)
    flip(study / f"data/mnist/{name}")
    offline(study)
    study.refused(f"data/mnist/{name}", "not what params.yaml says")


def test_a_mean_is_edited_in_the_card_of_the_data(study: Study):
    drop(study / NETWORK)
    edit(study / "data/mnist/dataset.json", '"mean": [0-9.]+', '"mean": 0.5')
    study.announced("data/mnist/dataset.json", "not what params.yaml says")


def test_raw_data_and_their_card_are_replaced_together(study: Study):
    from specdnn import files

    labels, card = study / "data/mnist/train-labels-idx1-ubyte", study / "data/mnist/dataset.json"
    content = json.loads(card.read_text())
    flip(labels)
    content["sha256"][labels.name] = files.sha256(labels)
    files.write_sealed(card, json.dumps(content).encode())
    offline(study)
    drop(study / NETWORK)
    study.refused("data/mnist/train-labels-idx1-ubyte", "not what params.yaml says")


@pytest.mark.parametrize("kind", ["bfloat16", "float8_e4m3fn"])
def test_a_checkpoint_has_numbers_that_numpy_lacks(study: Study, kind: str):
    tensors = {"fc1.weight": torch.zeros(2, 2).to(getattr(torch, kind))}
    save_file(tensors, study / "strange.safetensors", metadata={"record": json.dumps({"inputs": {}})})
    study.refused(
        "strange.safetensors", "not a checkpoint of this package", done=selected(study, "strange.safetensors")
    )


def selected(study: Study, dense: str) -> subprocess.CompletedProcess:
    values = "--method released --model lenet_300_100 --label 0 --t 0.99 --on-empty top1"
    files = f"--dense {dense} --selection new.json"
    return study.run("python", "src/specialize.py", *values.split(), *files.split())


def test_a_checkpoint_has_no_record_of_its_inputs(study: Study):
    from specdnn import artefacts

    tensors, _ = artefacts.load_tensors(study / BEST)
    artefacts.save_tensors(study / "own.safetensors", tensors, {"rule": "retrain", "params": {}})
    study.refused(
        "own.safetensors", "no record of what it was made from", done=evaluated(study, best="own.safetensors")
    )


def evaluated(study: Study, best: str = BEST, selection: str = SELECTION) -> subprocess.CompletedProcess:
    values = "--test-images 300 --batch-size 100 --threads 1 --data data/mnist/dataset.json"
    files = f"--dense {NETWORK}/best.safetensors --selection {selection} --best {best} --last {BEST} --metrics new.json"
    return study.run("python", "src/evaluate.py", *values.split(), *files.split())


@quick
@pytest.mark.parametrize(
    ("units", "layers"), [([0, 784], 3), ([-1], 3), ([5, 5], 3), ([1.5], 3), (["a"], 3), ([0], 2)], ids=str
)
def test_a_selection_names_units_that_are_none(study: Study, units: list, layers: int):
    content = json.loads((study / SELECTION).read_text())
    content["layers"] = content["layers"][:layers]
    content["layers"][0]["kept"] = units
    (study / "own.json").write_text(json.dumps(content))
    study.refused("own.json", "expected", done=evaluated(study, selection="own.json"))


@quick
@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"layers": 3}', b'{"record": 1}'], ids=repr
)
def test_a_selection_is_no_selection(study: Study, content: bytes):
    (study / "own.json").write_bytes(content)
    study.refused("own.json", done=evaluated(study, selection="own.json"))


@quick
def test_a_checkpoint_holds_nan(study: Study):
    from specdnn import artefacts

    tensors, record = artefacts.load_tensors(study / BEST)
    tensors = {name: np.full_like(tensor, np.nan) for name, tensor in tensors.items()}
    artefacts.save_tensors(study / "own.safetensors", tensors, record)
    study.refused("own.safetensors", "NaN", done=evaluated(study, best="own.safetensors"))


def test_a_bit_of_a_state_to_go_on_from_flips(study: Study):
    begun = interrupted(study)
    flip(begun)
    done = study.run()
    log = next((study / "small/logs/train").rglob("*.log")).read_text()
    assert "starting anew" in log
    assert f"{begun.relative_to(study.folder)}" in log
    study.announced(done=done)


def interrupted(study: Study):
    """The state that a training has left which was to have three epochs more, and then had them not."""
    from specdnn import artefacts

    drop(study / NETWORK)
    planned = study.run(*SNAKEMAKE, "--dry-run", "--printshellcmds").stdout
    state = study / re.search(r"--state (small/resume/train/\S+)", planned)[1]
    tensors, record = {"module/fc1.weight": np.zeros((2, 2), np.float32)}, {"rule": "train"}
    artefacts.save_state(state, tensors, record, {"best_epochs": [0], "history": []})
    return state


def test_scores_that_came_with_git_are_edited(study: Study):
    path = "small/results/scores/held_out/mnist/lenet_300_100/seed1/own.csv"
    (study / path).parent.mkdir(parents=True)
    name = "results/scores/held_out/mnist/lenet_300_100/seed1"
    for file in os.listdir(study / name):
        shutil.copy(study / name / file, (study / path).parent / file)
    victim = next((study / path).parent.glob("*.csv"))
    flip(victim)
    study.refused(victim.relative_to(study.folder).as_posix(), "git checkout")


def test_a_damaged_result_is_to_be_adopted(study: Study):
    """What `make restore` does with results that came by DVC."""
    flip(study / BEST)
    study.refused(BEST, "not adopted", done=study.run(*SNAKEMAKE, "--touch", "--forceall"))


def test_results_without_any_history_are_adopted(study: Study):
    drop(study / ".snakemake")
    assert study.run(*SNAKEMAKE, "--touch", "--forceall").returncode == 0
    done = study.run()
    assert "Nothing to be done" in done.stdout
    study.held(done)
