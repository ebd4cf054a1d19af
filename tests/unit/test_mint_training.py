"""The perceptron and its training: masked weights stay zero, dropout is for training, interruptions leave no trace."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import mint_train
import numpy as np
import pytest
import torch
from support import training_flags

from specdnn import artefacts, seeding
from specdnn.data import idx
from specdnn.data.protocols import Images
from specdnn.errors import UserError
from specdnn.mint import training as mint_training
from specdnn.mint.mlp import MLP, Mlp, pixels, untrained
from specdnn.mint.training import epoch_of_steps, fit, sgd
from specdnn.training.loop import Schedule

WRITTEN = ("best.safetensors", "last.safetensors", "history.csv")


def few_images(n: int = 64) -> Images:
    return Images(torch.rand(n, 28, 28, generator=seeding.stream("test")), torch.arange(n) % 10)


def schedule(**changed: float) -> Schedule:
    values = {"epochs": 2, "batch_size": 16, "lr": 0.05, "lr_step": 1, "lr_gamma": 0.1}
    return Schedule(**{**values, "momentum": 0.9, "weight_decay": 1e-4, **changed})


def half_masked() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {
        name: (random.random((MLP.layer(name).outputs, MLP.layer(name).inputs)) < 0.5).astype(np.float32)
        for name in ("fc2", "fc3")
    }


def test_the_network_is_the_papers():
    assert MLP.weights == 392_000 + 150_000 + 3_000
    assert Mlp()(torch.zeros(2, 784)).shape == (2, 10)


def test_masked_weights_are_zero_from_the_start_and_stay_zero(tmp_path: Path):
    masks = half_masked()
    network = Mlp(0.2, masks).load(untrained(1, 0.0).tensors())
    images = few_images()
    fitted = fit(network, images, images, schedule=schedule(), order=("t",), state=tmp_path / "s", record={})
    for name, mask in masks.items():
        for tensors in (fitted.best, fitted.last):
            assert (tensors[f"{name}.weight"][mask == 0] == 0).all()
            assert (tensors[f"{name}.weight"][mask == 1] != 0).mean() > 0.99
    dense = untrained(1, 0.0).tensors()
    assert (fitted.last["fc1.weight"] != dense["fc1.weight"]).any()


def test_masks_and_weights_set_to_zero_compute_the_same():
    masks, dense, inputs = half_masked(), untrained(1, 0.0).tensors(), torch.rand(5, 784, generator=seeding.stream("x"))
    by_hand = {
        name: tensor * masks[name[:3]] if name in ("fc2.weight", "fc3.weight") else tensor
        for name, tensor in dense.items()
    }
    assert torch.equal(Mlp(0.0, masks).load(dense)(inputs), Mlp().load(by_hand)(inputs))


def test_units_are_dropped_in_training_only():
    network, inputs = untrained(1, 0.5), torch.rand(5, 784, generator=seeding.stream("x"))
    whole = Mlp().load(network.tensors())(inputs)
    assert not torch.equal(network.train()(inputs), whole)
    assert torch.equal(network.eval()(inputs), whole)


def test_the_units_that_are_left_are_scaled_and_as_many_as_asked_for():
    network, ones = Mlp(0.2).train(), torch.ones(4000, 100)
    factors = network._drop_out(ones)
    assert set(factors.unique().tolist()) == {0.0, 1.25}
    share = (factors == 0).double().mean().item()
    assert abs(share - 0.2) < 4 * (0.2 * 0.8 / ones.numel()) ** 0.5  # four standard errors
    assert not torch.equal(network._drop_out(ones), factors)


def test_hidden_outputs_are_rectified_and_the_last_are_logits():
    outputs = untrained(1, 0.0).eval().hidden(torch.rand(50, 784, generator=seeding.stream("x")))
    assert [(name, of.shape[1]) for name, of in outputs.items()] == [("fc1", 500), ("fc2", 300), ("fc3", 10)]
    assert outputs["fc1"].min() == outputs["fc2"].min() == 0
    assert outputs["fc3"].min() < 0


def test_a_step_is_nesterovs_with_weight_decay():
    """One weight, by hand: v = g + wd w; w -= lr (v + momentum v) in the first step."""
    network, images = untrained(1, 0.0), few_images(16)
    before = network.tensors()["fc3.bias"]
    inputs = network.prepare(images.images)
    torch.nn.functional.cross_entropy(network(inputs), images.labels).backward()
    gradient = network.stack["fc3"].bias.grad.numpy() + 1e-4 * before
    epoch_of_steps(network, inputs, images.labels, 16, sgd(network, schedule()), ("t",))
    assert network.tensors()["fc3.bias"] == pytest.approx(before - 0.05 * 1.9 * gradient, abs=1e-7)


def test_an_epoch_depends_on_the_names_of_its_stream_alone():
    images, results = few_images(), []
    for stream, disturbed in ((("a",), False), (("a",), True), (("b",), False)):
        network = untrained(1, 0.5)
        if disturbed:
            torch.rand(7)
        state = torch.get_rng_state()
        epoch_of_steps(network, network.prepare(images.images), images.labels, 16, sgd(network, schedule()), stream)
        assert torch.equal(torch.get_rng_state(), state)
        results.append(network.tensors()["fc2.weight"])
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


def test_a_diverging_training_names_the_epoch_and_the_rate(tmp_path: Path):
    images = few_images()
    with pytest.raises(UserError, match=r"epoch 1: the loss is (nan|inf).*lower lr = 1e\+38"):
        fit(
            untrained(1, 0.2), images, images, schedule=schedule(lr=1e38), order=("t",), state=tmp_path / "s", record={}
        )


def test_pixels_are_whole_255ths(card: Path):
    raw = np.frombuffer((card.parent / "train-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    images = torch.from_numpy(idx.load(card, "train", 100).images)
    expected = torch.from_numpy(raw[: 100 * 784].reshape(100, 28, 28).astype(np.float32)) / 255
    assert torch.equal(pixels(images, card), expected)


@pytest.fixture
def run(card: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, bytes]]:
    """run(folder, stop_after): `mint_train` into that folder; returns what it wrote, nothing if interrupted."""
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)

    def run(folder: Path, stop_after: int | None = None) -> dict[str, bytes]:
        args = Namespace(**training_flags(card, folder), dropout=0.2)
        values = {name: value for name, value in vars(args).items() if not isinstance(value, Path)}
        record = artefacts.make_record("mint_train", values, {"data": card})
        epochs = iter(range(stop_after or args.epochs))

        def accuracy(*given) -> float:
            if next(epochs, None) is None:
                raise KeyboardInterrupt
            return true_accuracy(*given)

        true_accuracy = mint_training.accuracy
        with monkeypatch.context() as patched:
            patched.setattr(mint_training, "accuracy", accuracy)
            if stop_after:
                with pytest.raises(KeyboardInterrupt):
                    mint_train.main(args, record)
                return {}
            mint_train.main(args, record)
        return {name: (folder / name).read_bytes() for name in WRITTEN}

    return run


def test_an_interrupted_training_ends_in_the_same_bytes(run, tmp_path: Path, capfd):
    whole = run(tmp_path / "whole")
    run(tmp_path / "interrupted", stop_after=2)
    assert run(tmp_path / "interrupted") == whole
    assert "resuming after epoch 2" in capfd.readouterr().out
    assert not (tmp_path / "interrupted/state.safetensors").exists()
