"""params.yaml: what it offers exists, and what does not exist is refused by name before any job starts."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from checkout import run as in_folder
from support import ROOT

from specdnn.names import PROTOCOLS
from specdnn.networks import models
from specdnn.networks.models import LOGISTIC
from specdnn.selection import methods

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
METHODS = {name: methods.load(name) for name in methods.names()}
SPECIALISTS = [name for name in METHODS if not METHODS[name].fresh]  # methods of the study
CONTROLS = [*(name for name in METHODS if METHODS[name].fresh), LOGISTIC.name]


def test_the_smoke_comparison_takes_no_seeds_over_from_the_study():
    smoke = yaml.safe_load((ROOT / "tests" / "smoke" / "params.yaml").read_text())["compare"]
    for part in ("own", "mint", "curve", "long"):
        assert set(smoke[part]["seeds"]) == set(PARAMS["compare"][part]["seeds"]), f"{part}: what is not named stays"


def says(printed: str, message: str) -> bool:
    """Is this said of a line of the overlay?"""
    return re.search(rf"^\S+/overlay\.yaml:\d+, {re.escape(message)}", printed, re.MULTILINE) is not None


@pytest.fixture
def dry_run(tmp_path: Path) -> Callable[[dict], tuple[int, str]]:
    """`snakemake -n` in the repository with an overlay on params.yaml: exit code and all that it prints."""

    def run(overlay: dict) -> tuple[int, str]:
        (tmp_path / "overlay.yaml").write_text(yaml.safe_dump(overlay))
        command = ["snakemake", "-n", "--nolock", "--configfile", str(tmp_path / "overlay.yaml")]
        done = in_folder(ROOT, *command, check=False)
        return done.returncode, done.stdout

    return run


def test_the_config_as_shipped_is_accepted(dry_run):
    code, printed = dry_run({})
    assert code == 0, printed


def test_what_there_is_to_choose_from_is_what_the_code_knows(dry_run):
    """A name that nobody has, in every place that takes one: the refusals list what could stand there."""
    offered = {
        "study.protocols.0": PROTOCOLS,
        "study.datasets.0": PARAMS["fetch"]["datasets"],
        "study.models.0": models.names(),
        "readings.methods.0": SPECIALISTS,
        "compare.rules.1": [name for name in METHODS if METHODS[name].keeps],
    }
    nobody = {key: ["nobody"] for key in ("protocols", "datasets", "models")}
    overlay = {"study": nobody, "readings": {"methods": ["nobody"]}, "compare": {"rules": ["released", "nobody"]}}
    code, printed = dry_run(overlay)
    assert code == 1
    found = re.findall(r"^\S+/overlay.yaml:\d+, (\S+): 'nobody' is not one of (\[.*\])$", printed, re.MULTILINE)
    assert {key: set(ast.literal_eval(names)) for key, names in found} == {
        key: set(names) for key, names in offered.items()
    }


def test_controls_are_for_the_comparison_alone(dry_run):
    code, printed = dry_run({"compare": {"own": {"methods": [*SPECIALISTS, *CONTROLS]}}})
    assert code == 0, printed
    own = [*PARAMS["compare"]["own"]["methods"], "nobody"]
    _, printed = dry_run({"study": {"methods": CONTROLS}, "compare": {"own": {"methods": own}}})
    for place, name in enumerate(CONTROLS):
        assert says(printed, f"study.methods.{place}: '{name}' is not one of [")
    assert says(printed, f"compare.own.methods.{own.index('nobody')}: 'nobody' is not valid under any of the given")


MISTAKES = {
    "unknown_block": ({"trian": {"epochs": 2}}, "top level: Additional properties are not allowed ('trian'"),
    "unknown_key": ({"train": {"epoch": 2}}, "train: Additional properties are not allowed ('epoch'"),
    "wrong_type": ({"train": {"epochs": "two"}}, "train.epochs: 'two' is not of type 'integer'"),
    "class_10": ({"study": {"classes": [0, 10]}}, "study.classes.1: 10 is greater than the maximum of 9"),
    "threshold": ({"specialize": {"t": 1.5}}, "specialize.t: 1.5 is greater than or equal to the maximum of 1"),
    "model": ({"study": {"models": ["lenet_6"]}}, "study.models.0: 'lenet_6' is not one of ["),
    "method": ({"readings": {"methods": ["magic"]}}, "readings.methods.0: 'magic' is not one of ["),
    "dataset": ({"study": {"datasets": ["mnits"]}}, "study.datasets.0: 'mnits' is not one of ['mnist'"),
    "mint_cell": (
        {"mint": {"tables": {"headline": {"cells": ["huge"]}}}},
        "mint.tables.headline.cells: huge has no entry under mint.cells",
    ),
    "mint_variant": (
        {"mint": {"variants": {"random": {"pairing": "released", "neighbour": "released", "edges": "released"}}}},
        "mint.variants: random is the name of a control; take another",
    ),
    "versions": ({"versions": {"mint": ["data"]}}, "versions.mint.0: 'results' was expected"),
    "mint_slip": (
        {"mint": {"variants": {"released": {"edges": "both"}}}},
        "mint.variants.released.edges: 'both'",
    ),
    "pruning": (
        {"similarity": {"studies": {"rounds": {"methods": ["random"]}}}},
        "similarity.studies.rounds.methods.0: 'random' is not one of ['rewinding'",
    ),
    "one_seed": ({"similarity": {"seeds": [1]}}, "similarity.seeds: [1] is too short"),
    "runtime": (
        {"demo": {"runtime": {"package": "onnxruntime-web@latest"}}},
        "demo.runtime.package: 'onnxruntime-web@latest', expected: Of the npm registry, with its exact version",
    ),
    "schedule_of_a_model": (
        {"compare": {"retrain_of": {"lenet_5": {"lr": 0.01}}}},
        "compare.retrain_of.lenet_5: Additional properties are not allowed ('lr' was unexpected)",
    ),
    "curve_seed": (
        {"compare": {"curve": {"seeds": {"lenet_5": [11]}}}},
        "compare.curve.seeds.lenet_5: 11 is not in compare.own.seeds.lenet_5",
    ),
    "mint_seed": (
        {"compare": {"mint": {"seeds": {"lenet_5": [11]}}}},
        "compare.mint.seeds.lenet_5: 11 is not in compare.own.seeds.lenet_5",
    ),
    "long_method": (
        {"compare": {"long": {"methods": ["ccme"]}}},
        "compare.long.methods: ccme is not in compare.own.methods",
    ),
    "mint_protocol": (
        {"mint": {"tables": {"headline": {"protocol": "held_out"}}}},
        "mint.tables.headline.protocol: MINT's scores are of samples of all training images",
    ),
    "float_epochs": ({"train": {"epochs": 50.0}}, "train.epochs: 50.0 is not of type 'integer'"),
    "float_seed": ({"study": {"seeds": [1.0]}}, "study.seeds.0: 1.0 is not of type 'integer'"),
    "true_for_one": ({"train": {"epochs": True}}, "train.epochs: True is not of type 'integer'"),
    "vast_batch": (
        {"train": {"batch_size": 10**20}},
        f"train.batch_size: {10**20} is greater than the maximum of 60000",
    ),
    "vast_seed": ({"study": {"seeds": [2**32]}}, "study.seeds.0: 4294967296 is greater than the maximum of 4294967295"),
    "no_block": ({"fetch": None}, "fetch: None is not of type 'object'"),
    "held_out": ({"images": {"train": 500, "held_out": 500}}, "images: held_out (500) must be below train (500)"),
}


def test_no_integer_is_without_a_maximum():
    """A size like 10**20 would end in a traceback of the library that is given it."""

    def schemas(node: object) -> Iterator[dict]:
        if isinstance(node, dict):
            yield node
        for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from schemas(item)

    everything = yaml.safe_load((ROOT / "schemas/params.schema.yaml").read_text())
    integers = [node for node in schemas(everything) if "integer" in (node.get("type") or ())]
    assert len(integers) > 30
    assert [node for node in integers if "maximum" not in node] == []


@pytest.mark.parametrize(
    "folders", [("", "results/", "{x}", "/tmp/results", "../results"), ("a/../b", "./a", "a//b", "results\n", "a b")]
)
def test_a_folder_lies_inside_the_checkout_under_a_plain_name(dry_run, folders: tuple[str, ...]):
    overlay = dict(zip(PARAMS["pathvars"], folders, strict=True))
    _, printed = dry_run({"pathvars": overlay})
    for name, folder in overlay.items():
        assert says(printed, f"pathvars.{name}: {folder!r}, expected: A folder inside the checkout, of letters,")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_a_number_to_json_alone_is_refused(number: str, tmp_path: Path):
    """Snakemake reads a file as JSON first, and takes these for numbers, which are words to YAML."""
    (tmp_path / "overlay.json").write_text(f'{{"train":\n{{"lr": {number}}}}}')
    done = in_folder(ROOT, "snakemake", "-n", "--nolock", "--configfile", str(tmp_path / "overlay.json"), check=False)
    assert f"{tmp_path}/overlay.json:2, train.lr: {float(number)} is not of type 'number'" in done.stdout


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_by_the_name_of_its_key(dry_run, mistake: str):
    overlay, message = MISTAKES[mistake]
    code, printed = dry_run(overlay)
    assert code == 1
    assert says(printed, message)


def test_several_mistakes_are_all_named_at_once(dry_run):
    few = {"classes": [3], "rules": ["paper"], "own": {"shares": [0.1]}}
    mistakes = {
        "specialize": {"t": 1.5},
        "train": {"epochs": 0, "momentum": 0},
        "images": {"held_out": 10},
        "compare": few,
    }
    _, printed = dry_run(mistakes)
    keys = ["specialize.t", "train.epochs", "train.momentum", "images.held_out"]
    for key in [*keys, "compare.classes", "compare.rules", "compare.own.shares"]:
        assert says(printed, f"{key}: ")
