"""What is compared with what: networks with each other, and kept units of a specialist with the dense ones."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from support import Flags, run_here, weights, write_dense, write_selection

from specdnn import artefacts
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept
from specdnn.networks.models import Architecture
from specdnn.networks.network import Network, drawn, logits
from specdnn.selection.specialist import load_specialist
from specdnn.similarity import checkpoint
from specdnn.similarity.metrics import SIMILARITIES
from specdnn.similarity.network import ARCHITECTURE, LAYERS
from specdnn.similarity.pruning import full_masks
from specdnn.similarity.units import OUTPUT, answers, embed
from specdnn.similarity.views import at_positions, matrices

LENET_5 = models.load("lenet_5")


def test_a_map_is_read_flattened_and_by_positions_and_a_vector_once():
    maps = torch.arange(2 * 3 * 2 * 2).float().view(2, 3, 2, 2)
    views = dict(matrices("relu1", maps, positions=100))
    assert views["flattened"].tolist() == maps.flatten(1).tolist()
    assert views["positions"].shape == (8, 3)
    assert views["positions"][1].tolist() == maps[0, :, 0, 1].tolist()
    assert [view for view, _ in matrices("relu3", maps[:, :, 0, 0], positions=1)] == ["units"]


def test_positions_are_the_same_for_every_network():
    maps = torch.randn(20, 3, 4, 4)
    drawn = at_positions("relu1", maps, 50)
    assert len(drawn) == 50
    assert torch.equal(at_positions("relu1", 2 * maps, 50), 2 * drawn)
    assert not torch.equal(at_positions("relu2", maps, 50), drawn)


@pytest.fixture(scope="module")
def networks(card: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Checkpoints as `similarity_train` names them: seed 1 twice, untrained and "trained", and seed 2."""
    folder, paths = tmp_path_factory.mktemp("networks"), {}
    for name, seed, epoch in (("dense", 1, 5), ("untrained", 1, 0), ("other", 2, 5)):
        paths[name] = folder / f"{name}.safetensors"
        record = artefacts.make_record("similarity_train", {"seed": seed}, {"data": card})
        tensors = drawn(lambda: Network(ARCHITECTURE), "init", ARCHITECTURE.name, seed).tensors()
        checkpoint.save(paths[name], tensors, full_masks(ARCHITECTURE), {**record, "epoch": epoch, "accuracy": 0.9})
    return paths


def compare_flags(card: Path, first: Path, seconds: list[Path], similarities: Path) -> Flags:
    return {
        "part": "test",
        "images": 60,
        "positions": 300,
        "rbf_samples": 50,
        "batch_size": 25,
        "threads": 1,
        "data": card,
        "first": first,
        "seconds": seconds,
        "similarities": similarities,
    }


@pytest.fixture(scope="module")
def compared(card: Path, networks: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dense network against another one, and against itself under another name."""
    path = tmp_path_factory.mktemp("compared") / "compared.json"
    seconds = [networks["other"], networks["untrained"]]
    done = run_here("similarity/compare", compare_flags(card, networks["dense"], seconds, path))
    assert (done.returncode, done.stderr) == (0, "")
    return path


def test_every_layer_is_compared_in_every_way_by_every_metric(compared: Path):
    file = artefacts.read_json(compared)
    other, _ = file["compared"]
    rows = pd.DataFrame(other["rows"])
    assert list(rows.layer.unique()) == list(LAYERS)
    assert len(rows) == (4 * 2 + 3) * len(SIMILARITIES)
    assert (file["first"]["method"], file["first"]["seed"], other["second"]["seed"]) == ("dense", 1, 2)
    wide = rows[(rows.layer == "relu1") & (rows.view == "flattened")].set_index("metric")
    assert wide.status["mean_cca"] == "too few samples"
    assert 0 < wide.value["linear_cka"] < 1


def test_a_network_is_equal_to_itself_whatever_it_was_compared_with_before(compared: Path):
    _, itself = artefacts.read_json(compared)["compared"]
    assert itself["second"]["method"] == "untrained"
    values = [row["value"] for row in itself["rows"] if row["status"] == "ok"]
    assert len(values) > 70
    np.testing.assert_allclose(values, 1, atol=1e-6)


def test_a_study_is_gathered_with_distances(compared: Path, networks: dict[str, Path], tmp_path: Path):
    given = gather_flags([compared], networks, ["other", "untrained"], tmp_path)
    assert run_here("similarity/gather", given).returncode == 0
    rows = pd.read_csv(given["csv"])
    assert rows.groupby("method", sort=False).seed.first().to_dict() == {"dense": 1, "untrained": 1}
    cka = rows[rows.metric == "linear_cka"]
    np.testing.assert_allclose(np.cos(cka.distance_value), cka.value, atol=1e-6)
    assert rows[rows.metric == "rbf_cka_debiased"].distance.isna().all()


def gather_flags(files: list[Path], networks: dict[str, Path], seconds: list[str], folder: Path) -> Flags:
    """Of files that compare the same seconds with the dense network."""
    of_file = {"first": str(networks["dense"]), "seconds": [str(networks[name]) for name in seconds]}
    compared = json.dumps({str(file): of_file for file in files})
    return {"compared": compared, "similarities": files, "csv": folder / "study.csv"}


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (["untrained", "untrained"], "compared.json: stale, it was made from another version of "),
        (["other"], "compared.json: stale, it compares 2 networks and its study 1; delete it"),
        (["other", "untrained", "dense"], "compared.json: stale, it compares 2 networks and its study 3; delete it"),
    ],
)
def test_comparisons_of_other_networks_are_refused(compared, networks, tmp_path: Path, seconds: list, message: str):
    given = gather_flags([compared], networks, seconds, tmp_path)
    done = run_here("similarity/gather", given)
    assert (done.returncode, done.stderr.count(message)) == (2, 1)
    assert not given["csv"].exists()


def test_comparisons_by_other_parameters_are_refused(compared, networks, tmp_path: Path):
    changed = artefacts.read_json(compared)
    changed["record"]["params"]["images"] = 61
    artefacts.write_json(tmp_path / "changed.json", changed)
    given = gather_flags([compared, tmp_path / "changed.json"], networks, ["other", "untrained"], tmp_path)
    assert "changed.json: stale, its parameters are not" in run_here("similarity/gather", given).stderr


# Specialists.


@pytest.fixture
def specialist(architecture: Architecture, tmp_path: Path) -> dict[str, Path]:
    dense = write_dense(tmp_path / "dense.safetensors", architecture)
    return {"dense": dense, "selection": write_selection(tmp_path / "selection.json", dense, architecture)}


def test_an_embedded_specialist_is_the_specialist(architecture: Architecture, specialist: dict[str, Path]):
    cut = load_specialist(specialist["selection"], specialist["dense"])
    embedded = embed(cut.tensors, architecture, cut.kept, (3,))
    again = extract.extract(embedded, architecture, cut.kept, (3,))
    assert all(np.array_equal(again[name], tensor) for name, tensor in cut.tensors.items())
    images = torch.randn(6, 28, 28)
    small = Network(architecture, cut.kept, (3,)).load(cut.tensors)
    found = answers(embedded, architecture, cut.kept, 3, images, batch_size=4)
    torch.testing.assert_close(found[OUTPUT], logits(small, small.prepare(images), 4), rtol=1e-4, atol=1e-4)
    for layer in architecture.layers[1:]:
        assert found[layer.name].shape[:2] == (6, len(cut.kept[layer.name]))


def test_answers_are_the_inputs_of_each_layer_of_the_dense_network():
    tensors, images = weights(LENET_5), torch.randn(3, 28, 28)
    kept = Kept(conv1=(0,), conv2=(1, 4), fc1=(17, 600), fc2=(2, 3, 5))
    found = answers(tensors, LENET_5, kept, 7, images, batch_size=2)
    parameters = {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}
    f = torch.nn.functional
    one = f.max_pool2d(f.conv2d(images[:, None], parameters["conv1.weight"], parameters["conv1.bias"]).relu(), 2)
    two = f.max_pool2d(f.conv2d(one, parameters["conv2.weight"], parameters["conv2.bias"]).relu(), 2)
    torch.testing.assert_close(found["conv2"], one[:, [1, 4]], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found["fc1"], two.flatten(1)[:, [17, 600]], rtol=1e-4, atol=1e-4)
    assert list(found) == ["conv2", "fc1", "fc2", OUTPUT]


def test_a_specialist_that_is_not_retrained_is_compared_before_and_after(
    architecture: Architecture, specialist: dict[str, Path], card: Path, tmp_path: Path
):
    cut = load_specialist(specialist["selection"], specialist["dense"])
    selection = artefacts.read_json(specialist["selection"])
    selection["record"]["params"]["method"] = "released"
    artefacts.write_json(specialist["selection"], selection)
    params = {"protocol": "published", "seed": 1}
    record = artefacts.make_record("retrain", params, {"data": card, **specialist})
    best = tmp_path / "best.safetensors"
    artefacts.save_tensors(best, cut.tensors, {**record, "epoch": 1})
    given = {**specialist, "best": best, "data": card, "test_images": 200, "positions": 500, "rbf_samples": 100}
    given |= {"batch_size": 100, "threads": 1, "similarities": tmp_path / "units.json"}
    done = run_here("similarity/units", given)
    assert (done.returncode, done.stderr) == (0, "")
    rows = pd.DataFrame(artefacts.read_json(tmp_path / "units.json")["rows"])
    assert set(rows.images) == {"class", "others"}
    before, after = (rows[rows.retraining == stage].value.to_numpy(dtype=float) for stage in ("before", "after"))
    assert np.array_equal(before, after, equal_nan=True)
    if architecture is LENET_5:  # its first layer keeps its one input, so its units answer as they do in the dense one
        first = rows[(rows.layer == "conv2") & (rows.status == "ok") & (rows.view == "positions")]
        assert len(first) > 30
        np.testing.assert_allclose(first.value.astype(float), 1, atol=1e-4)
    retrained = {**given, "best": specialist["dense"]}
    assert "not a checkpoint of this specialist" in run_here("similarity/units", retrained).stderr
