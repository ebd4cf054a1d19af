"""What people call things: the protocols, and the datasets with what is in them.

A network's title is in its own file (`specdnn.networks.models`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Protocol:
    """How a network is trained, and what chooses its epoch.

    counted_by: key of `images` in params.yaml that says how many images choose; choosing, chosen_by: what they are, in
    scores and in sentences.
    """

    counted_by: str
    choosing: str
    chosen_by: str


PROTOCOLS = {
    "published": Protocol("test", "test set", "the test set"),  # all training images, as the paper's code does it
    "held_out": Protocol("held_out", "held-out training images", "held-out images"),  # the test set is touched once
}

OWN = "own"  # SpecDNN's own size for the class
EVEN = "even"  # widths: the same share of every layer's inputs

HALVES = ("rule_inputs", "rule_hidden")  # the rule's pixels with random live hidden units, and the reverse
TINY = ("tiny", "tiny_live", "tiny_coarse")  # of which several shapes are tried
CONTROLS = ("logistic", "logistic_rule", *TINY)  # networks that no method cuts (`selection.controls`)
ALL_PIXELS = ("logistic", "tiny_coarse")  # those of them that choose no pixels
ON_LIVE = (*HALVES, "tiny_live")  # which of these draw among live inputs

DATASETS = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
THINGS = {  # what a class of a dataset is, in a sentence
    "mnist": [f"a {digit}" if digit != 8 else "an 8" for digit in range(10)],
    "fashion_mnist": [
        *("a T-shirt or top", "trousers", "a pullover", "a dress", "a coat"),
        *("a sandal", "a shirt", "a sneaker", "a bag", "an ankle boot"),
    ],
}
