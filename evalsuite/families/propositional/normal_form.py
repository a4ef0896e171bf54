"""Write the formula in a normal form: negation, conjunctive or disjunctive, or Tseitin's.

The answer is a formula, and any right one will do. The formula that is given is in none of these
forms itself, and is neither a tautology nor a contradiction. For Tseitin's form its conjunctive
normal form has too wide a clause, so that new atoms are needed.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite.families.propositional import _arrangements
from evalsuite.logic import forms, normal, solvers
from evalsuite.logic.canonical import Node, form, formula_tree
from evalsuite.logic.syntax import Formula, atoms, leaves
from evalsuite.logic.tables import everywhere
from evalsuite.logic.tables import table as truth_table
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("solved",)
CHOICES: Final = 1

Form: TypeAlias = Literal["nnf", "cnf", "dnf", "tseitin"]

_MOST_LEAVES = 12
_MOST_ATOMS = 4
_WIDEST = 3  # literals of a clause of Tseitin's form
_LONGEST = 300  # characters of an answer in CNF or DNF


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The form that is asked for, and the ladder: how many occurrences of atoms."""

    form: Form = "nnf"
    fewest_leaves: int = 3
    most_leaves: int = 8

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        least = 4 if self.form == "tseitin" else 3
        if not least <= self.fewest_leaves <= self.most_leaves <= _MOST_LEAVES:
            raise ValueError(
                f"`fewest_leaves` and `most_leaves`: {least} <= fewest <= most <= {_MOST_LEAVES}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalForm:
    """What is the formula in this form?"""

    formula: Formula
    form: Form


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of occurrences of atoms."""
    return tuple(range(params.fewest_leaves, params.most_leaves + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a formula with `rung` leaves that is not in the form yet."""
    count = rung if params.form == "tseitin" else min(rung, _MOST_ATOMS)
    ink = _arrangements.ink(rung, count, rng)
    [(formula, worth)] = _arrangements.arrangements(ink, rng, 1)
    problem = NormalForm(formula=formula, form=params.form)
    if worth in (0, everywhere(ink.names)) or not _has_work(problem):
        return None
    return Draft(
        shown={"formula": show_formula(formula)},
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "atoms": count, "leaves": len(leaves(formula))},
        formal={"form": params.form, "formula": show_formula(formula)},
    )


def _has_work(problem: NormalForm) -> bool:
    formula = problem.formula
    match problem.form:
        case "nnf":
            return not forms.is_nnf(formula)
        case "cnf":
            return not forms.is_cnf(formula) and len(_answer(problem)) <= _LONGEST
        case "dnf":
            return not forms.is_dnf(formula) and len(_answer(problem)) <= _LONGEST
        case "tseitin":
            return max(map(len, normal.cnf_clauses(formula)), default=0) > _WIDEST


def _answer(problem: NormalForm) -> str:
    match problem.form:
        case "nnf":
            return show_formula(normal.nnf(problem.formula))
        case "cnf":
            return show_formula(normal.cnf(problem.formula))
        case "dnf":
            return show_formula(normal.dnf(problem.formula))
        case "tseitin":
            return show_formula(normal.formula_of(normal.tseitin(problem.formula).clauses))


def decide(problem: NormalForm) -> tuple[int, int]:
    """Return the answer, there being one, by truth table and by SAT solver.

    Raises:
        ValueError: the formula is a tautology or a contradiction.

    """
    names = atoms(problem.formula)
    by_table = truth_table(problem.formula, names) in (0, everywhere(names))
    if by_table or not solvers.satisfiable([problem.formula]):
        raise ValueError("the formula is a tautology or a contradiction")
    return 0, 0


def canonical(problem: NormalForm) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(Node(problem.form, (formula_tree(problem.formula),)))


def show(problem: NormalForm) -> str:
    """Write a problem on one line, for messages."""
    return f"{problem.form} of {show_formula(problem.formula)}"


def certificate(params: Params, problem: NormalForm) -> str:  # noqa: ARG001
    """Return an answer, the library's own."""
    return _answer(problem)
