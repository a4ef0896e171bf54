"""What the scores of the choices say beside which is highest: other rankings, and how sure.

A ranking by the summed log-likelihood favours short answers, and answers that are likely whatever
is asked. Each measure here is a column of its own; the headline stays the one that a task names.

    per token, per byte   the log-likelihood over the length of the answer
    pmi                   minus the log-likelihood after the empty query (Holtzman et al. 2021)
    calibrated            probabilities over those after queries without content, renormalised
                          (Zhao et al. 2021: the diagonal W = diag(p)⁻¹)
    entropy               of the probabilities of the choices, in nats
    calibration error     expected, over ten bins of equal width of the highest probability
                          (Guo et al. 2017)
    brier                 the squared distance of the probabilities from the gold, 0 to 2
                          (Brier 1950)

A probability here is the likelihood of a choice over that of all choices.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.records import Calibration, Judged

BINS = 10
# What stands in the place of a query and asks nothing: nothing (Holtzman et al. 2021), and with it
# two more of those that Zhao et al. (2021) average over.
BLANKS = ("", "N/A", "[MASK]")

_Ranked: TypeAlias = Callable[[Judged], Sequence[float] | None]


def calibration(judged: Sequence[Judged]) -> Calibration | None:
    """Return the measures over all questions whose choices were scored; None if there are none.

    A question that was not asked, or whose scores are not numbers, counts as not right, and has no
    probabilities.
    """
    scored = [one for one in judged if one.values]
    if not scored:
        return None
    sure = [(probabilities(one.values), one.question.gold) for one in scored if _finite(one.values)]
    return Calibration(
        accuracy_per_token=_accuracy(judged, scored, per_token),
        accuracy_per_byte=_accuracy(judged, scored, per_byte),
        accuracy_pmi=_accuracy(judged, scored, pmi),
        accuracy_calibrated=_accuracy(judged, scored, calibrated),
        entropy=_mean([_entropy(shares) for shares, _ in sure]),
        calibration_error=_calibration_error(reliability(judged)),
        brier=_mean([_brier(shares, gold) for shares, gold in sure]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The questions whose highest probability lies in (place / BINS, (place + 1) / BINS]."""

    place: int
    n: int
    right: int
    confidence: float  # the highest probability, on average


def reliability(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    """Return the bins of a reliability diagram that hold something, from the least sure on.

    A question that was not asked, or whose scores are not numbers, is in none.
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for one in judged:
        if one.values and _finite(one.values):
            shares = probabilities(one.values)
            highest = max(shares)
            # A bin holds its upper bound, as in the paper: (0, 0.1], (0.1, 0.2] …
            place = max(math.ceil(highest * BINS) - 1, 0)
            bins.setdefault(place, []).append((highest, _is_top(shares, one.question.gold)))
    return tuple(
        Bin(
            place=place,
            n=len(bins[place]),
            right=sum(right for _, right in bins[place]),
            confidence=sum(highest for highest, _ in bins[place]) / len(bins[place]),
        )
        for place in sorted(bins)
    )


def per_token(one: Judged) -> Sequence[float] | None:
    """Return each choice's log-likelihood a token; None where the engine takes text."""
    return _over(one.values, one.question.choice_tokens)


def per_byte(one: Judged) -> Sequence[float] | None:
    """Return each choice's log-likelihood a byte of UTF-8."""
    return _over(one.values, one.question.choice_bytes)


def pmi(one: Judged) -> Sequence[float] | None:
    """Return each choice's log-likelihood minus that after the empty query."""
    if not one.blanks:
        return None
    return [value - blank for value, blank in zip(one.values, one.blanks[0], strict=True)]


def calibrated(one: Judged) -> Sequence[float] | None:
    """Return each choice's probability over its mean after queries without content, renormalised.

    A choice that has none after those keeps none.
    """
    if not one.blanks or not _finite(one.values) or not all(map(_finite, one.blanks)):
        return None
    blanks = [probabilities(values) for values in one.blanks]
    means = [sum(column) / len(blanks) for column in zip(*blanks, strict=True)]
    shares = [
        share / mean if mean else 0.0
        for share, mean in zip(probabilities(one.values), means, strict=True)
    ]
    total = sum(shares)
    return [share / total for share in shares] if total else None


def probabilities(values: Sequence[float]) -> list[float]:
    """Return the likelihoods over their sum, from log-likelihoods."""
    highest = max(values)
    shares = [math.exp(value - highest) for value in values]
    return [share / sum(shares) for share in shares]


def _accuracy(judged: Sequence[Judged], scored: Sequence[Judged], ranked: _Ranked) -> float | None:
    """Return the share whose gold choice alone ranks highest; None where none can be ranked."""
    rankings = [(ranked(one), one.question.gold) for one in scored]
    if all(ranking is None for ranking, _ in rankings):
        return None
    right = sum(ranking is not None and _is_top(ranking, gold) for ranking, gold in rankings)
    return right / len(judged)


def _is_top(ranking: Sequence[float], gold: int) -> bool:
    return all(value < ranking[gold] for place, value in enumerate(ranking) if place != gold)


def _over(values: Sequence[float], sizes: Sequence[int]) -> Sequence[float] | None:
    if len(sizes) != len(values) or not all(sizes):
        return None
    return [value / size for value, size in zip(values, sizes, strict=True)]


def _finite(values: Sequence[float]) -> bool:
    return all(map(math.isfinite, values))


def _entropy(shares: Sequence[float]) -> float:
    return -sum(share * math.log(share) for share in shares if share)


def _brier(shares: Sequence[float], gold: int) -> float:
    return sum((share - (place == gold)) ** 2 for place, share in enumerate(shares))


def _calibration_error(bins: Sequence[Bin]) -> float | None:
    if not bins:
        return None
    return sum(abs(one.confidence * one.n - one.right) for one in bins) / sum(one.n for one in bins)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
