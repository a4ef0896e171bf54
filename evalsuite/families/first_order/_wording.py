"""Arguments in words: what predicates, constants and functions mean, in English and Portuguese.

Nouns for people that have one form for both genders, verbs without prepositions: whatever stands
in their places, the sentence agrees.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from evalsuite.logic.syntax import Formula, constants, functions, predicates
from evalsuite.logic.text.words import Language, Lexicon, words

_PROPERTIES: Final = (
    ("an artist", "artista"),
    ("a dentist", "dentista"),
    ("a pianist", "pianista"),
    ("a journalist", "jornalista"),
    ("an athlete", "atleta"),
    ("a diplomat", "diplomata"),
    ("a chemist", "especialista em química"),
    ("a student", "estudante"),
    ("a manager", "gerente"),
    ("a vegetarian", "uma pessoa vegetariana"),
    ("a tourist", "turista"),
    ("a taxi driver", "taxista"),
    ("an economist", "economista"),
    ("a linguist", "linguista"),
    ("a guitarist", "guitarrista"),
    ("an acrobat", "acrobata"),
)
_RELATIONS: Final = (
    ("admires", "does not admire", "admira"),
    ("knows", "does not know", "conhece"),
    ("helps", "does not help", "ajuda"),
    ("invites", "does not invite", "convida"),
    ("respects", "does not respect", "respeita"),
    ("visits", "does not visit", "visita"),
    ("praises", "does not praise", "elogia"),
    ("greets", "does not greet", "cumprimenta"),
)
_NAMES: Final = ("Ana", "Bruno", "Clara", "Davi", "Elisa", "Fred", "Gil", "Helena")
_FUNCTIONS: Final = (
    ("the best friend of {}", "a pessoa que tem mais amizade com {}"),
    ("the neighbour of {}", "a pessoa que divide o muro com {}"),
    ("the boss of {}", "a pessoa que chefia {}"),
)


def lexicons(formulas: Sequence[Formula], rng: Random) -> Mapping[Language, Lexicon]:
    """Draw what the formulas' symbols mean; a function's name has its phrase too."""
    named = sorted({one for formula in formulas for one in predicates(formula)})
    things = sorted({name for formula in formulas for name in constants(formula)})
    arities = dict(one for formula in formulas for one in functions(formula))
    people = dict(zip(things, rng.sample(_NAMES, len(things)), strict=True))
    phrases = iter(rng.sample(_FUNCTIONS, len(_FUNCTIONS)))
    chosen = {name: next(phrases) for name in things if arities[name]}
    unary = [name for name, arity in named if arity == 1]
    binary = [name for name, arity in named if arity > 1]
    are = dict(zip(unary, rng.sample(_PROPERTIES, len(unary)), strict=True))
    do = dict(zip(binary, rng.sample(_RELATIONS, len(binary)), strict=True))
    return {
        "en": Lexicon(
            sentences={
                **{
                    name: (f"{{}} is {one}", f"{{}} is not {one}") for name, (one, _) in are.items()
                },
                **{
                    name: (f"{{}} {yes} {{}}", f"{{}} {no} {{}}")
                    for name, (yes, no, _) in do.items()
                },
            },
            names={**people, **{name: one for name, (one, _) in chosen.items()}},
        ),
        "pt": Lexicon(
            sentences={
                **{name: (f"{{}} é {one}", f"{{}} não é {one}") for name, (_, one) in are.items()},
                **{
                    name: (f"{{}} {one} {{}}", f"{{}} não {one} {{}}")
                    for name, (*_, one) in do.items()
                },
            },
            names={**people, **{name: one for name, (_, one) in chosen.items()}},
        ),
    }


def sentence(formula: Formula, language: Language, lexicon: Lexicon) -> str:
    """Write a formula as a sentence."""
    text = words(formula, language, lexicon)
    for name, phrase in lexicon.names.items():
        if "{}" in phrase:
            text = _applied(text, name, phrase)
    first = next(at for at, letter in enumerate(text) if letter.isalpha())  # `(` may come before
    return text[:first] + text[first].upper() + text[first + 1 :] + "."


def _applied(text: str, name: str, phrase: str) -> str:
    """Write `f(x)` as its phrase, inner ones first."""
    pattern = re.compile(rf"(?<!\w){re.escape(name)}\(([^()]*)\)")
    while (found := pattern.search(text)) is not None:
        text = text[: found.start()] + phrase.replace("{}", found[1]) + text[found.end() :]
    return text
