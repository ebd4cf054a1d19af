"""An exported network is the trained one: same answers, few bytes, and the same bytes again."""

import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from support import ROOT, kept_of, run_here, weights, write_dense, write_selection

from specdnn import artefacts
from specdnn.data import idx
from specdnn.export import costs, files, graph, int8, pte
from specdnn.export.trained import Trained
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import Architecture, Conv
from specdnn.networks.network import Network, logits
from specdnn.selection import walk
from specdnn.selection.specialist import load_specialist

LENET, LENET_5 = models.load("lenet_300_100"), models.load("lenet_5")
NORMALISATION = {"mean": 0.2, "std": 0.3}
OPSET = 17


def fallback(architecture: Architecture) -> Kept:
    """A selection by a rule that finds nothing significant: the strongest unit of every layer but what feeds it."""
    selections = walk.walk_back(weights(architecture), architecture, 3, rule="first_exceed", t=0.99, on_empty="top1")
    assert "forced" in {selection.status for selection in selections.values()}
    return walk.kept_of(selections)


SELECTIONS = {
    "dense": None,
    "several units": lambda architecture: Kept({name: tuple(kept) for name, kept in kept_of(architecture).items()}),
    "one unit": lambda architecture: Kept({layer.name: (layer.inputs // 2,) for layer in architecture.layers}),
    "last unit": lambda architecture: Kept({layer.name: (layer.inputs - 1,) for layer in architecture.layers}),
    "fallback": fallback,
}


@pytest.fixture(params=SELECTIONS)
def trained(request: pytest.FixtureRequest, architecture: Architecture) -> Trained:
    """A network of untrained weights, for class 3 where it is a specialist; its hidden units are awake."""
    last = f"{architecture.layers[-1].name}.bias"
    tensors = {name: of + (name.endswith("bias") and name != last) for name, of in weights(architecture).items()}
    if SELECTIONS[request.param] is None:
        return Trained(architecture, dense_kept(architecture), tuple(range(10)), tensors, {})
    kept = SELECTIONS[request.param](architecture)
    return Trained(architecture, kept, (3,), extract.extract(tensors, architecture, kept, (3,)), {"label": 3})


def exported(trained: Trained) -> files.Exported:
    return files.Exported(graph.build(trained, NORMALISATION, OPSET), trained.identity, b"")


def by_torch(trained: Trained, pixels: np.ndarray) -> torch.Tensor:
    """Logits of the network for images as `specdnn.data.idx` prepares them."""
    scaled = pixels.astype(np.float32) / np.float32(255)
    images = (scaled - np.float32(NORMALISATION["mean"])) / np.float32(NORMALISATION["std"])
    network = Network(trained.architecture, trained.kept, trained.outputs).load(trained.tensors)
    return logits(network, network.prepare(torch.from_numpy(images)), 100)


@pytest.mark.parametrize("images", ["random", "real"])
def test_the_graph_answers_as_torch(trained: Trained, images: str, card: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (200, 28, 28), dtype=np.uint8)
    if images == "real":
        pixels = idx.load(card, "test", 200).pixels
    expected = by_torch(trained, pixels)
    probabilities, found = files.answers(exported(trained), pixels, 64)
    assert np.abs(found - expected.numpy()).max() < 1e-4 * max(1, expected.abs().max().item())
    assert np.abs(probabilities - torch.sigmoid(expected).numpy()).max() < 1e-5
    sure = (expected.abs() > 1e-5).numpy()
    assert ((probabilities > 0.5) == (expected.numpy() > 0))[sure].all()
    if images == "random":  # the last pixel of all real ones is black
        assert np.ptp(found) > 0, "every image has the same answer, so nothing was compared"


def test_means_of_windows_are_pooled_where_the_network_pools_means():
    layers = [replace(layer, pooling="mean") if isinstance(layer, Conv) else layer for layer in LENET_5.layers]
    architecture = replace(LENET_5, layers=tuple(layers))
    trained = Trained(architecture, dense_kept(architecture), tuple(range(10)), weights(architecture), {})
    pixels = np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    expected = by_torch(trained, pixels).numpy()
    assert np.abs(files.answers(exported(trained), pixels, 50)[1] - expected).max() < 1e-4 * np.abs(expected).max()


def on_means(architecture: Architecture, kept: Kept) -> Trained:
    tensors = extract.extract(weights(architecture), architecture, kept, (0,))
    return Trained(architecture, kept, (3,), tensors, {"label": 3})


SOME = Kept({name: tuple(units) for name, units in kept_of(models.coarse(2, 12)).items()})
ON_MEANS = [
    *(on_means(architecture, dense_kept(architecture)) for architecture in (models.coarse(4, 5), models.coarse(14, 0))),
    on_means(models.coarse(2, 12), SOME),
]


@pytest.mark.parametrize("trained", ON_MEANS, ids=["all means", "no hidden layer", "some means"])
def test_a_network_on_means_answers_as_torch_in_its_graph_and_in_what_becomes_a_program(trained: Trained):
    pixels = np.random.default_rng(0).integers(0, 256, (200, 28, 28), dtype=np.uint8)
    expected = by_torch(trained, pixels)
    probabilities, found = files.answers(exported(trained), pixels, 64)
    assert np.abs(found - expected.numpy()).max() < 1e-5
    assert np.ptp(found) > 0.01
    with torch.no_grad():
        of_program = pte._Plain(trained, NORMALISATION)(torch.from_numpy(pixels)).numpy()
    for answers in (probabilities, of_program):
        assert np.abs(answers - torch.sigmoid(expected).numpy()).max() < 1e-6


def test_int8_leaves_the_means_as_they_are(card: Path):
    """Images that set the ranges and images that are asked are the same, so nothing is out of them."""
    pixels = idx.load(card, "test", 100).pixels
    small = int8.quantised(exported(ON_MEANS[0]).model, pixels, 50)
    (pool,) = (node for node in small.graph.node if node.op_type == "AveragePool")
    assert pool.input == ["one_channel"]
    exact = files.answers(exported(ON_MEANS[0]), pixels, 100)[0]
    found = files.answers(files.Exported(small, {}, b""), pixels, 100)[0]
    assert 0 < np.abs(found - exact).max() < 0.02 < np.ptp(exact)


def test_pixels_are_normalised_to_the_last_bit_as_in_training(card: Path):
    split = idx.load(card, "test", 50)
    model = exported(Trained(LENET, dense_kept(LENET), tuple(range(10)), weights(LENET), {})).model
    model.graph.output.append(onnx.helper.make_tensor_value_info("normalised", onnx.TensorProto.FLOAT, None))
    running = files.session(model.SerializeToString())
    assert np.array_equal(running.run(["normalised"], {"pixels": split.pixels})[0], split.normalised.reshape(50, -1))


def test_input_output_and_opset_are_as_agreed(trained: Trained):
    model = exported(trained).model
    running = files.session(model.SerializeToString())
    (taken,), (given,) = running.get_inputs(), running.get_outputs()
    assert (taken.name, taken.type, taken.shape) == ("pixels", "tensor(uint8)", ["batch", 28, 28])
    assert (given.name, given.type, given.shape) == ("probability", "tensor(float)", ["batch", len(trained.outputs)])
    assert [(of.domain, of.version) for of in model.opset_import] == [("", OPSET)]


def test_a_graph_holds_no_weight_beyond_the_kept_ones(trained: Trained):
    expected = trained.architecture.parameters
    if len(trained.outputs) == 1:
        expected = extract.parameters(trained.architecture, trained.kept)
    model = exported(trained).model
    assert costs.parameters(model) == expected
    kept_inputs = sum(len(trained.kept[layer.name]) for layer in trained.architecture.layers)
    assert model.ByteSize() < 4 * (expected + kept_inputs) + 2500


def test_multiply_accumulates_counted_by_hand():
    def of(architecture: Architecture, kept: Kept, outputs: tuple[int, ...]) -> int:
        tensors = extract.extract(weights(architecture), architecture, kept, outputs)
        return costs.multiply_accumulates(exported(Trained(architecture, kept, outputs, tensors, {})).model)

    assert of(LENET, dense_kept(LENET), tuple(range(10))) == 266_200
    assert of(LENET_5, dense_kept(LENET_5), tuple(range(10))) == 500 * 24**2 + 25_000 * 8**2 + 405_000
    coarse = models.coarse(4, 5)
    assert of(coarse, dense_kept(coarse), (0,)) == 49 * 5 + 5, "the means are not counted"
    # Feature 0 is the top left of a 4 x 4 map: 12 x 12 outputs of conv1, 2 x 2 of conv2.
    assert of(LENET_5, Kept(conv1=(0,), conv2=(4,), fc1=(0,), fc2=(7,)), (3,)) == 25 * 12**2 + 25 * 2**2 + 1 + 1


@pytest.fixture
def sources(card: Path, tmp_path: Path) -> dict[str, Path]:
    """Role -> file: data, an untrained dense LeNet-300-100, its specialist of class 3, and that "retrained"."""
    folder = Path(shutil.copytree(card.parent, tmp_path / "data")) / card.name
    dense = write_dense(tmp_path / "dense.safetensors", LENET)
    selection = write_selection(tmp_path / "selection.json", dense, LENET)
    record = artefacts.make_record("retrain", {}, {"data": folder, "dense": dense, "selection": selection})
    retrained = tmp_path / "retrained.safetensors"
    artefacts.save_tensors(retrained, load_specialist(selection, dense).tensors, {**record, "epoch": 1})
    return {"data": folder, "dense": dense, "selection": selection, "retrained": retrained}


def export(sources: dict[str, Path], path: Path) -> Path:
    done = run_here("export/onnx_", {"model": LENET.name, "opset": OPSET, **sources, "onnx": path})
    assert (done.returncode, done.stderr) == (0, "")
    return path


def quantise(sources: dict[str, Path], network: Path, path: Path) -> Path:
    values = {"calibration_images": 100, "batch_size": 50}
    done = run_here("export/int8", {**values, "data": sources["data"], "onnx": network, "int8": path})
    assert (done.returncode, done.stderr) == (0, "")
    return path


def test_a_second_export_has_the_same_bytes(sources, tmp_path: Path):
    one, two = (export(sources, tmp_path / f"{name}.onnx") for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    one, two = (quantise(sources, one, tmp_path / f"{name}.int8.onnx") for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_int8_is_calibrated_without_the_test_images(sources, tmp_path: Path):
    network = export(sources, tmp_path / "class3.onnx")
    for name in idx.FILES["test"]:
        (sources["data"].parent / name).unlink()
    assert quantise(sources, network, tmp_path / "class3.int8.onnx").stat().st_size > 0


def test_an_answer_in_int8_is_near_and_does_not_depend_on_the_batch(sources, tmp_path: Path):
    network = export(sources, tmp_path / "class3.onnx")
    small = files.load_network(quantise(sources, network, tmp_path / "class3.int8.onnx"), {"onnx": network})
    pixels = idx.load(sources["data"], "test", 100).pixels
    together, alone = (files.answers(small, pixels, size)[0] for size in (100, 1))
    assert np.array_equal(together, alone)
    exact = files.answers(files.load_network(network, {}), pixels, 100)[0]
    assert 0 < np.abs(together - exact).max() < 0.1


def check(sources: dict[str, Path], network: Path, small: Path, path: Path):
    values = {"model": LENET.name, "test_images": 200, "batch_size": 100, "threads": 1}
    return run_here("export/check", {**values, **sources, "onnx": network, "int8": small, "check": path})


def test_the_check_finds_no_differing_decision_and_would_find_one(sources, tmp_path: Path):
    network = export(sources, tmp_path / "class3.onnx")
    small = quantise(sources, network, tmp_path / "class3.int8.onnx")
    assert check(sources, network, small, tmp_path / "check.json").returncode == 0
    assert artefacts.read_json(tmp_path / "check.json")["float32"]["differing_decisions"] == 0
    model = onnx.load(network)
    for constant in model.graph.initializer:
        if constant.name.startswith("fc3."):  # every yes becomes a no
            constant.CopyFrom(onnx.numpy_helper.from_array(-onnx.numpy_helper.to_array(constant), constant.name))
    artefacts.write_bytes(network, model.SerializeToString())
    assert "int8.onnx: stale" in check(sources, network, small, tmp_path / "check.json").stderr
    small = quantise(sources, network, tmp_path / "class3.int8.onnx")
    assert check(sources, network, small, tmp_path / "check.json").returncode == 0
    assert artefacts.read_json(tmp_path / "check.json")["float32"]["differing_decisions"] == 200


def test_a_truncated_or_foreign_network_is_refused(sources, tmp_path: Path):
    network = export(sources, tmp_path / "class3.onnx")
    small = quantise(sources, network, tmp_path / "class3.int8.onnx")
    whole = network.read_bytes()
    Path(f"{network}.sha256").unlink()
    for content in (whole[:-100], whole[: len(whole) // 2], b"", b"not a network", small.read_bytes()[:20]):
        network.write_bytes(content)
        done = check(sources, network, small, tmp_path / "check.json")
        assert (done.returncode, done.stderr) == (
            2,
            f"export_check: {network}: truncated, or not an ONNX file of this package; "
            "delete it and run snakemake again\n",
        )
    assert not (tmp_path / "check.json").exists()


def test_a_network_of_another_checkpoint_is_stale(sources, tmp_path: Path):
    network = export(sources, tmp_path / "class3.onnx")
    small = quantise(sources, network, tmp_path / "class3.int8.onnx")
    tensors, record = artefacts.load_tensors(sources["retrained"])
    artefacts.save_tensors(sources["retrained"], tensors, {**record, "epoch": 2})
    done = check(sources, network, small, tmp_path / "check.json")
    assert done.returncode == 2
    assert f"{network}: stale, it was made from another version of {sources['retrained']}" in done.stderr


def test_half_a_specialist_is_refused(sources, tmp_path: Path):
    del sources["retrained"]
    done = run_here("export/onnx_", {"model": LENET.name, "opset": OPSET, **sources, "onnx": tmp_path / "x.onnx"})
    assert (done.returncode, done.stderr) == (
        2,
        "export_onnx: --selection and --retrained: give both for a specialist, neither for a dense network\n",
    )
    assert not (tmp_path / "x.onnx").exists()


def test_the_example_of_the_readme_runs_where_there_is_nothing_but_the_examples(tmp_path: Path):
    (example,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert len([line for line in example.splitlines() if line]) == 5
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    done = subprocess.run(
        [sys.executable, "-I", "-c", example], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    pixels = np.asarray(Image.open(ROOT / "examples/lenet_5/digit.png"))[None]
    network = onnxruntime.InferenceSession(ROOT / "examples/lenet_5/class3.onnx")
    expected = network.run(None, {"pixels": pixels})[0].item()
    assert float(done.stdout) == pytest.approx(expected, abs=1e-6)
    assert expected > 0.5


def test_an_executorch_program_has_the_same_bytes_again_and_decides_as_torch(sources, tmp_path: Path):
    pytest.importorskip("executorch", reason="needs the package executorch, which no lock of this repository has")
    flags = {"model": LENET.name, **sources}
    one, two = ({"pte": tmp_path / f"{name}.pte", "about": tmp_path / f"{name}.pte.json"} for name in ("one", "two"))
    for files_of in (one, two):
        assert run_here("export/pte", {**flags, **files_of}).returncode == 0
    assert one["pte"].read_bytes() == two["pte"].read_bytes()
    network = export(sources, tmp_path / "class3.onnx")
    small = quantise(sources, network, tmp_path / "class3.int8.onnx")
    program = {"pte": one["pte"], "pte_about": one["about"]}
    assert check({**sources, **program}, network, small, tmp_path / "check.json").returncode == 0
    found = artefacts.read_json(tmp_path / "check.json")["executorch"]
    assert found["differing_decisions"] == 0
    assert found["largest_probability_difference"] < 1e-5


def test_without_executorch_its_absence_is_said(sources, tmp_path: Path):
    if importlib.util.find_spec("executorch"):
        pytest.skip("the package executorch is installed")
    done = run_here("export/pte", {"model": LENET.name, **sources, "pte": tmp_path / "x", "about": tmp_path / "y"})
    assert done.returncode == 2
    assert done.stderr.startswith("export_pte: the package executorch cannot be imported")
    assert not (tmp_path / "x").exists()
