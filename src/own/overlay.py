"""Describe the study of `make specialist`: a folder of images, one set of its classes, the recipe of docs/own.md.

Prints the study's name, which is that of the folder and the classes; with a number where another has it already.
"""

import itertools
import re
from argparse import Namespace
from pathlib import Path

import yaml

from specdnn import files
from specdnn.cli import Command, fraction
from specdnn.errors import UserError
from specdnn.own import pictures
from specdnn.own.classes import numbered, slug

LOOKED_AT = 200  # images whose size is looked at
STEPS = 1500  # of training, and of retraining
BATCH = 64
EPOCHS = (10, 200)  # at least, at most


def side(found: dict[str, pictures.Files]) -> int:
    """Pixels of a side that suit the images: the median of their shorter sides, within what the network is made for."""
    shorter = sorted(min(size) for size in itertools.islice(pictures.sizes(found), LOOKED_AT))
    return min(max(shorter[len(shorter) // 2], pictures.SIZES[0]), pictures.SIZES[-1])


def study(folder: Path, classes: list[str], share: float, size: int, images: int) -> dict:
    """As studies/own/params.yaml has one."""
    epochs = min(max(STEPS * BATCH // max(1, images), EPOCHS[0]), EPOCHS[1])
    schedule = {"batch_size": BATCH, "lr": 0.05, "lr_gamma": 0.1, "momentum": 0.9, "weight_decay": 0.0005, "threads": 1}
    schedule |= {"epochs": epochs, "lr_step": max(1, epochs * 2 // 5), "per_epoch": None}
    source = {"source": f"folder:{folder}", "size": size, "channels": None, "test": 0.2, "held_out": 0.2}
    return {
        "title": f"{folder.name}, {', '.join(classes)}",
        "network": "residual",
        "weights": None,
        "images": {**source, "most": None, "mean": None, "std": None},
        "classes": [classes],
        "seeds": [1],
        "methods": ["magnitude"],
        "shares": [share],
        "of": "parameters",
        "statistics": {"images_per_class": 100, "threads": 1},
        "train": schedule,
        "retrain": {**schedule, "loss": "balanced_cross_entropy"},
        "device": "cpu",
        "export": {"seeds": [1], "methods": ["magnitude"], "threads": 1},
        "latency": {"rounds": 20, "repeats": 10},
        "near_dense": 0.01,
    }


def free(name: str, described: dict, folder: Path) -> str:
    """The name, or with a number the first that is not another study's: of a folder of that name elsewhere, say."""

    def of(one: dict) -> tuple:
        return one["images"]["source"], one["classes"]

    def another(candidate: str) -> bool:
        path = folder / f"{candidate}.yaml"
        try:
            return path.exists() and of(yaml.safe_load(path.read_text())["own"][candidate]) != of(described)
        except (yaml.YAMLError, KeyError, TypeError):  # somebody's own file: it stays
            return True

    names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    return next(candidate for candidate in names if not another(candidate))


def main(args: Namespace, record: dict) -> None:
    if not args.data or not args.classes:
        raise UserError('expected make specialist DATA=folder CLASSES="shirt", or two with a comma between them')
    folder = Path(args.data).expanduser().resolve()
    classes = [name.strip() for name in args.classes.split(",") if name.strip()]
    found = pictures.files(folder)
    kinds = found.get("train") or found[""]
    numbered(classes, [*kinds])
    name = re.sub("[^a-z0-9]+", "_", f"specialist_{folder.name}_{slug(classes)}".lower())
    described = study(folder, classes, args.share, side(found), sum(map(len, kinds.values())))
    described["title"] = re.sub(r"[|=\n]", " ", described["title"])
    name = free(name, described, Path(args.folder))
    files.write_text(Path(args.folder) / f"{name}.yaml", yaml.safe_dump({"own": {name: described}}, sort_keys=False))
    print(name)


if __name__ == "__main__":
    command = Command(__doc__)
    command.takes("--data", "folder of images, a folder a class")
    command.takes("--classes", "names or numbers, with commas between them")
    command.takes("--share", "of the parameters that the specialist may have", type=fraction)
    command.writes("--folder", "where NAME.yaml goes, which snakemake is given by --configfile")
    command.run(main)
