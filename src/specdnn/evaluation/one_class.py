"""What a network's logits for one class are worth: counts at both thresholds and AUROC, as rows of the score files."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from specdnn import artefacts
from specdnn.data import CLASSES
from specdnn.evaluation.threshold import chosen_threshold

ACCEPTS = [f"accepts_{j}" for j in range(CLASSES)]
DIGITS = 6  # of what is no count
FILED = ["model", "dataset", "seed", "part", "device"]
NAMED = ["units", "initial", "draw", "loss", "widths", "share", "label"]
SIZES = ["asked", "parameters", "images", "positives"]
COUNTS = ["true_positives", "false_positives", "tuned_true_positives", "tuned_false_positives"]
CHOSEN = ["epoch", "threshold", "held_out_tuned", "held_out_auroc", "held_out_balanced_accuracy"]
COLUMNS = [*FILED, *NAMED, *SIZES, *COUNTS, "auroc", *CHOSEN, *ACCEPTS, "settings"]


def decided(answers: np.ndarray, is_class: np.ndarray, threshold: float, name: str = "") -> dict[str, int]:
    """How many of the class, and of the others, are answered yes: logits above the threshold."""
    says_yes = answers.astype(np.float64) > threshold  # a threshold between two neighbouring floats stays there
    found = {"true_positives": says_yes & is_class, "false_positives": says_yes & ~is_class}
    return {name + kind: int(images.sum()) for kind, images in found.items()}


def scored(answers: np.ndarray, is_class: np.ndarray, before: np.ndarray, was_class: np.ndarray) -> dict:
    """Counts on test images at 0 and at the threshold that held-out images choose; before: the logits for those."""
    chosen = chosen_threshold(before, was_class)
    yes = decided(before, was_class, 0)
    right = yes["true_positives"] / was_class.sum() + 1 - yes["false_positives"] / (~was_class).sum()
    found = {"images": len(is_class), "positives": int(is_class.sum()), "auroc": roc_auc_score(is_class, answers)}
    found |= decided(answers, is_class, 0) | decided(answers, is_class, chosen["threshold"], "tuned_")
    return {**found, **chosen, "held_out_balanced_accuracy": right / 2}


def accepted(answers: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """accepts_j: share of the images of class j that are answered yes."""
    return {name: float((answers[labels == j] > 0).mean()) for j, name in enumerate(ACCEPTS)}


def write(path: str, rows: list[dict], given: Mapping) -> None:
    """The rows as a CSV of COLUMNS; given: what all share, FILED and settings, among other values."""
    shared = {name: given[name] for name in (*FILED, "settings")}
    frame = pd.DataFrame([{**shared, **row} for row in rows], columns=COLUMNS).round(DIGITS)
    artefacts.write_text(path, frame.convert_dtypes().to_csv(index=False))
