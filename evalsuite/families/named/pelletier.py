"""Pelletier's problems and their friends: theorem or not?

A fixed set: 46 problems of Pelletier's, twenty others that are known by name, and of each a
companion that is no theorem though it looks much like it. What is asked is the same for all:
whether the conclusion follows from the premises, where there are any.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalsuite.families.named._pelletier import COMPANIONS, FRIENDS, PELLETIER, Case
from evalsuite.logic import smt
from evalsuite.logic.canonical import canonical as canonical_form
from evalsuite.logic.elaborators import tableau as elaborator
from evalsuite.logic.normal import clausal
from evalsuite.logic.problems import Entailment, show_problem
from evalsuite.logic.provers import models, resolution, tableau
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Not, is_propositional, predicates
from evalsuite.logic.text import reading
from evalsuite.logic.text.structures import show as show_structure
from evalsuite.logic.text.valuations import show as show_valuation
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Item

LABELS: Final = ("theorem", "non-theorem")
CHOICES: Final = 2
VACUOUS: Final = frozenset({"pelletier-25"})  # as it was published

_THEOREM, _NON_THEOREM = range(2)
_MILLISECONDS = 2_000  # for z3: what it decides, it decides in a tenth of that


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Which of the problems."""

    most_lines: int = 0  # of the theorem's tableau, where a proof is asked for; 0: any number

    def __post_init__(self) -> None:
        """Refuse a number of lines that no tableau has."""
        if self.most_lines < 0:
            raise ValueError("`most_lines`: 0 or more")


def items(params: Params, folder: Path) -> Iterator[Item]:  # noqa: ARG001
    """Yield each theorem and its companion, in the order of the numbers."""
    companions = {case.name: case for case in COMPANIONS}
    for theorem in (*PELLETIER, *FRIENDS):
        problem = _problem(theorem)
        if params.most_lines and _lines(problem) > params.most_lines:
            continue
        yield Item(draft=_draft(theorem, problem), gold=_THEOREM)
        companion = companions[theorem.name]
        yield Item(draft=_draft(companion, _problem(companion)), gold=_NON_THEOREM)


def decide(problem: Entailment) -> tuple[int, int]:
    """Return the answer by our tableau prover, and by z3 or, where it knows none, by resolution.

    Raises:
        ValueError: one of them finds no answer.

    """
    return _by_tableau(problem), _by_z3(problem)


def canonical(problem: Entailment) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return canonical_form(problem)


def show(problem: Entailment) -> str:
    """Write a problem on one line, for messages."""
    return show_problem(problem)


def certificate(params: Params, problem: Entailment) -> str | None:  # noqa: ARG001
    """Return a closed tableau, or a countermodel."""
    found = tableau.prove(problem.premises, problem.conclusion)
    if isinstance(found, tableau.Closed):
        return elaborator.show(found.lines)
    return _countermodel(problem)


def _countermodel(problem: Entailment) -> str | None:
    formulas = (*problem.premises, problem.conclusion)
    if all(map(is_propositional, formulas)):
        found = tableau.prove(problem.premises, problem.conclusion)
        if isinstance(found, tableau.Open) and isinstance(found.countermodel, Mapping):
            return show_valuation(found.countermodel)
        return None
    model = models.find(problem.premises, problem.conclusion)
    return show_structure(model) if isinstance(model, Structure) else None


def _by_tableau(problem: Entailment) -> int:
    match tableau.prove(problem.premises, problem.conclusion):
        case tableau.Closed():
            return _THEOREM
        case tableau.Open():
            return _NON_THEOREM
        case tableau.GaveUp(limit=limit):
            raise ValueError(f"the tableau met its limit of {limit}")


def _by_z3(problem: Entailment) -> int:
    match smt.entails(problem.premises, problem.conclusion, milliseconds=_MILLISECONDS):
        case "yes":
            return _THEOREM
        case "no":
            return _NON_THEOREM
        case "unknown":
            return _by_resolution(problem)


def _by_resolution(problem: Entailment) -> int:
    match resolution.prove(clausal((*problem.premises, Not(problem.conclusion)))):
        case resolution.Refuted():
            return _THEOREM
        case resolution.Saturated():
            return _NON_THEOREM
        case resolution.GaveUp(limit=limit):
            raise ValueError(f"neither z3 nor resolution decides it: {limit}")


def _lines(problem: Entailment) -> int:
    found = tableau.prove(problem.premises, problem.conclusion)
    if not isinstance(found, tableau.Closed):
        raise ValueError(f"{show(problem)}: no tableau")  # noqa: TRY004 - not a type's matter
    return len(found.lines)


def _problem(case: Case) -> Entailment:
    return Entailment(
        premises=tuple(map(reading.formula, case.premises)),
        conclusion=reading.formula(case.conclusion),
    )


def _draft(case: Case, problem: Entailment) -> Draft:
    premises = [show_formula(premise) for premise in problem.premises]
    conclusion = show_formula(problem.conclusion)
    return Draft(
        shown={"premises": list(premises), "conclusion": conclusion},
        choices=LABELS,
        problem=problem,
        tags={"rung": _rung(case.name), "name": case.name, "premises": len(premises)},
        formal={"premises": list(premises), "conclusion": conclusion, "logic": "classical"},
    )


def _rung(name: str) -> int:
    """Return 1 for propositional problems, 2 for monadic ones, 3 for those with relations."""
    theorem = _problem(next(case for case in (*PELLETIER, *FRIENDS) if case.name == name))
    formulas = (*theorem.premises, theorem.conclusion)
    if all(map(is_propositional, formulas)):
        return 1
    return 2 if all(arity < 2 for one in formulas for _, arity in predicates(one)) else 3  # noqa: PLR2004
