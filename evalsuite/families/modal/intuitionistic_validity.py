"""Is the classical tautology intuitionistically valid too?

The formula is drawn with others of the same atoms, connectives and brackets, of which some are
valid and some are not (see `_formulas`); all of them are classical tautologies.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.modal import _formulas, _validity
from evalsuite.families.modal._validity import Validity
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import Not
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("valid", "not-valid")
CHOICES: Final = 2

_CALCULI: Final = ("none", "tableau", "countermodel")
_FEWEST, _MOST = 4, 9
_MANY_LEAVES = 6  # from here on three atoms


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many leaves a formula has."""

    fewest_leaves: int = 5
    most_leaves: int = 8
    calculus: str = "none"  # of the certificate

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs, and calculi that are not known."""
        if not _FEWEST <= self.fewest_leaves <= self.most_leaves <= _MOST:
            raise ValueError(
                f"`fewest_leaves` and `most_leaves`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )
        if self.calculus not in _CALCULI:
            raise ValueError(f"`calculus`: one of {', '.join(_CALCULI)}")


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of leaves."""
    return tuple(range(params.fewest_leaves, params.most_leaves + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a formula of `rung` leaves that is (0) or is not (1) valid."""
    names = rng.sample(NAMES, 2 if rung < _MANY_LEAVES else 3)
    negations = [Not] * rng.randint(2, 1 + rung // 2)
    twins = _formulas.twins(
        _formulas.bag(rung, negations, names, rng, either=True), "intuitionistic", rng
    )
    if twins is None:
        return None
    problem = Validity(formula=rng.choice(twins[gold]), logic="intuitionistic")
    return _validity.draft(problem, LABELS, rung, {})


def decide(problem: Validity) -> tuple[int, int]:
    """Return the answer by tableau and by SAT solver; raises ValueError where none is found."""
    return _validity.decide(problem)


def canonical(problem: Validity) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _validity.canonical(problem)


def show(problem: Validity) -> str:
    """Write a problem on one line, for messages."""
    return f"|= {show_formula(problem.formula)} in intuitionistic logic"


def certificate(params: Params, problem: Validity) -> str | None:
    """Return an intuitionistic tableau or a Kripke model, as the calculus asks for."""
    return None if params.calculus == "none" else _validity.certificate(problem, params.calculus)
