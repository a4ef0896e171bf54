"""Which of four formulas says what a sentence says?

The four come of four sentences in the same words, of which the one shown is drawn last: two pairs
of words change places, each or not.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families._vocabulary import LANGUAGES, check_surface
from evalsuite.families.formalisation import _options, _phrases, _sampling, _wording
from evalsuite.families.formalisation._options import OneOfFour
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Which logic the sentences belong to; the ladder is in `_sampling`."""

    fragment: str = "both"  # or propositional, or first-order
    surface: str = "words"  # or nonce

    def __post_init__(self) -> None:
        """Refuse what is not known."""
        _sampling.check_fragment(self.fragment)
        check_surface(self.surface)


def rungs(params: Params) -> tuple[int, ...]:  # noqa: ARG001
    """Return the sizes of sentences, as `_sampling` counts them."""
    return _sampling.RUNGS


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw four sentences alike, and show number `gold` with the formulas of all."""
    problem = _options.drawn(rung, params.fragment, gold, rng)
    if problem is None:
        return None
    options = [show_formula(_phrases.meaning(option)) for option in problem.options]
    if not _sampling.same_signs(options):
        return None
    found = _wording.words(problem.said, canonical(problem), params.surface)
    return Draft(
        shown={
            "sentence": {to: _wording.said(problem.said, found, to) for to in LANGUAGES},
            "key": _wording.key(found),
            "options": list(options),
        },
        choices=tuple(options),
        problem=problem,
        tags={"rung": rung, "slots": sum(1 for _ in _phrases.places(problem.said))},
    )


def decide(problem: OneOfFour) -> tuple[int, int]:
    """Return the answer by evaluating the sentence, and by SAT solver or z3; see `_options`."""
    return _options.decided(problem)


def canonical(problem: OneOfFour) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _options.canonical(problem)


def show(problem: OneOfFour) -> str:
    """Write a problem on one line, for messages."""
    return _options.show(problem)


def certificate(params: Params, problem: OneOfFour) -> None:
    """Return nothing: a verdict is all that is asked."""
