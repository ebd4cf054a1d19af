"""The scripts of an own network, on handwritten digits: from images to files that decide as torch does."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
from support import Flags, interrupted_after, run_here, script_module

from specdnn import artefacts
from specdnn.own import images, specialists

SMALL = """
from torch import nn

def network(classes, channels, size):
    return nn.Sequential(
        nn.Conv2d(channels, 12, 5, stride=2, bias=False), nn.BatchNorm2d(12), nn.ReLU(), nn.Conv2d(12, 16, 3, stride=2),
        nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, classes),
    )
"""
SCHEDULE = {
    **{"batch_size": 50, "lr": 0.1, "lr_step": 3, "lr_gamma": 0.1, "momentum": 0.9, "weight_decay": 0.0001},
    **{"seed": 1, "threads": 1, "held_out": 0.2},
}
CLASSES = ["3", "8"]


class Study:
    """Flags of every script in one folder; what it ran is there."""

    def __init__(self, folder: Path, card: Path):
        self.folder, self.card = folder, card
        (folder / "small.py").write_text(SMALL)
        self.shared = {"network": f"{folder}/small.py:network", "images": folder / "images.safetensors"}

    def flags(self, script: str) -> Flags:
        dense = {"dense": self.folder / "dense.safetensors"}
        files = {name: self.folder / f"network.{name}" for name in ("safetensors", "pt2", "onnx", "md", "json")}
        split = {"held_out": 0.2, "seed": 1, "threads": 1}
        chosen = {"study": "digits", "classes": CLASSES, "methods": ["magnitude", "scratch"], "shares": ["0.2"]}
        return {
            "own/images": {
                **{"source": "digits", "card": self.card, "size": 20, "test": 0.2, "images": self.shared["images"]}
            },
            "own/train": {
                **{**self.shared, **SCHEDULE, **dense, "epochs": 6},
                **{"history": self.folder / "history.csv", "state": self.folder / "train.state"},
            },
            "own/specialists": {
                **{**self.shared, **SCHEDULE, **dense, **chosen, "epochs": 4, "per_epoch": 600},
                **{"of": "parameters", "loss": "balanced_cross_entropy", "settings": "x"},
                **{"specialists": self.folder / "specialists.safetensors", "scores": self.folder / "scores.csv"},
                "state": self.folder / "states/of.safetensors",
            },
            "own/export": {
                **{**self.shared, **split, **dense, **files, "method": "magnitude", "share": "0.2"},
                "specialists": self.folder / "specialists.safetensors",
            },
        }[script]

    def run(self, script: str, **changed: object) -> str:
        done = run_here(script, {**self.flags(script), **changed})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, script: str, **changed: object) -> str:
        """The one line with which it refuses; nothing is written."""
        before = sorted(self.folder.rglob("*"))
        done = run_here(
            script, {name: value for name, value in {**self.flags(script), **changed}.items() if value != []}
        )
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert [path for path in sorted(self.folder.rglob("*")) if "pycache" not in str(path)] == [
            path for path in before if "pycache" not in str(path)
        ]
        return done.stderr


@pytest.fixture(scope="module")
def done(card: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Images, a dense network, its specialists, one of them exported."""
    study = Study(tmp_path_factory.mktemp("own"), card)
    for script in ("own/images", "own/train", "own/specialists", "own/export"):
        study.run(script)
    return study


@pytest.fixture
def study(done: Study, tmp_path: Path) -> Study:
    """A copy to harm. The network stays the one file whose digest is in the records."""
    copied = Study(Path(shutil.copytree(done.folder, tmp_path / "study")), done.card)
    copied.shared["network"] = done.shared["network"]
    return copied


def test_the_scores_are_of_specialists_that_have_learnt_something(done: Study):
    rows = pd.read_csv(done.folder / "scores.csv").set_index("method")
    assert [*rows.index] == ["dense", "dense_tuned", "magnitude", "scratch"]
    assert (rows.parameters[["magnitude", "scratch"]] <= 0.2 * rows.parameters["dense"]).all()
    assert (rows.accepted / rows.set_images)["magnitude"] > 0.7
    assert (rows.auroc[["dense_tuned", "magnitude"]] > 0.8).all()
    assert (rows.right <= rows.accepted).all()
    assert [*rows["set"].unique()] == ["3-8"]


def test_the_exported_files_decide_as_torch_does(done: Study):
    facts = json.loads((done.folder / "network.json").read_text())
    assert {name: check["differing_decisions"] for name, check in facts["checks"].items()} == {"pt2": 0, "onnx": 0}
    found = images.load(done.shared["images"])
    session = onnxruntime.InferenceSession(str(done.folder / "network.onnx"))
    logit, probability, answer = session.run(None, {"pixels": found.test.pixels.numpy()})
    program = torch.export.load(str(done.folder / "network.pt2")).module()
    assert np.array_equal(program(found.test.pixels[:7])[2].numpy(), answer[:7])
    assert ((probability > 0.5).any(1) == (answer >= 0)).all()
    assert (logit.argmax(1)[answer >= 0] == answer[answer >= 0]).all()
    row = facts["scores"]
    of_set = np.isin(found.test.labels.numpy(), [3, 8])
    assert row["recall"] == pytest.approx((answer[of_set] >= 0).mean())
    assert row["accuracy_in_set"] == pytest.approx(
        (np.array([3, 8])[answer] == found.test.labels.numpy())[of_set & (answer >= 0)].sum() / of_set.sum()
    )


def test_the_files_hold_no_path_and_are_the_same_bytes_twice(done: Study, study: Study):
    study.run("own/export")
    for name in ("network.safetensors", "network.pt2", "network.onnx", "network.md", "network.json"):
        content = (study.folder / name).read_bytes()
        assert content == (done.folder / name).read_bytes(), name
        assert b"site-packages" not in content, name
        if (
            name != "network.json" and name != "network.safetensors"
        ):  # whose record has the user's own path of the network
            assert str(done.folder).encode() not in content or name == "network.md", name


def test_the_dense_network_is_exported_restricted_to_the_set(study: Study):
    study.run("own/export", method="dense", share="1")
    facts = json.loads((study.folder / "network.json").read_text())
    assert facts["checks"]["onnx"]["differing_decisions"] == 0
    rows = pd.read_csv(study.folder / "scores.csv").set_index("method")
    found = images.load(study.shared["images"])
    session = onnxruntime.InferenceSession(str(study.folder / "network.onnx"))
    answer = session.run(["answer"], {"pixels": found.test.pixels.numpy()})[0]
    of_set = np.isin(found.test.labels.numpy(), [3, 8])
    assert (answer[of_set] >= 0).sum() == rows.accepted["dense_tuned"]
    assert (answer[~of_set] >= 0).sum() == rows.false_alarms["dense_tuned"]


@pytest.mark.parametrize("epochs", [2, 6])
def test_a_killed_job_goes_on_where_it_was(done: Study, study: Study, epochs: int):
    """In the first specialist, and in the second: what is finished is not trained again."""
    for name in ("specialists.safetensors", "scores.csv"):
        (study.folder / name).unlink()
    with interrupted_after(epochs):
        run_here("own/specialists", study.flags("own/specialists"))
    left = sorted(path.name for path in (study.folder / "states").iterdir())
    assert left == (["of.magnitude-0.2.state"] if epochs == 2 else ["of.magnitude-0.2.done", "of.scratch-0.2.state"])
    printed = study.run("own/specialists")
    assert printed.count("resuming after epoch 2") == 1
    for name in ("specialists.safetensors", "scores.csv"):
        assert (study.folder / name).read_bytes() == (done.folder / name).read_bytes()
    assert not [*(study.folder / "states").iterdir()]


def test_weights_that_are_given_are_not_trained(done: Study, study: Study):
    tensors, _ = artefacts.load_tensors(done.folder / "dense.safetensors")
    torch.save({name: torch.from_numpy(value) for name, value in tensors.items()}, study.folder / "given.pt")
    printed = study.run("own/train", weights=study.folder / "given.pt", dense=study.folder / "again.safetensors")
    assert "epoch 0" in printed
    again, record = artefacts.load_tensors(study.folder / "again.safetensors")
    assert {name: value.tobytes() for name, value in again.items()} == {
        name: value.tobytes() for name, value in tensors.items()
    }
    assert record["accuracy"] == artefacts.load_tensors(done.folder / "dense.safetensors")[1]["accuracy"]


def test_a_specialist_is_restored_from_its_file(done: Study):
    everyone, record = specialists.load(done.folder / "specialists.safetensors")
    assert [*everyone] == ["magnitude/0.2", "scratch/0.2"]
    about = everyone["magnitude/0.2"].about
    assert about["certificate"]["difference"] <= 1e-12
    assert record["numbers"] == [3, 8]
    assert len(about["thresholds"]) == 2


@pytest.mark.parametrize(
    ("script", "changed", "says"),
    [
        ("own/images", {"source": "folder:/nowhere"}, "images: /nowhere is no folder"),
        ("own/images", {"mean": "0.1"}, "mean and std go together"),
        ("own/images", {"mean": "0.1,0.2", "std": "0.1,0.2"}, "means or stds for 2 channels; there are 1"),
        ("own/train", {"network": "torchvision:resnet81"}, "torchvision has no resnet81; did you mean resnet18?"),
        ("own/train", {"device": "cuda"}, "device: cuda, and torch finds no graphics card here"),
        ("own/train", {"lr": 1e30}, "the loss is nan; training diverged"),
        ("own/specialists", {"classes": ["threee"]}, "no class threee; there are 0, 1, 2"),
        ("own/specialists", {"shares": ["0.0001"]}, "share"),
        ("own/specialists", {"methods": ["taylor"]}, "taylor"),
        ("own/specialists", {"device": "cuda"}, "device: cuda, and torch finds no graphics card here"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(study: Study, script: str, changed: dict, says: str):
    if changed.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a graphics card")
    card = [] if "folder:" in str(changed.get("source")) else study.card
    given = {"card": card} if script == "own/images" else {}
    new = {"images": study.folder / "new.safetensors"} if script == "own/images" else {}
    new |= {"dense": study.folder / "new.safetensors"} if script == "own/train" else {}
    assert says in study.refused(script, **{**given, **new, **changed})


def test_a_dense_network_of_other_images_is_refused(study: Study):
    study.run("own/images", test=0.2, most=300)
    assert "stale, it was made from another version of" in study.refused("own/specialists")


def test_the_overlay_of_make_specialist_suits_the_images(tmp_path: Path):
    from test_own_images import picture

    for place, name in enumerate(("shirt", "other")):
        for n in range(4):
            picture(tmp_path / "my pictures" / name / f"{n}.png", 10 * place + n, (40, 48))
    given = {"data": tmp_path / "my pictures", "classes": "Shirt", "share": 0.03, "folder": tmp_path / "out"}
    said = run_here("own/overlay", given)
    assert said.stdout == "specialist_my_pictures_shirt\n"
    described = script_module("own/overlay").yaml.safe_load((tmp_path / f"out/{said.stdout.strip()}.yaml").read_text())
    study = described["own"]["specialist_my_pictures_shirt"]
    assert study["images"]["size"] == 40
    assert study["classes"] == [["Shirt"]]
    elsewhere = {**given, "data": shutil.copytree(tmp_path / "my pictures", tmp_path / "elsewhere" / "my pictures")}
    assert run_here("own/overlay", elsewhere).stdout == "specialist_my_pictures_shirt_2\n", "another's name"
    assert run_here("own/overlay", {**given, "share": 0.1}).stdout == said.stdout, "the same study, changed"
    assert run_here("own/overlay", elsewhere).stdout == "specialist_my_pictures_shirt_2\n", "its own name again"
    (tmp_path / "out" / "specialist_my_pictures_shirt_2.yaml").write_text("own: [")
    assert run_here("own/overlay", elsewhere).stdout == "specialist_my_pictures_shirt_3\n", "a file that says nothing"
    for changed, says in (
        ({"classes": "Shrit"}, "no class Shrit; did you mean shirt?"),
        ({"data": ""}, 'expected make specialist DATA=folder CLASSES="shirt"'),
        ({"data": tmp_path / "absent"}, "is no folder; expected one that holds a folder for each class"),
    ):
        done = run_here("own/overlay", {**given, **changed})
        assert done.returncode == 2
        assert says in done.stderr
