"""The convolutional rows: which layers are pruned, what is recorded of them, and the path from images to metrics."""

import re
from argparse import Namespace
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from support import Flags, interrupted_after, run_here, script_module
from torch import nn
from torch.utils.data import TensorDataset

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.mint.blocks import cut, cut_to_share, pruned_share
from specdnn.mint.pictures import splits
from specdnn.mint.vision import MODELS, activations, prunable
from specdnn.networks import mask

PRUNED = {"vgg16": (12, "0.3"), "resnet56": (27, "stages.0.0.conv2"), "resnet50": (32, "layer1.0.conv2")}


@pytest.mark.parametrize("model", MODELS)
def test_layers_with_one_layer_below_are_pruned(model: str):
    network = MODELS[model](10)
    pairs, modules = prunable(network), dict(network.named_modules())
    assert (len(pairs), next(iter(pairs))) == PRUNED[model]
    for conv, norm in pairs.items():
        assert modules[conv].out_channels == modules[norm].num_features
    assert network.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 10)


def small() -> nn.Module:
    """Three convolutions in a row; the last two are pruned."""
    widths = [(3, 4), (4, 6), (6, 8)]
    layers = [layer for a, b in widths for layer in (nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(True))]
    return nn.Sequential(*layers)


def test_parents_are_what_a_layer_reads_and_children_what_it_makes_of_it():
    network, images = small().eval(), torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    found = activations(network, images.split(2), prunable(network))
    assert list(found) == ["3", "6"]
    with torch.no_grad():
        for layer, upto in (("3", 3), ("6", 6)):
            parents, children = found[layer]
            assert parents == pytest.approx(network[:upto](images).mean(dim=(2, 3)).numpy(), abs=1e-6)
            assert children == pytest.approx(network[: upto + 3](images).mean(dim=(2, 3)).numpy(), abs=1e-6)


def one_kernel_left() -> dict[str, np.ndarray]:
    """Of the second convolution."""
    kept = np.zeros((6, 4, 1, 1), dtype=np.float32)
    kept[1, 2] = 1
    return {"3.weight": kept}


def test_masked_kernels_are_zero_and_others_as_they_were():
    network = small()
    before = network[3].weight.detach().clone()
    mask.register(network, one_kernel_left())
    assert torch.equal(network[3].weight[1, 2], before[1, 2])
    assert (network[3].weight != 0).sum() == 9


def test_an_interrupted_retraining_ends_with_the_same_numbers(tmp_path: Path, capfd):
    """Masked, with batch normalisation, whose running means are no parameters, and images in a loader's own order."""
    script = script_module("mint/vision")
    images = TensorDataset(torch.randn(20, 3, 8, 8, generator=torch.Generator().manual_seed(0)), torch.arange(20) % 8)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        dense = nn.Sequential(small(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    masks = {f"0.{name}": of for name, of in one_kernel_left().items()}

    def retrained(folder: Path) -> dict[str, torch.Tensor]:
        network, args = deepcopy(dense), Namespace(**flags(folder, epochs=4, lr_step=2))
        script.zero_masked(network, masks)
        mask.register(network, masks)
        script.train(args, network, images, "retrain", {"rule": "mint_vision"})
        mask.settle(network, masks)
        return network.state_dict()

    whole = retrained(tmp_path / "whole")
    with interrupted_after(3):
        retrained(tmp_path / "interrupted")
    capfd.readouterr()
    resumed = retrained(tmp_path / "interrupted")
    assert re.fullmatch(r"resuming after epoch 3\nepoch 4 of 4: loss \d\.\d{4}\n", capfd.readouterr().out)
    assert all(torch.equal(tensor, whole[name]) for name, tensor in resumed.items())
    assert (whole["0.3.weight"] != 0).sum() == 9
    assert (whole["0.4.running_mean"] != dense[0][4].running_mean).any()


def test_the_largest_cut_below_a_share_is_taken():
    random = np.random.default_rng(0)
    scores = {"a": random.integers(0, 30, (10, 10)) / 30, "b": random.integers(0, 30, (20, 5)) / 30}
    sizes = {"a": 900, "b": 300}
    distinct = len(np.unique(np.concatenate([of.ravel() for of in scores.values()])))
    every = [pruned_share(cut(scores, place / distinct, 0.99), sizes) for place in range(distinct)]
    for share in (0.1, 0.5, 0.9):
        best = max(of for of in every if of <= share)
        assert pruned_share(cut_to_share(scores, share, 0.99, sizes), sizes) == best


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("cifar10:absent", "cifar10:absent: Dataset not found"),
        ("folder:absent", "folder:absent: .*No such file"),
        ("generated:many", "generated:many: .*see docs/mint.md"),
        ("web:x", "web:x: no source of images; write cifar10:FOLDER"),
    ],
)
def test_images_that_are_not_there_are_refused(source: str, message: str):
    with pytest.raises(UserError, match=message):
        splits(source)


def flags(folder: Path, **changed: object) -> Flags:
    values = {"model": "resnet56", "images": "generated:20", "classes": 10, "groups": 2, "samples": 1, "share": 0.4}
    values |= {"cap": 0.9, "pairing": "corrected", "neighbour": "corrected", "edges": "corrected", "epochs": 1}
    values |= {"batch_size": 10, "lr": 0.1, "lr_step": 1, "lr_gamma": 0.1, "momentum": 0.9, "weight_decay": 0.0001}
    files = {"pruned": folder / "pruned.safetensors", "metrics": folder / "metrics.json", "state": folder / "state"}
    return {**values, "seed": 1, "threads": 1, "device": "cpu", "workers": 0, **files, **changed}


def test_a_handful_of_images_goes_all_the_way(tmp_path: Path):
    done = run_here("mint/vision", flags(tmp_path))
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    metrics = artefacts.read_json(tmp_path / "metrics.json")
    assert metrics["layers"] == 27
    assert 0 < metrics["pruned_share"] <= 0.4
    tensors, _ = artefacts.load_tensors(tmp_path / "pruned.safetensors")
    kernels = [of for name, of in tensors.items() if name.endswith("conv2.weight")]
    assert sum((of == 0).sum() for of in kernels) / sum(of.size for of in kernels) == pytest.approx(
        metrics["pruned_share"], abs=1e-6
    )
    made = ["metrics.json", "pruned.safetensors"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*made, *(f"{name}.sha256" for name in made)])
    again = run_here("mint/vision", flags(tmp_path / "again", weights=tmp_path / "pruned.safetensors"))
    assert not again.stdout.startswith("train: ")
    assert artefacts.read_json(tmp_path / "again/metrics.json")["accuracy_before"] == metrics["accuracy"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"groups": 3},
            "3 parent and 3 child groups do not divide its 16 inputs and 16 units; choose divisors in groups",
        ),
        ({"classes": 2}, "generated:20: has label 9; set classes of mint.vision.rows to more than that"),
        ({"images": "generated:1"}, "generated:1: 1 samples, a score takes 3; raise samples of mint.vision.rows"),
    ],
)
def test_what_cannot_be_scored_is_refused_before_any_training(tmp_path: Path, changed: dict, message: str):
    done = run_here("mint/vision", flags(tmp_path, **changed))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_weights_of_another_network_are_refused(tmp_path: Path):
    other = tmp_path / "other.safetensors"
    artefacts.save_tensors(other, {"fc": np.zeros(3, dtype=np.float32)}, {"rule": "train"})
    done = run_here("mint/vision", flags(tmp_path, weights=other))
    assert done.returncode == 2
    assert f"{other}: not weights of this network" in done.stderr
