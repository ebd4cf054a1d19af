"""The perceptron and its training: masked weights stay zero, dropout is for training, a step is Nesterov's."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from specdnn import seeding
from specdnn.data.idx import load
from specdnn.data.protocols import Images
from specdnn.errors import UserError
from specdnn.mint.mlp import MLP, Mlp, train
from specdnn.networks.mask import zeroed
from specdnn.networks.network import LOGITS, drawn
from specdnn.networks.trace import trace
from specdnn.training import loop
from specdnn.training.schedule import Schedule


def few_images(n: int = 64) -> Images:
    return Images(torch.rand(n, 28, 28, generator=seeding.stream("test")), torch.arange(n) % 10)


def fit(network: Mlp, folder: Path, order: tuple = ("t",), images: Images | None = None, **changed: float) -> loop.Fit:
    """Two epochs on few images, or what is changed of that."""
    values = {"epochs": 2, "batch_size": 16, "lr": 0.05, "milestones": (1,), "lr_gamma": 0.1, "momentum": 0.9}
    schedule = Schedule(**{**values, "weight_decay": 1e-4, **changed})
    images = images or few_images()
    files = {"state": folder / "state", "record": {}}
    return train(network, images, images, schedule=schedule, order=order, choosing_batch=100, **files)


def half_masked() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    shapes = MLP.shapes()
    return {name: (random.random(shapes[name]) < 0.5).astype(np.float32) for name in ("fc2.weight", "fc3.weight")}


def test_the_network_is_the_papers():
    assert MLP.weights == 392_000 + 150_000 + 3_000
    assert Mlp()(torch.zeros(2, 784)).shape == (2, 10)


def test_masked_weights_are_zero_from_the_start_and_stay_zero(tmp_path: Path):
    masks, dense = half_masked(), drawn(Mlp, "mint", "init", 1).tensors()
    fitted = fit(Mlp(0.2, masks).load(zeroed(dense, masks)), tmp_path)
    for name, mask in masks.items():
        for tensors in (fitted.best[0], fitted.last[0]):
            assert (tensors[name][mask == 0] == 0).all()
            assert (tensors[name][mask == 1] != 0).mean() > 0.99
    assert (fitted.last[0]["fc1.weight"] != dense["fc1.weight"]).any()


def test_masks_and_weights_set_to_zero_compute_the_same():
    masks, dense, inputs = (
        half_masked(),
        drawn(Mlp, "mint", "init", 1).tensors(),
        torch.rand(5, 784, generator=seeding.stream("x")),
    )
    by_hand = {name: tensor * masks.get(name, 1) for name, tensor in dense.items()}
    assert torch.equal(Mlp(0.0, masks).load(dense)(inputs), Mlp().load(by_hand)(inputs))


def test_units_are_dropped_in_training_only():
    network, inputs = drawn(lambda: Mlp(0.5), "mint", "init", 1), torch.rand(5, 784, generator=seeding.stream("x"))
    whole = Mlp().load(network.tensors())(inputs)
    assert not torch.equal(network.train()(inputs), whole)
    assert torch.equal(network.eval()(inputs), whole)


@pytest.mark.parametrize(("below", "above"), [("fc1", "fc2"), ("fc2", "fc3")])
def test_the_units_that_are_left_are_scaled_and_as_many_as_asked_for(below: str, above: str):
    """Of each hidden layer, seen from the one above; its bias makes every unit answer."""
    network = drawn(lambda: Mlp(0.2), "mint", "init", 1)
    tensors = network.tensors()
    network.load({**tensors, f"{below}.bias": tensors[f"{below}.bias"] + 100})
    images = few_images(1000).images
    whole = trace(network.eval(), images)[above]
    network.begin("epoch 1")
    dropped = trace(network, images)[above]
    assert (whole > 0).all()
    if above == "fc2":  # further up, what is left of the layer below differs, too
        assert torch.equal(dropped, torch.where(dropped == 0, 0.0, whole * np.float32(1 / 0.8)))
    share = (dropped == 0).double().mean().item()
    assert abs(share - 0.2) < 4 * (0.2 * 0.8 / whole.numel()) ** 0.5  # four standard errors
    assert not torch.equal(trace(network, images)[above] == 0, dropped == 0)


def test_hidden_outputs_are_rectified_and_the_last_are_logits():
    seen = trace(drawn(Mlp, "mint", "init", 1).eval(), few_images().images)
    widths = [("fc1", 784), ("fc2", 500), ("fc3", 300), (LOGITS, 10)]
    assert [(name, of.shape[1]) for name, of in seen.items()] == widths
    assert seen["fc2"].min() == seen["fc3"].min() == 0
    assert seen[LOGITS].min() < 0


def test_a_step_is_nesterovs_with_weight_decay(tmp_path: Path):
    """One weight, by hand: v = g + wd w; w -= lr (v + momentum v) in the first step."""
    network, images = drawn(Mlp, "mint", "init", 1), few_images(16)
    before = network.tensors()["fc3.bias"]
    cross_entropy(network(network.prepare(images.images)), images.labels).backward()
    gradient = network.parameter("fc3.bias").grad.numpy() + 1e-4 * before
    after = fit(network, tmp_path, images=images, epochs=1).last[0]["fc3.bias"]
    assert after == pytest.approx(before - 0.05 * 1.9 * gradient, abs=1e-7)


def test_an_epoch_depends_on_the_names_of_its_stream_alone(tmp_path: Path):
    results = []
    for stream, disturbed in ((("a",), False), (("a",), True), (("b",), False)):
        network = drawn(lambda: Mlp(0.5), "mint", "init", 1)
        if disturbed:
            torch.rand(7)
        state = torch.get_rng_state()
        fitted = fit(network, tmp_path, order=stream, epochs=1)
        assert torch.equal(torch.get_rng_state(), state)
        results.append(fitted.last[0]["fc2.weight"])
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


def test_every_epoch_drops_units_of_its_own(tmp_path: Path):
    """Of images that are all the same, whose order says nothing, and at a rate of zero."""
    images = Images(torch.ones(16, 28, 28), torch.zeros(16, dtype=torch.long))
    history = fit(drawn(lambda: Mlp(0.5), "mint", "init", 1), tmp_path, images=images, epochs=3, lr=0.0).history
    assert len({row["loss"] for row in history}) == 3


def test_a_diverging_training_names_the_epoch_and_the_rate(tmp_path: Path):
    with pytest.raises(UserError, match=r"epoch 1: the loss is (nan|inf).*lower lr = 1e\+38"):
        fit(drawn(lambda: Mlp(0.2), "mint", "init", 1), tmp_path, lr=1e38)


def test_pixels_are_whole_255ths(card: Path):
    raw = np.frombuffer((card.parent / "train-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    expected = torch.from_numpy(raw[: 100 * 784].reshape(100, 28, 28).astype(np.float32)) / 255
    assert torch.equal(torch.from_numpy(load(card, "train", 100).scaled), expected)
