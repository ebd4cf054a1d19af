"""The comparison's scripts: what is selected for a dense network, which controls stand beside it, how it is scored."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from support import Flags, run_here, weights, write_dense

from specdnn import artefacts
from specdnn.errors import UserError
from specdnn.evaluation.one_class import decided, scored
from specdnn.evaluation.threshold import chosen_threshold
from specdnn.networks import extract, models
from specdnn.networks.extract import Kept, dense_kept
from specdnn.networks.models import LOGISTIC
from specdnn.networks.network import leads
from specdnn.selection import choice, controls
from specdnn.selection.walk import Source

LENET = models.load("lenet_300_100")
PRODUCT = {"widths": ["released"], "shares": ["own"], "initial": ["kept"], "losses": ["squared"]}


def selections(folder: Path, model: str, *products: dict) -> Flags:
    """Flags of `compare_select` for two classes of an untrained network, with activations that vary everywhere."""
    dense = write_dense(folder / "dense.safetensors", models.load(model))
    random = np.random.default_rng(0)
    layers = {layer.name: layer.inputs for layer in models.load(model).layers}
    seen = {name: random.random((20, size)).astype(np.float32) for name, size in {**layers, "outputs": 10}.items()}
    artefacts.save_tensors(
        folder / "activations.safetensors", seen, artefacts.make_record("activations", {}, {"dense": dense})
    )
    flags = {"model": model, "seed": 1, "t": 0.99, "alpha": 0.05, "draws": 2, "labels": [0, 3], "dense": dense}
    asked = [json.dumps({**PRODUCT, **product}) for product in products]
    files = {"activations": folder / "activations.safetensors", "selections": folder / "own.json"}
    return {**flags, **files, "products": asked}


def test_what_is_random_is_selected_once_a_draw_and_a_half_of_the_rule_is_its_own_half(tmp_path: Path):
    units = ["released", "random_live", "rule_inputs", "rule_hidden"]
    done = run_here("compare/select_", selections(tmp_path, "lenet_300_100", {"units": units}))
    assert done.returncode == 0, done.stderr
    entries = artefacts.read_json(tmp_path / "own.json")["specialists"]
    found = {(entry["units"], entry["label"], *entry["draws"]): entry["kept"] for entry in entries}
    drawn = [(name, label, draw) for name in units[1:] for label in (0, 3) for draw in (1, 2)]
    assert found.keys() == {("released", 0, 1, 2), ("released", 3, 1, 2), *drawn}
    rules = found["released", 3, 1, 2]
    for draw in (1, 2):
        live, inputs, hidden = (found[name, 3, draw] for name in units[1:])
        assert inputs == {**live, "fc1": rules["fc1"]}
        assert hidden == {**rules, "fc1": live["fc1"]}
    assert found["random_live", 3, 1] != found["random_live", 3, 2]
    assert {entry["parameters"] == entry["asked"] for entry in entries} == {True}


def test_tiny_networks_on_live_pixels_have_the_shapes_of_those_on_the_rules_and_pixels_of_their_own(tmp_path: Path):
    done = run_here("compare/select_", selections(tmp_path, "lenet_300_100", {"units": ["tiny", "tiny_live"]}))
    assert done.returncode == 0, done.stderr
    entries = artefacts.read_json(tmp_path / "own.json")["specialists"]
    found = {(entry["units"], entry["widths"], *entry["draws"]): entry for entry in entries if entry["label"] == 3}
    shapes = {widths for units, widths, *_ in found if units == "tiny"}
    assert found.keys() == {("tiny", shape, 1, 2) for shape in shapes} | {
        ("tiny_live", shape, draw) for shape in shapes for draw in (1, 2)
    }
    for shape in shapes:
        entries = [found["tiny", shape, 1, 2], *(found["tiny_live", shape, draw] for draw in (1, 2))]
        assert len({entry["parameters"] for entry in entries}) == 1
        assert entries[0]["parameters"] <= entries[0]["asked"]
        assert len({tuple(entry["kept"]["hidden"]) for entry in entries}) == 3


@pytest.mark.parametrize("units", ["rule_inputs", "rule_hidden", "logistic_rule", "tiny", "tiny_live"])
def test_pixels_of_the_rule_are_refused_where_a_convolution_reads_them_all(units: str, tmp_path: Path):
    done = run_here("compare/select_", selections(tmp_path, "lenet_5", {"units": ["released", units]}))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"compare_select: lenet_5: begins with a convolution, which reads all pixels; take {units} out of its products "
        "(params.yaml, compare.parts)\n"
    )
    assert not (tmp_path / "own.json").exists()


@pytest.fixture(scope="module")
def source() -> Source:
    return Source(weights(LENET), LENET, seed=1)


@pytest.fixture(scope="module")
def rules(source: Source) -> Kept:
    return choice.reference(source, 3, 0.99)


@pytest.mark.parametrize("asked", [2, 4, 50, 400, 5000])
def test_controls_keep_within_the_asked_number_of_parameters_and_waste_less_than_a_pixel(source, rules, asked: int):
    ordered = controls.pixels_by("magnitude", source, 3, rules)
    assert sorted(ordered) == list(range(784))
    ((_, network, kept),) = controls.logistic_rule(source, 3, rules, asked)
    assert extract.parameters(network, kept) == min(asked, LOGISTIC.parameters)
    assert kept["pixels"] == tuple(sorted(ordered[: asked - 1]))
    for name, network, kept in controls.tiny_networks(source, 3, rules, asked):
        hidden, pixels = len(kept["output"]), kept["hidden"]
        assert name == f"tiny{hidden}"
        assert pixels == tuple(sorted(ordered[: len(pixels)]))
        assert asked - hidden < extract.parameters(network, kept) <= asked, "another pixel costs as many as are hidden"


def test_a_tiny_network_is_none_where_no_pixel_fits_or_more_would_than_there_are(source, rules):
    def hidden(asked: int) -> list[int]:
        return [len(kept["output"]) for _, _, kept in controls.tiny_networks(source, 3, rules, asked)]

    assert hidden(3) == []  # a pixel, a weight behind it and two biases are four
    assert hidden(4) == [1]
    assert hidden(2000) == [3, 4, 6, 8, 12]  # two hidden units on all pixels have 1,573 parameters


def names(control: str, source: Source, rules: Kept, asked: int) -> list[str]:
    return [name for name, *_ in controls.MAKERS[control](source, 3, rules, asked)]


@pytest.mark.parametrize("asked", [5, 16, 17, 50, 85, 400, 5000])
def test_controls_on_all_pixels_keep_within_the_asked_number_and_waste_less_than_a_unit(source, rules, asked: int):
    """A hidden unit on the 49 means of 4 x 4 pixels has 51 parameters: 49, one behind it and a bias."""
    for _, network, kept in controls.tiny_coarse(source, 3, rules, asked):
        *hidden, output = network.layers
        assert kept == dense_kept(network)
        assert extract.parameters(network, kept) <= asked
        if hidden:
            assert extract.parameters(network, kept) + hidden[0].inputs + 2 > asked
        assert output.outputs == 1


def test_the_shapes_on_means_that_so_many_parameters_allow(source, rules):
    """Without a hidden unit, means of 2, 4, 7 and 14 pixels a side take 197, 50, 17 and 5."""
    shapes = {asked: names("tiny_coarse", source, rules, asked) for asked in (4, 5, 16, 17, 19, 50, 102, 197, 410)}
    assert shapes == {
        4: [],
        5: ["coarse14x0"],
        16: ["coarse14x0", "coarse14x2"],
        17: ["coarse7x0"],
        19: ["coarse7x0", "coarse7x1"],
        50: ["coarse4x0", "coarse7x0", "coarse7x2"],
        102: ["coarse4x0", "coarse4x1", "coarse7x0", "coarse7x5"],
        197: ["coarse2x0", "coarse4x0", "coarse4x3", "coarse7x0", "coarse7x10"],
        410: ["coarse2x0", "coarse2x2", "coarse4x0", "coarse4x8", "coarse7x0", "coarse7x22"],
    }


@pytest.mark.parametrize("control", ["tiny", "tiny_coarse", "logistic"])
def test_the_network_of_a_control_is_found_again_by_its_name(source, rules, control: str):
    for asked in (10, 400):
        for _, network, _ in controls.MAKERS[control](source, 3, rules, asked):
            assert models.small(network.name) == network


@pytest.mark.parametrize("name", ["coarse3x2", "coarse4", "tiny0", "tiny", "xtiny2", "tiny2x"])
def test_what_only_looks_like_the_name_of_a_control_is_no_network(name: str):
    with pytest.raises(UserError, match=f"{name}: no network of this name"):
        models.small(name)


def test_logistic_regression_on_all_pixels_has_its_own_size(source, rules):
    ((name, network, kept),) = controls.logistic(source, 3, rules, asked=50)
    assert (name, network, kept) == ("pixels", LOGISTIC, dense_kept(LOGISTIC))


SCORES = np.array([-2, -1, 0.5, 1, 3], dtype=np.float32)


@pytest.mark.parametrize(
    ("is_class", "threshold", "accuracy", "auroc"),
    [
        ([0, 0, 1, 0, 1], -0.25, 5 / 6, 5 / 6),  # both of the class and one of three others; five pairs of six
        ([0, 0, 0, 1, 1], 0.75, 1, 1),
        ([0, 1, 0, 0, 0], -1.5, 5 / 8, 1 / 4),  # it answers yes to three others
    ],
)
def test_the_chosen_threshold_lies_midway_between_the_two_images_that_it_parts(
    is_class: list[int], threshold: float, accuracy: float, auroc: float
):
    truth = np.array(is_class, dtype=bool)
    found = chosen_threshold(SCORES, truth)
    assert found == pytest.approx(
        {"threshold": threshold, "held_out_tuned": accuracy, "held_out_auroc": auroc}, rel=1e-12
    )
    yes = decided(SCORES, truth, found["threshold"])
    recall, alarms = yes["true_positives"] / truth.sum(), yes["false_positives"] / (~truth).sum()
    assert (recall + 1 - alarms) / 2 == pytest.approx(accuracy, rel=1e-12)


def test_where_no_threshold_is_better_than_no_the_answer_is_no():
    for truth in ([1, 1, 0, 0, 0], [1, 0, 0, 0, 0]):
        is_class = np.array(truth, dtype=bool)
        found = chosen_threshold(np.zeros(5, dtype=np.float32), is_class)
        assert found["held_out_tuned"] == 0.5
        assert decided(SCORES, is_class, found["threshold"]) == {"true_positives": 0, "false_positives": 0}


def test_test_images_are_counted_at_zero_and_at_the_threshold_that_held_out_images_choose():
    """The held-out images are best parted at 0.75; of the test images one of the class lies between 0 and that."""
    was_class = np.array([0, 0, 0, 1, 1], dtype=bool)
    answers, is_class = np.array([0.6, 2, 0.7, -1], dtype=np.float32), np.array([1, 1, 0, 0], dtype=bool)
    found = scored(answers, is_class, SCORES, was_class)
    assert (found["images"], found["positives"], found["threshold"]) == (4, 2, 0.75)
    assert (found["true_positives"], found["false_positives"]) == (2, 1)
    assert (found["tuned_true_positives"], found["tuned_false_positives"]) == (1, 0)
    assert found["held_out_balanced_accuracy"] == pytest.approx(5 / 6)
    assert (found["held_out_tuned"], found["auroc"]) == (1, 0.75)


def test_a_lead_is_over_the_largest_other_output():
    answers = torch.tensor([[3.0, 1.0, 2.0], [5.0, 5.0, -1.0]])
    assert leads(answers).tolist() == [[1.0, -2.0, -1.0], [0.0, 0.0, -6.0]]
