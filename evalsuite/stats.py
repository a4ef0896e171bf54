"""Intervals and paired tests: SciPy's, behind our names.

SciPy is imported where it is used: it takes longer to load than a command has time to answer.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence

from evalsuite.records import Estimate

CONFIDENCE = 0.95
RESAMPLES = 9_999
FLIPS = 99_999  # the least p that they can show is 1 in 50,000, after Holm's correction, too

_DECIMALS = 9  # of a sum that are no rounding
_NOTHING = 10**-_DECIMALS  # what a sum that should be 0 may come to
_RESAMPLES_AT_ONCE = 500  # bounds the memory: this many times the number of differences


def wilson(successes: int, n: int) -> Estimate:
    """Return a proportion with its 95 % score interval (Wilson 1927).

    Raises:
        ValueError: `n` is 0, or `successes` is not between 0 and `n`.

    """
    if not 0 <= successes <= n or n == 0:
        message = f"wilson: {successes} of {n} is no proportion"
        raise ValueError(message)
    from scipy.stats import binomtest  # noqa: PLC0415

    interval = binomtest(successes, n).proportion_ci(CONFIDENCE, method="wilson")
    value = successes / n
    # The bounds at 0 and at n are the proportion itself, but for rounding.
    low, high = min(float(interval.low), value), max(float(interval.high), value)
    return Estimate(value=value, low=low, high=high, n=n)


def paired(differences: Sequence[float], seed: int) -> tuple[float, float, float]:
    """Return the mean of paired differences and its 95 % percentile bootstrap interval.

    The order of the differences does not matter, and equal seeds give equal intervals.

    Returns:
        The mean, the lower and the upper bound.

    Raises:
        ValueError: there are no differences.

    """
    if not differences:
        message = "paired: there are no differences"
        raise ValueError(message)
    import numpy as np  # noqa: PLC0415
    from scipy.stats import bootstrap  # noqa: PLC0415

    values = np.sort(np.asarray(differences, dtype=np.float64))
    mean = float(values.mean())
    if values[0] == values[-1]:  # every resample is the sample, and SciPy wants at least two
        return mean, mean, mean
    interval = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=_RESAMPLES_AT_ONCE,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return mean, float(interval.low), float(interval.high)


def ratio(over: Sequence[float], under: Sequence[float], seed: int) -> Estimate:
    """Return a ratio of sums over pairs, and its 95 % percentile bootstrap interval.

    Raises:
        ValueError: there are no pairs, or an `under` is not positive.

    """
    import numpy as np  # noqa: PLC0415
    from scipy.stats import bootstrap  # noqa: PLC0415

    if not over or len(over) != len(under) or min(under) <= 0:
        raise ValueError(f"ratio: {len(over)} over {len(under)} positive numbers")
    above, below = np.asarray(over, dtype=np.float64), np.asarray(under, dtype=np.float64)
    value = float(above.sum() / below.sum())
    if len(above) == 1:
        return Estimate(value=value, low=value, high=value, n=1)
    interval = bootstrap(
        (above, below),
        lambda one, other, axis: one.sum(axis=axis) / other.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=_RESAMPLES_AT_ONCE,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(value=value, low=float(interval.low), high=float(interval.high), n=len(above))


def clustered(
    values: Sequence[float], clusters: Sequence[Hashable], seed: int
) -> tuple[float, float, float]:
    """Return the mean of values and its 95 % percentile bootstrap interval over whole clusters.

    What is in one cluster is drawn together, so that one problem that is asked in several guises
    counts as one. Where each value is a cluster of its own, it is `paired`.

    Returns:
        The mean, the lower and the upper bound.

    Raises:
        ValueError: there are no values, or not a cluster for each.

    """
    groups = sorted(_by_cluster(values, clusters))
    if len(groups) == len(values):
        return paired(values, seed)
    sums, sizes = zip(*((sum(group), len(group)) for group in groups), strict=True)
    found = ratio(sums, sizes, seed)
    return found.value, found.low, found.high


def clustered_p(values: Sequence[float], clusters: Sequence[Hashable], seed: int) -> float:
    """Return the two-sided p of no difference: each cluster is as likely with the other sign.

    It is `paired_p` of the clusters' sums, so McNemar's exact test where each value, 1, -1 or 0,
    is a cluster of its own.

    Raises:
        ValueError: there are no values, or not a cluster for each.

    """
    return paired_p([sum(group) for group in _by_cluster(values, clusters)], seed)


def cluster_robust(values: Sequence[float], clusters: Sequence[Hashable]) -> Estimate:
    """Return the mean of differences with its 95 % interval from cluster-robust standard errors.

    The sandwich estimator (Liang & Zeger 1986) with the correction G/(G - 1) for G clusters, and
    Student's t with G - 1 degrees of freedom (Cameron & Miller 2015). The bounds are those of a
    difference of shares, -1 and 1, at most: of few clusters little is known, of one nothing.

    Raises:
        ValueError: there are no values, or not a cluster for each.

    """
    groups = _by_cluster(values, clusters)
    n, count = len(values), len(groups)
    mean = sum(values) / n
    if count == 1:
        return Estimate(value=mean, low=-1.0, high=1.0, n=n)
    from scipy.stats import t  # noqa: PLC0415

    spread = math.fsum(math.fsum(one - mean for one in group) ** 2 for group in groups)
    error = math.sqrt(count / (count - 1) * spread) / n
    reach = float(t.ppf(0.5 + CONFIDENCE / 2, count - 1)) * error
    return Estimate(value=mean, low=max(-1.0, mean - reach), high=min(1.0, mean + reach), n=n)


def _by_cluster(
    values: Sequence[float], clusters: Sequence[Hashable]
) -> tuple[tuple[float, ...], ...]:
    """Return the values of each cluster, sorted, in the order of the clusters."""
    if not values or len(values) != len(clusters):
        raise ValueError(f"clusters: {len(values)} values in {len(clusters)} clusters")
    found: dict[Hashable, list[float]] = defaultdict(list)
    for value, cluster in zip(values, clusters, strict=True):
        found[cluster].append(value)
    return tuple(tuple(sorted(group)) for group in found.values())


def paired_p(differences: Sequence[float], seed: int) -> float:
    """Return the two-sided p of no difference: each is as likely with the other sign.

    Where all are 1, -1 or 0 it is McNemar's exact test, else a test of random sign flips (exact
    where there are few).

    Raises:
        ValueError: there are no differences.

    """
    if not differences:
        message = "paired_p: there are no differences"
        raise ValueError(message)
    held = [one if abs(one) > _NOTHING else 0.0 for one in differences]
    if set(held) <= {-1.0, 0.0, 1.0}:
        return mcnemar(gains=held.count(1), losses=held.count(-1))
    import numpy as np  # noqa: PLC0415
    from scipy.stats import permutation_test  # noqa: PLC0415

    values = np.sort(np.asarray([one for one in held if one], dtype=np.float64))
    if len(values) == 1:
        return 1.0
    tested = permutation_test(
        (values,),
        # Thirds that cancel do not in floats: rounded, sums that are alike are so to the test.
        lambda held, axis: np.round(held.sum(axis=axis), _DECIMALS),
        permutation_type="samples",
        vectorized=True,
        n_resamples=FLIPS,
        batch=_RESAMPLES_AT_ONCE,
        rng=np.random.default_rng(seed),
    )
    return float(tested.pvalue)


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """Return p-values corrected for their number, each in its place (Holm 1979)."""
    corrected = list(ps)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        corrected[place] = highest
    return tuple(corrected)


def mcnemar(gains: int, losses: int) -> float:
    """Return the two-sided p of McNemar's exact test: are gains and losses equally likely?

    It is 1 where there is neither.

    Raises:
        ValueError: a count is negative.

    """
    if gains < 0 or losses < 0:
        message = f"mcnemar: {gains} gains and {losses} losses are no counts"
        raise ValueError(message)
    if gains + losses == 0:
        return 1.0
    from scipy.stats import binomtest  # noqa: PLC0415

    return float(binomtest(gains, gains + losses, 0.5).pvalue)


def exceeds(successes: int, n: int, chance: float) -> float:
    """Return the one-sided p of the exact binomial test: is the proportion not above `chance`?

    Raises:
        ValueError: `n` is 0, or `successes` or `chance` is out of its range.

    """
    from scipy.stats import binomtest  # noqa: PLC0415

    return float(binomtest(successes, n, chance, alternative="greater").pvalue)


def fisher(successes: int, n: int, others: int, m: int) -> float:
    """Return the two-sided p of Fisher's exact test: are two shares of different instances alike?

    Raises:
        ValueError: `successes` is not between 0 and `n`, or `others` not between 0 and `m`.

    """
    if not (0 <= successes <= n and 0 <= others <= m):
        raise ValueError(f"fisher: {successes} of {n} and {others} of {m} are no shares")
    import numpy as np  # noqa: PLC0415
    from scipy.stats import fisher_exact  # noqa: PLC0415

    table = np.array([[successes, n - successes], [others, m - others]])
    return float(fisher_exact(table).pvalue)
