"""What a problem's text states: an inference, or a set of clauses."""

from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.logic.clauses import Clause
from evalsuite.logic.syntax import Formula
from evalsuite.logic.tableau import Logic


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """Does the conclusion follow? Without one: do the premises contradict each other?"""

    premises: tuple[Formula, ...]
    conclusion: Formula | None
    logic: Logic = "classical"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseSet:
    """Can the clauses be refuted?"""

    clauses: tuple[Clause, ...]


Stated: TypeAlias = Inference | ClauseSet
