"""Write a formula in prenex form: all quantifiers in front."""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.first_order import _forms, _sieve
from evalsuite.logic import forms, normal
from evalsuite.logic.smt import Answer
from evalsuite.logic.syntax import Formula
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = _forms.LABELS
CHOICES: Final = 1

_FEWEST, _MOST = 2, 6  # quantifiers
_TIME = 2_000  # milliseconds, of z3


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many quantifiers the formula has."""

    fewest_quantifiers: int = 2
    most_quantifiers: int = 5

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_quantifiers <= self.most_quantifiers <= _MOST:
            raise ValueError(
                f"`fewest_quantifiers` and `most_quantifiers`: {_FEWEST} <= fewest <= most"
                f" <= {_MOST}"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of quantifiers."""
    return tuple(range(params.fewest_quantifiers, params.most_quantifiers + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a formula with `rung` quantifiers."""
    return _forms.draft("prenex", rung, rng, _prenex)


def _prenex(formula: Formula) -> Formula | None:
    """Return a prenex form that can be checked: z3 says whether it means the same."""
    made = normal.prenex(formula)
    return None if _by_z3(formula, made) == "unknown" else made


def _by_z3(formula: Formula, made: Formula) -> Answer:
    return forms.same_meaning(formula, made, milliseconds=_TIME)


def decide(problem: _forms.NormalForm) -> tuple[int, int]:
    """Return whether our form is right, by z3 and by evaluating both in small structures.

    Raises:
        ValueError: one of them refuses our form.

    """
    made = normal.prenex(problem.formula)
    same = _sieve.table(made) == _sieve.table(problem.formula)
    return _forms.settled(
        first=_by_z3(problem.formula, made), second=same and forms.is_prenex(made)
    )


def canonical(problem: _forms.NormalForm) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _forms.canonical("prenex", problem)


def show(problem: _forms.NormalForm) -> str:
    """Write a problem on one line, for messages."""
    return show_formula(problem.formula)


def certificate(params: Params, problem: _forms.NormalForm) -> str | None:  # noqa: ARG001
    """Return a form that is right."""
    made = normal.prenex(problem.formula)
    return show_formula(made)
