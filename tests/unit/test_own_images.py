"""Images of the user's own: folders of any pictures, IDX files; and which of them are put aside."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from specdnn.data import idx
from specdnn.errors import UserError
from specdnn.own import images
from specdnn.own.classes import numbered, slug

SIZES = ((20, 20), (40, 30), (17, 33))


def picture(path: Path, seed: int, size: tuple[int, int] = (20, 20), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures of each of two classes, of several sizes and kinds."""
    for place, name in enumerate(("cat", "dog")):
        for n in range(10):
            ending = ("png", "jpg", "bmp")[n % 3]
            picture(tmp_path / "in" / name / f"{n}.{ending}", 100 * place + n, SIZES[n % 3], "L" if n % 2 else "RGB")
    return tmp_path / "in"


def gathered(folder: Path, **changed: object) -> tuple[list[str], images.Part, images.Part]:
    return images.gather(f"folder:{folder}", None, **{"size": 16, "channels": None, "test": 0.2, **changed})


def test_a_folder_of_any_pictures_becomes_images_of_one_size(folder: Path):
    names, train, test = gathered(folder)
    assert names == ["cat", "dog"]
    assert train.pixels.shape == (16, 3, 16, 16)
    assert test.pixels.shape == (4, 3, 16, 16)
    assert train.pixels.dtype == torch.uint8
    assert torch.bincount(train.labels).tolist() == [8, 8]
    assert torch.bincount(test.labels).tolist() == [2, 2]


def test_grey_pictures_alone_have_one_channel_unless_three_are_asked_for(tmp_path: Path):
    for name in ("cat", "dog"):
        for n in range(3):
            picture(tmp_path / name / f"{n}.png", n + 3 * (name == "dog"), mode="L")
    assert gathered(tmp_path)[1].pixels.shape[1] == 1
    three = gathered(tmp_path, channels=3)[1].pixels
    assert torch.equal(three[:, 0], three[:, 2])


def test_a_large_picture_is_averaged_over_what_a_pixel_covers(tmp_path: Path):
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 200
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    found = images.pictures.read(tmp_path / "stripes.png", 1, 16)
    assert found.shape == (1, 16, 16)
    assert np.abs(found.astype(int) - 100).max() <= 8, "without antialiasing it would be 0 or 200"


def test_sixteen_bits_a_pixel_are_scaled_and_a_photograph_is_turned_upright(tmp_path: Path):
    Image.fromarray(np.full((8, 8), 40000, np.uint16)).save(tmp_path / "deep.png")
    assert images.pictures.read(tmp_path / "deep.png", 1, 8).tolist() == np.full((1, 8, 8), 40000 >> 8).tolist()
    half = np.zeros((8, 8, 3), np.uint8)
    half[:4] = 255  # white above; 3: upside down
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(half).save(tmp_path / "turned.png", exif=exif)
    upright = images.pictures.read(tmp_path / "turned.png", 1, 8)[0]
    assert (upright[:4] == 0).all()
    assert (upright[4:] == 255).all()


def test_train_and_test_folders_are_used_as_they_are(folder: Path, tmp_path: Path):
    shutil.copytree(folder, tmp_path / "both/train")
    shutil.copytree(folder, tmp_path / "both/test")
    (tmp_path / "both/test/cat/0.png").unlink()
    _, train, test = gathered(tmp_path / "both")
    assert (len(train), len(test)) == (20, 19)
    (tmp_path / "both/test/dog").rename(tmp_path / "both/test/wolf")
    with pytest.raises(UserError, match=r"class dog is under one of .* it must be under both"):
        gathered(tmp_path / "both")


def test_what_is_put_aside_depends_on_the_images_and_not_on_their_names(folder: Path):
    before = gathered(folder)[2].pixels
    for file in sorted((folder / "cat").iterdir()):
        file.rename(file.with_name(f"z{9 - int(file.stem)}{file.suffix}"))
    after = gathered(folder)[2].pixels
    assert {image.numpy().tobytes() for image in after} == {image.numpy().tobytes() for image in before}


def test_an_image_that_is_there_twice_never_lies_on_both_sides():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 1, 4, 4), dtype=np.uint8)
    pixels = np.concatenate([pixels, pixels])
    for split in range(5):
        mask = images.put_aside(pixels, np.zeros(80, int), 0.3, split, ["one"])
        assert (mask[:40] == mask[40:]).all()
        assert mask.sum() == 2 * 12


def test_every_split_is_another_and_has_every_class():
    pixels = np.random.default_rng(0).integers(0, 256, (60, 1, 4, 4), dtype=np.uint8)
    labels = np.arange(60) % 3
    first, second = (images.put_aside(pixels, labels, 0.1, split, ["a", "b", "c"]) for split in (1, 2))
    assert np.bincount(labels[first]).tolist() == [2, 2, 2]
    assert (first != second).any()


def test_at_most_takes_each_class_in_proportion():
    part = images.Part(torch.arange(100, dtype=torch.uint8).view(100, 1, 1, 1), torch.tensor([0] * 80 + [1] * 20))
    some = images.at_most(part, 50)
    assert torch.bincount(some.labels).tolist() == [40, 10]
    assert len(images.at_most(part, 1000)) == 100


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda f: shutil.rmtree(f), r"in is no folder; expected one that holds a folder for each class"),
        (lambda f: shutil.rmtree(f / "dog"), r"holds only the class cat; .*a folder for each kind"),
        (lambda f: [file.unlink() for file in (f / "dog").iterdir()], r"dog holds no image .*add some, or remove it"),
        (lambda f: (f / "dog/3.png").write_bytes(b"no picture"), r"dog/3.png cannot be read as an image"),
        (lambda f: (f / "dog/0.png").write_bytes((f / "dog/0.png").read_bytes()[:200]), r"dog/0.png cannot be read"),
    ],
)
def test_a_folder_that_will_not_do_is_refused_in_a_line(folder: Path, harm, says: str):
    harm(folder)
    with pytest.raises(UserError, match=says) as refused:
        gathered(folder)
    assert "\n" not in str(refused.value)


def test_a_class_of_two_images_is_refused(folder: Path):
    for n in range(2, 10):
        next((folder / "cat").glob(f"{n}.*")).unlink()
    with pytest.raises(UserError, match="class cat has 2 images; one trains, one chooses the epoch, one tests"):
        gathered(folder)


def test_idx_files_and_datasets_with_a_card_are_read_too(card: Path, tmp_path: Path):
    for name in idx.FILE_NAMES:
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((card.parent / name).read_bytes()))
    names, train, test = images.gather(f"idx:{tmp_path}", None, size=28, channels=None, test=0.2)
    assert names == [*"0123456789"]
    by_card = images.gather("digits", str(card), size=28, channels=3, test=0.2)
    assert torch.equal(by_card[1].pixels[:, 2:], train.pixels)
    assert torch.equal(by_card[2].labels, test.labels)
    smaller = images.gather("digits", str(card), size=14, channels=None, test=0.2)[1].pixels
    assert smaller.shape[2:] == (14, 14)
    assert float(smaller.float().mean()) == pytest.approx(float(train.pixels.float().mean()), abs=1)


def test_statistics_are_those_of_the_pixels():
    pixels = torch.randint(0, 256, (20, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    mean, std = images.statistics(pixels)
    scaled = pixels.double() / 255
    assert mean == pytest.approx(scaled.mean(dim=(0, 2, 3)).tolist())
    assert std == pytest.approx(scaled.std(dim=(0, 2, 3), unbiased=False).tolist())


NAMES = ["T-shirt/top", "Shirt", "Bag", "Ankle boot"]


@pytest.mark.parametrize(
    ("wanted", "found"), [(["Bag"], [2]), (["shirt", "ANKLE BOOT"], [1, 3]), (["0", "Bag"], [0, 2]), (["3"], [3])]
)
def test_classes_are_taken_by_name_or_number(wanted: list[str], found: list[int]):
    assert numbered(wanted, NAMES) == found


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (["Shrit"], "no class Shrit; did you mean Shirt?"),
        (["zzz"], "no class zzz; there are T-shirt/top, Shirt, Bag, Ankle boot, or their numbers from 0 to 3"),
        (["4"], "no class 4; there are T-shirt/top, Shirt, Bag, Ankle boot, or their numbers from 0 to 3"),
        (["Bag", "2"], "classes Bag, 2: one of them is there twice; name each once"),
        (["0", "1", "2", "3"], "these are all there are, so nothing is left to refuse"),
    ],
)
def test_a_wrong_class_is_refused_with_what_may_be_meant(wanted: list[str], says: str):
    with pytest.raises(UserError) as refused:
        numbered(wanted, NAMES)
    assert says in str(refused.value)


def test_a_name_counts_before_a_number():
    assert numbered(["1"], ["one", "two", "1"]) == [2]


def test_a_set_has_a_name_for_paths():
    assert slug(["T-shirt/top", "Ankle boot"]) == "t_shirt_top-ankle_boot"
    assert slug(["6"]) == "6"
    assert slug(["///"]) == "class"
