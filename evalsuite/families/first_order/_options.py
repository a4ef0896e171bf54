"""Four options of which one is right, so that none looks righter than another.

Two mistakes, α and β, are made or not: right, α, β, α and β. So each part of an option stands in
two of the four, and what is common to most of them tells nothing. A mistake takes something away
("under") or adds something ("over"); both are equally frequent, so that the right option is as
often the longest as the shortest, and else in the middle with another.
"""

from collections.abc import Sequence
from random import Random
from typing import Literal, TypeVar

Slip = Literal["under", "over"]
_T = TypeVar("_T")

_SLIPS: tuple[tuple[Slip, Slip], ...] = (
    ("under", "under"),
    ("over", "over"),
    ("under", "over"),
    ("over", "under"),
)


def slips(rng: Random) -> tuple[Slip, Slip]:
    """Draw which way the two mistakes go."""
    return rng.choice(_SLIPS)


def placed(right: _T, wrong: Sequence[_T], gold: int, rng: Random) -> tuple[_T, ...]:
    """Put the right option in its place among the wrong ones, in random order."""
    options = rng.sample(list(wrong), len(wrong))
    options.insert(gold, right)
    return tuple(options)
