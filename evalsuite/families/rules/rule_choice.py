"""Which of four statements follows from the facts and rules?

Four chains of rules of one length lead to the four statements, all about one person. One chain
carries through for that person; the other three break, and carry through for another person, for
whom the first one breaks.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.rules import _asking, _growing
from evalsuite.families.rules._asking import Asked
from evalsuite.families.rules._growing import Taste
from evalsuite.families.rules._saying import Surface
from evalsuite.logic import datalog, solvers
from evalsuite.logic.syntax import Not
from evalsuite.records import Draft

LABELS: Final = ("A", "B", "C", "D")
CHOICES: Final = 4

_TASTE: Final = Taste(sides=0.25)
_MOST_STEPS: Final = 8  # four chains of more have more predicates than there are words


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many rules lead to each statement, one after the other."""

    fewest_steps: int = 1
    most_steps: int = 5
    surface: Surface = "words"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach, or an unknown surface."""
        _asking.check_ladder(self.fewest_steps, self.most_steps, 1, self.surface, reach=_MOST_STEPS)


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of rules."""
    return tuple(range(params.fewest_steps, params.most_steps + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw four statements of which number `gold` follows."""
    growth = _growing.start(rng, _TASTE, things=2)
    asked, other = growth.things
    chains = [_growing.chain(growth, rung) for _ in range(CHOICES)]
    for number, one in enumerate(chains):
        first, second = (asked, other) if number == gold else (other, asked)
        _growing.hold(growth, one, first)
        _growing.break_off(growth, one, second)
    for one in rng.sample(chains, 2):
        _growing.decoy(growth, one.end, [level for c in chains for level in c.levels[:-1]])
    _growing.distract(growth, rng.randint(0, 1))
    _growing.even(growth, growth.things, extra=0)
    problem = Asked(
        theory=_growing.theory(growth),
        questions=tuple(_growing.about(one.end, asked) for one in chains),
    )
    if not _asking.can_be_said(problem) or _chained(problem) != gold:
        return None
    return Draft(
        shown=_asking.shown(problem, params.surface, rng),
        choices=LABELS,
        problem=problem,
        tags={
            "rung": rung,
            "steps": rung,
            "facts": len(problem.theory.facts),
            "rules": len(problem.theory.rules),
        },
    )


def decide(problem: Asked) -> tuple[int, int]:
    """Return the answer by forward chaining and by SAT solver."""
    return _chained(problem), _entailed(problem)


def _chained(problem: Asked) -> int:
    found = datalog.rounds(problem.theory)
    return _only([question in found for question in problem.questions])


def _entailed(problem: Asked) -> int:
    whole = datalog.implications(problem.theory)
    return _only(
        [
            not solvers.satisfiable((*whole, Not(datalog.proposition(question))))
            for question in problem.questions
        ]
    )


def _only(follows: list[bool]) -> int:
    if sum(follows) != 1:
        raise ValueError(f"{sum(follows)} of the statements follow")
    return follows.index(True)


def canonical(problem: Asked) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _asking.form(problem, "choice")


def show(problem: Asked) -> str:
    """Write a problem on one line, for messages."""
    return _asking.show(problem)


def certificate(params: Params, problem: Asked) -> None:
    """Return nothing: a verdict is all that is asked."""
