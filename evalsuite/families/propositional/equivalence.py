"""Are the two formulas equivalent?

Beside a formula, two more are drawn that are made of the same signs as each other and as the first:
one is equivalent to it, the other is not, though it differs from it in as few rows as can be found.
"""

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.propositional import _arrangements
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Node, any_order, form, formula_tree
from evalsuite.logic.syntax import (
    And,
    Formula,
    Iff,
    Not,
    Or,
    Xor,
    atoms,
    parts,
    subformulas,
    with_parts,
)
from evalsuite.logic.tables import everywhere
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("equivalent", "not-equivalent")
CHOICES: Final = 2

_MOST_LEAVES = 12
_WITH_THREE = 5  # leaves from which on there are three atoms
_DRAWN = 200  # arrangements of one ink


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many occurrences of atoms each formula has."""

    fewest_leaves: int = 4
    most_leaves: int = 9

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 4 <= self.fewest_leaves <= self.most_leaves <= _MOST_LEAVES:  # noqa: PLR2004
            raise ValueError(
                f"`fewest_leaves` and `most_leaves`: 4 <= fewest <= most <= {_MOST_LEAVES}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """Are the formulas true in the same rows? 0: they are; 1: they are not."""

    left: Formula
    right: Formula


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of occurrences of atoms."""
    return tuple(range(params.fewest_leaves, params.most_leaves + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw two formulas with `rung` leaves that are equivalent (0) or not (1)."""
    ink = _arrangements.ink(rung, 2 if rung < _WITH_THREE else 3, rng)
    found = _triple(ink, rng)
    if found is None:
        return None
    sides = [found[0], found[1 + gold]]
    rng.shuffle(sides)
    return _draft(Equivalence(left=sides[0], right=sides[1]), rung)


def _triple(ink: _arrangements.Ink, rng: Random) -> tuple[Formula, Formula, Formula] | None:
    """Return a formula, one that is equivalent and not just turned round, and one that is not."""
    by_worth: dict[int, dict[Formula, Formula]] = defaultdict(dict)
    for formula, worth in _arrangements.arrangements(ink, rng, _DRAWN):
        if worth not in (0, everywhere(ink.names)) and not _is_idle(formula):
            by_worth[worth].setdefault(_turned(formula), formula)
    worths = [worth for worth, same in by_worth.items() if len(same) > 1]
    rng.shuffle(worths)
    for worth in worths:
        first, *same = by_worth[worth].values()
        look = _arrangements.written_with(first)
        right = next((one for one in same if _arrangements.written_with(one) == look), None)
        if right is None:
            continue
        others = sorted(by_worth, key=lambda other: (other ^ worth).bit_count())
        for formula in (one for other in others[1:] for one in by_worth[other].values()):
            if _arrangements.written_with(formula) == look:
                return first, right, formula
    return None


def _is_idle(formula: Formula) -> bool:
    """Say whether a connective joins something with itself, or with its negation."""
    return any(
        len(sides := parts(part)) > 1 and len({_bare(side) for side in sides}) == 1
        for part in subformulas(formula)
    )


def _bare(formula: Formula) -> Formula:
    return formula.body if isinstance(formula, Not) else formula


def _turned(formula: Formula) -> Formula:
    """Put the sides of what can be turned round in one order."""
    changed = with_parts(formula, _turned)
    if isinstance(changed, And | Or | Iff | Xor):
        left, right = sorted((changed.left, changed.right), key=show_formula)
        return type(changed)(left, right)
    return changed


def _draft(problem: Equivalence, rung: int) -> Draft:
    left, right = show_formula(problem.left), show_formula(problem.right)
    return Draft(
        shown={"left": left, "right": right},
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "atoms": len(atoms(And(problem.left, problem.right)))},
        formal={"left": left, "right": right},
    )


def decide(problem: Equivalence) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    names = (*atoms(problem.left), *atoms(problem.right))
    agree = all(
        semantics.value(problem.left, row) == semantics.value(problem.right, row)
        for row in semantics.valuations(names)
    )
    differ = solvers.satisfiable([Xor(problem.left, problem.right)])
    return 0 if agree else 1, 1 if differ else 0


def canonical(problem: Equivalence) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(
        Node("equivalence", (any_order((formula_tree(problem.left), formula_tree(problem.right))),))
    )


def show(problem: Equivalence) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_formula(problem.left)} == {show_formula(problem.right)}"


def certificate(params: Params, problem: Equivalence) -> None:
    """Return nothing: a verdict is all that is asked."""
