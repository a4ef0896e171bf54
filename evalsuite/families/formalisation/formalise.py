"""Write a sentence as a formula; any formula that means the same will do.

The sentences are said in the ways that logicians warn of: only if, unless, neither … nor, either …
or, not every, no … any, provided that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families._vocabulary import LANGUAGES, check_surface
from evalsuite.families.formalisation import _phrases, _sampling, _wording
from evalsuite.families.formalisation._phrases import Phrase
from evalsuite.logic import forms, semantics
from evalsuite.logic.canonical import form
from evalsuite.logic.structures import Structure, satisfies
from evalsuite.logic.syntax import Formula, atoms, constants, is_propositional, predicates
from evalsuite.logic.text import reading
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("solved",)
CHOICES: Final = 1

_MILLISECONDS = 4_000  # milliseconds for z3, each way
_STRUCTURES = 60  # in which a sentence and its formula are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Which logic the sentences belong to; the ladder is in `_sampling`."""

    fragment: str = "propositional"  # or first-order, or both
    surface: str = "words"  # or nonce

    def __post_init__(self) -> None:
        """Refuse what is not known."""
        _sampling.check_fragment(self.fragment)
        check_surface(self.surface)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What formula says this? 0: that of `meaning`, and all that are equivalent to it."""

    said: Phrase


def rungs(params: Params) -> tuple[int, ...]:  # noqa: ARG001
    """Return the sizes of sentences, as `_sampling` counts them."""
    return _sampling.RUNGS


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a sentence that is neither always true nor always false."""
    said = _sampling.text(rung, params.fragment, rng)
    if said is None or not _sampling.contingent(_phrases.meaning(said)):
        return None
    problem = Sentence(said=said)
    found = _wording.words(said, canonical(problem), params.surface)
    formula = show_formula(_phrases.meaning(said))
    return Draft(
        shown={
            "sentence": {to: _wording.said(said, found, to) for to in LANGUAGES},
            "key": _wording.key(found),
        },
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "slots": sum(1 for _ in _phrases.places(said))},
        formal={"form": "equivalent", "formula": formula},
    )


def decide(problem: Sentence) -> tuple[int, int]:
    """Return 0 where the formula is true as the sentence is, and where solvers read it so.

    Raises:
        ValueError: the formula is not what the sentence says.

    """
    formula = _phrases.meaning(problem.said)
    for structure in _some_structures(formula):
        if _phrases.holds(problem.said, structure) != satisfies(structure, formula):
            raise ValueError("the formula is not true where the sentence is")
    written = reading.formula(show_formula(formula))
    if forms.same_meaning(written, formula, milliseconds=_MILLISECONDS) != "yes":
        raise ValueError("the formula as written is another one")
    return 0, 0


def canonical(problem: Sentence) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(_phrases.tree(problem.said))


def show(problem: Sentence) -> str:
    """Write a problem on one line, for messages."""
    return show_formula(_phrases.meaning(problem.said))


def certificate(params: Params, problem: Sentence) -> str:  # noqa: ARG001
    """Return the formula."""
    return show_formula(_phrases.meaning(problem.said))


def _some_structures(formula: Formula) -> Iterator[Structure]:
    """Yield every valuation; or random structures of one to three things."""
    if is_propositional(formula):
        yield from map(_sampling.valued, semantics.valuations(atoms(formula)))
        return
    rng = Random(show_formula(formula))  # a text's own stream, the same in each run
    for number in range(_STRUCTURES):
        domain = tuple(map(str, range(1 + number % 3)))
        yield Structure(
            domain=domain,
            constants={name: rng.choice(domain) for name in sorted(constants(formula))},
            predicates={
                name: frozenset(
                    one
                    for one in _sampling.tuples(domain, arity)
                    if rng.random() < rng.choice((1 / 4, 1 / 2, 3 / 4))
                )
                for name, arity in sorted(predicates(formula))
            },
        )
