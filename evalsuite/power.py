"""How many instances show a difference, and which difference as many instances show.

Both sides are asked the same n instances. An instance is *discordant* where one side is right and
the other is not: a gain or a loss. The difference is the share of gains minus that of losses, and
McNemar's exact test looks at the discordant instances alone. So its power is exact:

    power = Σₘ P(m of n are discordant) · P(the test rejects | m discordant)

with Bin(n, discordant) for m and Bin(m, (1 + difference / discordant) / 2) for the gains (Duffy,
Biometrics 40, 1984).
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POWER: Final = 0.8
ALPHA: Final = 0.05
LARGEST: Final = 100_000  # instances

_FEWEST = 6  # of the exact test: 5 gains and no loss are p = 0.0625
_NOTHING = 1e-9  # what a sum that should be 0 may come to
_REACH = 12  # standard deviations: what lies farther off adds nothing
_HALVINGS = 24


def power(n: int, difference: float, discordant: float, alpha: float = ALPHA) -> float:
    """Return the chance that McNemar's exact test shows a difference on n instances.

    Raises:
        ValueError: `n` is negative, or the difference is 0 or larger than the share of discordant
            instances.

    """
    import numpy as np  # noqa: PLC0415 - it takes longer to load than a command has time to answer
    from scipy.stats import binom  # noqa: PLC0415

    _check(n, difference, discordant)
    reach = _REACH * math.sqrt(n * discordant * (1 - discordant)) + _REACH
    least = max(0, math.floor(n * discordant - reach))
    counts = np.arange(least, min(n, math.ceil(n * discordant + reach)) + 1)
    shown = _shown(counts, (1 + abs(difference) / discordant) / 2, alpha)
    return float(min(1.0, np.dot(binom.pmf(counts, n, discordant), shown)))


def needed(
    difference: float, discordant: float, target: float = POWER, alpha: float = ALPHA
) -> int | None:
    """Return the least n that is enough, and that no larger n falls short of.

    The power climbs in the steps of a count, so that a few instances more can have a little less
    of it. None: more than `LARGEST`.

    Raises:
        ValueError: as `power` does.

    """

    def enough(n: int) -> bool:
        return power(n, difference, discordant, alpha) >= target

    if not enough(LARGEST):
        return None
    short, found = 0, LARGEST  # one does not do, the other does
    while found - short > 1:
        middle = (short + found) // 2
        short, found = (short, middle) if enough(middle) else (middle, found)
    steps = math.ceil(4 / abs(difference))  # behind which none falls short again
    while (late := _last_short(found, found + steps, enough)) is not None:
        found = late + 1
    return found


def _last_short(start: int, end: int, enough: Callable[[int], bool]) -> int | None:
    return next((n for n in range(end, start, -1) if not enough(n)), None)


def detectable(
    n: int, discordant: float, target: float = POWER, alpha: float = ALPHA
) -> float | None:
    """Return the least difference that n instances show with the power `target`.

    A difference that is larger than the share of discordant instances makes that share as large.
    None: so few instances show nothing.

    Raises:
        ValueError: `n` is negative, or `discordant` is no share.

    """
    if not 0 <= discordant <= 1:
        raise ValueError(f"detectable: {discordant} is no share")

    def shows(difference: float) -> bool:
        return power(n, difference, max(difference, discordant), alpha) >= target

    if not shows(1.0):
        return None
    short, found = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (short + found) / 2
        short, found = (short, middle) if shows(middle) else (middle, found)
    return found


def detectable_from(differences: Sequence[float], largest: float = 1.0) -> float | None:
    """Return the mean paired difference that as many instances would show 8 times in 10, at 5 %.

    The discordance is that of the differences, with one gain and one loss of the `largest` size
    added, so that a few that are all alike do not promise what they cannot hold (Agresti & Min
    2005). Where each is 1, -1 or 0 it is `detectable`, exact. Where they are means, it goes by the
    normal distribution and their spread, and is at least what six instances that changed alike
    come to: no exact test shows fewer. None: so few instances show nothing.
    """
    n = len(differences)
    if n < _FEWEST:
        return None
    held = [one if abs(one) > _NOTHING else 0.0 for one in differences]
    if largest == 1 and set(held) <= {-1.0, 0.0, 1.0}:
        return detectable(n, (sum(map(abs, held)) + 2) / (n + 2))
    from scipy.stats import norm  # noqa: PLC0415

    held = [*held, largest, -largest]
    mean = sum(held) / len(held)
    variance = sum((one - mean) ** 2 for one in held) / len(held)
    reach = float(norm.ppf(1 - ALPHA / 2) + norm.ppf(POWER))
    least = _FEWEST * min((abs(one) for one in differences if abs(one) > _NOTHING), default=largest)
    return min(largest, max(reach * math.sqrt(variance / len(held)), least / n))


def _shown(counts: "NDArray[np.int64]", gain: float, alpha: float) -> "NDArray[np.float64]":
    """Return for each number of discordant instances how often the test rejects.

    `gain` is the chance that a discordant instance is a gain.
    """
    import numpy as np  # noqa: PLC0415
    from scipy.stats import binom  # noqa: PLC0415

    # The most of the rarer kind with which twice the tail is no more than alpha.
    most = np.asarray(binom.ppf(alpha / 2, counts, 0.5))
    most = most - (2 * np.asarray(binom.cdf(most, counts, 0.5)) > alpha)
    fewer, more = binom.cdf(most, counts, gain), binom.sf(counts - most - 1, counts, gain)
    return np.asarray(fewer, dtype=np.float64) + np.asarray(more, dtype=np.float64)


def _check(n: int, difference: float, discordant: float) -> None:
    if n < 0 or not 0 < abs(difference) <= discordant <= 1:
        raise ValueError(
            f"power: n = {n}, difference {difference}, {discordant} discordant: no such instances"
        )
