"""A model card warns of what its user must know, and says what the other files say."""

import pytest

from specdnn.export import card

IDENTITY = {"dataset": "mnist", "protocol": "held_out", "model": "lenet_5", "seed": 1, "method": "released", "label": 8}
SCORES = {
    "accuracy": 0.99,
    "balanced_accuracy": 0.95,
    "recall": 0.94,
    "false_positive_rate": 0.004,
    "auroc": 0.98765,
    "collapsed": False,
}
METRICS = {"best_epoch": {"epoch": 7, **SCORES}, "before_retraining": SCORES, "always_no": 0.9026}
VARIANT = {"bytes": 5_755, "gzip_bytes": 4_760, "differing_decisions": 0, "largest_probability_difference": 6.6e-7}
CHECK = {
    "identity": IDENTITY,
    "images": 10_000,
    "parameters": 912,
    "multiply_accumulates": 96_080,
    "always_one_class": 0.1135,
    "float32": {**VARIANT, "accuracy": 0.99, "balanced_accuracy": 0.95},
    "int8": {**VARIANT, "accuracy": 0.9812, "balanced_accuracy": 0.94, "differing_decisions": 13},
}
KEPT = [{"layer": "fc1", "kept": 7, "of": 800, "status": "selected"}]
HASHES = {"onnx": "ab" * 32}


def written(check=CHECK, metrics=METRICS, kept=KEPT) -> tuple[dict, str]:
    facts = card.facts(check, metrics, {"train": {"epochs": 50}}, kept, HASHES)
    return facts, card.page(facts, "class8")


def test_a_card_says_what_is_asked_what_it_is_worth_and_what_it_must_beat():
    _, text = written()
    assert text.startswith("# Is it an 8?\n")
    assert "LeNet-5 · class 8 · MNIST · epochs chosen on held-out images · seed 1" in text
    assert "| accuracy | **99.00 %** | 90.26 % | 98.12 % | 99.00 % |" in text
    assert "| area under the ROC curve | **0.9877** | 0.5000 |" in text
    assert "912 weights and biases, 0.21 % of the LeNet-5" in text
    assert "13 of 10,000 decisions" in text
    assert "| fc1 | 7 of 800 | chosen by the method |" in text
    assert "`class8.int8.onnx`" in text
    assert HASHES["onnx"] in text


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        (
            {"collapsed": True, "recall": 0.0, "accuracy": 0.9026},
            "It has collapsed: it answered no to every test image",
        ),
        ({"accuracy": 0.9}, "no more accurate than always answering no"),
        ({"recall": 0.61}, "It misses many: 39.0 % of the test images that show an 8"),
    ],
)
def test_a_card_warns_of_a_bad_network_first(changed: dict, warning: str):
    bad = {**METRICS, "best_epoch": {"epoch": 7, **SCORES, **changed}}
    assert warning in written(metrics=bad)[0]["limits"][0]
    assert not any(warning in limit for limit in written()[0]["limits"])


def test_a_card_tells_of_a_layer_in_which_the_rule_found_nothing():
    forced = [{"layer": "fc2", "kept": 1, "of": 500, "status": "forced"}]
    facts, text = written(kept=forced)
    assert facts["limits"][0] == "The rule kept nothing in layer fc2; the strongest unit was taken instead."
    assert "none by the method: the strongest alone" in text


def test_a_card_says_whether_the_test_images_chose_the_epoch():
    published = {**CHECK, "identity": {**IDENTITY, "protocol": "published"}}
    assert "chosen on the test images" in written(check=published)[1]
    assert "chosen on the test images" not in written()[1]


def test_a_dense_networks_card_has_its_own_question_and_baseline():
    dense = {**CHECK, "identity": {name: IDENTITY[name] for name in ("dataset", "protocol", "model", "seed")}}
    facts = card.facts(dense, {"best_epoch": {"epoch": 3, "accuracy": 0.9944}}, {}, [], HASHES)
    text = card.page(facts, "dense")
    assert text.startswith("# Which of the ten classes is it?\n")
    assert "| accuracy | 99.44 % | 98.12 % | 11.35 % |" in text


def test_things_of_another_dataset_have_their_own_names():
    assert card.question({**IDENTITY, "dataset": "fashion_mnist"}) == "Is it a bag?"
    assert card.question({**IDENTITY, "dataset": "letters"}) == "Is it class 8?"
