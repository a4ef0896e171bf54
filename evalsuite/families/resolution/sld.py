"""Can a definite program and a goal be refuted by SLD resolution?

All clauses of the program have one positive literal, the goal has none (Lloyd, *Foundations of
Logic Programming*, 1987, ch. 2). SLD resolution is complete for them. The two labels are drawn
together: a program of which each clause but for two to four is needed, with the goal, and the same
with two heads, or two conditions, exchanged between two clauses. So both have the same literals,
and clauses of the same lengths. The ladder is the number of steps of a shortest refutation: one
for each clause that is needed.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._clause_sets import ClauseSet
from evalsuite.families.resolution._drawing import Drawn, Signs
from evalsuite.records import Draft

LABELS: Final = sets.LABELS
CHOICES: Final = 2
# Unit propagation decides every set of Horn clauses (Dowling & Gallier 1984).
DECIDED_BY: Final = frozenset({"unit-propagation"})

_FEWEST, _MOST = 3, 12  # columns of 2**(atoms + 2) rows decide
_IDLE = ((2, 1), (3, 1), (3, 2), (4, 2))  # clauses that are not needed, and atoms of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many steps a shortest refutation has."""

    fewest_steps: int = 4
    most_steps: int = 10
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_steps <= self.most_steps <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_steps`, `most_steps` and `step`: {_FEWEST} <= fewest <= most <= {_MOST},"
                " step >= 1"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of steps."""
    return tuple(range(params.fewest_steps, params.most_steps + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a program and, last, a goal that `rung` steps refute (0), or their twin (1)."""
    both = _twins(rung, rng)
    if both is None:
        return None
    problem = sets.chosen(*both, gold, rng)
    return sets.draft(problem, "symbols", {"rung": rung, "steps": rung}, strategy="sld")


def _twins(steps: int, rng: Random) -> tuple[Drawn, tuple[Signs, ...]] | None:
    """Draw clauses that need so many steps, and a twin that has a model."""
    clauses = drawing.contradicting(steps, rng)
    if clauses is None:
        return None
    idle, extra = rng.choice(_IDLE)
    needed = Drawn(atoms=steps, clauses=clauses, steps=())
    sizes = [rng.choice((2, 3)) for _ in range(idle)]
    drawn = drawing.with_sizes(needed, sizes, rng, extra=extra, draw=_definite)
    if drawn is None:
        return None
    goal = clauses[-1]
    program = [clause for clause in drawn.clauses if clause != goal]
    rng.shuffle(program)
    drawn = Drawn(atoms=drawn.atoms, clauses=(*program, goal), steps=())
    table = drawing.columns(drawn.atoms)
    for twin in drawing.swaps(drawn.clauses, rng):
        if drawing.models(twin, table):
            return drawn, twin
    return None


def _definite(atoms: int, size: int, rng: Random) -> Signs:
    """Draw a clause of so many literals, one of them positive."""
    head, *body = rng.sample(range(1, atoms + 1), size)
    return frozenset({head, *(-one for one in body)})


def decide(problem: ClauseSet) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return sets.decide(problem)


def canonical(problem: ClauseSet) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return sets.canonical(problem)


def show(problem: ClauseSet) -> str:
    """Write a problem on one line, for messages."""
    return sets.show(problem.clauses)


def certificate(params: Params, problem: ClauseSet) -> str:  # noqa: ARG001
    """Return an SLD refutation, or a valuation."""
    return sets.certificate(problem, "sld")
