"""Is a difference more than chance? Tests of paired samples, and how many rows would show a difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

ALPHA = 0.05
POWER = 0.8
FEW_PAIRS = 25  # discordant pairs below which McNemar's test is made exactly
FEW_DISCORDANT = 10  # rows on which two sides differ, fewer of which tell no rate
FEW_ROWS = 30  # below which a mean is not taken for normal


def mcnemar(only_left: int, only_right: int) -> tuple[str, float]:
    """Name and two-sided p-value of McNemar's test (Psychometrika 12, 1947): of the rows that one side alone
    got right, is either side's share other than half? Exact (binomial) where they are few, else chi-square
    without correction, as Fagerland, Lydersen & Laake advise (BMC Med. Res. Methodol. 13:91, 2013).

    Args:
        only_left: rows that the left side alone got right.
        only_right: rows that the right side alone got right.
    """
    from scipy.stats import binomtest, chi2

    discordant = only_left + only_right
    if not discordant:
        return "McNemar exact", 1.0
    if discordant < FEW_PAIRS:
        return "McNemar exact", float(binomtest(only_left, discordant, 0.5).pvalue)
    return "McNemar", float(chi2.sf((only_left - only_right) ** 2 / discordant, 1))


def paired_test(differences: Array) -> tuple[str, float]:
    """Name and two-sided p-value of a test that paired differences have no middle but 0: the paired t-test,
    or where they are few or all alike Wilcoxon's signed-rank test (Biometrics Bulletin 1, 1945)."""
    import numpy as np
    from scipy.stats import ttest_1samp, wilcoxon

    name = "Wilcoxon" if len(differences) < FEW_ROWS else "paired t"
    if len(differences) < 2 or not differences.any():
        return name, 1.0
    spread = float(np.std(differences))
    if name == "paired t" and spread > 1e-12 * float(np.abs(differences).max()):
        return name, float(ttest_1samp(differences, 0.0).pvalue)
    told = differences[differences != 0]
    method = "exact" if len(told) <= 50 and len(np.unique(np.abs(told))) == len(told) else "asymptotic"
    return "Wilcoxon", float(wilcoxon(told, method=method).pvalue)


def influence_on_area(positive: Array, score: Array) -> Array:
    """What each row adds to the area under the ROC curve beyond its mean: shape (rows,). The sum of squares
    is DeLong's variance; computed from midranks as by Sun & Xu (IEEE Signal Process. Lett. 21, 2014).

    Args:
        positive: whether the row is of the class.
        score: how much the model takes it for one.
    """
    import numpy as np
    from scipy.stats import rankdata

    hits, others = int(positive.sum()), int((~positive).sum())
    ranks = rankdata(score)
    above = (ranks[positive] - rankdata(score[positive])) / others
    below = 1 - (ranks[~positive] - rankdata(score[~positive])) / hits
    found = np.zeros(len(score))
    found[positive] = (above - above.mean()) / math.sqrt(hits * max(hits - 1, 1))
    found[~positive] = (below - below.mean()) / math.sqrt(others * max(others - 1, 1))
    return found


def normal_p(difference: float, error: float) -> float:
    """The two-sided p-value of a difference with that standard error, taken for normal."""
    from scipy.stats import norm

    if error == 0:
        return 1.0 if difference == 0 else 0.0
    return float(2 * norm.sf(abs(difference) / error))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for their number (Holm, Scand. J. Statist. 6, 1979)."""
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected


def rows_for_shares(discordant: float, difference: float) -> int:
    """How many rows show a difference of two shares on the same rows, in 80 % of samples at the 5 % level, by
    McNemar's test (Connor, Biometrics 43:207-211, 1987).

    Args:
        discordant: the share of rows that only one side gets right.
        difference: the difference of the shares, above 0.
    """
    level, power = _quantiles()
    rate = max(discordant, difference)  # it cannot be less
    root = level * math.sqrt(rate) + power * math.sqrt(rate - difference**2)
    return math.ceil(root**2 / difference**2)


def rows_for_mean(deviation: float, difference: float) -> int:
    """How many rows show a mean of `difference`, above 0, among values with that standard deviation, in 80 %
    of samples at the 5 % level: ((z_0.975 + z_0.8) deviation / difference)²."""
    level, power = _quantiles()
    return max(math.ceil(((level + power) * deviation / difference) ** 2), 2)


def _quantiles() -> tuple[float, float]:
    from scipy.stats import norm

    return float(norm.ppf(1 - ALPHA / 2)), float(norm.ppf(POWER))
