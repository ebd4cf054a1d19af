"""Networks and weights of the user's own, and what is said where they will not do."""

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from specdnn.errors import UserError
from specdnn.own import networks
from specdnn.own.residual import Residual

SIZES = {"classes": 10, "channels": 1, "size": 28}
MINE = """
import torch
from torch import nn

def whole(classes, channels, size):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size * size, classes))

def plain():
    return whole(10, 1, 28)

def tuple_(classes, channels, size):
    class Two(nn.Module):
        def forward(self, x):
            return x.flatten(1)[:, :classes], 0
    return Two()

def few():
    return whole(3, 1, 28)

def large():
    return whole(10, 3, 64)

def broken():
    raise KeyError("what")

def number():
    return 3

constant = 4
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path / "mine.py"


def test_the_default_has_the_size_that_was_measured():
    assert sum(parameter.numel() for parameter in Residual(10, 1).parameters()) == 174_970


@pytest.mark.parametrize("size", [16, 23, 64])
def test_the_default_takes_images_of_many_sizes(size: int):
    network = networks.dense("residual", classes=3, channels=3, size=size, seed=1)
    assert network.eval()(torch.zeros(2, 3, size, size)).shape == (2, 3)


def test_the_initial_weights_are_the_seed_s():
    first, again, other = (networks.dense("residual", **SIZES, seed=seed).head.weight for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("function", ["whole", "plain"])
def test_a_function_of_the_user_s_is_called_with_sizes_or_without(mine: Path, function: str):
    assert isinstance(networks.dense(f"{mine}:{function}", **SIZES, seed=1), nn.Sequential)
    assert networks.file_of(f"{mine}:{function}") == str(mine)
    assert networks.file_of("residual") is None


def test_a_network_of_torchvision_s_has_as_many_outputs_as_there_are_classes():
    network = networks.dense("torchvision:squeezenet1_1", classes=5, channels=3, size=64, seed=1)
    assert network.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 5)


@pytest.mark.parametrize(
    ("network", "changed", "says"),
    [
        ("residual", {"size": 12}, "network: residual is for images of 16 to 64 pixels, not 12; set size"),
        ("torchvision:resnet81", {"channels": 3}, "network: torchvision has no resnet81; did you mean resnet18?"),
        ("torchvision:resnet18", {}, "takes images of 3 channels, not 1; set channels: 3"),
        ("vgg", {}, "network: vgg, expected residual, torchvision:NAME or FILE.py:function"),
        ("nowhere.py:f", {}, "network: nowhere.py: no such file"),
        ("{mine}:absent", {}, "mine.py has no function absent"),
        ("{mine}:constant", {}, "mine.py has no function constant"),
        ("{mine}:tuple_", {}, "returns a tuple, expected one tensor of logits, images x classes; wrap it in a module"),
        ("{mine}:few", {}, "makes 2 x 3 of images of 2 x 1 x 28 x 28, expected 2 x 10: a logit for each class"),
        ("{mine}:large", {}, "fails on images of 2 x 1 x 28 x 28: RuntimeError"),
        ("{mine}:broken", {}, "mine.py:broken failed: KeyError: 'what'"),
        ("{mine}:number", {}, "returns a int, expected a torch.nn.Module"),
    ],
)
def test_a_network_that_will_not_do_is_refused_in_a_line(mine: Path, network: str, changed: dict, says: str):
    with pytest.raises(UserError) as refused:
        networks.dense(network.format(mine=mine), **{**SIZES, **changed}, seed=1)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_imported_is_named(tmp_path: Path):
    (tmp_path / "odd.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(UserError, match=r"odd.py cannot be imported: ModuleNotFoundError: No module named"):
        networks.dense(f"{tmp_path}/odd.py:f", **SIZES, seed=1)


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    return networks.dense("residual", **SIZES, seed=7).state_dict()


@pytest.mark.parametrize("kind", ["safetensors", "pt", "nested.pt"])
def test_weights_are_taken_over_from_either_kind_of_file(tmp_path: Path, weights: dict, kind: str):
    path = str(tmp_path / f"weights.{kind}")
    if kind == "safetensors":
        save_file(weights, path)
    else:
        torch.save({"state_dict": weights} if kind == "nested.pt" else weights, path)
    network = networks.dense("residual", **SIZES, seed=1)
    networks.load(network, networks.read_weights(path), path)
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())


def test_weights_that_do_not_fit_are_named(weights: dict):
    network = networks.dense("residual", classes=5, channels=1, size=28, seed=1)
    with pytest.raises(UserError) as refused:
        networks.load(network, weights, "w.pt")
    assert str(refused.value) == (
        "weights: w.pt does not fit: head.weight is 10 x 64 there and 5 x 64 in the network; "
        "head.bias is 10 there and 5 in the network; name the network that they are of"
    )
    del weights["conv.weight"], weights["norm.bias"]
    network = networks.dense("residual", **SIZES, seed=1)
    with pytest.raises(
        UserError, match=r"conv.weight is missing there and 16 x 1 x 3 x 3 in the network; .*and 1 more;"
    ):
        networks.load(network, {**weights, "more": torch.zeros(2)}, "w.pt")


class Runs:
    """What a pickle can do to whoever loads it."""

    def __reduce__(self):
        return (Path("/tmp/never").touch, ())


def test_a_pickle_is_not_run(tmp_path: Path):
    path = tmp_path / "weights.pt"
    path.write_bytes(pickle.dumps(Runs()))
    with pytest.raises(UserError, match="no state dict that torch loads with weights_only"):
        networks.read_weights(str(path))
    (tmp_path / "half.safetensors").write_bytes(b"half")
    with pytest.raises(UserError, match="is no safetensors file"):
        networks.read_weights(str(tmp_path / "half.safetensors"))
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(UserError, match="is not a state dict: names with tensors"):
        networks.read_weights(str(tmp_path / "list.pt"))
    with pytest.raises(UserError, match="no such file"):
        networks.read_weights(str(tmp_path / "absent.pt"))
