"""Is the formula a tautology, a contradiction or neither?

Three formulas of the same signs are drawn, one of each kind, with the same outermost connective.
"""

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.propositional import _arrangements
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Node, form, formula_tree
from evalsuite.logic.syntax import Formula, Not, atoms, leaves
from evalsuite.logic.tables import everywhere
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("tautology", "contradiction", "contingent")
CHOICES: Final = 3

_MOST_LEAVES = 16
_DRAWN = 1_000  # arrangements of one ink


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many occurrences of atoms, two more on each rung."""

    fewest_leaves: int = 4
    most_leaves: int = 12

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 4 <= self.fewest_leaves <= self.most_leaves <= _MOST_LEAVES:  # noqa: PLR2004
            raise ValueError(
                f"`fewest_leaves` and `most_leaves`: 4 <= fewest <= most <= {_MOST_LEAVES}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Is the formula true always (0), never (1) or now and then (2)?"""

    formula: Formula


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of occurrences of atoms."""
    return tuple(range(params.fewest_leaves, params.most_leaves + 1, 2))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a formula with `rung` leaves that is of the kind `gold`."""
    count = 2 + (rung - 4) // 3
    triple = _triple(_arrangements.ink(rung, count, rng), rng)
    if triple is None:
        return None
    formula = triple[gold]
    return Draft(
        shown={"formula": show_formula(formula)},
        choices=LABELS,
        problem=Classification(formula=formula),
        tags={"rung": rung, "atoms": count, "leaves": len(leaves(formula))},
        formal={"formula": show_formula(formula)},
    )


def _triple(ink: _arrangements.Ink, rng: Random) -> tuple[Formula, Formula, Formula] | None:
    """Return a tautology, a contradiction and one that is neither, all of the same signs."""
    full = everywhere(ink.names)
    decided: dict[tuple[str, str], dict[bool, Formula]] = defaultdict(dict)
    neither: list[Formula] = []
    for formula, worth in _arrangements.arrangements(ink, rng, _DRAWN):
        if worth not in (0, full):
            neither.append(formula)
            continue
        look = _arrangements.written_with(formula)
        decided[look].setdefault(worth == full, formula)
        if len(decided[look]) == 2:  # noqa: PLR2004 - both kinds
            for other in neither:
                if _arrangements.written_with(other) == look:
                    return decided[look][True], decided[look][False], other
    return None


def decide(problem: Classification) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    worth = {
        semantics.value(problem.formula, row)
        for row in semantics.valuations(atoms(problem.formula))
    }
    by_table = 2 if len(worth) > 1 else 0 if True in worth else 1
    can_hold = solvers.satisfiable([problem.formula])
    can_fail = solvers.satisfiable([Not(problem.formula)])
    return by_table, 2 if can_hold and can_fail else 0 if can_hold else 1


def canonical(problem: Classification) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(Node("classify", (formula_tree(problem.formula),)))


def show(problem: Classification) -> str:
    """Write a problem on one line, for messages."""
    return show_formula(problem.formula)


def certificate(params: Params, problem: Classification) -> None:
    """Return nothing: a verdict is all that is asked."""
