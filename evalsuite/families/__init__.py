"""The kinds of problem: a module draws instances of one kind.

A family draws towards a label that is chosen beforehand, so that labels are balanced, and sees to
it that nothing shallow tells the label.
"""

import sys
from random import Random
from typing import Any, Protocol

from evalsuite import names
from evalsuite.records import Draft


class Family(Protocol):
    """What a module of this package offers."""

    @property
    def LABELS(self) -> tuple[str, ...] | None:  # noqa: N802 - a module's constant
        """The choices of every instance; `None` where each instance has its own."""

    @property
    def CHOICES(self) -> int:  # noqa: N802 - a module's constant
        """How many choices an instance has."""

    @property
    def Params(self) -> type[Any]:  # noqa: N802 - a module's class
        """The family's parameters: a frozen dataclass whose fields all have defaults.

        It raises `ValueError` where values don't fit together.
        """

    def rungs(self, params: Any) -> tuple[int, ...]:
        """Return the sizes of the ladder of difficulty, the smallest first."""

    def draw(self, params: Any, rung: int, gold: int, rng: Random) -> Draft | None:
        """Draw an instance of this size whose answer is choice `gold`; `None`: try again."""


def family(name: str) -> Family:
    """Return the family of that name.

    Raises:
        UnknownName: there is none.

    """
    found: Family = names.module(sys.modules[__name__], "family", name)
    return found
