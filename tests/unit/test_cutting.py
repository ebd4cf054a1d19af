"""Cutting any network: exact, the same whatever changes no output, and refused in words where it cannot be."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
import toys
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import specdnn
from specdnn import artefacts
from specdnn.cutting import cut, statistics, structure, walk
from specdnn.cutting.scoring import Scoring
from specdnn.errors import UserError
from specdnn.networks import models
from specdnn.networks.network import Network
from specdnn.selection import choice
from specdnn.selection.walk import Source, kept_of

ROOT = Path(__file__).parents[2]
EXAMPLE = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def made(toy: type[nn.Module], seed: int = 0) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return toy()


def kept(network: nn.Module, classes=(3, 1), share=0.4, **given) -> dict[str, set[int]]:
    """Part -> the rows that stay, of a cut."""
    plan = specdnn.extract(network, EXAMPLE.to(next(network.parameters())), classes, share=share, **given).plan
    return {name: {*rows} for name, (_, rows) in plan["parts"].items()}


@pytest.mark.parametrize("toy", toys.EXACT)
@pytest.mark.parametrize("share", [0.6, 0.35])
@pytest.mark.parametrize("classes", [[3], [7, 1, 4, 0, 9]])
def test_cut_is_exact_and_counted(toy, share, classes):
    network = made(toy)
    found = specdnn.extract(network, EXAMPLE, classes, share=share)
    assert found.certificate.difference <= 1e-12
    assert not found.whole
    assert found.parameters == sum(parameter.numel() for parameter in found.network.parameters())
    assert found.parameters <= share * found.dense.parameters
    assert found.network(EXAMPLE).shape == (2, len(classes))


@pytest.mark.parametrize(("toy", "group"), toys.PARTLY.items())
def test_what_cannot_be_cut_stays_whole_and_is_named(toy, group):
    found = specdnn.extract(made(toy), EXAMPLE, [3], share=0.5)
    assert found.certificate.difference <= 1e-12
    assert [*found.whole] == [group]
    assert found.parameters == sum(parameter.numel() for parameter in found.network.parameters())


def test_shared_weights_stay_whole():
    found = specdnn.extract(made(toys.Shared), EXAMPLE, [3], share=0.8)
    assert found.certificate.difference <= 1e-12
    assert {"one", "other"} <= {*found.whole}
    assert any("shares its weights" in why for why in found.whole.values())


def test_outputs_come_in_the_order_of_the_classes():
    network = made(toys.Flattened)
    one, other = (specdnn.extract(network, EXAMPLE, classes, share=0.5).network for classes in ([3, 8], [8, 3]))
    torch.testing.assert_close(one(EXAMPLE), other(EXAMPLE)[:, [1, 0]], rtol=0, atol=0)


def test_the_whole_network_is_cut_to_its_classes_alone():
    network = made(toys.Residual).eval()
    found = specdnn.extract(network, EXAMPLE, [5, 2], share=1)
    torch.testing.assert_close(found.network(EXAMPLE), network(EXAMPLE)[:, [5, 2]])


def test_the_network_is_left_as_it_was():
    network = made(toys.Residual).train()
    network.stem.weight.requires_grad_(False)
    before = copy.deepcopy(network.state_dict())
    specdnn.extract(network, EXAMPLE, [3], share=0.4)
    assert network.training
    assert network.back_norm.training
    assert not network.stem.weight.requires_grad
    assert network.back.weight.requires_grad
    for name, values in network.state_dict().items():
        torch.testing.assert_close(values, before[name], rtol=0, atol=0)


def test_a_module_that_never_runs_is_taken_out():
    found = specdnn.extract(made(toys.Unused), EXAMPLE, [3], share=0.4)
    assert found.network.auxiliary is None
    assert found.plan["unused"] == ["auxiliary"]
    assert found.dense.parameters == sum(value.numel() for value in made(toys.Flattened).parameters())


def test_a_cut_to_the_wrong_channels_is_seen(monkeypatch):
    """As many channels as the walk keeps, but others: the certificate does not let that group be cut."""
    right = cut.carried_out

    def shifted(model, cuts, unused=()):
        columns, rows = cuts.get("first", ([], []))
        wrong = {**cuts, "first": (columns, sorted((row + 1) % 8 for row in rows))} if rows else cuts
        return right(model, wrong, unused)

    monkeypatch.setattr("specdnn.cutting.certificate.carried_out", shifted)
    found = specdnn.extract(made(toys.Concatenated), EXAMPLE, [3], share=0.6)
    assert [*found.whole] == ["first"]


# What changes no output changes no choice


@settings(max_examples=15, deadline=None)
@given(scale=st.floats(0.05, 20), seed=st.integers(0, 5), toy=st.sampled_from([toys.Residual, toys.Mobile]))
def test_scaling_a_convolution_and_its_norm_changes_no_kept_unit(scale, seed, toy):
    network = made(toy, seed).double().eval()
    scaled = copy.deepcopy(network)
    pairs = {toys.Residual: ("stem", "inner", "back"), toys.Mobile: ("widen", "filter")}[toy]
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in pairs:
            convolution, norm = getattr(scaled, name), getattr(scaled, f"{name}_norm")
            factors = scale ** torch.rand(convolution.out_channels, generator=generator, dtype=torch.float64)
            convolution.weight *= factors[:, None, None, None]
            norm.running_mean *= factors
            norm.running_var.copy_((norm.running_var + norm.eps) * factors**2 - norm.eps)
    torch.testing.assert_close(scaled(EXAMPLE.double()), network(EXAMPLE.double()))
    assert kept(scaled) == kept(network)


def test_without_folding_it_would():
    network = made(toys.Residual).eval()
    scaled = copy.deepcopy(network)
    factors = torch.logspace(-1, 1, 20)
    with torch.no_grad():
        scaled.inner.weight *= factors[:, None, None, None]
        scaled.inner_norm.running_mean *= factors
        scaled.inner_norm.running_var.copy_((scaled.inner_norm.running_var + 1e-5) * factors**2 - 1e-5)
    assert kept(scaled, fold=False) != kept(network, fold=False)


@settings(max_examples=10, deadline=None)
@given(scale=st.floats(0.01, 100), seed=st.integers(0, 5))
def test_scaling_two_layers_against_each_other_changes_no_kept_unit(scale, seed):
    network = made(toys.Flattened, seed).double()
    scaled = copy.deepcopy(network)
    with torch.no_grad():
        scaled.hidden.weight *= scale
        scaled.hidden.bias *= scale
        scaled.head.weight /= scale
    torch.testing.assert_close(scaled(EXAMPLE.double()), network(EXAMPLE.double()))
    assert kept(scaled) == kept(network)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_renumbering_channels_renumbers_the_kept_ones(seed):
    network = made(toys.Residual, seed % 7).eval()
    order = torch.randperm(20, generator=torch.Generator().manual_seed(seed))
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.inner.weight.copy_(network.inner.weight[order])
        other.back.weight.copy_(network.back.weight[:, order])
        for name in ("weight", "bias", "running_mean", "running_var"):
            getattr(other.inner_norm, name).copy_(getattr(network.inner_norm, name)[order])
    before, after = kept(network), kept(other)
    assert {int(order[row]) for row in after["inner"]} == before["inner"]
    assert after["stem"] == before["stem"]


def test_on_the_studys_network_it_keeps_what_magnitude_keeps():
    """LeNet-300-100, hidden units: the walk of any network and the walk of the study, at the same widths."""
    architecture = models.load("lenet_300_100")
    with torch.random.fork_rng():
        torch.manual_seed(3)
        dense = Network(architecture)
    source = Source(dense.tensors(), architecture)
    plain = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10)
    )
    with torch.no_grad():
        for place, layer in zip((1, 3, 5), architecture.layers, strict=True):
            plain[place].weight.copy_(dense.stack[layer.name].weight)
    seen = structure.read(plain, torch.zeros(1, 28, 28))
    for label in (0, 7):
        old = kept_of(choice.at_widths(source, label, "magnitude", (60, 40, 12), 60 * 40 + 40 + 40 * 12 + 12 + 13))
        first, second = (len(old[layer.name]) for layer in architecture.layers[1:])
        wanted = {"1": first, "3": second}
        walked = walk.walk(Scoring(seen), wanted, walk.Choice((label,)), {})
        assert walked.moved == 0
        for group, layer in zip(("3", "1"), reversed(architecture.layers[1:]), strict=True):
            units = next(one.units for one in seen.groups if one.name == group)
            assert tuple(np.flatnonzero(walked.kept[units])) == old[layer.name]


# Statistics


def test_statistics_are_those_of_autograd():
    network = made(toys.Flattened).eval()
    images = torch.randn(30, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    labels = torch.arange(30) % 10
    found = statistics.gather(network, structure.read(network, EXAMPLE), images, labels, batch_size=2)
    hidden = torch.relu(network.hidden(torch.relu(network.maps(images)).flatten(1))).detach().requires_grad_()
    probabilities = torch.softmax(network.head(hidden), 1)[torch.arange(30), labels]
    [gradient] = torch.autograd.grad(probabilities.sum(), [hidden])
    taylor = torch.stack([(hidden * gradient).abs()[labels == label].mean(0) for label in range(10)])
    np.testing.assert_allclose(found["hidden/taylor"], taylor.detach().numpy(), rtol=1e-4, atol=1e-8)
    order = torch.argsort(labels, stable=True)
    np.testing.assert_allclose(found["hidden/inputs"], hidden[order].detach().numpy(), rtol=1e-5, atol=1e-6)
    maps = torch.relu(network.maps(images)).mean((2, 3))[order]
    np.testing.assert_allclose(found["maps/inputs"], maps.detach().numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", ["taylor", "captor", "random_live", "random", "disparity", "specificity"])
@pytest.mark.parametrize("toy", [toys.Residual, toys.LayerNormed])
def test_every_method_cuts(method, toy):
    network = made(toy)
    images, labels = torch.randn(20, 3, 8, 8, generator=torch.Generator().manual_seed(2)), torch.arange(20) % 10
    given = statistics.gather(network, structure.read(network, EXAMPLE), images, labels)
    found, again = (
        specdnn.extract(network, EXAMPLE, [3, 4], share=0.5, method=method, statistics=given, seed=1) for _ in range(2)
    )
    assert found.plan == again.plan
    by_magnitude = specdnn.extract(network, EXAMPLE, [3, 4], share=0.5)
    assert found.parameters == by_magnitude.parameters
    assert found.plan != {**by_magnitude.plan, "method": method}


# Files


def test_files_answer_as_the_network_and_have_the_same_bytes_twice(tmp_path):
    network = made(toys.Residual)
    found = specdnn.extract(network, EXAMPLE, [3, 1], share=0.4)
    for folder in ("one", "two"):
        found.save(tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "one").iterdir() if path.suffix != ".sha256")
    assert names == ["card.md", "network.onnx", "network.pt2", "network.safetensors", "plan.json"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    images = torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    session = onnxruntime.InferenceSession((tmp_path / "one/network.onnx").read_bytes())
    answers = session.run(None, {"input": images.numpy()})[0]
    np.testing.assert_allclose(answers, found.network(images).detach().numpy(), rtol=1e-4, atol=1e-6)
    small = specdnn.restore(made(toys.Residual, seed=9), artefacts.read_json(tmp_path / "one/plan.json"))
    weights = {
        name: torch.from_numpy(values) for name, values in load_file(tmp_path / "one/network.safetensors").items()
    }
    small.load_state_dict(weights)
    torch.testing.assert_close(small(images), found.network(images), rtol=0, atol=0)


def test_a_retrained_cut_says_so_and_is_saved_as_it_is_used(tmp_path):
    found = specdnn.extract(made(toys.Residual), EXAMPLE, [3, 1], share=0.4)
    found.save(tmp_path / "cut")
    found.network.train()
    images = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    optimiser = torch.optim.SGD(found.network.parameters(), lr=0.1)
    for _ in range(3):
        optimiser.zero_grad()
        found.network(images).square().mean().backward()
        optimiser.step()
    before = {name: value.clone() for name, value in found.network.state_dict().items()}
    found.save(tmp_path / "trained")
    assert all(module.training for module in found.network.modules())
    for name, value in found.network.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)
    plans = [artefacts.read_json(tmp_path / name / "plan.json") for name in ("cut", "trained")]
    assert [plan["changed"] for plan in plans] == [False, True]
    cut, trained = ((tmp_path / name / "card.md").read_text() for name in ("cut", "trained"))
    assert "Exact: in float64" in cut
    assert "It was not retrained" in cut
    assert "The cut was exact: in float64 its outputs differed" in trained
    assert "Its weights have changed since" in trained
    assert "not retrained" not in trained
    session = onnxruntime.InferenceSession((tmp_path / "trained/network.onnx").read_bytes())
    answers = session.run(None, {"input": images.numpy()})[0]
    np.testing.assert_allclose(answers, found.network.eval()(images).detach().numpy(), rtol=1e-4, atol=1e-5)


# Mistakes


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"classes": [10]}, r"classes = \[10\]: 10 is none; expected some of 0 to 9"),
        ({"classes": []}, "none is given"),
        ({"classes": [3, 3]}, "one is given twice"),
        ({"classes": ["shirt"]}, r"classes = \['shirt'\]: expected numbers 0 to 9, as \[3, 5\]"),
        ({"classes": "37"}, r"classes = '37': expected numbers 0 to 9, as \[3, 5\]"),
        ({"classes": 3}, r"classes = 3: expected numbers 0 to 9, as \[3, 5\]"),
        ({"classes": [3.7]}, r"classes = \[3\.7\]: expected numbers 0 to 9, as \[3, 5\]"),
        ({"share": 0}, "share = 0: expected above 0 and at most 1"),
        ({"share": 0.001}, "share = 0.001: too small for one channel a layer; the least is 0.0"),
        ({"method": "magnitud"}, "method = magnitud: cuts no network of this kind; known: magnitude"),
        ({"method": "taylor"}, "method = taylor: ranks by gradients on images; give statistics"),
        ({"method": "random_live", "seed": 1}, "ranks by activations on images"),
        ({"method": "random"}, "draws at random; give a seed"),
        ({"example": torch.zeros(2, 1, 8, 8)}, r"does not run on a tensor of shape \(2, 1, 8, 8\)"),
    ],
)
def test_what_is_refused(given, message):
    call = {"example": EXAMPLE, "classes": [3], "share": 0.4, **given}
    with pytest.raises(UserError, match=message):
        specdnn.extract(made(toys.Residual), **call)


@pytest.mark.parametrize(
    ("toy", "message"),
    [
        (toys.Pair, "gives a tuple, expected logits as one tensor"),
        (toys.Softmax, "no exact cut: .* is there a softmax behind the logits"),
        (toys.Numpy, "Numpy: autograd finds no way from its outputs back to its input; take no_grad, detach and numpy"),
        (toys.NoGrad, "NoGrad: autograd finds no way from its outputs back to its input"),
    ],
)
def test_networks_that_are_refused(toy, message):
    with pytest.raises(UserError, match=message):
        specdnn.extract(made(toy), EXAMPLE, [3], share=0.4)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: made(toys.Residual).state_dict(), "model: a OrderedDict, expected a torch.nn.Module; load weights"),
        (lambda: torch.jit.trace(made(toys.Flattened), EXAMPLE), "of TorchScript cannot be followed"),
    ],
)
def test_what_is_no_module_is_refused(given, message):
    with pytest.raises(UserError, match=message):
        specdnn.extract(given(), EXAMPLE, [3], share=0.4)


def test_a_network_that_works_in_place_is_cut():
    assert specdnn.extract(made(toys.InPlace), EXAMPLE, [3], share=0.5).certificate.exact


def test_a_network_of_zeros_proves_nothing():
    network = made(toys.Flattened)
    nn.init.zeros_(network.head.weight)
    nn.init.zeros_(network.head.bias)
    with pytest.raises(UserError, match=r"nothing but zeros for classes .* can be proved exact"):
        specdnn.extract(network, EXAMPLE, [3], share=0.4)


def test_a_plan_of_another_network_is_refused():
    plan = specdnn.extract(made(toys.Residual), EXAMPLE, [3], share=0.4).plan
    with pytest.raises(UserError, match="plan: does not fit Flattened"):
        specdnn.restore(made(toys.Flattened), plan)


def test_a_path_is_no_plan():
    with pytest.raises(UserError, match=r"plan: a str, expected what plan\.json holds"):
        specdnn.restore(made(toys.Residual), "plan.json")


def test_the_page_s_retraining_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snippet = re.search(r"```python\n(import torch\n.+?)```", (ROOT / "docs/own.md").read_text(), re.DOTALL)[1]
    cut = specdnn.extract(made(toys.Residual), EXAMPLE, [3, 1], share=0.4)
    generator = torch.Generator().manual_seed(5)
    loader = [(torch.randn(20, 3, 8, 8, generator=generator), torch.arange(20) % 10) for _ in range(2)]
    exec(snippet, {"cut": cut, "loader": loader})
    assert artefacts.read_json(Path("retrained/plan.json"))["changed"]


def test_the_example_runs(tmp_path):
    script = ROOT / "examples/cut_a_network.py"
    done = subprocess.run([sys.executable, script, tmp_path / "small"], capture_output=True, text=True, check=True)
    assert re.search(r"[\d,]+ of 11,181,642 parameters stay", done.stdout)
    found = onnxruntime.InferenceSession((tmp_path / "small/network.onnx").read_bytes())
    assert found.run(None, {"input": np.zeros((3, 3, 64, 64), np.float32)})[0].shape == (3, 2)


@pytest.mark.parametrize("toy", [*toys.EXACT, *toys.PARTLY])
def test_multiply_accumulates_are_those_that_torch_counts(toy):
    network = made(toy).eval()
    found = specdnn.extract(network, EXAMPLE, [3, 4], share=0.6, of="multiply_accumulates")
    assert found.multiply_accumulates <= 0.6 * found.dense.multiply_accumulates
    for counted, module in ((found.multiply_accumulates, found.network), (found.dense.multiply_accumulates, network)):
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            module(EXAMPLE[:1])
        assert 2 * counted == counter.get_total_flops()
