"""The kinds of problem: a module draws instances of one kind, or reads them from a fixed set.

The folders are the families, the modules their kinds of problem; a module is found by its own name,
whatever folder it is in.

A family that draws draws towards a label that is chosen beforehand, so that labels are balanced,
and sees to it that nothing shallow tells the label.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Protocol, TypeAlias

from typing_extensions import TypeIs

from evalsuite import names
from evalsuite.records import Draft, Item


class _Kind(Protocol):
    """What every module of this package offers."""

    @property
    def LABELS(self) -> tuple[str, ...] | None:  # noqa: N802 - a module's constant
        """The choices of every instance; `None` where each instance has its own."""

    @property
    def Params(self) -> type[Any]:  # noqa: N802 - a module's class
        """The family's parameters: a frozen dataclass whose fields all have defaults.

        It raises `ValueError` where values don't fit together. Tasks that differ in `surface` or
        `calculus` alone are twins: they ask about the same problems.
        """

    def decide(self, problem: Any) -> tuple[int, ...]:
        """Return the problem's answer as each decider finds it, independently of the others.

        Empty: the answer is a fixed set's own, and nothing certifies it. A decider raises
        `ValueError` where there is no answer, or more than one.
        """

    def canonical(self, problem: Any) -> str:
        """Return a text that two problems share iff they are the same up to renaming and order."""

    def show(self, problem: Any) -> str:
        """Write a problem on one line, for messages."""

    def certificate(self, params: Any, problem: Any) -> str | None:
        """Return what makes the answer checkable, as a model would write it; `None`: nothing."""


class Drawing(_Kind, Protocol):
    """A module that draws its instances."""

    @property
    def CHOICES(self) -> int:  # noqa: N802 - a module's constant
        """How many choices an instance has."""

    def rungs(self, params: Any) -> tuple[int, ...]:
        """Return the sizes of the ladder of difficulty, the smallest first."""

    def draw(self, params: Any, rung: int, gold: int, rng: Random) -> Draft | None:
        """Draw an instance of this size whose answer is choice `gold`; `None`: try again."""


class Collection(_Kind, Protocol):
    """A module that reads its instances from a fixed set."""

    def items(self, params: Any, folder: Path) -> Iterator[Item]:
        """Yield the set's items in their order; `folder` is that of the task's file.

        Raises:
            TaskMistake: the set cannot be read; the message names file and line.

        """


Family: TypeAlias = Drawing | Collection


def family(name: str) -> Family:
    """Return the family of that name.

    Raises:
        UnknownName: there is none.

    """
    found: Family = names.module(sys.modules[__name__], "family", name)
    return found


def draws(kind: Family) -> TypeIs[Drawing]:
    """Say whether a family draws its instances."""
    return hasattr(kind, "draw")
