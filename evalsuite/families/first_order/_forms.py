"""What the kinds share that ask for a normal form: the formula is the problem, the form is open."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from evalsuite.families.first_order import _sentences
from evalsuite.logic import forms, normal
from evalsuite.logic.canonical import Node, form, formula_tree
from evalsuite.logic.provers import models
from evalsuite.logic.smt import Answer
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Forall, Formula, Function, Variable, atom_terms, free_variables
from evalsuite.logic.writing import show
from evalsuite.records import Draft

LABELS = ("solved",)
TIME = 2_000  # milliseconds, of z3
_LONGEST = 240  # characters of a form


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalForm:
    """Write a formula in a normal form."""

    formula: Formula


def draft(
    name: str, rung: int, rng: Random, made: Callable[[Formula], Formula | None]
) -> Draft | None:
    """Draw a sentence with `rung` quantifiers that is not in the form already."""
    formula = _sentences.sentence(rung, rung + rng.choice((0, 1)), rng)
    if formula is None or _sentences.is_prenex(formula):
        return None
    written = made(formula)
    if written is None or written == formula or len(show(written)) > _LONGEST:
        return None
    return Draft(
        shown={"formula": show(formula)},
        choices=LABELS,
        problem=NormalForm(formula=formula),
        tags={"rung": rung, "quantifiers": rung, "length": len(show(written))},
        formal={"form": name, "formula": show(formula)},
    )


def canonical(name: str, problem: NormalForm) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(Node(name, (formula_tree(problem.formula),)))


def skolem(formula: Formula) -> Formula | None:
    """Return a Skolem form that can be checked: each function's arguments are among the next's."""
    made = normal.skolem(formula)
    return made if _is_chain(made) else None


def clausal(formula: Formula) -> Formula | None:
    """Return a clausal form that can be checked, as one formula; its variables are free."""
    made = normal.formula_of(normal.clausal([formula]))
    return made if _is_chain(made) else None


def certain(made: Callable[[Formula], Formula | None]) -> Callable[[Formula], Formula | None]:
    """Leave out the forms of which z3 does not find whether they are right."""

    def make(formula: Formula) -> Formula | None:
        found = made(formula)
        if found is None or len(show(found)) > _LONGEST:
            return None
        known = forms.is_skolemisation(found, formula, milliseconds=TIME)
        return None if known == "unknown" else found

    return make


def _is_chain(formula: Formula) -> bool:
    """Say whether the functions' arguments grow: else the form has branching quantifiers."""
    taken = {
        frozenset(arg.name for arg in one.args if isinstance(arg, Variable))
        for one in atom_terms(formula)
        if isinstance(one, Function)
    }
    ordered = sorted(taken, key=len)
    return all(one <= other for one, other in pairwise(ordered))


def closed(formula: Formula) -> Formula:
    """Put universal quantifiers for the free variables in front."""
    for name in sorted(free_variables(formula), reverse=True):
        formula = Forall(name, formula)
    return formula


def decided(made: Formula | None, formula: Formula) -> tuple[int, int]:
    """Return whether a Skolem or clausal form is right, by z3 and by finite models.

    Raises:
        ValueError: there is no form, or one of them refuses it.

    """
    if made is None:
        raise ValueError("it has branching quantifiers")
    implied = models.find([closed(made)], formula, sizes=(1, 2))
    both = all(
        isinstance(models.find([formula], None, sizes=(size,)), Structure)
        == isinstance(models.find([closed(made)], None, sizes=(size,)), Structure)
        for size in (1, 2)
    )
    return settled(
        first=forms.is_skolemisation(made, formula, milliseconds=TIME),
        second=both and not isinstance(implied, Structure),
    )


def settled(*, first: Answer, second: bool) -> tuple[int, int]:
    """Return the answer of both deciders: 0, the form is right.

    Raises:
        ValueError: one of them refuses it.

    """
    if first == "no" or not second:
        raise ValueError("the form is not one of the formula")
    return 0, 0
