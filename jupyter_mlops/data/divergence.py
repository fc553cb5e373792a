"""How far two samples lie apart, and whether that may be chance: plain arrays in, numbers out.

Every test treats both sides alike: bins, fences and merged categories come from both together, so that
where there is no difference, swapping rows between the sides changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Counts = NDArray[np.int64]

EXACT = 10_000  # pairs of values up to which the exact distribution of the KS statistic is computed
EXPECTED = 5.0  # fewest values to be expected in each bin of a chi-square test (Cochran 1954)
SMOOTH = 25.0  # values expected from which on even the far tail of chi-square holds
DRAWS = (9_999, 99_999)  # tables drawn where it does not; more where none of the former reached it
FAR = 3.0  # interquartile ranges beyond the quartiles: Tukey's "far out" (Exploratory Data Analysis, 1977)
FARTHEST = 10.0  # interquartile ranges beyond the quartiles to which values beyond are pulled in


def gaps(left: Values, right: Values) -> tuple[Values, Values]:
    """All values of two sorted samples in order, and at each how far apart the shares of the two samples
    are that are not greater."""
    import numpy as np

    points = np.concatenate([left, right])
    points.sort(kind="stable")
    below_left = np.searchsorted(left, points, side="right") / len(left)
    below_right = np.searchsorted(right, points, side="right") / len(right)
    return points, np.abs(below_left - below_right)


def wasserstein(points: Values, gap: Values) -> float:
    """The first Wasserstein distance, in the values' unit: the area between the two cumulative distributions
    (Ramdas, García and Cuturi, "On Wasserstein Two-Sample Testing", 2017). Arguments as from `gaps`."""
    import numpy as np

    return float(np.sum(gap[:-1] * np.diff(points)))


def spread(left: Values, right: Values) -> float:
    """What a distance is divided by to be normed: the standard deviation of the reference, `left`, or where
    that has but one value, of both samples together."""
    import numpy as np

    own = float(np.std(left))
    return own if own > 0 else float(np.std(np.concatenate([left, right])))


def kolmogorov_smirnov(left: Values, right: Values, gap: Values) -> tuple[float, float]:
    """The greatest distance between the cumulative distributions (0 to 1), and its two-sided p-value: exact
    for small samples (Hodges, "The significance probability of the Smirnov two-sample test", 1958), else
    approximated (Simard and L'Ecuyer, "Computing the Two-Sided Kolmogorov-Smirnov Distribution", 2011), both
    as by `scipy.stats.ks_2samp`. Where values are tied the p-value is too great, never too small."""
    import warnings

    import numpy as np
    from scipy import stats

    statistic = float(gap.max())
    if len(left) * len(right) <= EXACT:
        with warnings.catch_warnings():  # where its exact way fails scipy takes the other, and says so
            warnings.simplefilter("ignore", RuntimeWarning)
            return statistic, float(stats.ks_2samp(left, right, method="exact").pvalue)
    effective = len(left) * len(right) / (len(left) + len(right))
    return statistic, float(np.clip(stats.distributions.kstwo.sf(statistic, np.round(effective)), 0, 1))


def jensen_shannon(left: Counts, right: Counts) -> float:
    """The Jensen-Shannon distance of two distributions, base 2: 0 where they are equal, 1 where they share no
    value (Endres and Schindelin, "A New Metric for Probability Distributions", 2003)."""
    import numpy as np
    from scipy.special import rel_entr

    one, other = left / left.sum(), right / right.sum()
    mean = (one + other) / 2
    divergence = float((rel_entr(one, mean) + rel_entr(other, mean)).sum()) / 2 / np.log(2)
    return float(np.sqrt(min(max(divergence, 0.0), 1.0)))


def stability_index(left: Counts, right: Counts) -> float:
    """The population stability index of two distributions over the same bins: the sum of (b - a) ln(b / a)
    (Siddiqi, "Credit Risk Scorecards", 2006), with half a value added to each bin so that an empty one does
    not make it infinite (additive smoothing)."""
    import numpy as np

    one = (left + 0.5) / (left.sum() + 0.5 * len(left))
    other = (right + 0.5) / (right.sum() + 0.5 * len(right))
    return float(((other - one) * np.log(other / one)).sum())


def decile_counts(left: Values, right: Values) -> tuple[Counts, Counts]:
    """How many values of either sample lie between the deciles of the reference, `left`; ends are open."""
    import numpy as np

    edges = np.unique(np.quantile(left, np.arange(1, 10) / 10))
    one, other = (np.searchsorted(edges, side, side="left") for side in (left, right))
    return np.bincount(one, minlength=len(edges) + 1), np.bincount(other, minlength=len(edges) + 1)


def quartile_fence(values: Values, distance: float) -> tuple[float, float]:
    """The quartiles, widened by so many times the distance between them."""
    import numpy as np

    low, high = np.quantile(values, [0.25, 0.75])
    return float(low - distance * (high - low)), float(high + distance * (high - low))


def independence(left: Counts, right: Counts) -> tuple[float, float | None]:
    """Pearson's chi-square of two rows of counts, and the probability to find one as great by chance; None
    where there is but one bin, or a side has no value.

    Rare bins are merged until each may expect 5 values of either side. Where fewer than 25 are expected, and
    chi-square's tail may thus mislead, the p-value is Fisher's exact one for two bins, and for more of them
    the share of tables with the same margins, drawn at random, that are as extreme (Patefield 1981; the
    draws are seeded).
    """
    from scipy.special import chdtrc

    if not (left.any() and right.any()):
        return 0.0, None
    left, right = merge_rare(left, right)
    if len(left) < 2:
        return 0.0, None
    statistic, least = _chi_square(left, right)
    p_value = float(chdtrc(len(left) - 1, statistic))
    if least >= SMOOTH or p_value > 0.05:
        return statistic, p_value
    return statistic, _fisher(left, right) if len(left) == 2 else _drawn(left, right, statistic)


def merge_rare(left: Counts, right: Counts) -> tuple[Counts, Counts]:
    """The counts without bins that are empty on both sides, the rarest ones merged into one until each bin
    may expect 5 values on either side; two bins are left as they are."""
    import numpy as np

    total = left + right
    left, right, total = left[total > 0], right[total > 0], total[total > 0]
    smaller = min(left.sum(), right.sum()) / max(total.sum(), 1)
    order = np.argsort(total, kind="stable")
    left, right, expected = left[order], right[order], total[order] * smaller
    merged = int((expected < EXPECTED).sum())
    while merged and merged < len(expected) - 1 and expected[:merged].sum() < EXPECTED:
        merged += 1
    if merged < 2 or len(expected) <= 2:
        return left, right
    if merged == len(expected):  # all are rare: two halves would be ours, not the data's
        return left[:0], right[:0]
    return (
        np.append(left[merged:], left[:merged].sum()),
        np.append(right[merged:], right[:merged].sum()),
    )


def _chi_square(left: Counts, right: Counts) -> tuple[float, float]:
    """The statistic, and the fewest values expected in a cell."""
    total = left + right
    everything = total.sum()
    expected_left, expected_right = total * (left.sum() / everything), total * (right.sum() / everything)
    statistic = ((left - expected_left) ** 2 / expected_left).sum()
    statistic += ((right - expected_right) ** 2 / expected_right).sum()
    return float(statistic), float(min(expected_left.min(), expected_right.min()))


def _fisher(left: Counts, right: Counts) -> float:
    from scipy import stats

    return float(stats.fisher_exact([left, right]).pvalue)


def _drawn(left: Counts, right: Counts, statistic: float) -> float:
    import numpy as np

    total, count = left + right, int(right.sum())
    share = count / total.sum()
    variance = total * share * (1 - share)  # chi-square of two rows is the sum of (right - expected)² over it
    random = np.random.default_rng(0)
    reached, drawn = 0, 0
    for draws in DRAWS:
        tables = random.multivariate_hypergeometric(total, count, size=draws, method="marginals")
        found = ((tables - total * share) ** 2 / variance).sum(axis=1)
        reached, drawn = reached + int((found >= statistic * (1 - 1e-9)).sum()), drawn + draws
        if reached:
            break
    return (reached + 1) / (drawn + 1)


def least_p_value(left: Counts, right: Counts) -> float:
    """The smallest p-value that so many values of these frequencies could lead to: that of all but the most
    frequent value lying on the side that has fewer. Above the level of a test, that tells nothing."""
    from scipy import stats

    total = left + right
    everything, fewer = int(total.sum()), int(min(left.sum(), right.sum()))
    rare = everything - int(total.max())
    return float(stats.hypergeom.sf(min(rare, fewer) - 1, everything, rare, fewer))


def unseen(left: Counts, right: Counts) -> tuple[float, float, float | None]:
    """The share of values of `right` that `left` has not, the share to be expected by chance, and the
    one-sided p-value of it being more; None where it can only be what it is, as where no value occurs twice.

    Expectation and variance are those of dealing all values out to the sides anew: the c copies of a value
    all fall to the right with hypergeometric probability, those of two values as c + d copies of one. The
    p-value takes the sum over many values for normal.
    """
    import numpy as np
    from scipy.special import ndtr

    copies, values = np.unique(left + right, return_counts=True)
    everything, mine = int((left + right).sum()), int(right.sum())
    dealt = np.arange(min(mine, 2 * int(copies.max())))
    chance = np.append(1.0, np.exp(np.cumsum(np.log((mine - dealt) / (everything - dealt)))))
    chance = np.append(chance, np.zeros(2 * int(copies.max()) + 1 - len(chance)))
    expected = float((values * copies * chance[copies]).sum())
    pairs = np.outer(values, values) - np.diag(values)
    variance = float((values * copies**2 * chance[copies]).sum()) - expected**2
    variance += float((pairs * np.outer(copies, copies) * chance[np.add.outer(copies, copies)]).sum())
    observed = float(right[left == 0].sum())
    if variance < 1:
        return observed / mine, expected / mine, None
    return observed / mine, expected / mine, float(ndtr(-(observed - expected) / np.sqrt(variance)))


def holm(p_values: list[float]) -> list[float]:
    """P-values corrected for their number, so that comparing each with a level keeps the chance of any false
    alarm at that level (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979)."""
    import numpy as np

    if not p_values:
        return []
    order = np.argsort(p_values, kind="stable")
    steps = np.asarray(p_values)[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in corrected]
