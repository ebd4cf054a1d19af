"""MINT's estimate as a selection method: on toy layers whose answer is known, and from images to an exact budget."""

from pathlib import Path

import numpy as np
import pytest
from support import Flags, run_here, weights, write_dense

from specdnn import artefacts
from specdnn.data import CLASSES
from specdnn.data.protocols import splits
from specdnn.dependence.information import thirds
from specdnn.networks import extract, models
from specdnn.networks.network import Network
from specdnn.networks.trace import trace
from specdnn.selection import budget, methods
from specdnn.selection.budget import full_shape
from specdnn.selection.method import Activations, Candidates, Method
from specdnn.selection.methods.mint import joining
from specdnn.selection.walk import Source, kept_of

LENET_5 = models.load("lenet_5")
SAMPLES = 2400
BOTH = ("mint", "mint_marginal")
ABOUT_0 = {"mint": 0.15, "mint_marginal": 0.1}  # borrowers of one lender lie close together, which raises `mint`


def normal(width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(SAMPLES, width)).astype(np.float32)


def candidates(inputs: np.ndarray, units: np.ndarray, rows: tuple[int, ...] = (0,)) -> Candidates:
    affinity = np.ones((units.shape[1], inputs.shape[1]))
    return Candidates("fc", affinity, rows, label=0, activations=Activations(inputs, units))


def scores(asked: Candidates, method: str) -> np.ndarray:
    """The estimates that the method ranks by."""
    split = thirds(SAMPLES)
    kept, borrowed = len(split.kept), len(split.borrowers)
    return 1 - joining(asked, given_others=method == "mint") * (kept + borrowed) / (2 * kept * borrowed)


@pytest.mark.parametrize("method", BOTH)
def test_the_input_that_alone_carries_the_output_comes_first_and_the_others_score_about_0(method: str):
    inputs = normal(4)
    asked = candidates(inputs, 3 * inputs[:, 2:3])
    found = scores(asked, method)
    assert methods.load(method).order(asked)[0] == 2
    assert found[2] > 0.45
    assert np.delete(found, 2) == pytest.approx(0, abs=ABOUT_0[method])


@pytest.mark.parametrize("method", BOTH)
def test_inputs_that_have_nothing_to_do_with_the_output_score_about_0(method: str):
    assert scores(candidates(normal(4), normal(1, seed=1)), method) == pytest.approx(0, abs=ABOUT_0[method])


@pytest.mark.parametrize("method", BOTH)
def test_an_input_is_scored_against_the_chosen_rows_and_no_others(method: str):
    inputs = normal(4)
    units = np.hstack([3 * inputs[:, 1:2], normal(1, seed=1), 3 * inputs[:, 3:4]])
    assert methods.load(method).order(candidates(inputs, units, rows=(0,)))[0] == 1
    assert methods.load(method).order(candidates(inputs, units, rows=(2,)))[0] == 3
    assert set(methods.load(method).order(candidates(inputs, units, rows=(0, 2)))[:2].tolist()) == {1, 3}


def test_of_two_inputs_that_tell_the_same_neither_adds_anything_given_the_other():
    """What becomes of a network's layer of hundreds of units: together they tell all, each alone next to nothing."""
    inputs = normal(8)
    inputs[:, 1] = inputs[:, 0] + 0.1 * inputs[:, 1]
    asked = candidates(inputs, 3 * inputs[:, :1])
    assert scores(asked, "mint") == pytest.approx(0, abs=ABOUT_0["mint"])
    alone = scores(asked, "mint_marginal")
    assert min(alone[:2]) > 0.6
    assert alone[2:] == pytest.approx(0, abs=ABOUT_0["mint_marginal"])


def test_the_marginal_score_by_hand():
    """Six samples: 0 and 1 borrow the y of 2 and 3, and 4 and 5 are kept; y is also the one unit's value."""
    y = np.array([[0.0], [10.0], [0.0], [10.0], [0.0], [10.0]], dtype=np.float32)
    swapped = y[[0, 1, 3, 2, 4, 5]]
    assert joining(candidates(y, y), given_others=False).tolist() == [2]  # borrowers lie where the kept do: 4-0, 5-1
    assert joining(candidates(swapped, y), given_others=False).tolist() == [3]  # a square, each set a diagonal
    away = np.array([[0.0], [1.0], [50.0], [51.0], [0.0], [1.0]], dtype=np.float32)
    assert joining(candidates(away, y), given_others=False).tolist() == [1]  # borrowers lie 50 away: one edge joins


@pytest.mark.parametrize("method", BOTH)
def test_the_same_samples_give_the_same_order(method: str):
    inputs = normal(5)
    asked = candidates(inputs, inputs @ normal(5, seed=1)[:5])
    assert np.array_equal(methods.load(method).ranks(asked), methods.load(method).ranks(asked))


def untrained(model: str, samples: int = 30) -> Source:
    """An untrained network with made-up activations."""
    architecture, random = models.load(model), np.random.default_rng(0)
    seen = {layer.name: random.random((samples, layer.inputs), dtype=np.float32) for layer in architecture.layers}
    outputs = random.random((samples, 10), dtype=np.float32)
    return Source(weights(architecture), architecture, 1, activations={**seen, "outputs": outputs})


@pytest.mark.parametrize("method", BOTH)
def test_an_asked_count_is_met_exactly(method: str):
    source = untrained("lenet_300_100")
    chosen = budget.select(source, 3, methods.load(method), 800, full_shape(source.architecture))
    assert extract.parameters(source.architecture, kept_of(chosen)) == 800


def test_the_search_for_a_count_asks_a_costly_method_for_no_order_that_it_does_not_need():
    source, asked = untrained("lenet_300_100"), []

    def ranks(among: Candidates) -> np.ndarray:
        asked.append((among.name, among.rows))
        return magnitude.ranks(among)

    magnitude, shape = methods.load("magnitude"), full_shape(source.architecture)
    chosen = budget.select(source, 3, Method(ranks), 800, shape)
    assert chosen == budget.select(source, 3, magnitude, 800, shape)
    assert [name for name, _ in asked] == ["fc3", "fc2", "fc1"]
    assert asked[0][1] == (3,)
    assert asked[1][1] == tuple(sorted(chosen["fc3"].units))


def test_a_layers_units_are_what_the_layer_above_reads_and_a_maps_features_count_as_their_mean():
    source = untrained("lenet_5")
    seen = source.activations
    of_conv2 = source.candidates("conv2", (0,), 3).activations
    assert np.array_equal(of_conv2.inputs, seen["conv2"])
    assert of_conv2.units == pytest.approx(seen["fc1"].reshape(30, 50, 16).mean(axis=2))
    assert np.array_equal(source.candidates("fc1", (0,), 3).activations.units, seen["fc2"])
    assert np.array_equal(source.candidates("fc2", (3,), 3).activations.units, seen["outputs"])


def recorded(dense: Path, card: Path, path: Path, **changed: object) -> Flags:
    values = {"model": "lenet_5", "protocol": "held_out", "train_images": 600, "choosing_images": 100, "seed": 1}
    values |= {"images_per_class": 4, "threads": 1, "data": card, "dense": dense, "activations": path}
    return {**values, **changed}


def test_activations_are_what_the_network_reads_on_training_images_of_every_class(card: Path, tmp_path: Path):
    dense, path = write_dense(tmp_path / "dense.safetensors", LENET_5), tmp_path / "a.safetensors"
    assert run_here("activations", recorded(dense, card, path)).returncode == 0
    tensors, record = artefacts.load_tensors(path)
    assert {name: of.shape for name, of in tensors.items()} == {
        **{layer.name: (40, layer.inputs) for layer in LENET_5.layers},
        "outputs": (40, 10),
    }
    assert set(record["inputs"]) == {"data", "dense"}
    training_set, _ = splits(card, "held_out", train=600, choosing=100)
    network = Network(LENET_5).load(weights(LENET_5))
    sums = trace(network, training_set.images)["fc1"].sum(dim=1).numpy()
    drawn = [int(np.abs(sums - of.sum()).argmin()) for of in tensors["fc1"]]
    assert np.abs(sums[drawn] - tensors["fc1"].sum(axis=1)).max() < 1e-3
    assert np.bincount(training_set.labels.numpy()[drawn], minlength=CLASSES).tolist() == [4] * CLASSES


def test_activations_depend_on_the_seed_alone(card: Path, tmp_path: Path):
    dense, written = write_dense(tmp_path / "dense.safetensors", LENET_5), []
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        run_here("activations", recorded(dense, card, tmp_path / name, seed=seed))
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1] != written[2]


def specialize(dense: Path, folder: Path, **flags: object) -> tuple[int, str]:
    asked = {"model": "lenet_5", "label": 3, "t": 0.99, "on_empty": "top1", "dense": dense}
    done = run_here("specialize", {**asked, "method": "mint", "selection": folder / "selection.json", **flags})
    return done.returncode, done.stderr.strip()


def test_a_specialist_is_chosen_from_activations_and_without_them_refused(card: Path, tmp_path: Path):
    dense = write_dense(tmp_path / "dense.safetensors", LENET_5)
    path = tmp_path / "activations.safetensors"
    run_here("activations", recorded(dense, card, path))
    assert specialize(dense, tmp_path) == (
        2,
        "specialize: mint ranks by activations: give --activations, as src/activations.py writes them",
    )
    assert specialize(dense, tmp_path, activations=path) == (0, "")
    assert set(artefacts.read_json(tmp_path / "selection.json")["record"]["inputs"]) == {"dense", "activations"}
    tensors, record = artefacts.load_tensors(path)
    artefacts.save_tensors(path, tensors, {**record, "inputs": {"dense": "0" * 64}})
    code, line = specialize(dense, tmp_path, activations=path)
    assert code == 2
    assert "activations.safetensors: stale" in line
