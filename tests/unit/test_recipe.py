"""The recipe's specialists: held-out images choose shape, epoch and threshold, and the threshold lies in a bias."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from support import Flags, interrupted_after, run_here, script_module, training_flags

from specdnn import artefacts
from specdnn.data.protocols import splits
from specdnn.data.protocols import test_split as images_of
from specdnn.evaluation.threshold import chosen_threshold, tuned
from specdnn.networks import models
from specdnn.networks.network import Network, logits
from specdnn.selection.specialist import load_candidates, load_specialist
from specdnn.training import loop, members

LOSS = "balanced_cross_entropy"
RECIPES = [
    ("lenet_300_100", "tiny"),
    ("lenet_5", "released_balanced"),
    ("lenet_300_100", "tiny_coarse"),
    ("lenet_5", "tiny_coarse"),
]
UNCUT = [recipe for recipe in RECIPES if recipe[1] != "released_balanced"]
TEST_IMAGES = 297
retrain = script_module("retrain")


def dense_of(model: str, card: Path, folder: Path) -> Path:
    """A dense network that has seen the digits once, so that its rule has something to go by."""
    flags = training_flags(card, folder, model=model, protocol="held_out", epochs=1, best=folder / "dense.safetensors")
    done = run_here("train", flags)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "dense.safetensors"


@pytest.fixture(scope="module", params=RECIPES, ids="-".join)
def made(request: pytest.FixtureRequest, card: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path | str]:
    """A specialist of class 3 by a recipe, from its selection to its scores."""
    model, method = request.param
    folder = tmp_path_factory.mktemp(method)
    dense, selection = dense_of(model, card, folder), folder / "selection.json"
    choice = {"model": model, "label": 3, "method": method, "t": 0.9, "seed": 1, "on_empty": "top1"}
    done = run_here("specialize", {**choice, "dense": dense, "selection": selection})
    assert (done.returncode, done.stderr) == (0, "")
    found = {"model": model, "method": method, "data": card, "dense": dense, "selection": selection, "folder": folder}
    done = run_here("retrain", retrain_flags(found, folder))
    assert (done.returncode, done.stderr) == (0, "")
    return found


def retrain_flags(made: dict, folder: Path, **changed: object) -> Flags:
    flags = training_flags(made["data"], folder, protocol="held_out", loss=LOSS, **changed)
    return {**flags, "dense": made["dense"], "selection": made["selection"]}


def answers(made: dict, tensors: dict[str, np.ndarray], images: torch.Tensor) -> np.ndarray:
    specialist = load_specialist(made["selection"], made["dense"], made["folder"] / "best.safetensors")
    network = Network(specialist.architecture, specialist.kept, (3,)).load(tensors)
    return logits(network, network.prepare(images), 100)[:, 0].numpy()


@pytest.mark.parametrize("epoch", ["best", "last"])
def test_what_a_bias_with_the_threshold_decides_is_what_the_threshold_decides(made: dict, epoch: str):
    """On every image there is, of the training and the test set."""
    tensors, record = artefacts.load_tensors(made["folder"] / f"{epoch}.safetensors")
    specialist = load_specialist(made["selection"], made["dense"], made["folder"] / "best.safetensors")
    bias = f"{specialist.architecture.layers[-1].name}.bias"
    before = {**tensors, bias: tensors[bias] + np.float32(record["threshold"])}
    training, held_out = splits(made["data"], "held_out", train=600, choosing=200)
    for part in (training, held_out, images_of(made["data"], TEST_IMAGES)):
        says_yes = answers(made, before, part.images).astype(np.float64) > record["threshold"]
        assert says_yes.any()
        assert ((answers(made, tensors, part.images) > 0) == says_yes).all()
    now = answers(made, tensors, held_out.images)
    best = chosen_threshold(now, (held_out.labels == 3).numpy())
    yes, is_class = now > 0, (held_out.labels == 3).numpy()
    assert (yes[is_class].mean() + (~yes[~is_class]).mean()) / 2 == pytest.approx(best["held_out_tuned"], abs=1e-12)


def test_where_no_threshold_helps_the_network_answers_no():
    tensors = {"output.weight": np.zeros((1, 2), np.float32), "output.bias": np.array([0.3], np.float32)}
    moved, threshold = tuned(tensors, "output", np.full(5, 0.3, np.float32), np.array([1, 0, 0, 0, 0], bool))
    assert np.isfinite(threshold)
    assert moved["output.bias"] < 0
    assert moved["output.weight"] is tensors["output.weight"]


@pytest.mark.parametrize("made", UNCUT, indirect=True, ids="-".join)
def test_the_selection_of_what_is_not_cut_lists_shapes_of_the_rules_size_and_no_dense_weight_enters(made: dict):
    rules = {"model": made["model"], "label": 3, "method": "released", "t": 0.9, "on_empty": "top1"}
    cut = made["folder"] / "released.json"
    run_here("specialize", {**rules, "dense": made["dense"], "selection": cut})
    asked = artefacts.read_json(cut)["parameters"]
    shapes = artefacts.read_json(made["selection"])["shapes"]
    assert len(shapes) > 1
    for entry in shapes:
        assert entry["parameters"] <= asked
        assert entry["compress_rate"] is None
        if made["method"] == "tiny":
            assert asked - len(entry["layers"][1]["kept"]) < entry["parameters"], "a pixel more would not fit"
        else:
            assert all(layer["kept"] == [*range(layer["of"])] for layer in entry["layers"]), "it chooses nothing"
    assert all(one.tensors == {} for one in load_candidates(made["selection"], made["dense"]))
    first, again = (members.of_selection(made["selection"], made["dense"], LOSS, seed)[0] for seed in (1, 2))
    weight = f"{first.architecture.layers[0].name}.weight"
    assert (first.tensors[weight] != again.tensors[weight]).any(), "drawn by the seed"


@pytest.mark.parametrize(
    ("best", "name"),
    [
        ({"a": 0.8, "b": 0.9, "c": 0.85}, "b"),
        ({"a": 0.8, "b": 0.85, "c": 0.9}, "c"),
        ({"a": 0.8, "b": 0.9, "c": 0.9}, "b"),
        ({"a": 0.9, "b": 0.9, "c": 0.8}, "a"),
    ],
)
def test_the_shape_that_is_best_on_held_out_images_at_its_best_epoch_is_taken_and_of_equals_the_first(
    best: dict[str, float], name: str
):
    """Of two trainings: of b alone, and of c and a, in that order; worse epochs come before and after the best."""
    candidates = []
    for names in (["b"], ["c", "a"]):
        scores = [[0.1] * len(names), [best[each] for each in names], [0.2] * len(names)]
        fit = loop.Fit([{}] * len(names), [2] * len(names), [{"scores": row} for row in scores])
        candidates += [retrain.Candidate(SimpleNamespace(name=each), fit, place) for place, each in enumerate(names)]
    assert retrain.chosen(candidates, ["a", "b", "c"]).member.name == name


def test_the_checkpoints_say_which_shape_out_of_how_many_and_hold_its_tensors(made: dict):
    records = [artefacts.load_tensors(made["folder"] / f"{name}.safetensors")[1] for name in ("best", "last")]
    if made["method"] == "released_balanced":
        assert not any({"shape", "shapes"} & record.keys() for record in records)
        return
    shapes = [entry["network"] for entry in artefacts.read_json(made["selection"])["shapes"]]
    assert {record["shapes"] for record in records} == {len(shapes)}
    assert len({record["shape"] for record in records} & {*shapes}) == 1
    tensors, _ = artefacts.load_tensors(made["folder"] / "best.safetensors")
    specialist = load_specialist(made["selection"], made["dense"], made["folder"] / "best.safetensors")
    assert specialist.architecture.name == records[0]["shape"]
    assert {name: tensor.shape for name, tensor in tensors.items()} == specialist.shapes


def test_the_same_bytes_come_again_after_an_interruption_too(made: dict, tmp_path: Path):
    flags = retrain_flags(made, tmp_path)
    with interrupted_after(2):
        run_here("retrain", flags)
    assert not flags["best"].exists()
    done = run_here("retrain", flags)
    assert "resuming after epoch" in done.stdout
    for name in ("best.safetensors", "last.safetensors", "history.csv"):
        assert (tmp_path / name).read_bytes() == (made["folder"] / name).read_bytes()
    assert [*tmp_path.glob("state*")] == []


@pytest.mark.parametrize("made", [("lenet_300_100", "tiny_coarse")], indirect=True, ids="-".join)
def test_networks_of_another_kind_have_a_state_of_their_own_and_what_is_finished_is_not_trained_again(
    made: dict, tmp_path: Path
):
    flags = retrain_flags(made, tmp_path)
    with interrupted_after(4 + 2):  # the first kind's epochs, and two of the next
        run_here("retrain", flags)
    kinds = [member.kind for member in members.of_selection(made["selection"], made["dense"], LOSS, seed=1)]
    assert len({*kinds}) > 1
    assert {path.name for path in tmp_path.glob("state.*.safetensors")} == {
        f"state.{kind}.safetensors" for kind in kinds[:2]
    }
    done = run_here("retrain", flags)
    assert re.findall(r"^resuming after epoch (\d)$", done.stdout, re.MULTILINE) == ["4", "2"]
    for name in ("best.safetensors", "last.safetensors", "history.csv"):
        assert (tmp_path / name).read_bytes() == (made["folder"] / name).read_bytes()
    assert [*tmp_path.glob("state*")] == []


@pytest.mark.parametrize("made", UNCUT[1:], indirect=True, ids="-".join)
def test_the_taken_shape_has_the_best_score_of_all_that_are_listed(made: dict, tmp_path: Path):
    """Each shape is trained again, by itself."""
    selection = artefacts.read_json(made["selection"])
    scores = {}
    for entry in selection["shapes"]:
        alone = {**made, "selection": tmp_path / f"{entry['network']}.json"}
        artefacts.write_json(alone["selection"], {**selection, "shapes": [entry]})
        done = run_here("retrain", retrain_flags(alone, tmp_path))
        scores[entry["network"]] = float(re.search(r"balanced (\S+)$", done.stdout).group(1))
    _, record = artefacts.load_tensors(made["folder"] / "best.safetensors")
    assert record["shape"] == max(scores, key=scores.get)
    assert len({*scores.values()}) > 1


def test_the_protocol_without_held_out_images_is_refused(made: dict, tmp_path: Path):
    refused = run_here("retrain", {**retrain_flags(made, tmp_path), "protocol": "published"})
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"retrain: --loss {LOSS}: network and threshold are chosen on held-out images, and --protocol published has "
        "none; take held_out\n"
    )
    assert [*tmp_path.iterdir()] == []


def test_a_convolution_is_no_network_of_some_pixels(card: Path, tmp_path: Path):
    choice = {"model": "lenet_5", "label": 3, "method": "tiny", "t": 0.9, "seed": 1, "on_empty": "top1"}
    dense = dense_of("lenet_5", card, tmp_path)
    refused = run_here("specialize", {**choice, "dense": dense, "selection": tmp_path / "selection.json"})
    assert refused.returncode == 2
    assert refused.stderr == "specialize: tiny begins with some of the pixels; lenet_5's convolution reads them all\n"


@pytest.mark.parametrize("made", RECIPES[:1], indirect=True, ids="-".join)
def test_a_selection_of_shapes_without_a_choice_is_refused(made: dict, tmp_path: Path):
    tensors, record = artefacts.load_tensors(made["folder"] / "best.safetensors")
    other = tmp_path / "best.safetensors"
    artefacts.save_tensors(other, tensors, {**record, "shape": "tiny99"})
    flags = {"data": made["data"], "test_images": TEST_IMAGES, "batch_size": 100, "threads": 1, "last": other}
    flags |= {
        "dense": made["dense"],
        "selection": made["selection"],
        "best": other,
        "metrics": tmp_path / "metrics.json",
    }
    refused = run_here("evaluate", flags)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"evaluate: {made['selection']}: lists no network tiny99; delete")


def test_it_is_scored_exported_checked_and_its_card_says_what_it_is(made: dict, tmp_path: Path):
    of = {name: made[name] for name in ("data", "dense", "selection")}
    best, last = (made["folder"] / f"{name}.safetensors" for name in ("best", "last"))
    model, network, graph = {"model": made["model"]}, {**of, "retrained": best}, tmp_path / "class3.onnx"
    test = {"test_images": TEST_IMAGES, "batch_size": 100, "threads": 1}
    files = {"onnx": graph, "int8": tmp_path / "class3.int8.onnx"}
    check, metrics = tmp_path / "check.json", tmp_path / "metrics.json"
    for script, flags in (
        ("evaluate", {**of, **test, "best": best, "last": last, "metrics": metrics}),
        ("export/onnx_", {**network, **model, "opset": 17, "onnx": graph}),
        ("export/int8", {"data": made["data"], "calibration_images": 100, "batch_size": 100, **files}),
        ("export/check", {**network, **model, **test, **files, "check": check}),
        (
            "export/card",
            {**network, **model, **files, "check": check, "metrics": metrics}
            | {"md": tmp_path / "card.md", "json": tmp_path / "card.json"},
        ),
    ):
        done = run_here(script, flags)
        assert (done.returncode, done.stderr) == (0, ""), script
    checked, scored = json.loads(check.read_text()), json.loads(metrics.read_text())
    assert checked["float32"]["differing_decisions"] == 0
    assert checked["float32"]["balanced_accuracy"] == scored["best_epoch"]["balanced_accuracy"] > 0.5
    text, card = (tmp_path / "card.md").read_text(), json.loads((tmp_path / "card.json").read_text())
    _, record = artefacts.load_tensors(best)
    assert card["chosen"]["threshold"] == record["threshold"]
    assert "Its threshold was chosen on held-out images" in text
    cut = made["method"] == "released_balanced"
    assert ("before_retraining" in scored) == ("before retraining" in text) == cut
    assert ("that it was cut from" in text) == ("units are kept, walking back" in text) == cut
    if not cut:
        network = models.small(record["shape"])
        hidden = network.layers[0].outputs if len(network.layers) > 1 else 0
        units = f"{hidden} hidden unit{'s' * (hidden > 1)}" if hidden else "no hidden layer"
        assert f" and {units}, was chosen among {record['shapes']} shapes on held-out" in text
        assert "trained from random weights" in text
        on_means = f"the means of all {network.layers[0].inputs} squares of {network.window} x {network.window} pixels"
        coarse = made["method"] == "tiny_coarse"
        assert (text.count(on_means) == 2) == ("no pixel is chosen" in text) == coarse, "read, and what they cost"
        assert (
            ("on the pixels that the paper's rule ranks first" in text) == ("the pixels are ranked" in text) != coarse
        )
        assert models.load(made["model"]).parameters == card["parameters_of_dense"]
