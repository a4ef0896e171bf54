"""Write every resolvent of two of these clauses that is no tautology.

The answer is a set of clauses, in any order and spelling. Two of the clauses at least have two
pivots, so that their resolvents are tautologies; no resolvent is a clause that is given, and there
are always several, so that nothing that is shown is the answer.
"""

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._clause_sets import ClauseSet
from evalsuite.families.resolution._drawing import Signs
from evalsuite.logic.clauses import every_resolvent, show_clause
from evalsuite.logic.provers.packed import Packed
from evalsuite.records import Draft

LABELS: Final = ("solved",)
CHOICES: Final = 1

_FEWEST, _MOST = 3, 10
_LEAST = 2  # resolvents


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many clauses there are."""

    fewest_clauses: int = 4
    most_clauses: int = 7

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_clauses <= self.most_clauses <= _MOST:
            raise ValueError(
                f"`fewest_clauses` and `most_clauses`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of clauses."""
    return tuple(range(params.fewest_clauses, params.most_clauses + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw `rung` clauses of which two or more resolvents, but not all, say something."""
    atoms = rung + rng.choice((0, 1))
    signs = [drawing.random_clause(atoms, rng.choice((2, 2, 3)), rng) for _ in range(rung)]
    pairs = list(combinations(signs, 2))
    if any(drawing.comparable(*pair) for pair in pairs):
        return None
    if max(_pivots(*pair) for pair in pairs) < 2:  # noqa: PLR2004 - then no resolvent is a tautology
        return None
    names = drawing.names(atoms, rng)
    problem = ClauseSet(clauses=tuple(drawing.named(clause, names) for clause in signs))
    found = every_resolvent(problem.clauses)
    if len(found) < _LEAST or not found.isdisjoint(problem.clauses):
        return None
    return Draft(
        shown={"clauses": [show_clause(clause) for clause in problem.clauses]},
        choices=LABELS,
        problem=problem,
        formal={"clauses": [show_clause(clause) for clause in problem.clauses]},
        tags={"rung": rung, "atoms": len(sets.atoms(problem.clauses)), "resolvents": len(found)},
    )


def _pivots(one: Signs, other: Signs) -> int:
    """Return on how many literals two clauses can be resolved."""
    return sum(-literal in other for literal in one)


def decide(problem: ClauseSet) -> tuple[int, int]:
    """Return the answer, there being one, by sets of literals and by bits.

    Raises:
        ValueError: the two find other resolvents, or too few.

    """
    packed = Packed(problem.clauses)
    by_bits = {
        packed.clause(made)
        for one, other in combinations(map(packed.read, problem.clauses), 2)
        for made, _ in packed.resolvents(one, other)
    }
    by_sets = every_resolvent(problem.clauses)
    if by_bits != by_sets:
        raise ValueError(f"resolvents by sets {sets.show(by_sets)}, by bits {sets.show(by_bits)}")
    if len(by_sets) < _LEAST:
        raise ValueError("there are no two resolvents")
    return 0, 0


def canonical(problem: ClauseSet) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return sets.canonical(problem)


def show(problem: ClauseSet) -> str:
    """Write a problem on one line, for messages."""
    return sets.show(problem.clauses)


def certificate(params: Params, problem: ClauseSet) -> str:  # noqa: ARG001
    """Return the resolvents, on one line."""
    return ", ".join(sorted(map(show_clause, every_resolvent(problem.clauses))))
