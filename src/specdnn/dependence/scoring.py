"""Scores of all blocks of a layer: the information between each group of its inputs and each of its units.

Of a pair's distances, what belongs to the inputs is the same for all units, and what belongs to the units is the
same for all inputs. Each is computed once (`Parents`, and a matrix for each child group); a pair costs one tree.
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from specdnn import artefacts
from specdnn.dependence.information import Slips, Thirds, information, joining_edges, lender_of, thirds
from specdnn.dependence.tree import spanning_tree, squared_distances

STRIP = 4  # parent groups held in memory at a time (each n x n); their scores are saved together
REPORT_EVERY = 10.0  # seconds between two lines of progress


class Parents:
    """Distances between the inputs of a layer, with one group's values borrowed.

    activations: n x inputs, float32; groups: of how many inputs each, contiguous and of one size.
    """

    def __init__(self, activations: np.ndarray, groups: int, slips: Slips):
        self._values = _centred(activations)
        self._split: Thirds = thirds(len(activations))
        self._slips = slips
        self._width = _width(activations, groups)
        pooled, split = self._values[self._split.pooled], self._split
        self._distances = squared_distances(pooled, pooled)
        self._to_lenders = squared_distances(self._values[split.borrowers], self._values[split.lenders])

    def distances(self, group: int) -> np.ndarray:
        """n' x n' squared distances of the pooled points, this group's values borrowed by the borrowers."""
        split = self._split
        own = self._values[:, group * self._width : (group + 1) * self._width]
        rest = self._to_lenders - squared_distances(own[split.borrowers], own[split.lenders])
        lenders = split.lenders[lender_of(rest, self._slips.neighbour)]
        before = own[split.pooled]
        after = own[np.concatenate([split.kept, lenders])]
        gained = (np.einsum("ij,ij->i", after, after) - np.einsum("ij,ij->i", before, before))[:, None]
        ones = np.ones_like(gained)
        # n' x n': |a_i - a_j|^2 - |b_i - b_j|^2, with b a point's own values before borrowing and a after it
        changed = np.hstack([2 * before, -2 * after, gained, ones]) @ np.hstack([before, after, ones, gained]).T
        changed += self._distances
        return np.abs(changed, out=changed)  # as in squared_distances


def score_strips(
    parents: np.ndarray, children: np.ndarray, parent_groups: int, child_groups: int, slips: Slips, start: int = 0
) -> Iterator[tuple[slice, np.ndarray]]:
    """Scores strip by strip: (which parent groups, child groups x these parent groups, float64 in 0..1).

    parents: n x inputs, children: n x units, float32, row i of both from one sample (or not: `Slips.pairing` is
    up to who draws them); start: the first parent group to score, a multiple of STRIP. One child group that
    holds a single output gives the scores of input groups for that output alone.
    Raises ValueError where groups do not divide the units.
    """
    inputs = Parents(parents, parent_groups, slips)
    split = thirds(len(children))
    units, width = _centred(children)[split.pooled], _width(children, child_groups)
    for first in range(start, parent_groups, STRIP):
        strip = slice(first, min(first + STRIP, parent_groups))
        of_inputs = [inputs.distances(group) for group in range(strip.start, strip.stop)]
        scores = np.empty((child_groups, len(of_inputs)))
        for child in range(child_groups):
            of_units = units[:, child * width : (child + 1) * width]
            of_units = squared_distances(of_units, of_units)
            for place, of_input in enumerate(of_inputs):
                joining = joining_edges(*spanning_tree(of_input, of_units), len(split.kept), slips.edges)
                scores[child, place] = information(joining, len(split.kept), len(split.borrowers))
        yield strip, scores


def score(
    parents: np.ndarray,
    children: np.ndarray,
    parent_groups: int,
    child_groups: int,
    slips: Slips,
    *,
    state: str | Path,
    record: Mapping,
) -> np.ndarray:
    """All scores, child groups x parent groups; as `score_strips`, with progress, and resumed from `state`.

    state: file for the scores so far, left for the caller to remove; one whose record differs is ignored.
    """
    scores, start = np.zeros((child_groups, parent_groups)), 0
    if saved := artefacts.load_state(state, record):
        scores, start = saved[0]["scores"], saved[1]["parent_groups"]
        print(f"resuming after {start} of {parent_groups} parent groups", flush=True)
    began = reported = time.monotonic()
    for strip, found in score_strips(parents, children, parent_groups, child_groups, slips, start):
        scores[:, strip] = found
        artefacts.save_state(state, {"scores": scores}, record, {"parent_groups": strip.stop})
        now = time.monotonic()
        if now - reported > REPORT_EVERY or strip.stop == parent_groups:
            reported = now
            each = (now - began) / ((strip.stop - start) * child_groups)
            left = (parent_groups - strip.stop) * child_groups * each
            print(
                f"{strip.stop * child_groups:,} of {scores.size:,} pairs, {each:.4f} s each, {left / 60:.1f} min left",
                flush=True,
            )
    return scores


def _centred(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=0)).astype(np.float32)


def _width(values: np.ndarray, groups: int) -> int:
    """Units of a group. Raises ValueError where the groups cannot be of one size."""
    width, left = divmod(values.shape[1], groups)
    if left or not width:
        raise ValueError(f"{values.shape[1]} units cannot be divided into {groups} groups of one size")
    return width
