"""Write a formula in Skolem form: universal quantifiers in front, functions for the others."""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.first_order import _forms
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = _forms.LABELS
CHOICES: Final = 1

_FEWEST, _MOST = 2, 6  # quantifiers


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
    return _forms.draft("skolem", rung, rng, _forms.certain(_forms.skolem))


def decide(problem: _forms.NormalForm) -> tuple[int, int]:
    """Return whether our form is right, by z3 and by finite models: of all that it implies and has.

    Raises:
        ValueError: one of them refuses our form.

    """
    return _forms.decided(_forms.skolem(problem.formula), problem.formula)


def canonical(problem: _forms.NormalForm) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _forms.canonical("skolem", problem)


def show(problem: _forms.NormalForm) -> str:
    """Write a problem on one line, for messages."""
    return show_formula(problem.formula)


def certificate(params: Params, problem: _forms.NormalForm) -> str | None:  # noqa: ARG001
    """Return a form that is right."""
    made = _forms.skolem(problem.formula)
    return None if made is None else show_formula(made)
