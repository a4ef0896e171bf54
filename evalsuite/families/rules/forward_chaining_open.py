"""Open world: do the facts and rules prove a statement, prove its negation, or neither?

One chain of rules leads to a predicate, another to its negation. The first carries through for one
person, the second for another, neither for a third; each has all but one of the facts that a
broken chain needs, and all have equally many. A question about one of the three has that label;
the theory and whether the statement is negative are drawn before it.

Rules are read as classical implications. Theories in which contraposition would prove more than
forward chaining does are not used.
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

LABELS: Final = ("true", "false", "unknown")
CHOICES: Final = 3

_TRUE, _FALSE, _UNKNOWN = range(3)
_TASTE: Final = Taste(negated=0.3, sides=0.4, stated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many rules lead to the statement or its negation, one after the other."""

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
    """Draw a statement that is proved (0), disproved (1) or neither (2)."""
    growth = _growing.start(rng, _TASTE, things=3)
    for_it, against, neither = growth.things
    end = _growing.fresh(growth)
    proves = _growing.chain(growth, rung, end)
    refutes = _growing.chain(growth, rung, complement(end))
    _growing.hold(growth, proves, for_it)
    _growing.hold(growth, refutes, against)
    if rung:
        _growing.break_off(growth, proves, against)
        _growing.break_off(growth, refutes, for_it)
        _growing.break_off(growth, rng.choice((proves, refutes)), neither)
    for one in (proves, refutes):
        _growing.decoy(growth, one.end, (*proves.levels[:-1], *refutes.levels[:-1]))
    _growing.distract(growth, rng.randint(1, 3))
    _growing.even(growth, growth.things, extra=rng.randint(1, 2))
    negative = rng.random() < 1 / 2
    proved, disproved = (against, for_it) if negative else (for_it, against)
    about = _growing.about(end, (proved, disproved, neither)[gold])
    problem = Asked(
        theory=_growing.theory(growth),
        questions=(complement(about) if negative else about,),
    )
    if not _asking.can_be_said(problem) or any(answer != gold for answer in decide(problem)):
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
    """Return the answer by forward chaining and by SAT solver."""
    return _chained(problem), _entailed(problem)


def _chained(problem: Asked) -> int:
    (question,) = problem.questions
    found = datalog.rounds(problem.theory)
    return _answer(proved=question in found, disproved=complement(question) in found)


def _entailed(problem: Asked) -> int:
    (question,) = problem.questions
    whole = datalog.implications(problem.theory)
    statement = datalog.proposition(question)
    return _answer(
        proved=not solvers.satisfiable((*whole, Not(statement))),
        disproved=not solvers.satisfiable((*whole, statement)),
    )


def _answer(*, proved: bool, disproved: bool) -> int:
    if proved and disproved:
        raise ValueError("the theory is inconsistent")
    return _TRUE if proved else _FALSE if disproved else _UNKNOWN


def canonical(problem: Asked) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _asking.form(problem, "open world")


def show(problem: Asked) -> str:
    """Write a problem on one line, for messages."""
    return _asking.show(problem)


def certificate(params: Params, problem: Asked) -> None:
    """Return nothing: a verdict is all that is asked."""
