"""What the demo is made of: only the pinned package gets in, real images by rule, and what a specialist can see."""

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from support import KEPT, archive, run_here, script_module, write_dense, write_selection

from specdnn import artefacts, files
from specdnn.data import IMAGE_SIDE, npm
from specdnn.data.idx import load
from specdnn.errors import UserError
from specdnn.export import LANGUAGES
from specdnn.networks import extract, models
from specdnn.networks.extract import dense_kept
from specdnn.networks.models import Architecture, Conv
from specdnn.networks.network import Network
from specdnn.networks.window import visible
from specdnn.selection.specialist import Specialist, load_specialist

PACKAGE = "some-package@1.0.0"
MEMBERS = {"package/dist/module.mjs": b"export default 1;", "package/dist/module.wasm": b"\0asm"}


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch):
    """`npm pack` puts the given bytes into the folder that it is called in."""

    def serve(content: bytes) -> None:
        def run(command: list[str], cwd: str, **_: object) -> None:
            assert command[:2] == ["npm", "pack"]
            Path(cwd, "some-package-1.0.0.tgz").write_bytes(content)

        monkeypatch.setattr(npm.subprocess, "run", run)

    return serve


def test_files_of_the_pinned_package_are_read_by_name(pack, monkeypatch, tmp_path: Path):
    content = archive({"../evil": b"x", "/evil": b"x", **MEMBERS}, {})
    pack(content)
    monkeypatch.setattr(npm.tempfile, "tempdir", str(tmp_path))
    assert npm.read_files(PACKAGE, integrity(content), [*MEMBERS], 5) == MEMBERS
    assert list(tmp_path.rglob("*")) == [], "something was unpacked"


def test_a_package_with_one_other_byte_is_refused_unopened(pack):
    content = archive(MEMBERS, {})
    pack(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(UserError, match=rf"{PACKAGE}: damaged, or another package: integrity sha512-.*, expected sha5"):
        npm.read_files(PACKAGE, integrity(content), [*MEMBERS], 5)


@pytest.mark.parametrize("links", [{}, {"package/dist/module.wasm": "../../../secret"}])
def test_a_package_without_a_file_or_with_a_link_for_it_is_named(pack, links: dict[str, str]):
    content = archive({"package/dist/module.mjs": b""}, links)
    pack(content)
    with pytest.raises(UserError, match=rf"{PACKAGE}: has no file package/dist/module.wasm"):
        npm.read_files(PACKAGE, integrity(content), [*MEMBERS], 5)


def runtime_flags(folder: Path) -> dict[str, object]:
    pinned = {"package": PACKAGE, "integrity": integrity(b""), "timeout": 5}
    return {**pinned, "module": folder / "module.mjs", "wasm": folder / "module.wasm"}


def test_a_missing_npm_is_a_line_that_says_so_and_nothing_is_left(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("PATH", "")
    refused = run_here("demo/runtime", runtime_flags(tmp_path / "out"))
    assert refused.returncode == 2
    assert refused.stderr == f"demo_runtime: {PACKAGE}: needs npm, which is not installed (Debian: npm)\n"
    assert not (tmp_path / "out").exists()


def test_a_line_that_is_down_is_a_line_that_says_so(monkeypatch, tmp_path: Path):
    def run(command: list[str], **_: object) -> None:
        errors = b"npm error code ENOTFOUND\nnpm error network request to somewhere failed\nnpm error more\n"
        raise subprocess.CalledProcessError(1, command, stderr=errors)

    monkeypatch.setattr(npm.subprocess, "run", run)
    refused = run_here("demo/runtime", runtime_flags(tmp_path / "out"))
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        f"demo_runtime: {PACKAGE}: npm could not fetch it "
        "(code ENOTFOUND; network request to somewhere failed); is the network up?"
    ]


def test_npm_runs_no_script_and_where_it_leaves_no_archive_that_is_said(monkeypatch):
    commands = []
    monkeypatch.setattr(npm.subprocess, "run", lambda command, **_: commands.append(command))
    with pytest.raises(UserError, match=rf"{PACKAGE}: npm fetched no archive \(.tgz\)"):
        npm.read_files(PACKAGE, integrity(b""), [], 5)
    assert "--ignore-scripts" in commands[0]


def page_flags(card: Path, folder: Path, **changed: object) -> dict[str, object]:
    (folder / "source.html").write_text("<p>page</p>")
    (folder / "runtime.wasm").write_bytes(b"\0asm")
    networks = {"lenet_300_100/tiny_coarse": "means", "lenet_5/tuned": "units", "lenet_5/released": "papers"}
    flags = {"networks": [*networks], "ways": [*networks.values()], "images_per_class": 10}
    flags |= {"test_images": 297, "chosen_by": "the test set"}
    written = {"page": folder / "source.html", "images": folder / "out/images.bin", "study": folder / "out/study.json"}
    return {**flags, "data": card, "runtime": folder / "runtime.wasm", **written, **changed}


def test_the_images_are_the_first_of_every_digit_byte_for_byte(card: Path, tmp_path: Path):
    done = run_here("demo/page", page_flags(card, tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    study = json.loads((tmp_path / "out/study.json").read_text())
    images = np.fromfile(tmp_path / "out/images.bin", dtype=np.uint8).reshape(-1, 784)
    raw = np.fromfile(card.parent / "t10k-images-idx3-ubyte", dtype=np.uint8)[16:].reshape(-1, 784)
    labels = load(card, "test", 297).labels
    expected = [np.flatnonzero(labels == digit)[turn] for turn in range(10) for digit in range(10)]
    assert study["labels"] == [*range(10)] * 10
    assert (images == raw[expected]).all()
    assert (images[study["first"]] == raw[0]).all()
    assert study["runtime_bytes"] == 4
    titles = {network["name"]: network["title"] for network in study["networks"]}
    assert titles == {
        "lenet_300_100/tiny_coarse": "LeNet-300-100, recipe",
        "lenet_5/tuned": "LeNet-5, recipe",
        "lenet_5/released": "LeNet-5, the paper's",
    }
    assert [network["about"].split(",")[0] for network in study["networks"]] == [
        "At most one hidden layer on means of pixels",
        "SpecDNN's units and weights",
        "As in the paper: units by its rule",
    ]
    assert (tmp_path / "out/source.html").read_text() == "<p>page</p>"


def test_more_images_of_a_digit_than_there_are_is_refused(card: Path, tmp_path: Path):
    refused = run_here("demo/page", page_flags(card, tmp_path, images_per_class=40))
    assert refused.returncode == 2
    assert "40 test images of class" in refused.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture
def networks(card: Path, architecture: Architecture, tmp_path: Path) -> dict[str, object]:
    """Flags of `demo/networks`: an untrained dense network and its specialist of class 3, scored and exported."""
    dense = write_dense(tmp_path / "dense.safetensors", architecture)
    selection = write_selection(tmp_path / "selection.json", dense, architecture)
    best = tmp_path / "best.safetensors"
    of = {"data": card, "dense": dense}
    record = artefacts.make_record("retrain", {"protocol": "published"}, {**of, "selection": selection})
    artefacts.save_tensors(best, load_specialist(selection, dense).tensors, {**record, "epoch": 1})
    metrics, graph, dense_graph = (tmp_path / name for name in ("metrics.json", "class3.onnx", "dense.onnx"))
    source = {"javascript": tmp_path / "class3.mjs", "c": tmp_path / "class3.h"}
    test = {"test_images": 297, "batch_size": 100, "threads": 1}
    export = {**of, "model": architecture.name}
    specialist = {"selection": selection, "retrained": best}
    for script, flags in (
        ("evaluate", {**of, **test, "selection": selection, "best": best, "last": best, "metrics": metrics}),
        ("export/onnx_", {**export, "opset": 17, "onnx": dense_graph}),
        ("export/onnx_", {**export, "opset": 17, **specialist, "onnx": graph}),
        ("export/source", {**export, **specialist, **source}),
    ):
        done = run_here(script, flags)
        assert (done.returncode, done.stderr) == (0, "")
    made = {"selections": selection, "best": best, "metrics": metrics, "graphs": graph, "dense_graph": dense_graph}
    return {**of, **made, **source, "card": tmp_path / "out/network.json"}


def test_the_card_says_of_every_network_what_its_graph_and_its_scores_say(
    networks: dict[str, object], architecture: Architecture, tmp_path: Path
):
    done = run_here("demo/networks", networks)
    assert (done.returncode, done.stderr) == (0, "")
    card, metrics = (json.loads((tmp_path / name).read_text()) for name in ("out/network.json", "metrics.json"))
    for entry, name, endings in (
        (card["dense"], "dense", {"onnx"}),
        (card["specialists"][0], "class3", {"onnx", "mjs", "h"}),
    ):
        assert (entry["name"], entry["saved_as"]) == (name, f"specdnn_{architecture.name}_{name}")
        assert set(entry["bytes"]) == endings
        for ending, size in entry["bytes"].items():
            content = (tmp_path / f"{name}.{ending}").read_bytes()
            assert (tmp_path / f"out/{name}.{ending}").read_bytes() == content
            assert size == len(content)
    specialist = load_specialist(networks["selections"], networks["dense"])
    [entry] = card["specialists"]
    assert card["dense"]["parameters"] == architecture.parameters
    assert entry["parameters"] == extract.parameters(architecture, specialist.kept)
    assert entry["balanced_accuracy"] == metrics["best_epoch"]["balanced_accuracy"]
    assert entry["always_no"] == metrics["always_no"]
    first = architecture.layers[0]
    assert ("filters" in entry) == isinstance(first, Conv)
    if isinstance(first, Conv):
        filters = specialist.tensors[f"{first.name}.weight"].reshape(-1, first.kernel_area)
        assert np.allclose(entry["filters"], filters)


def test_scores_and_graphs_of_another_checkpoint_are_refused(networks: dict[str, object], tmp_path: Path):
    tensors, record = artefacts.load_tensors(networks["best"])
    artefacts.save_tensors(networks["best"], tensors, {**record, "epoch": 2})
    refused = run_here("demo/networks", networks)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"demo_networks: {networks['metrics']}: stale")
    assert not (tmp_path / "out/network.json").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_is_source_code_of_another_checkpoint(networks: dict[str, object], language: str, tmp_path: Path):
    text = networks[language].read_text()
    artefacts.write_text(networks[language], text.replace(files.sha256(networks["best"]), "0" * 64))
    refused = run_here("demo/networks", networks)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"demo_networks: {networks[language]}: stale")
    assert not (tmp_path / "out/network.json").exists()


def test_what_a_specialist_can_see_is_what_its_answer_depends_on(architecture: Architecture, tmp_path: Path):
    dense = write_dense(tmp_path / "dense.safetensors", architecture)
    specialist = load_specialist(write_selection(tmp_path / "selection.json", dense, architecture), dense)
    network = Network(architecture, specialist.kept, (3,)).load(
        {name: np.abs(tensor) for name, tensor in specialist.tensors.items()}  # so that no ReLU hides a pixel
    )
    images = torch.rand(300, IMAGE_SIDE, IMAGE_SIDE, generator=torch.Generator().manual_seed(0), requires_grad=True)
    network(network.prepare(images)).sum().backward()
    touched = images.grad.abs().sum(dim=0).flatten().nonzero().flatten().tolist()
    assert np.flatnonzero(visible(architecture, specialist.kept)).tolist() == touched


@pytest.mark.parametrize(
    ("model", "counted"),
    [
        ("lenet_300_100", {"fc1": "pixels", "fc2": "units", "fc3": "units"}),
        ("lenet_5", {"conv2": "filters", "fc1": "units", "fc2": "units"}),
    ],
)
def test_what_is_kept_is_counted_from_the_image_on(model: str, counted: dict[str, str], tmp_path: Path):
    architecture = models.load(model)
    dense = write_dense(tmp_path / "dense.safetensors", architecture)
    specialist = load_specialist(write_selection(tmp_path / "selection.json", dense, architecture), dense)
    assert script_module("demo/networks").keeps(specialist) == [
        {"what": what, "kept": len(KEPT[model][name]), "of": architecture.layer(name).inputs}
        for name, what in counted.items()
    ]


@pytest.mark.parametrize(("hidden", "behind"), [(5, [{"what": "units", "kept": 5, "of": 5}]), (0, [])])
def test_of_a_network_on_means_they_are_counted_and_all_pixels_are_seen(hidden: int, behind: list[dict]):
    network, script = models.coarse(4, hidden), script_module("demo/networks")
    specialist = Specialist(network, 3, dense_kept(network), {}, {}, {})
    assert script.keeps(specialist) == [{"what": "means, 4 x 4", "kept": 49, "of": 49}, *behind]
    scores = {"accuracy": 0.9, "balanced_accuracy": 0.9, "collapsed": False}
    card = script.describe(specialist, None, {"best_epoch": scores, "always_no": 0.9})
    assert (card["pixels"], card["window"]) == ([*range(IMAGE_SIDE**2)], 4)
