"""The threshold of a one-class network: chosen on held-out images, and moved into its last bias."""

from collections.abc import Mapping

import numpy as np


def chosen_threshold(answers: np.ndarray, is_class: np.ndarray) -> dict[str, float]:
    """The logit between two held-out images at which balanced accuracy is largest, that accuracy, and AUROC.

    Infinite where no threshold is better than always answering no.
    """
    from sklearn.metrics import auc, roc_curve  # a second, of which few of the jobs that train have any use

    wrong, right, cuts = roc_curve(is_class, answers, drop_intermediate=True)
    best = int(np.argmax(right - wrong))
    below = answers[answers < cuts[best]]
    cut = (float(cuts[best]) + float(below.max())) / 2 if len(below) and np.isfinite(cuts[best]) else cuts[best]
    return {
        "threshold": float(cut),
        "held_out_tuned": float(right[best] - wrong[best] + 1) / 2,
        "held_out_auroc": float(auc(wrong, right)),
    }


def tuned(
    tensors: Mapping[str, np.ndarray], output: str, answers: np.ndarray, is_class: np.ndarray
) -> tuple[dict[str, np.ndarray], float]:
    """The network with its threshold in the bias of its output, so that "logit > 0" is its answer again; the threshold.

    output: name of the last layer, of one unit; answers: its logits for held-out images. Where no threshold is better
    than always answering no, it answers no to all of these.
    """
    cut = chosen_threshold(answers, is_class)["threshold"]
    cut = cut if np.isfinite(cut) else float(answers.max()) + 1
    bias = f"{output}.bias"
    return {**tensors, bias: (tensors[bias].astype(np.float64) - cut).astype(np.float32)}, cut
