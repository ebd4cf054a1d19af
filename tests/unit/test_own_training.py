"""Training of networks with batch norm: its statistics are kept, and a killed training ends in the same bytes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support import interrupted_after
from torch import nn

from specdnn.own import training
from specdnn.own.images import Images, Part
from specdnn.own.training import Normalised
from specdnn.training import loop
from specdnn.training.schedule import Schedule

SCHEDULE = Schedule(epochs=4, batch_size=16, lr=0.1, milestones=(2,), lr_gamma=0.1, momentum=0.9, weight_decay=1e-4)


@pytest.fixture(scope="module")
def images() -> Images:
    stream = torch.Generator().manual_seed(0)
    labels = torch.arange(120) % 3
    pixels = torch.randint(0, 80, (120, 1, 16, 16), generator=stream, dtype=torch.uint8)
    for label in range(3):
        pixels[labels == label, :, 5 * label : 5 * label + 5] += 120
    half = torch.arange(120) < 60
    everything = Part(pixels, labels)
    return Images(("a", "b", "c"), (0.3,), (0.25,), everything.where(half), everything.where(~half))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 3)
    )


def fit(images: Images, state: Path, module: nn.Module | None = None, **changed: object) -> loop.Fit:
    labels = images.test.labels.numpy()
    given = {
        "loss": nn.functional.cross_entropy,
        "score": lambda logits: float((logits.argmax(1) == labels).mean()),
        "choosing": images.test.pixels,
        "schedule": SCHEDULE,
        "order": ("test",),
        "state": state,
        "record": {"rule": "test"},
    }
    train = images.train
    return training.fit(module or network(), images, (train.pixels, train.labels), **{**given, **changed})


def test_what_is_kept_has_batch_norm_s_statistics_and_answers_as_scored(images: Images, tmp_path: Path):
    found = fit(images, tmp_path / "state")
    assert {"1.running_mean", "1.running_var", "1.num_batches_tracked"} <= found.best[0].keys()
    assert found.best[0]["1.num_batches_tracked"] == found.best_epochs[0] * 4
    again = Normalised.of(training.loaded(network(), found.best[0]), images)
    right = (training.answers(again, images.test.pixels).argmax(1) == images.test.labels.numpy()).mean()
    assert right == found.history[found.best_epochs[0] - 1]["scores"][0] > 0.9


@pytest.mark.parametrize("epochs", [1, 3])
def test_a_training_that_was_killed_ends_in_the_same_bytes(images: Images, tmp_path: Path, epochs: int):
    whole = fit(images, tmp_path / "whole")
    with interrupted_after(epochs):
        fit(images, tmp_path / "state")
    resumed = fit(images, tmp_path / "state")
    assert resumed.history == whole.history
    for kind in ("best", "last"):
        first, second = getattr(whole, kind)[0], getattr(resumed, kind)[0]
        assert {name: value.tobytes() for name, value in first.items()} == {
            name: value.tobytes() for name, value in second.items()
        }


def test_an_epoch_may_have_some_images_only_and_others_each_time(images: Images):
    pixels = torch.arange(50).view(50, 1).float()
    feed = training.feed(pixels, torch.arange(50), 8, 20, ("test",))
    seen = [torch.cat([targets for _, targets in feed.batches(epoch)]).tolist() for epoch in (1, 2)]
    assert feed.images == 20
    assert [len({*of_epoch}) for of_epoch in seen] == [20, 20]
    assert {*seen[0]} != {*seen[1]}


def test_a_last_batch_of_one_image_is_left_out():
    feed = training.feed(torch.zeros(17, 1), torch.arange(17), 8, None, ("test",))
    assert [len(targets) for _, targets in feed.batches(1)] == [8, 8]


def test_pixels_are_normalised_as_everywhere(images: Images):
    seen = Normalised(nn.Identity(), [0.2, 0.4], [0.5, 0.25])
    pixels = torch.randint(0, 256, (3, 2, 4, 4), dtype=torch.uint8)
    scaled = pixels.numpy().astype(np.float32) / np.float32(255)
    assert seen(pixels)[:, 1].numpy().tolist() == ((scaled[:, 1] - np.float32(0.4)) / np.float32(0.25)).tolist()
    assert not Normalised.of(network(), images).state_dict().keys() & {"mean", "std"}
