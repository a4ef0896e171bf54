"""Find a valuation that makes all clauses true.

Clauses are drawn until they cannot all be true, and the last one is left out, so that few
valuations are right; none of them makes all atoms true, or all false, or each what it mostly is.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.propositional import _clause_sets
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import any_order, clause_tree, form
from evalsuite.logic.clauses import Clause
from evalsuite.logic.normal import formula_of
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.text import valuations
from evalsuite.names import seed_of
from evalsuite.records import Draft

LABELS: Final = ("solved",)
CHOICES: Final = 1

_MOST_ATOMS = 10
_LENGTHS = (2, 2, 3, 3, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many atoms."""

    fewest_atoms: int = 3
    most_atoms: int = 8

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 3 <= self.fewest_atoms <= self.most_atoms <= _MOST_ATOMS:  # noqa: PLR2004
            raise ValueError(
                f"`fewest_atoms` and `most_atoms`: 3 <= fewest <= most <= {_MOST_ATOMS}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFinding:
    """Which valuation makes the clauses true?"""

    clauses: tuple[Clause, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw clauses over `rung` atoms that few valuations make true."""
    names = rng.sample(NAMES, rung)
    rows = _clause_sets.over_full(_clause_sets.space(rung), _LENGTHS, rng)[:-1]
    if len({abs(one) for row in rows for one in row}) < rung:
        return None
    rng.shuffle(rows)
    problem = ModelFinding(clauses=_clause_sets.named(rows, names))
    if any(_holds(problem, guess) for guess in _guesses(problem)):
        return None
    clauses = _clause_sets.listed(problem.clauses)
    return Draft(
        shown={"clauses": [*clauses]},
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "atoms": rung, "clauses": len(rows), "models": len(_models(problem))},
        formal={"clauses": [*clauses], "open": True},
    )


def decide(problem: ModelFinding) -> tuple[int, int]:
    """Return the answer, there being one, by truth table and by SAT solver.

    Raises:
        ValueError: no valuation makes the clauses true.

    """
    if not _models(problem) or not solvers.satisfiable([formula_of(problem.clauses)]):
        raise ValueError("no valuation makes the clauses true")
    return 0, 0


def canonical(problem: ModelFinding) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(any_order(map(clause_tree, problem.clauses), "model"))


def show(problem: ModelFinding) -> str:
    """Write a problem on one line, for messages."""
    return "; ".join(_clause_sets.listed(problem.clauses))


def certificate(params: Params, problem: ModelFinding) -> str:  # noqa: ARG001
    """Return a valuation that makes the clauses true, drawn from the problem's own text."""
    return valuations.show(Random(seed_of("valuation", show(problem))).choice(_models(problem)))


def _guesses(problem: ModelFinding) -> list[dict[str, bool]]:
    """Return what needs no thought: all true, all false, and each atom as it mostly stands."""
    balance: Counter[str] = Counter()
    for clause in problem.clauses:
        for literal in clause:
            balance[literal.atom.name] += 1 if literal.positive else -1
    return [
        dict.fromkeys(balance, True),
        dict.fromkeys(balance, False),
        {name: count >= 0 for name, count in balance.items()},
        {name: count > 0 for name, count in balance.items()},
    ]


def _holds(problem: ModelFinding, row: dict[str, bool]) -> bool:
    return all(semantics.clause_value(clause, row) for clause in problem.clauses)


def _models(problem: ModelFinding) -> list[dict[str, bool]]:
    names = (literal.atom.name for clause in problem.clauses for literal in clause)
    return [row for row in semantics.valuations(names) if _holds(problem, row)]
