"""What a one-class decision is worth. The paper's accuracy alone flatters: always saying no scores 90 %."""

import numpy as np
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, roc_auc_score

from specdnn.errors import UserError


def one_vs_rest(logits: np.ndarray, is_class: np.ndarray) -> dict:
    """Scores of the decision "output > 0.5", which is logit > 0.

    logits: n; is_class: n, bool, with both values present (UserError). All results are fractions:
    accuracy (the paper's), balanced_accuracy, recall, false_positive_rate, auroc; and `collapsed`, whether
    the network answers no to every image.
    """
    says_yes = logits > 0
    (true_negatives, false_positives), (_, true_positives) = confusion_matrix(is_class, says_yes, labels=[False, True])
    negatives, positives = int((~is_class).sum()), int(is_class.sum())
    if not negatives or not positives:
        raise UserError("the test images must have some of the class and some of the others; take more of them")
    return {
        "accuracy": float(true_positives + true_negatives) / len(logits),
        "balanced_accuracy": float(balanced_accuracy_score(is_class, says_yes)),
        "recall": float(true_positives) / positives,
        "false_positive_rate": float(false_positives) / negatives,
        "auroc": float(roc_auc_score(is_class, logits)),
        "collapsed": not bool(says_yes.any()),
    }


def always_no(is_class: np.ndarray) -> float:
    """Accuracy of answering no to every image."""
    return float((~is_class).mean())
