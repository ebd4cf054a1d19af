"""A specialist as source code decides as the network does, in node and out of a C compiler."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sources import answers
from support import kept_of, weights

from specdnn import artefacts
from specdnn.data import idx
from specdnn.errors import UserError
from specdnn.export import LANGUAGES, source
from specdnn.export.trained import Trained
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import Architecture, Conv
from specdnn.networks.network import Network, logits

NORMALISATION = {"mean": 0.1307, "std": 0.3081}
RECORD = {"rule": "test", "params": {}, "inputs": {}}


def pooling_means(architecture: Architecture) -> Architecture:
    layers = [replace(layer, pooling="mean") if isinstance(layer, Conv) else layer for layer in architecture.layers]
    return replace(architecture, layers=tuple(layers))


NETWORKS = {
    "a perceptron": (models.load("lenet_300_100"), None),
    "a convolutional network": (models.load("lenet_5"), None),
    "one that pools means": (pooling_means(models.load("lenet_5")), None),
    "one with a small window": (models.load("lenet_5"), Kept(conv1=(0,), conv2=(1, 4), fc1=(5, 6, 21), fc2=(7,))),
    "means of squares": (models.coarse(4, 5), dense_kept(models.coarse(4, 5))),
    "means of some squares": (models.coarse(2, 12), None),
    "means and no hidden layer": (models.coarse(7, 0), dense_kept(models.coarse(7, 0))),
    "all of a layer": (
        models.load("lenet_5"),
        Kept(conv1=(0,), conv2=(3,), fc1=tuple(range(16 * 2)), fc2=(1, 2)),
    ),
}


@pytest.fixture(params=NETWORKS, scope="module")
def specialist(request: pytest.FixtureRequest) -> Trained:
    """Of class 3; weights are untrained, hidden units awake, and the bias lies between the answers."""
    architecture, kept = NETWORKS[request.param]
    kept = kept or Kept({name: tuple(units) for name, units in kept_of(architecture).items()})
    output = min(3, architecture.layers[-1].outputs - 1)  # a network that is not cut out of a dense one has one
    tensors = extract.extract(
        {name: of + 0.1 * name.endswith("bias") for name, of in weights(architecture).items()},
        architecture,
        kept,
        (output,),
    )
    return Trained(architecture, kept, (3,), tensors, {"label": 3, "dataset": "mnist"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_decides_as_torch(specialist: Trained, language: str, card: Path, tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 256, (400, 28, 28), dtype=np.uint8)
    pixels = np.concatenate([idx.load(card, "test", 200).pixels, noise])
    scaled = (pixels.astype(np.float32) / np.float32(255) - np.float32(NORMALISATION["mean"])) / np.float32(
        NORMALISATION["std"]
    )

    def by_torch(tensors: dict) -> np.ndarray:
        network = Network(specialist.architecture, specialist.kept, (3,)).load(tensors)
        return logits(network, network.prepare(torch.from_numpy(scaled)), 1000).numpy()[:, 0]

    last = f"{specialist.architecture.layers[-1].name}.bias"
    middle = np.float32(np.median(by_torch(dict(specialist.tensors))))
    tensors = {**specialist.tensors, last: specialist.tensors[last] - middle}
    expected = by_torch(tensors)
    text = source.write(replace(specialist, tensors=tensors), NORMALISATION, RECORD, "class3", language)
    found = answers(text, language, pixels, tmp_path)
    assert 0.1 < (expected > 0).mean() < 0.9
    assert np.abs(found - 1 / (1 + np.exp(-expected.astype(float)))).max() < 1e-5
    sure = np.abs(expected) > 1e-5
    assert ((found > 0.5) == (expected > 0))[sure].all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_last_line_is_its_record(specialist: Trained, language: str, card: Path, tmp_path: Path):
    text = source.write(specialist, NORMALISATION, RECORD, "class3", language)
    path = tmp_path / f"class3{LANGUAGES[language]}"
    artefacts.write_text(path, text)
    assert source.load(path, {}) == text.encode()
    artefacts.write_text(path, text.replace('"inputs": {}', '"inputs": {"data": "0"}'))
    with pytest.raises(UserError, match=r"stale, it was made from another version of .*dataset.json"):
        source.load(path, {"data": card})
    artefacts.write_text(path, text.rpartition(source.MARK)[0])
    with pytest.raises(UserError, match="no record in its last line"):
        source.load(path, {})


def test_numbers_are_the_network_s_own_to_the_last_bit():
    values = np.random.default_rng(0).standard_normal(10_000).astype(np.float32) * np.float32(10) ** np.arange(
        -20, 20, 0.004, dtype=np.float32
    )
    again = np.array([source._number(value) for value in values]).astype(np.float32)
    assert np.array_equal(again, values)
