"""What can be said of methods from a few dense networks: the network (its seed) is the unit of analysis.

The classes of one network share its weights and the images, and repeated draws share the network, so they are averaged
before anything is tested. Every interval and test takes one value a network, and is NaN for fewer than FEWEST of them.

The tables give one interval and one test, and these two cannot disagree: Student's t interval of the mean of the paired
differences leaves out zero if, and only if, p of the paired t test is below 0.05 before correction. The bootstrap is
not taken for it: at ten networks percentile intervals cover 89 % in place of 95 %, and BCa intervals are short as well.
But where one class has collapsed the differences are skewed; `bca` and `wilcoxon` stand beside in the data, for a
reader who asks what a conclusion owes to the normal distribution.
"""

from collections.abc import Mapping

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

LEVEL = 0.95
SIGNIFICANT = 0.05
FEWEST = 5  # networks
RESOLUTION = 1e-12  # scores are shares of some thousand images: what varies by less is rounding of their means

NAN = float("nan")


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean by Student's t."""
    if len(values) < FEWEST:
        return NAN, NAN
    half = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * stats.sem(values)
    return float(np.mean(values) - half), float(np.mean(values) + half)


def bca(values: np.ndarray, resamples: int) -> tuple[float, float]:
    """95 % interval of the mean by the bias-corrected and accelerated bootstrap over networks; for skewed values."""
    if len(values) < FEWEST:
        return NAN, NAN
    if np.ptp(values) < RESOLUTION:
        return float(np.mean(values)), float(np.mean(values))
    found = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=resamples,
        confidence_level=LEVEL,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def _above(values: np.ndarray, bound: float) -> float:
    """p of the one-sided t test that the mean is above `bound`."""
    if len(values) < FEWEST:
        return NAN
    distance = float(np.mean(values)) - bound
    if np.ptp(values) < RESOLUTION:  # nothing varies: the mean is known
        return 0.0 if distance > RESOLUTION else 1.0 if distance < -RESOLUTION else 0.5
    return float(stats.t.sf(distance / stats.sem(values), len(values) - 1))


def paired_p(differences: np.ndarray) -> float:
    """Student's paired t test, two-sided: p of the hypothesis that the mean difference is zero."""
    return 2 * min(_above(differences, 0), _above(-differences, 0))


def wilcoxon(differences: np.ndarray) -> float:
    """p of Wilcoxon's signed-rank test, two-sided; 1 where none differs. Cannot be below 2^(1 - networks)."""
    if len(differences) < FEWEST:
        return NAN
    return float(stats.wilcoxon(differences).pvalue) if np.any(differences) else 1.0


def not_below_p(differences: np.ndarray, margin: float) -> float:
    """Non-inferiority, a one-sided paired t test: p of the hypothesis that the mean is `margin` or more below zero."""
    return _above(differences, -margin)


def alike_p(differences: np.ndarray, margin: float) -> float:
    """Equivalence, two one-sided paired t tests: p of the hypothesis that the mean is `margin` or more from zero."""
    return max(not_below_p(differences, margin), not_below_p(-differences, margin))


def effect_size(differences: np.ndarray) -> float:
    """Standardised mean difference of pairs, d_z: mean over standard deviation. NaN where nothing varies."""
    if len(differences) < FEWEST or np.ptp(differences) < RESOLUTION:
        return NAN
    return float(np.mean(differences) / np.std(differences, ddof=1))


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Holm's correction over the given tests; NaN stays and does not count."""
    known = {name: value for name, value in p.items() if not np.isnan(value)}
    corrected = multipletests([*known.values()], method="holm")[1] if known else []
    return {**p, **dict(zip(known, map(float, corrected), strict=True))}


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Kendall's tau-b of two scores of the same methods; NaN for fewer than three methods, or where all tie."""
    return float(stats.kendalltau(first, second).statistic) if len(first) > 2 else NAN


def counted(networks: int) -> str:
    """The number in words of a table."""
    return f"{networks} dense network{'s' if networks != 1 else ''}"
