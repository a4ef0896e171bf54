"""Closed world: do the facts and rules make a statement true or false?

Two chains of rules carry through, each for another person, and each breaks for the person that the
other one holds for. A question asks about the end of a chain: about whom, decides its label. The
theory, the predicate asked about and whether the statement is negative are drawn before that.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.rules import _asking, _growing
from evalsuite.families.rules._asking import Asked
from evalsuite.families.rules._growing import Taste
from evalsuite.families.rules._saying import Surface
from evalsuite.logic import datalog, solvers
from evalsuite.logic.clauses import complement
from evalsuite.logic.syntax import Not
from evalsuite.records import Draft

LABELS: Final = ("true", "false")
CHOICES: Final = 2

_TASTE: Final = Taste(negated=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many rules lead to the statement, one after the other."""

    fewest_steps: int = 1
    most_steps: int = 5
    surface: Surface = "words"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach, or an unknown surface."""
        _asking.check_ladder(self.fewest_steps, self.most_steps, 0, self.surface)


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of rules."""
    return tuple(range(params.fewest_steps, params.most_steps + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw a statement that is true (0) or false (1)."""
    growth = _growing.start(rng, _TASTE, things=3)
    holds, breaks, bystander = growth.things
    chain, other = _growing.chain(growth, rung), _growing.chain(growth, rung)
    for one, first, second in ((chain, holds, breaks), (other, breaks, holds)):
        _growing.hold(growth, one, first)
        _growing.break_off(growth, one, second)
        if rng.random() < 1 / 2:
            _growing.break_off(growth, one, bystander)
        _growing.decoy(growth, one.end, (*chain.levels[:-1], *other.levels[:-1]))
    _growing.distract(growth, rng.randint(1, 3))
    _growing.even(growth, growth.things, extra=rng.randint(0, 1))
    negative = rng.random() < 1 / 2
    about = _growing.about(chain.end, holds if (gold == 0) != negative else breaks)
    problem = Asked(
        theory=_growing.theory(growth),
        questions=(complement(about) if negative else about,),
    )
    if not _asking.can_be_said(problem) or _perfect(problem) != gold:
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
            "statement": "negative" if negative else "positive",
        },
    )


def decide(problem: Asked) -> tuple[int, int]:
    """Return the answer by strata, forwards, and by SAT solver from Clark's completion."""
    return _perfect(problem), _completed(problem)


def _perfect(problem: Asked) -> int:
    (question,) = problem.questions
    atom = question if question.positive else complement(question)
    return 0 if (atom in datalog.model(problem.theory)) == question.positive else 1


def _completed(problem: Asked) -> int:
    (question,) = problem.questions
    whole = datalog.completion(problem.theory, also=(question,))
    statement = datalog.proposition(question)
    possible = [
        answer
        for answer, claim in enumerate((statement, Not(statement)))
        if solvers.satisfiable((*whole, claim))
    ]
    if len(possible) != 1:
        raise ValueError(f"the completion allows {len(possible)} answers")
    return possible[0]


def canonical(problem: Asked) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _asking.form(problem, "closed world")


def show(problem: Asked) -> str:
    """Write a problem on one line, for messages."""
    return _asking.show(problem)


def certificate(params: Params, problem: Asked) -> None:
    """Return nothing: a verdict is all that is asked."""
