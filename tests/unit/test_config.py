"""params.yaml: what it offers exists, and what does not exist is refused by name before any job starts."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml
from checkout import run as in_folder
from support import ROOT

from specdnn.names import ALL_PIXELS, CONTROLS, EVEN, HALVES, PROTOCOLS
from specdnn.networks import models
from specdnn.selection import methods
from specdnn.training.losses import LOSSES
from specdnn.training.members import Initial

PRODUCT = "compare.parts.own.lenet_300_100.products.0"
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
METHODS = {name: methods.load(name) for name in methods.names()}
PLAIN = [name for name in METHODS if METHODS[name].loss is None]  # what a method of the paper's way of training cuts
RULES = [name for name in PLAIN if METHODS[name].keeps]
OF_COMPARISON = [*HALVES, *CONTROLS]  # units that no plain method chooses


def networks(compare: dict) -> dict[str, set[str]]:
    """Part and model of a comparison -> datasets that it says the number of dense networks of."""
    of_parts = {
        f"{part} {model}": set(entry["networks"])
        for part, of_models in compare["parts"].items()
        for model, entry in of_models.items()
    }
    others = {"communities": compare["communities"], "survival": compare["survival"]["networks"]}
    return of_parts | {f"{name} {model}": set(entry) for name, of in others.items() for model, entry in of.items()}


def test_the_smoke_comparison_takes_no_networks_over_from_the_study():
    smoke = yaml.safe_load((ROOT / "tests" / "smoke" / "params.yaml").read_text())["compare"]
    assert networks(smoke) == networks(PARAMS["compare"]), "what is not named stays"


def of_own(product: dict) -> dict:
    """An overlay: this and nothing else is what the comparison's part `own` does with LeNet-300-100."""
    crossed = {"units": ["released"], "widths": ["released"], "shares": ["own"], "initial": ["kept"]}
    products = [{**crossed, "losses": ["squared"], **product}]
    return {"compare": {"parts": {"own": {"lenet_300_100": {"products": products}}}}}


def says(printed: str, message: str) -> bool:
    """Is this said of a line of the overlay?"""
    return re.search(rf"^\S+/overlay\.yaml:\d+:\d+, {re.escape(message)}", printed, re.MULTILINE) is not None


@pytest.fixture
def dry_run(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """`snakemake -n` in the repository with an overlay on params.yaml: exit code and all that it prints."""

    def run(overlay: dict, *flags: str) -> tuple[int, str]:
        (tmp_path / "overlay.yaml").write_text(yaml.safe_dump(overlay))
        command = ["snakemake", "-n", "--nolock", "--configfile", str(tmp_path / "overlay.yaml"), *flags]
        done = in_folder(ROOT, *command, check=False)
        return done.returncode, done.stdout

    return run


def test_the_config_as_shipped_is_accepted(dry_run):
    code, printed = dry_run({})
    assert code == 0, printed


@pytest.mark.parametrize(
    ("place", "lr"),
    [
        ("lenet_5/seed1/released", 0.1),
        ("lenet_5/seed1/released_balanced", 0.03),
        ("lenet_5/seed1/tiny_coarse", 0.03),
        ("lenet_300_100/seed1/tiny_coarse", 0.1),
    ],
)
def test_a_method_with_a_loss_of_its_own_has_the_comparisons_rate(dry_run, place: str, lr: float):
    code, printed = dry_run({}, "-p", f"results/retrain/held_out/mnist/{place}/class0/best.safetensors")
    (command,) = re.findall(r"python src/retrain\.py .*", printed)
    assert (code, f" --lr {lr} " in command) == (0, True)


def test_a_recipe_that_chooses_no_pixels_is_for_networks_of_convolutions_too(dry_run):
    code, printed = dry_run({"recipe": {"lenet_5": "tiny_coarse"}}, "--", "export")
    assert code == 0, printed
    assert "results/export/held_out/mnist/lenet_5/seed1/tiny_coarse/class0.card.md" in printed
    of_controls = {name: method.all_pixels for name, method in METHODS.items() if name in CONTROLS}
    assert of_controls == {name: name in ALL_PIXELS for name in of_controls}, "the comparison says the same"


def test_what_there_is_to_choose_from_is_what_the_code_knows(dry_run):
    """A name that nobody has, in every place that takes one: the refusals list what could stand there."""
    offered = {
        "study.protocols.0": PROTOCOLS,
        "study.datasets.0": PARAMS["fetch"]["datasets"],
        "study.models.0": models.names(),
        "study.methods.0": METHODS,
        "readings.methods.0": PLAIN,
        "compare.rules.1": RULES,
        f"{PRODUCT}.units.0": [*PLAIN, *OF_COMPARISON],
        f"{PRODUCT}.widths.0": [EVEN, *RULES, *(f"{rule}_renumbered" for rule in RULES)],
        f"{PRODUCT}.initial.0": get_args(Initial),
        f"{PRODUCT}.losses.0": LOSSES,
    }
    nobody = {key: ["nobody"] for key in ("protocols", "datasets", "models", "methods")}
    overlay = of_own({key: ["nobody"] for key in ("units", "widths", "initial", "losses")})
    overlay["compare"]["rules"] = ["released", "nobody"]
    overlay |= {"study": nobody, "readings": {"methods": ["nobody"]}}
    code, printed = dry_run(overlay)
    assert code == 1
    found = re.findall(r"^\S+/overlay.yaml:\d+:\d+, (\S+): 'nobody' is not one of (\[.*\])$", printed, re.MULTILINE)
    assert {key: set(ast.literal_eval(names)) for key, names in found} == {
        key: set(names) for key, names in offered.items()
    }


def test_controls_are_for_the_comparison_alone(dry_run):
    code, printed = dry_run(of_own({"units": [*PLAIN, *OF_COMPARISON]}))
    assert code == 0, printed
    alone = [name for name in OF_COMPARISON if name not in METHODS]
    _, printed = dry_run({"study": {"methods": alone}})
    for place, name in enumerate(alone):
        assert says(printed, f"study.methods.{place}: '{name}' is not one of [")


def tables_of(printed: str) -> set[str]:
    """Tables that a dry run would write."""
    return set(re.findall(r"output: results/tables/(\w+)\.csv", printed))


@pytest.mark.parametrize(
    ("study", "tables"),
    [
        (
            {"seeds": [2], "protocols": ["held_out"], "models": ["lenet_5"]},
            {"held_out_mnist_lenet_5_seed2_released"},
        ),
        (
            {"methods": ["released", "taylor"], "protocols": ["published"], "models": ["lenet_5"]},
            {"table2_lenet_5", "published_mnist_lenet_5_seed1_taylor"},
        ),
        (
            {"datasets": ["fashion_mnist"], "protocols": ["held_out"], "models": ["lenet_300_100"]},
            {"held_out_fashion_mnist_lenet_300_100_seed1_released"},
        ),
    ],
)
def test_what_the_study_names_gets_its_table_and_nothing_else_must_be_changed(dry_run, study: dict, tables: set[str]):
    code, printed = dry_run({"study": study}, "--forcerun", "fetch")
    assert code == 0, printed
    assert tables_of(printed) == tables | {"side_by_side", "readings"}


MISTAKES = {
    "unknown_block": ({"trian": {"epochs": 2}}, "top level: Additional properties are not allowed ('trian'"),
    "unknown_key": ({"train": {"epoch": 2}}, "train: Additional properties are not allowed ('epoch'"),
    "no_list": ({"study": {"seeds": 2}}, "study.seeds: 2 is not of type 'array'; write [2]"),
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
    "networks_of_nobodys_data": (
        {"compare": {"parts": {"own": {"lenet_5": {"networks": {"mnits": 1}}}}}},
        "compare.parts.own.lenet_5.networks: 'mnits' is not one of ['mnist'",
    ),
    "more_networks_than_own": (
        {"compare": {"parts": {"curve": {"lenet_5": {"networks": {"mnist": 999}}}}}},
        "compare.parts.curve.lenet_5.networks.mnist: 999 is more than compare.parts.own has",
    ),
    "networks_that_own_has_not": (
        {"compare": {"parts": {"curve": {"lenet_5": {"networks": {"mnist": [1, 99]}}}}}},
        "compare.parts.curve.lenet_5.networks.mnist: [1, 99] is more than compare.parts.own has",
    ),
    "a_part_called_as_other_scores_are": (
        {"compare": {"parts": {"dense": {}}}},
        "compare.parts: 'dense', expected: a name of small letters, digits and _, other than dense and survival",
    ),
    "share_of_a_rules_widths": (
        of_own({"shares": ["own", 0.1]}),
        "compare.parts.own.lenet_300_100.products: shares other than own are spread evenly: widths: [even]",
    ),
    "no_share": (of_own({"shares": [1.5]}), f"{PRODUCT}.shares.0: 1.5 is not valid under any of the given schemas"),
    "unknown_factor": (of_own({"epochs": [1]}), f"{PRODUCT}: Additional properties are not allowed ('epochs'"),
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
    "recipe_as_published": (
        {"study": {"methods": ["released", "released_balanced"]}},
        "study.methods: released_balanced chooses on held-out images, which the protocol published has none of",
    ),
    "recipe_in_a_demo_as_published": (
        {"demo": {"protocol": "published", "method": "tiny"}, "study": {"models": ["lenet_300_100"]}},
        "demo.method: tiny chooses on held-out images, which the protocol published has none of",
    ),
    "recipe_of_pixels": (
        {"study": {"methods": ["tiny"], "protocols": ["held_out"]}},
        "study.methods: tiny reads some of the pixels, and the convolution of lenet_5 reads them all",
    ),
    "recipe_of_another_network": (
        {"recipe": {"lenet_5": "tiny"}},
        "recipe.lenet_5: tiny reads some of the pixels, and the convolution of lenet_5 reads them all",
    ),
    "recipe_in_the_papers_table": (
        {"tables": {"table2_lenet_5_held_out": {"method": "released_balanced"}}},
        "tables.table2_lenet_5_held_out.method: 'released_balanced' is not one of [",
    ),
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
    "folders",
    [("", "results/", "{x}", "/tmp/results", "../results", "-a"), ("a/../b", "./a", "a//b", "results\n", "a b", "ä")],
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
    assert f"{tmp_path}/overlay.json:2:2, train.lr: {float(number)} is not of type 'number'" in done.stdout


NEAR = {  # what is nearly right, and the word that is meant
    "key": ({"train": {"epoch": 2}}, "epochs"),
    "block": ({"trian": {"epochs": 2}}, "train"),
    "method": ({"study": {"methods": ["relased"]}}, "released"),
    "network": ({"study": {"models": ["lenet_6"]}}, "lenet_5"),
    "dataset": ({"study": {"datasets": ["mnits"]}}, "mnist"),
}


@pytest.mark.parametrize("mistake", NEAR)
def test_the_word_that_is_meant_is_offered(dry_run, mistake: str):
    overlay, meant = NEAR[mistake]
    _, printed = dry_run(overlay)
    assert f"; did you mean {meant}?\n" in printed


NEITHER = "no rule has this name, and none makes such a file"
TARGETS = {
    "results/retrain/published/mnist/lenet_5/seed1/released/class12/best.safetensors": "class12: classes are 0 to 9",
    "results/export/held_out/mnist/lenet_5/seed1/released/class12.card.md": "class12: classes are 0 to 9",
    "results/export/held_out/mnist/lenet_5/seed1/relased/class3.card.md": (
        "relased is none of the methods; did you mean released?"
    ),
    "results/train/published/mnist/lenet_6/seed1/last.safetensors": (
        "lenet_6 is none of the networks; did you mean lenet_5?"
    ),
    "results/train/publish/mnist/lenet_5/seed1/best.safetensors": (
        "publish is none of the protocols; did you mean published?"
    ),
    "results/specialize/published/mnist/lenet_5/seed1/relased/class1/selection.json": (
        "relased is none of the methods; did you mean released?"
    ),
    "results/tables/compar.md": f"{NEITHER}; did you mean results/tables/compare.md?",
    "comparre": f"{NEITHER}; did you mean compare?",
    "results/tables/tabel1_lenet.md": (
        "tabel1_lenet is none of the names of a table; did you mean table1_lenet_300_100?"
    ),
    "table2_lenet_5": f"{NEITHER}; did you mean results/tables/table2_lenet_5.md?",
    "small": "no rule, but a target of make: `make small` (",
    "README.md": f"{NEITHER} (",
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_no_rule_makes_is_refused_with_what_is_wrong_in_it(target: str):
    done = in_folder(ROOT, "snakemake", "-n", "--nolock", "--", target, check=False)
    assert done.returncode == 1
    assert f"\n{target}: {TARGETS[target]}" in done.stdout


def test_targets_of_other_studies_have_names_of_their_own():
    for target in ("mint", "results/mint/prune/published/mnist/seed1/headline/corrected/mask.safetensors"):
        done = in_folder(ROOT, "snakemake", "-n", "--nolock", "--", target, check=False)
        assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_by_the_name_of_its_key(dry_run, mistake: str):
    overlay, message = MISTAKES[mistake]
    code, printed = dry_run(overlay)
    assert code == 1
    assert says(printed, message)


def test_several_mistakes_are_all_named_at_once(dry_run):
    few = {"classes": [3], "rules": ["paper"], "draws": 0}
    mistakes = {
        "specialize": {"t": 1.5},
        "train": {"epochs": 0, "momentum": 0},
        "images": {"held_out": 10},
        "compare": few,
    }
    _, printed = dry_run(mistakes)
    keys = ["specialize.t", "train.epochs", "train.momentum", "images.held_out"]
    for key in [*keys, "compare.classes", "compare.rules", "compare.draws"]:
        assert says(printed, f"{key}: ")


def test_a_network_whose_layers_do_not_fit_is_refused_before_any_job(tmp_path: Path):
    """--dry-run, not -n: in a process of its own, which imports the library of the copy."""
    for name in ("Snakefile", "params.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("docs", "profiles", "rules", "schemas", "src", "studies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "src/specdnn/networks/architectures/lenet_5.toml"
    path.write_text(path.read_text().replace("inputs = 800", "inputs = 700"))
    done = in_folder(tmp_path, "snakemake", "--dry-run", check=False)
    assert done.returncode == 1
    refused = f"study.models: {path}: layer fc1: inputs = 700, expected 800: conv2 gives 50 x 4 x 4; correct it"
    assert re.search(rf"^params\.yaml:\d+:\d+, {re.escape(refused)}$", done.stdout, re.MULTILINE), done.stdout
