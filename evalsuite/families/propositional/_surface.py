"""How propositional problems are written.

    symbols       as they are
    renamed       with other letters for the atoms
    permuted      with the premises in another order
    negated-goal  as one list of formulas, premises and negated conclusion: is it inconsistent?
    words, nonce  in words, real or made up
    tptp          as TPTP writes it

What atoms say or are called is drawn from the problem's own text, so that the draw of the problem
is the same whatever it is written in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Literal, TypeAlias

from evalsuite import names
from evalsuite.families import _vocabulary
from evalsuite.logic.problems import Entailment, show_problem
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import Formula, Not, atoms, rename
from evalsuite.logic.text.words import Language, Lexicon, words
from evalsuite.logic.writing import show
from evalsuite.records import Json

Surface: TypeAlias = Literal[
    "symbols", "renamed", "permuted", "negated-goal", "words", "nonce", "tptp"
]

_LANGUAGES: tuple[Language, ...] = ("en", "pt")


def guise(problem: Entailment, surface: Surface) -> Entailment:
    """Return the problem with the names and the order that the surface gives it."""
    rng = Random(names.seed_of("guise", surface, show_problem(problem)))
    match surface:
        case "renamed":
            return _renamed(problem, rng)
        case "permuted":
            return replace(problem, premises=_permuted(problem.premises, rng))
        case "symbols" | "negated-goal" | "words" | "nonce" | "tptp":
            return problem


def _renamed(problem: Entailment, rng: Random) -> Entailment:
    """Give each atom a letter that no atom has yet."""
    known = sorted({name for one in (*problem.premises, problem.conclusion) for name in atoms(one)})
    free = [name for name in NAMES if name not in known]
    new = dict(zip(known, rng.sample(free, len(known)), strict=True))
    return Entailment(
        premises=tuple(rename(one, new) for one in problem.premises),
        conclusion=rename(problem.conclusion, new),
    )


def _permuted(premises: tuple[Formula, ...], rng: Random) -> tuple[Formula, ...]:
    """Put the premises in an order in which at least one stands elsewhere."""
    order = list(premises)
    while tuple(order) == premises:
        rng.shuffle(order)
    return tuple(order)


def argument(
    premises: Sequence[Formula], conclusion: Formula, surface: Surface, text: str
) -> dict[str, Json]:
    """Return what an argument's query sees; `text` is the problem's own, to draw words from."""
    match surface:
        case "negated-goal":
            return {"formulas": [show(one) for one in (*premises, Not(conclusion))]}
        case "symbols" | "renamed" | "permuted":
            return {"premises": [show(one) for one in premises], "conclusion": show(conclusion)}
        case "tptp":
            stated = [_fof(f"p{n}", "axiom", one) for n, one in enumerate(premises, start=1)]
            return {"premises": [*stated], "conclusion": _fof("goal", "conjecture", conclusion)}
        case "words" | "nonce":
            known = sorted({name for one in (*premises, conclusion) for name in atoms(one)})
            rng = Random(names.seed_of("vocabulary", surface, text))
            lexicon = _vocabulary.lexicon(known, rng, nonce=surface == "nonce")
            return {
                "premises": _each(lambda one: [_said(p, one, lexicon) for p in premises]),
                "conclusion": _each(lambda one: _said(conclusion, one, lexicon)),
                "key": _each(lambda one: [*_vocabulary.key(lexicon, known, one)]),
            }


def _each(say: Callable[[Language], Json]) -> Json:
    return {language: say(language) for language in _LANGUAGES}


def _said(formula: Formula, language: Language, lexicon: Mapping[Language, Lexicon]) -> str:
    text = words(formula, language, lexicon[language])
    first = next(at for at, letter in enumerate(text) if letter.isalpha())  # `(` may come before
    return text[:first] + _vocabulary.sentence(text[first:])


def _fof(name: str, role: str, formula: Formula) -> str:
    """Write a statement of TPTP, its atoms in small letters as they are usual there."""
    small = rename(formula, {atom: atom.lower() for atom in atoms(formula)})
    return f"fof({name}, {role}, {show(small, 'tptp')})."
