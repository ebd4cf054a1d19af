"""What a specialist of a set of classes decides, and what that is worth.

An output's lead is its logit less its threshold. The answer is the class of the largest lead where that is above zero,
and otherwise -1: none of the set. All in float32, as the exported networks have it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

NONE = -1  # what is none of the set's classes


def places(labels: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """labels: n -> n: the place of each image's class in the set, or NONE."""
    found = np.full(len(labels), NONE)
    for place, label in enumerate(classes):
        found[labels == label] = place
    return found


def threshold(values: np.ndarray, yes: np.ndarray) -> np.float32:
    """The value above which yes is said, where balanced accuracy is largest: between two of `values`.

    values: n, float32; yes: n, bool, both kinds present. Of several the highest; above all where no other is better.
    """
    sorted_ = np.argsort(-values, kind="stable")
    ordered, right = values[sorted_], yes[sorted_]
    gain = np.cumsum(right / yes.sum() - ~right / (~yes).sum())  # after accepting so many of the largest, less one
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # equal values are accepted together
    best = ends[int(np.argmax(gain[ends]))]
    if gain[best] <= 0:
        return np.nextafter(ordered[0], np.float32(np.inf))
    if best + 1 == len(ordered):
        return np.nextafter(ordered[best], np.float32(-np.inf))
    middle = np.float32((float(ordered[best]) + float(ordered[best + 1])) / 2)
    return middle if middle < ordered[best] else ordered[best + 1]  # of two neighbours there is none between


def thresholds(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """One an output, k: first each by itself, class against everything else; then all moved by one amount.

    The second step is for the set: with every output some more of the others would be accepted by one of them.
    logits: n x k, float32; truth: n, as `places` has it.
    """
    first = np.array([threshold(column, truth == place) for place, column in enumerate(logits.T)])
    if len(first) == 1:
        return first
    return first + threshold((logits - first).max(1), truth != NONE)


def answered(leads: np.ndarray) -> np.ndarray:
    """leads: n x k -> n: the place of the answer, or NONE."""
    return np.where(leads.max(1) > 0, leads.argmax(1), NONE)


def balanced_accuracy(answers: np.ndarray, truth: np.ndarray) -> float:
    """Mean of the share of the set's images that are accepted, as whichever class, and that of others refused."""
    accepted, of_set = answers != NONE, truth != NONE
    return float((accepted[of_set].mean() + (~accepted[~of_set]).mean()) / 2)


def scored(leads: np.ndarray, truth: np.ndarray) -> dict[str, int | float]:
    """Counts, and the area under the ROC curve of the largest lead: the set's images against all others.

    set_images, other_images; accepted: of the set, as whichever class; right: of the set, as their own class;
    false_alarms: of the others; auroc.
    """
    answers, of_set = answered(leads), truth != NONE
    return {
        "set_images": int(of_set.sum()),
        "other_images": int((~of_set).sum()),
        "accepted": int((answers[of_set] != NONE).sum()),
        "right": int((answers[of_set] == truth[of_set]).sum()),
        "false_alarms": int((answers[~of_set] != NONE).sum()),
        "auroc": float(roc_auc_score(of_set, leads.max(1))),
    }


def rates(row: Mapping) -> dict[str, float | bool]:
    """What the counts of a row of the scores come to, as shares of 1; collapsed: no image is accepted.

    accuracy_in_set: of the set's images that are answered by their own class; one that is refused is wrong.
    """
    recall, alarms = row["accepted"] / row["set_images"], row["false_alarms"] / row["other_images"]
    return {
        "balanced_accuracy": (recall + 1 - alarms) / 2,
        "recall": recall,
        "false_alarm_rate": alarms,
        "refused": 1 - alarms,
        "accuracy_in_set": row["right"] / row["set_images"],
        "auroc": row["auroc"],
        "collapsed": row["accepted"] + row["false_alarms"] == 0,
    }


def scores(row: Mapping) -> dict[str, Any]:
    """A row's counts, its rates, and the 95 % interval of the recall, Wilson's (1927): how much so many images say."""
    counts = {name: row[name] for name in ("set_images", "accepted", "other_images", "false_alarms")}
    interval = binomtest(row["accepted"], row["set_images"]).proportion_ci(method="wilson")
    return {**counts, **rates(row), "recall_interval": [*interval]}


def restricted(logits: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """A dense network as one of the set: its lead for each class of it over the largest of all other classes.

    n x all -> n x k. Above zero for one at most: the class that it would answer; for none where that is not in the set.
    """
    leads = []
    for label in classes:
        others = np.delete(logits, label, axis=1).max(1)
        leads.append(logits[:, label] - others)
    return np.stack(leads, axis=1)
