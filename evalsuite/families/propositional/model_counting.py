"""How many valuations make the formula true?

Four formulas of the same signs are drawn that four different numbers of valuations make true; the
numbers are the choices, from the least to the greatest, and each formula is asked about as often.
"""

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.propositional import _arrangements
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Node, form, formula_tree
from evalsuite.logic.normal import conjunction
from evalsuite.logic.syntax import Atom, Formula, Not, atoms
from evalsuite.logic.tables import everywhere
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_MOST_ATOMS = 6
_DRAWN = 60  # arrangements of one ink


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many atoms."""

    fewest_atoms: int = 3
    most_atoms: int = 6

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 3 <= self.fewest_atoms <= self.most_atoms <= _MOST_ATOMS:  # noqa: PLR2004
            raise ValueError(
                f"`fewest_atoms` and `most_atoms`: 3 <= fewest <= most <= {_MOST_ATOMS}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCount:
    """How many valuations make the formula true? An index into the counts."""

    formula: Formula
    counts: tuple[int, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a formula over `rung` atoms, with as many models as choice `gold` says."""
    ink = _arrangements.ink(rung + rng.randrange(1, 3), rung, rng)
    found: dict[tuple[str, str], dict[int, Formula]] = defaultdict(dict)
    for formula, worth in _arrangements.arrangements(ink, rng, _DRAWN):
        if worth not in (0, everywhere(ink.names)):
            found[_arrangements.written_with(formula)][worth.bit_count()] = formula
    groups = [by_count for _, by_count in sorted(found.items()) if len(by_count) >= CHOICES]
    if not groups:
        return None
    by_count = rng.choice(groups)
    counts = tuple(sorted(rng.sample(sorted(by_count), CHOICES)))
    problem = ModelCount(formula=by_count[counts[gold]], counts=counts)
    return Draft(
        shown={"formula": show_formula(problem.formula), "atoms": rung, "options": [*counts]},
        choices=tuple(map(str, counts)),
        problem=problem,
        tags={"rung": rung, "atoms": rung, "leaves": len(ink.leaves)},
        formal={"formula": show_formula(problem.formula)},
    )


def decide(problem: ModelCount) -> tuple[int, int]:
    """Return the answer by truth table, and by SAT solver, which gives one model after the other.

    Raises:
        ValueError: a count is not among the choices.

    """
    names = atoms(problem.formula)
    by_table = sum(semantics.value(problem.formula, row) for row in semantics.valuations(names))
    by_solver, claims = 0, [problem.formula]
    while (model := solvers.valuation(claims)) is not None:
        by_solver += 1
        literals = [Atom(name) if holds else Not(Atom(name)) for name, holds in model.items()]
        claims.append(Not(conjunction(literals)))
    return problem.counts.index(by_table), problem.counts.index(by_solver)


def canonical(problem: ModelCount) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(Node("count", (formula_tree(problem.formula),)))


def show(problem: ModelCount) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_formula(problem.formula)}: {', '.join(map(str, problem.counts))}"


def certificate(params: Params, problem: ModelCount) -> None:
    """Return nothing: a number is all that is asked."""
