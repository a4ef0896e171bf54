"""Can a set of clauses be refuted by resolution, or can they all be true?

The two labels are drawn together: the clauses of a set that can be refuted, each of them needed
but for two to four, and the same with the signs of one atom exchanged between two clauses. So both
have the same literals, and clauses of the same lengths. No clause has a single literal: unit
propagation does not begin. The ladder is the number of steps of a shortest refutation.

With a calculus, the refutation has to be linear, have the clauses without positive literal as its
set of support, or be positive (P1). Each of these is complete, so the labels are the same.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._clause_sets import ClauseSet
from evalsuite.families.resolution._drawing import Drawn, Signs
from evalsuite.logic.provers.strategies import Strategy
from evalsuite.records import Draft

LABELS: Final = sets.LABELS
CHOICES: Final = 2

Calculus: TypeAlias = Literal["resolution", "linear", "support", "positive"]

_FEWEST, _MOST = 3, 12  # with fewer steps a clause has a single literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many steps a shortest refutation has."""

    fewest_steps: int = 3
    most_steps: int = 11
    step: int = 2
    surface: str = "symbols"
    calculus: Calculus = "resolution"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach, and an unknown surface."""
        if not _FEWEST <= self.fewest_steps <= self.most_steps <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_steps`, `most_steps` and `step`: {_FEWEST} <= fewest <= most <= {_MOST},"
                " step >= 1"
            )
        sets.check_surface(self.surface)


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of steps."""
    return tuple(range(params.fewest_steps, params.most_steps + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw clauses that can be refuted in `rung` steps (0), or their twin, with a model (1)."""
    both = twins(rung, rng)
    if both is None:
        return None
    problem = sets.chosen(*both, gold, rng)
    tags = {"rung": rung, "steps": rung}
    return sets.draft(problem, params.surface, tags, strategy=_strategy(params))


def _strategy(params: Params) -> Strategy | None:
    return None if params.calculus == "resolution" else params.calculus


def twins(steps: int, rng: Random) -> tuple[Drawn, tuple[Signs, ...]] | None:
    """Draw clauses that need so many steps, and a twin that has a model."""
    atoms = max(3, steps - rng.choice((1, 2)))
    idle, extra = rng.choice(((2, 1), (3, 1), (3, 2), (4, 2)))
    drawn = drawing.refutable(atoms, steps, rng)
    drawn = None if drawn is None else drawing.with_idle(drawn, idle, rng, extra=extra)
    if drawn is None:
        return None
    drawn = drawing.shuffled(drawn, rng)
    table = drawing.columns(drawn.atoms)
    for twin in drawing.exchanges(drawn.clauses, rng):
        if drawing.models(twin, table):
            return drawn, twin
    return None


def decide(problem: ClauseSet) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return sets.decide(problem)


def canonical(problem: ClauseSet) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return sets.canonical(problem)


def show(problem: ClauseSet) -> str:
    """Write a problem on one line, for messages."""
    return sets.show(problem.clauses)


def certificate(params: Params, problem: ClauseSet) -> str:
    """Return a refutation, a shortest one where the calculus is plain, or a valuation."""
    return sets.certificate(problem, _strategy(params))
