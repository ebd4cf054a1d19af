"""Bad input to a script is one line that names the thing, exit code 2, and no file, not even half of one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support import (
    TEST_IMAGES,
    TRAIN_IMAGES,
    Flags,
    run_here,
    run_script,
    training_flags,
    weights,
    write_dense,
    write_selection,
)

from specdnn import artefacts
from specdnn.networks import models
from specdnn.selection import methods
from specdnn.selection.specialist import load_specialist

LENET = models.load("lenet_300_100")
SCRIPTS = ("train", "specialize", "retrain", "evaluate", "evaluate_dense", "export/onnx_")


def rule(script: str) -> str:
    """What the script calls itself."""
    return script.replace("/", "_").rstrip("_")


def quoted(names: list[str]) -> str:
    return ", ".join(map(repr, names))


@pytest.fixture
def files(card: Path, tmp_path: Path) -> dict[str, Path]:
    """Role -> file: data, an untrained dense network, its specialist of class 3, and that "retrained"."""
    data = Path(shutil.copytree(card.parent, tmp_path / "data")) / card.name
    dense = write_dense(tmp_path / "dense.safetensors", LENET)
    selection = write_selection(tmp_path / "selection.json", dense, LENET)
    retrained = tmp_path / "retrained.safetensors"
    record = artefacts.make_record(
        "retrain", {"protocol": "published"}, {"data": data, "dense": dense, "selection": selection}
    )
    artefacts.save_tensors(retrained, load_specialist(selection, dense).tensors, {**record, "epoch": 1})
    return {"data": data, "dense": dense, "selection": selection, "retrained": retrained}


def flags_of(script: str, files: dict[str, Path], results: Path) -> Flags:
    """Good flags of a script, with results in the folder `results`."""
    test = {"data": files["data"], "test_images": 200, "batch_size": 100, "threads": 1}
    retrained = {"best": files["retrained"], "last": files["retrained"]}
    dense = {"best": files["dense"], "last": files["dense"]}
    specialist = {"dense": files["dense"], "selection": files["selection"]}
    choice = {"model": LENET.name, "label": 3, "method": "released", "t": 0.99, "on_empty": "top1"}
    return {
        "train": {"model": LENET.name, **training_flags(files["data"], results, epochs=1)},
        "specialize": {**choice, "dense": files["dense"], "selection": results / "selection.json"},
        "retrain": {**specialist, **training_flags(files["data"], results, epochs=1)},
        "evaluate": {**test, **specialist, **retrained, "metrics": results / "metrics.json"},
        "export/onnx_": {
            **{**specialist, "data": files["data"], "retrained": files["retrained"]},
            **{"model": LENET.name, "opset": 17, "onnx": results / "class3.onnx"},
        },
        "evaluate_dense": {**test, **dense, "model": LENET.name, "metrics": results / "metrics.json"},
    }[script]


def refused(script: str, files: dict[str, Path], results: Path, **changed: object) -> str:
    """The one line with which the script refuses; the folder of results must stay as it was."""
    before = sorted(results.rglob("*"))
    done = run_here(script, {**flags_of(script, files, results), **changed})
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(f"{rule(script)}: ")
    assert sorted(results.rglob("*")) == before
    return done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_good_input_is_accepted(files, script: str, tmp_path: Path):
    """Without this, scripts that refuse everything would pass all other tests of this module."""
    done = run_here(script, flags_of(script, files, tmp_path / "results"))
    assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "results").iterdir())


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_refusal_reaches_the_shell(files, script: str, tmp_path: Path):
    source = {"train": "data", "evaluate_dense": "best"}.get(script, "dense")
    done = run_script(script, {**flags_of(script, files, tmp_path / "results"), source: tmp_path / "absent"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{rule(script)}: {tmp_path / 'absent'}: no such file; run the rule that makes it")


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("label", 10, "argument --label: 10 is not a class label from 0 to 9"),
        ("label", "three", "argument --label: three is not a class label from 0 to 9"),
        ("t", 1.5, "argument --t: 1.5 is not a number strictly between 0 and 1"),
        ("t", "nan", "argument --t: nan is not a number strictly between 0 and 1"),
        ("model", "lenet_6", f"argument --model: invalid choice: 'lenet_6' (choose from {quoted(models.names())})"),
        ("method", "magic", f"argument --method: invalid choice: 'magic' (choose from {quoted(methods.names())})"),
        ("tt", 1, "unrecognized arguments: --tt 1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_flag(files, flag: str, value, message: str, tmp_path: Path):
    assert message in refused("specialize", files, tmp_path / "results", **{flag: value})


def test_a_missing_flag_is_named():
    done = run_here("specialize", {"model": LENET.name})
    assert done.returncode == 2
    assert done.stderr == (
        "specialize: the following arguments are required: --label, --method, --t, --on-empty, --dense, --selection\n"
    )


def test_a_checkpoint_of_another_model_is_refused(files, tmp_path: Path):
    line = refused("specialize", files, tmp_path / "results", model="lenet_5")
    assert f"{files['dense']}: not a checkpoint of lenet_5; these tensors differ" in line
    line = refused("export/onnx_", files, tmp_path / "results", model="lenet_5")
    assert f"{files['selection']}: a selection in lenet_300_100, not in lenet_5" in line


@pytest.mark.parametrize("script", ["specialize", "export/onnx_"])
def test_a_truncated_checkpoint_is_refused(files, script: str, tmp_path: Path):
    files["dense"].write_bytes(files["dense"].read_bytes()[:-100])
    assert f"{files['dense']}: damaged or edited" in refused(script, files, tmp_path / "results")
    Path(f"{files['dense']}.sha256").unlink()
    line = refused(script, files, tmp_path / "results")
    assert f"{files['dense']}: truncated, or not a checkpoint of this package" in line


def test_a_checkpoint_with_nan_is_refused(files, tmp_path: Path):
    tensors = weights(LENET)
    tensors["fc2.bias"][7] = np.nan
    artefacts.save_tensors(files["dense"], tensors, {"rule": "train", "params": {}, "inputs": {}})
    line = refused("specialize", files, tmp_path / "results")
    assert f"{files['dense']}: tensor fc2.bias has NaN or infinite values" in line


def test_a_missing_checkpoint_is_refused(files, tmp_path: Path):
    files["dense"].unlink()
    assert f"{files['dense']}: no such file" in refused("specialize", files, tmp_path / "results")


def test_an_empty_selection_is_refused_where_it_is_not_allowed(files, tmp_path: Path):
    line = refused("specialize", files, tmp_path / "results", method="first_exceed", on_empty="raise")
    assert "layer fc3, class 3: empty selection by 'first_exceed'" in line
    assert "set specialize.on_empty: top1" in line


@pytest.mark.parametrize("script", ["retrain", "evaluate", "export/onnx_"])
def test_a_selection_made_from_other_weights_is_stale(files, script: str, tmp_path: Path):
    artefacts.save_tensors(files["dense"], weights(LENET), {"rule": "train", "params": {"seed": 2}, "inputs": {}})
    line = refused(script, files, tmp_path / "results")
    assert f"{files['selection']}: stale, it was made from another version of {files['dense']}" in line


def test_a_file_that_is_no_selection_is_refused(files, tmp_path: Path):
    artefacts.write_json(files["selection"], {"record": {}})
    line = refused("retrain", files, tmp_path / "results")
    assert f"{files['selection']}: not a selection ('layers')" in line


@pytest.mark.parametrize("script", ["evaluate", "export/onnx_"])
def test_a_specialist_retrained_from_another_selection_is_stale(files, script: str, tmp_path: Path):
    selection = artefacts.read_json(files["selection"])
    selection["layers"][0]["kept"].pop()
    artefacts.write_json(files["selection"], selection)
    line = refused(script, files, tmp_path / "results")
    assert f"{files['retrained']}: stale, it was made from another version of {files['selection']}" in line


def test_a_checkpoint_of_another_specialist_is_refused(files, tmp_path: Path):
    line = refused("evaluate", files, tmp_path / "results", last=files["dense"])
    assert f"{files['dense']}: not a checkpoint of this specialist" in line


def test_corrupted_data_is_refused_before_training(files, tmp_path: Path):
    images = files["data"].parent / "train-images-idx3-ubyte"
    content = images.read_bytes()
    images.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert f"{images}: train-images-idx3-ubyte is corrupted" in refused("train", files, tmp_path / "results")


@pytest.mark.parametrize(
    ("script", "changed", "message"),
    [
        ("train", {"train_images": TRAIN_IMAGES + 1}, "1,501 train images asked for, but digits has 1,500"),
        ("train", {"choosing_images": TEST_IMAGES + 1}, "298 test images asked for, but digits has 297"),
        ("train", {"protocol": "held_out", "choosing_images": 600}, "images.held_out = 600: must be above 0 and below"),
        ("evaluate", {"test_images": TEST_IMAGES + 1}, "298 test images asked for, but digits has 297"),
        ("evaluate", {"test_images": 1}, "must have some of the class and some of the others"),
    ],
)
def test_images_that_are_not_there_are_refused(files, script: str, changed, message: str, tmp_path: Path):
    assert message in refused(script, files, tmp_path / "results", **changed)


def test_a_diverging_training_is_refused(files, tmp_path: Path):
    assert "epoch 1: the loss is nan; training diverged, lower lr = 1e+38" in refused(
        "train", files, tmp_path / "results", lr=1e38
    )


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a tiny file system needs root and `mount`")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no tiny file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    ("script", "output"),
    [("train", "best.safetensors"), ("specialize", "selection.json"), ("export/onnx_", "class3.onnx")],
)
def test_a_full_disk_is_named_and_holds_no_half_written_file(files, script: str, output: str, tiny_disk: Path):
    (tiny_disk / "filling").write_bytes(bytes(64 * 1024))
    line = refused(script, files, tiny_disk)
    assert f"{tiny_disk / output}: No space left on device; nothing was written there" in line


@pytest.mark.parametrize(("script", "output"), [("train", "best.safetensors"), ("specialize", "selection.json")])
def test_a_read_only_folder_is_named(files, script: str, output: str, tiny_disk: Path):
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    line = refused(script, files, tiny_disk)
    assert f"{tiny_disk / output}: Read-only file system; nothing was written there" in line
