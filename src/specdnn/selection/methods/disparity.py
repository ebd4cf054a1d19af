"""The disparity filter: which links of a node are too strong for chance (Serrano, Boguna, Vespignani, PNAS 2009).

A row i with strength s_i = sum_j A_ij spread at random over its m links gives a link of at least A_ij with

    p_ij = (1 - A_ij / s_i)^(m - 1)                        equation (2) there, from the side of the row

An input belongs to C if its link to some row of C has p_ij < alpha; inputs are ranked by their smallest p_ij.
"""

import numpy as np
from scipy.special import xlog1py

from specdnn.selection.method import Candidates, Method, Thresholds
from specdnn.selection.rules import Selection, first


def log_p(candidates: Candidates) -> np.ndarray:
    """log of the smallest p_ij over the rows C, shape (m,); 0 where a row is all zero (no link is significant)."""
    block = candidates.affinity[list(candidates.rows)]
    strengths = block.sum(axis=1, keepdims=True)
    shares = np.divide(block, strengths, out=np.zeros_like(block), where=strengths > 0)
    return xlog1py(block.shape[1] - 1, -np.minimum(shares, 1)).min(axis=0)


def keeps(candidates: Candidates, thresholds: Thresholds) -> Selection:
    values = log_p(candidates)
    order = np.argsort(values, kind="stable")
    return first(order, int((values < np.log(thresholds.level)).sum()))


def ranks(candidates: Candidates) -> np.ndarray:
    return -log_p(candidates)


METHOD = Method(ranks, keeps=keeps, takes=("alpha",))
