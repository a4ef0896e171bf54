"""Is the modal formula valid in the logic?

The formula is drawn with others of the same atoms, connectives and brackets, of which some are
valid and some are not (see `_formulas`): nothing but their order tells the label.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.modal import _formulas, _validity
from evalsuite.families.modal._validity import Validity
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import Box, Diamond, Not
from evalsuite.logic.tableau import Logic
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = ("valid", "not-valid")
CHOICES: Final = 2

_LOGICS: Final[dict[str, tuple[Logic, dict[str, Json]]]] = {
    "K": ("K", {"en": "K: any frame", "pt": "K: qualquer estrutura"}),
    "D": ("D", {"en": "D: serial frames", "pt": "D: estruturas seriais"}),
    "T": ("T", {"en": "T: reflexive frames", "pt": "T: estruturas reflexivas"}),
    "B": (
        "B",
        {"en": "B: reflexive and symmetric frames", "pt": "B: estruturas reflexivas e simétricas"},
    ),
    "S4": (
        "S4",
        {
            "en": "S4: reflexive and transitive frames",
            "pt": "S4: estruturas reflexivas e transitivas",
        },
    ),
    "S5": (
        "S5",
        {
            "en": "S5: reflexive, symmetric and transitive frames",
            "pt": "S5: estruturas reflexivas, simétricas e transitivas",
        },
    ),
}
_CALCULI: Final = ("none", "tableau", "countermodel")
_FEWEST, _MOST = 3, 9
_MANY_LEAVES = 5  # from here on three atoms


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many leaves a formula has; `mixed` draws the logic too."""

    logic: str = "mixed"
    fewest_leaves: int = 4
    most_leaves: int = 7
    calculus: str = "none"  # of the certificate

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs, and logics and calculi that are not known."""
        if not _FEWEST <= self.fewest_leaves <= self.most_leaves <= _MOST:
            raise ValueError(
                f"`fewest_leaves` and `most_leaves`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )
        if self.logic not in {*_LOGICS, "mixed"}:
            raise ValueError(f"`logic`: one of {', '.join(_LOGICS)}, mixed")
        if self.calculus not in _CALCULI:
            raise ValueError(f"`calculus`: one of {', '.join(_CALCULI)}")


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of leaves."""
    return tuple(range(params.fewest_leaves, params.most_leaves + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw a formula of `rung` leaves that is (0) or is not (1) valid."""
    named = rng.choice(tuple(_LOGICS)) if params.logic == "mixed" else params.logic
    logic, told = _LOGICS[named]
    names = rng.sample(NAMES, 2 if rung < _MANY_LEAVES else 3)
    modal = [rng.choice((Box, Diamond)) for _ in range(2 + rung // 2)]
    negations = [Not] * rng.randint(0, rung // 2)
    source = _formulas.bag(rung, [*modal, *negations], names, rng)
    twins = _formulas.twins(source, logic, rng)
    if twins is None:
        return None
    problem = Validity(formula=rng.choice(twins[gold]), logic=logic)
    return _validity.draft(problem, LABELS, rung, {"logic": told})


def decide(problem: Validity) -> tuple[int, int]:
    """Return the answer by tableau and by SAT solver; raises ValueError where none is found."""
    return _validity.decide(problem)


def canonical(problem: Validity) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _validity.canonical(problem)


def show(problem: Validity) -> str:
    """Write a problem on one line, for messages."""
    return f"|= {show_formula(problem.formula)} in {problem.logic}"


def certificate(params: Params, problem: Validity) -> str | None:
    """Return a prefixed tableau or a Kripke model, as the calculus asks for."""
    return None if params.calculus == "none" else _validity.certificate(problem, params.calculus)
