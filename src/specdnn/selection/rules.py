r"""The selection rules: which inputs of a layer belong with a set C of its rows. Pure NumPy and SciPy.

For a layer with m inputs, A = |W| (SpecDNN, "Weight Representation") and S_j = sum over i in C of A_ij:

    r_j     = exp(-(m/2) S_j / sum_j S_j - 1/2)             Algorithm 1, line 2; (2) and (3) in the text
    Omega_q = P(Bin(m, r_(q)) >= q) = I_{r_(q)}(q, m-q+1)   (4), I the regularised incomplete beta function

Units are ordered by ascending r, which is descending S, ties by index; the statistic decides only how many
of them are kept. Three readings of the stopping rule exist (docs/method.md); all are in `RULES`, each also on
the calibrated score, which is uniform where the rows have independent exponential weights:

    r_j     = Q(|C|, |C| S_j / mean S)                      Q the regularised upper incomplete gamma function
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import betainc, betaincc, gammaincc, rel_entr

Status = Literal["selected", "all", "empty", "forced", "degenerate", "budget"]
OnEmpty = Literal["raise", "top1"]


@dataclass(frozen=True)
class Selection:
    """What a rule keeps of a layer's m inputs.

    units: kept inputs, strongest first; q: how many the rule itself kept, before any fallback;
    status: "selected", "all" (no unit stopped the walk), "empty" (nothing kept), "forced" (nothing kept, the
    strongest unit taken instead), "degenerate" (all chosen rows are zero: nothing to rank by) or "budget" (as
    many as a budget allows); strongest: the first unit in the method's order;
    omega_1: Omega_1 of the strongest unit (1.0 for a degenerate layer; None for methods without that statistic).
    """

    units: tuple[int, ...]
    q: int
    status: Status
    omega_1: float | None
    strongest: int


def affinity(weight: np.ndarray) -> np.ndarray:
    """|W| as a float64 matrix n x m; a convolution's kernel (n x m x k x k) counts as its mean |w|."""
    absolute = np.abs(weight.astype(np.float64))
    return absolute.reshape(*weight.shape[:2], -1).mean(axis=2)


def strength(matrix: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    """S_j = sum over the rows C of A_ij, shape (m,). `rows` may repeat; each counts once.

    Raises ValueError (no rows, or NaN or infinity in them) and IndexError (a row out of 0..n-1).
    """
    chosen = np.unique(np.asarray(rows, dtype=np.int64))
    if chosen.size == 0:
        raise ValueError("the set C of rows is empty: nothing to walk back from")
    if chosen[0] < 0 or chosen[-1] >= matrix.shape[0]:
        raise IndexError(f"rows {chosen[[0, -1]]} (first, last) are not all in 0..{matrix.shape[0] - 1}")
    block = matrix[chosen]
    if not np.isfinite(block).all():
        raise ValueError("the weights have NaN or infinite values")
    return block.sum(axis=0)


def score(strengths: np.ndarray) -> np.ndarray:
    """r_j of Algorithm 1, shape (m,), each in [exp(-(m+1)/2), exp(-1/2)]; the strengths must not all be 0."""
    return np.exp(-strengths.size / 2 * (strengths / strengths.sum()) - 0.5)


def calibrated_score(strengths: np.ndarray, rows: int) -> np.ndarray:
    """Q(|C|, |C| S_j / mean S), shape (m,), for a set C of so many rows; for one row this is e r^2 of `score`."""
    return gammaincc(rows, rows * strengths / strengths.mean())


def omega(q: np.ndarray | int, m: int, r: np.ndarray | float) -> np.ndarray:
    """Omega_q(r) = P(Bin(m, r) >= q), elementwise, 1 <= q <= m (equation 4).

    betainc keeps 1e-13 where the released recurrence overflows from m = 1030.
    """
    return betainc(q, m - np.asarray(q) + 1, r)


def _excess(q: np.ndarray, m: int, r: np.ndarray, t: float) -> np.ndarray:
    """Omega_q - t, shape of q; only its sign (+-1) where Chernoff's bound already settles that.

    P(Bin(m, r) >= q) <= exp(-m KL(q/m, r)) for q/m > r, and likewise for the other tail. In wide layers the
    bound spares nearly all of the beta functions; the factor 2 keeps it clear of rounding.
    Above one half the difference is taken between complements, which keep their digits near 1.
    """

    def bound(k: np.ndarray) -> np.ndarray:
        return np.exp(-m * (rel_entr(k / m, r) + rel_entr(1 - k / m, 1 - r)))

    below = (q / m > r) & (2 * bound(q) < t)
    above = ((q - 1) / m < r) & (2 * bound(q - 1) < 1 - t)
    excess = above.astype(np.float64) - below
    open_ = ~(below | above)
    q, r = q[open_], r[open_]
    excess[open_] = (1 - t) - betaincc(q, m - q + 1, r) if t > 0.5 else betainc(q, m - q + 1, r) - t
    return excess


def _blocks(m: int) -> Iterator[slice]:
    """Slices that cover 0..m-1 and double in length: most walks stop early, wide layers are 25,088 units."""
    start, length = 0, 64
    while start < m:
        yield slice(start, min(start + length, m))
        start, length = start + length, 2 * length


def _first(condition: Callable[[slice], np.ndarray], m: int) -> int:
    """The first index in 0..m-1 at which `condition` holds, or m."""
    for block in _blocks(m):
        hits = np.flatnonzero(condition(block))
        if hits.size:
            return block.start + int(hits[0])
    return m


def released(r: np.ndarray, order: np.ndarray, t: float) -> int:
    """The released code: the binomial's q is the unit's own index + 1, not its rank; stop before Omega > t."""
    return _first(lambda block: _excess(order[block] + 1, r.size, r[order[block]], t) > 0, r.size)


def first_exceed(r: np.ndarray, order: np.ndarray, t: float) -> int:
    """The released loop with the true rank: stop before the first Omega_q > t."""
    ranks = np.arange(1, r.size + 1)
    return _first(lambda block: _excess(ranks[block], r.size, r[order[block]], t) > 0, r.size)


def paper(r: np.ndarray, order: np.ndarray, t: float) -> int:
    """Algorithm 1, 1-based: the smallest q >= 1 with Omega_q < t and Omega_{q+1} >= t; none: all m."""
    m = r.size
    ranks = np.arange(1, m + 1)

    def turns(block: slice) -> np.ndarray:
        here = slice(block.start, min(block.stop + 1, m))
        reached = _excess(ranks[here], m, r[order[here]], t) >= 0
        return ~reached[:-1] & reached[1:]

    q = _first(turns, m)
    return m if q == m else q + 1


@dataclass(frozen=True)
class Rule:
    """stop: (r, order, t) -> how many units to keep; calibrated: on which of the two scores."""

    stop: Callable[[np.ndarray, np.ndarray, float], int]
    calibrated: bool = False


READINGS = {"released": released, "paper": paper, "first_exceed": first_exceed}
RULES = {name: Rule(stop) for name, stop in READINGS.items()}
RULES |= {f"{name}_calibrated": Rule(stop, calibrated=True) for name, stop in READINGS.items()}


def decide(matrix: np.ndarray, rows: Sequence[int], *, rule: str, t: float) -> Selection:
    """What `rule` itself keeps of a layer's inputs for the rows C; may be nothing (status "empty").

    matrix: affinity, n x m, float64; rows: C, indices into n; rule: a key of `RULES`; t: threshold in (0, 1).
    Raises ValueError (t, an unknown rule, no rows, NaN or infinity) and IndexError (rows out of range).
    """
    if not 0 < t < 1:
        raise ValueError(f"t = {t}: the threshold must lie strictly between 0 and 1")
    if rule not in RULES:
        raise ValueError(f"unknown selection rule {rule!r}; known: {', '.join(RULES)}")
    strengths = strength(matrix, rows)
    order = np.argsort(-strengths, kind="stable")
    if not strengths.any():
        return Selection((), 0, "degenerate", 1.0, strongest=0)
    r = calibrated_score(strengths, len({*rows})) if RULES[rule].calibrated else score(strengths)
    return first(order, RULES[rule].stop(r, order, t), omega_1=float(omega(1, r.size, r[order[0]])))


def first(order: np.ndarray, q: int, omega_1: float | None = None) -> Selection:
    """The first q units of an order; nothing has stood in for an empty selection yet."""
    status: Status = "all" if q == order.size else "selected" if q else "empty"
    return Selection(tuple(int(unit) for unit in order[:q]), q, status, omega_1, strongest=int(order[0]))


def select(matrix: np.ndarray, rows: Sequence[int], *, rule: str, t: float, on_empty: OnEmpty = "top1") -> Selection:
    """`decide`, then `fall_back`; raises what these two raise."""
    return fall_back(decide(matrix, rows, rule=rule, t=t), on_empty, f"{rule!r} at t = {t}")


def fall_back(decided: Selection, on_empty: OnEmpty, by: str) -> Selection:
    """The policy for an empty selection: an error, or the strongest unit alone ("forced").

    A degenerate layer (all chosen rows zero) keeps its status and gets the first unit.
    Raises ValueError for an empty selection under "raise", naming who made it (`by`), and for another policy.
    """
    if on_empty not in ("raise", "top1"):
        raise ValueError(f"on_empty = {on_empty!r}: expected 'raise' or 'top1'")
    if decided.q:
        return decided
    if on_empty == "raise":
        reason = "no unit is significant" if decided.status == "empty" else "all chosen rows are zero"
        raise ValueError(f"empty selection by {by}: {reason}")
    status: Status = "forced" if decided.status == "empty" else decided.status
    return replace(decided, units=(decided.strongest,), status=status)
