"""Intervals and paired tests: SciPy's, behind our names.

SciPy is imported where it is used: it takes longer to load than a command has time to answer.
"""

import math
from collections.abc import Sequence

from evalsuite.records import Estimate

CONFIDENCE = 0.95
RESAMPLES = 9_999
FLIPS = 99_999  # the least p that they can show is 1 in 50,000, after Holm's correction, too
POWER = 0.8

_FEWEST = 6  # of the exact test: 5 gains and no loss are p = 0.0625
_NOTHING = 1e-9  # what a sum that should be 0 may come to
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
        np.mean,
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


def detectable(differences: Sequence[float], largest: float = 1.0) -> float | None:
    """Return the mean paired difference that as many instances would show 8 times in 10.

    From the differences' own spread, with one gain and one loss of the `largest` size added, so
    that a few that are all alike do not promise what they cannot hold (Agresti & Min 2005);
    two-sided at 5 %. It is at least what six instances that changed alike come to: no exact test
    shows fewer. None: so few instances show nothing.
    """
    if len(differences) < _FEWEST:
        return None
    from scipy.stats import norm  # noqa: PLC0415

    held = [*differences, largest, -largest]
    mean = sum(held) / len(held)
    variance = sum((one - mean) ** 2 for one in held) / len(held)
    needed = float(norm.ppf(0.5 + CONFIDENCE / 2) + norm.ppf(POWER))
    sizes = [abs(one) for one in differences if abs(one) > _NOTHING]
    least = _FEWEST * min(sizes, default=largest) / len(differences)
    return min(largest, max(needed * math.sqrt(variance / len(held)), least))


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
