"""How many steps has a shortest resolution refutation?

The clauses are those that a shortest refutation needs, and others that are not needed. How many of
either there are, differs; how many there are in all, their lengths and the number of atoms are the
same for all four answers. Each clause of the first kind is needed by every refutation, and one that
uses n clauses has at least n - 1 steps.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._clause_sets import ClauseSet
from evalsuite.logic import solvers
from evalsuite.logic.clauses import show_clause
from evalsuite.logic.normal import formula_of
from evalsuite.logic.provers.derivations import Refuted
from evalsuite.logic.provers.saturation import Limit
from evalsuite.logic.provers.shortest import shortest
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

# The lowest of the four numbers: how many clauses there are of one, two and three literals.
_LENGTHS: Final[Mapping[int, tuple[int, int, int]]] = {
    1: (2, 3, 1),
    2: (2, 3, 2),
    3: (1, 4, 3),
    4: (1, 5, 3),
}
_ATOMS: Final[Mapping[int, int]] = {1: 4, 2: 5, 3: 6, 4: 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: the lowest of the four numbers that are answers."""

    lowest: int = 1
    highest: int = 4

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 1 <= self.lowest <= self.highest <= len(_LENGTHS):
            raise ValueError(f"`lowest` and `highest`: 1 <= lowest <= highest <= {len(_LENGTHS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Which of these numbers is that of the steps? Its index; a refutation has so many."""

    refuted: ClauseSet
    numbers: tuple[int, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the lowest numbers."""
    return tuple(range(params.lowest, params.highest + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw clauses of which a shortest refutation has `rung + gold` steps."""
    steps = rung + gold
    atoms = min(steps, _ATOMS[rung], rng.choice((steps, max(1, steps - 1))))
    drawn = drawing.refutable(atoms, steps, rng, units=True)
    if drawn is None:
        return None
    sizes = _missing(Counter(map(len, drawn.clauses)), _LENGTHS[rung])
    if sizes is None:
        return None
    rng.shuffle(sizes)
    whole = drawing.with_sizes(drawn, sizes, rng, extra=_ATOMS[rung] - atoms)
    if whole is None:
        return None
    problem = Problem(
        refuted=sets.chosen(drawing.shuffled(whole, rng), (), 0, rng),
        numbers=tuple(range(rung, rung + CHOICES)),
    )
    shown: list[Json] = [show_clause(clause) for clause in problem.refuted.clauses]
    return Draft(
        shown={"clauses": shown, "options": list[Json](problem.numbers)},
        choices=tuple(map(str, problem.numbers)),
        problem=problem,
        tags={"rung": rung, "steps": steps, "atoms": _ATOMS[rung], "clauses": len(shown)},
    )


def _missing(lengths: Mapping[int, int], wanted: Sequence[int]) -> list[int] | None:
    """Return the lengths of the clauses that are left to draw."""
    left = [count - lengths.get(size, 0) for size, count in enumerate(wanted, start=1)]
    if min(left) < 0:
        return None
    return [size for size, count in enumerate(left, start=1) for _ in range(count)]


def decide(problem: Problem) -> tuple[int, int]:
    """Return the answer from which clauses are needed, and by searching through all derivations.

    Raises:
        ValueError: the refutation that is known may not be a shortest one, or the search met its
            limit, or the number is not among the four.

    """
    clauses = problem.refuted.clauses
    formulas = [formula_of([clause]) for clause in clauses]
    needed = sum(
        solvers.satisfiable([*formulas[:place], *formulas[place + 1 :]])
        for place in range(len(formulas))
    )
    known = sum(line.rule == "resolve" for line in sets.lines(problem.refuted))
    if sets.lines(problem.refuted)[-1].clause or known != needed - 1:
        raise ValueError(f"{needed} clauses are needed and {known} steps are known")
    found = shortest(clauses, Limit(steps=3_000_000))
    if not isinstance(found, Refuted):
        raise ValueError("no shortest refutation was found within the limit")  # noqa: TRY004
    searched = sum(line.rule == "resolve" for line in found.lines)
    return problem.numbers.index(known), problem.numbers.index(searched)


def canonical(problem: Problem) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return sets.canonical(problem.refuted)


def show(problem: Problem) -> str:
    """Write a problem on one line, for messages."""
    return f"{sets.show(problem.refuted.clauses)}: {' / '.join(map(str, problem.numbers))} steps"


def certificate(params: Params, problem: Problem) -> None:
    """Return nothing: a verdict is all that is asked."""
