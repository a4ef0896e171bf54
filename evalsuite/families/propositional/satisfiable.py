"""Can the clauses all be true?

Clauses are drawn until they cannot; then the signs of one atom are exchanged between two of them so
that they can. Both sets have each literal as often, and no clause is a unit.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite.families.propositional import _clause_sets
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import any_order, clause_tree, form
from evalsuite.logic.clauses import Clause
from evalsuite.logic.normal import formula_of
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.text import valuations
from evalsuite.names import seed_of
from evalsuite.records import Draft

LABELS: Final = ("unsatisfiable", "satisfiable")
CHOICES: Final = 2

Calculus: TypeAlias = Literal["none", "valuation"]

_MOST_ATOMS = 10
_LENGTHS = (2, 2, 3, 3, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many atoms."""

    fewest_atoms: int = 3
    most_atoms: int = 8
    calculus: Calculus = "none"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 3 <= self.fewest_atoms <= self.most_atoms <= _MOST_ATOMS:  # noqa: PLR2004
            raise ValueError(
                f"`fewest_atoms` and `most_atoms`: 3 <= fewest <= most <= {_MOST_ATOMS}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseSet:
    """Can the clauses all be true? 0: they cannot; 1: they can."""

    clauses: tuple[Clause, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw clauses over `rung` atoms that cannot (0) or can (1) all be true."""
    names = rng.sample(NAMES, rung)
    within = _clause_sets.space(rung)
    rows = _clause_sets.over_full(within, _LENGTHS, rng)
    rng.shuffle(rows)
    twin = _clause_sets.swapped(rows, within, rng)
    if twin is None or len({abs(one) for row in rows for one in row}) < rung:
        return None
    problem = ClauseSet(clauses=_clause_sets.named(twin if gold else rows, names))
    return Draft(
        shown={"clauses": [*_clause_sets.listed(problem.clauses)]},
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "atoms": rung, "clauses": len(rows)},
        formal={"clauses": [*_clause_sets.listed(problem.clauses)]},
    )


def decide(problem: ClauseSet) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    by_solver = solvers.satisfiable([formula_of(problem.clauses)])
    return 1 if _models(problem) else 0, 1 if by_solver else 0


def canonical(problem: ClauseSet) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(any_order(map(clause_tree, problem.clauses), "satisfiable"))


def show(problem: ClauseSet) -> str:
    """Write a problem on one line, for messages."""
    return "; ".join(_clause_sets.listed(problem.clauses))


def certificate(params: Params, problem: ClauseSet) -> str | None:
    """Return a valuation that makes the clauses true, drawn from the problem's own text."""
    if params.calculus == "none":
        return None
    models = _models(problem)
    if not models:
        return "none"
    return valuations.show(Random(seed_of("valuation", show(problem))).choice(models))


def _models(problem: ClauseSet) -> list[dict[str, bool]]:
    names = (literal.atom.name for clause in problem.clauses for literal in clause)
    return [
        row
        for row in semantics.valuations(names)
        if all(semantics.clause_value(clause, row) for clause in problem.clauses)
    ]
