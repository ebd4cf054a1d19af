"""What can be said of methods from a few dense networks: the network (its seed) is the unit of analysis.

The classes of one network share its weights and the images, so they are averaged before anything is tested, and
the bootstrap resamples whole networks.
"""

from collections.abc import Mapping

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

LEVEL = 0.95


def interval(values: np.ndarray, resamples: int) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean of one value a network; NaN for fewer than two networks.

    With equally many classes in every network this is the cluster bootstrap over networks.
    """
    if len(values) < 2:
        return float("nan"), float("nan")
    found = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=resamples,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def paired_p(differences: np.ndarray) -> float:
    """Wilcoxon's signed-rank test, two-sided, on one difference a network; 1 where none differs.

    NaN for fewer than two networks: one says nothing of chance.
    """
    if len(differences) < 2:
        return float("nan")
    return float(stats.wilcoxon(differences).pvalue) if np.any(differences) else 1.0


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Holm's correction over the given tests; NaN stays and does not count."""
    known = {name: value for name, value in p.items() if not np.isnan(value)}
    corrected = multipletests([*known.values()], method="holm")[1] if known else []
    return {**p, **dict(zip(known, map(float, corrected), strict=True))}


def least_p(networks: int) -> float:
    """The smallest p-value that so many networks can give in `paired_p`."""
    return 2.0 ** (1 - networks)


def counted(networks: int) -> str:
    """The number in words of a table."""
    return f"{networks} dense network{'s' if networks > 1 else ''}"
