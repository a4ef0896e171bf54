"""Intervals and paired tests: SciPy's, behind our names.

SciPy is imported where it is used: it takes longer to load than a command has time to answer.
"""

from collections.abc import Sequence

from evalsuite.records import Estimate

CONFIDENCE = 0.95
RESAMPLES = 9_999

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
