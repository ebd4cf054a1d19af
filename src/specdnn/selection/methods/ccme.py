"""CCME's significance test for communities in weighted networks (Palowitch, Bhamidi, Nobel, JMLR 2018), for a layer.

The layer A (n x m) is a bipartite weighted network; with row sums s_i, column sums s_j, total W0 and a set C of rows:

    f_ij      = s_i s_j / W0                                         expected weight of a link
    kappa     = sum (A - f)^2 / sum f^2,   kappa_c = kappa n m / ((n - 1)(m - 1))
    phi       = sum over C of s_i / W0,    mu_j = phi s_j            expected S_j
    sigma_j^2 = kappa_c (s_j / W0)^2 [(1 - phi)^2 sum over C of s_i^2 + phi^2 sum over the other rows of s_i^2]
    p_j       = Q(mu_j^2 / sigma_j^2, S_j mu_j / sigma_j^2)          tail of the gamma distribution with these moments

mu_j and sigma_j are both proportional to s_j, so p_j depends on S_j / s_j alone: CCME ranks as `specificity` does, and
differs in how many inputs it keeps. The gamma tail stands in for CCME's normal one, which is badly calibrated for few
rows. Inputs are kept by Benjamini and Hochberg's procedure at alpha, in one pass.
"""

import numpy as np
from scipy.special import gammaincc
from scipy.stats import false_discovery_control

from specdnn.selection.method import Candidates, Method, Thresholds
from specdnn.selection.rules import Selection, first, strength


def dispersion(matrix: np.ndarray) -> float:
    """kappa_c of a layer; 0 for a layer of one row or one column, whose links are all as expected."""
    n, m = matrix.shape
    expected = np.outer(matrix.sum(axis=1), matrix.sum(axis=0)) / matrix.sum()
    kappa = ((matrix - expected) ** 2).sum() / (expected**2).sum()
    return float(kappa * n * m / ((n - 1) * (m - 1))) if min(n, m) > 1 else 0.0


def p_values(candidates: Candidates) -> np.ndarray:
    """p_j, shape (m,); 1 where nothing speaks for an input: a zero column, or no spread at all (C all rows)."""
    matrix = candidates.affinity
    sums, total = matrix.sum(axis=1), matrix.sum()
    if not total:
        return np.ones(matrix.shape[1])
    inside = np.zeros(len(sums), dtype=bool)
    inside[list(candidates.rows)] = True
    phi = sums[inside].sum() / total
    spread = (1 - phi) ** 2 * (sums[inside] ** 2).sum() + phi**2 * (sums[~inside] ** 2).sum()
    mean = phi * matrix.sum(axis=0)
    variance = dispersion(matrix) * (matrix.sum(axis=0) / total) ** 2 * spread
    known = (variance > 1e-12 * mean**2) & (mean > 0)
    p = np.ones(matrix.shape[1])
    observed = strength(matrix, candidates.rows)
    p[known] = gammaincc(mean[known] ** 2 / variance[known], observed[known] * mean[known] / variance[known])
    return p


def keeps(candidates: Candidates, thresholds: Thresholds) -> Selection:
    p = p_values(candidates)
    order = np.argsort(p, kind="stable")
    return first(order, int((false_discovery_control(p) <= thresholds.level).sum()))


def ranks(candidates: Candidates) -> np.ndarray:
    return -p_values(candidates)


METHOD = Method(ranks, keeps=keeps, takes=("alpha",))
