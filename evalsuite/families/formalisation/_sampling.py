"""Random sentences that can be said in one way, of four sizes, and four alike of each.

1    two plain sentences
2    one sentence within which another is, or with a clause, two adjectives or a second noun
3    a sentence as in 2 and a plain one
4    two sentences as in 2
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Final

from evalsuite.families.formalisation._phrases import (
    DETERMINERS,
    IDIOMS,
    NO,
    YES,
    Phrase,
    exchanged,
    exchanges,
    meaning,
    sayable,
)
from evalsuite.logic import semantics, tables
from evalsuite.logic.provers import models
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Formula, Truth, Xor, atoms, is_propositional

RUNGS: Final = (1, 2, 3, 4)
_FRAGMENTS: Final = ("propositional", "first-order", "both")
_ATTEMPTS = 50
_DENIED = 0.35
_NAMED = 0.3
_PLAINER = 0.8
_INNER: Final = ("and", "or", "either", "neither", "not-both")
_OUTER: Final = ("if", "if", "if", "if-after", "only-if", "provided", "unless", "iff")


def check_fragment(fragment: str) -> None:
    """Refuse a fragment that is not known.

    Raises:
        ValueError: it is none of them.

    """
    if fragment not in _FRAGMENTS:
        raise ValueError(f"`fragment`: one of {', '.join(f'`{one}`' for one in _FRAGMENTS)}")


def text(rung: int, fragment: str, rng: Random) -> Phrase | None:
    """Draw a text of a size."""
    if fragment == "both":
        fragment = rng.choice(_FRAGMENTS[:2])
    propositional = fragment == "propositional"
    plain, nested = (_pair, _nested_pair) if propositional else (_plain, _nested)
    sizes = {1: (1, 1), 2: (2,), 3: rng.choice(((1, 2), (2, 1))), 4: (2, 2)}[rung]
    for _ in range(_ATTEMPTS):
        about = _letters(rng)
        sentences = tuple((plain if size == 1 else nested)(about, rng) for size in sizes)
        found = sentences[0] if len(sentences) == 1 else Phrase("text", (), sentences)
        if sayable(found):
            return found
    return None


def square(phrase: Phrase, rng: Random) -> tuple[Phrase, ...] | None:
    """Return a sentence with three others in the same words, no two of which mean the same.

    Two pairs of words change places, each or not. So each of the four is as far from the others as
    any of them is.
    """
    pairs = exchanges(phrase)
    # Connectives, signs and determiners first, mostly: to exchange letters is easier to see.
    pairs.sort(key=lambda pair: rng.random() + (pair[0].sort.isupper() and rng.random() < _PLAINER))
    for one, other in combinations(pairs[:12], 2):
        if {(x.way, x.slot) for x in one} & {(x.way, x.slot) for x in other}:
            continue
        found = (
            phrase,
            exchanged(phrase, one),
            exchanged(phrase, other),
            exchanged(exchanged(phrase, one), other),
        )
        if all(map(sayable, found)) and apart(found) is not None:
            return tuple(rng.sample(found, len(found)))
    return None


def same_bag(texts: Sequence[str]) -> bool:
    """Say whether texts are made of the same words and signs."""
    bags = [Counter(text.casefold().replace(".", " ").replace(",", " ").split()) for text in texts]
    return all(bag == bags[0] for bag in bags) and len(set(texts)) == len(texts)


def same_signs(texts: Sequence[str]) -> bool:
    """Say whether formulas are made of the same signs and letters."""
    return len({tuple(sorted(text)) for text in texts}) == 1 and len(set(texts)) == len(texts)


def contingent(formula: Formula) -> bool:
    """Say whether a formula can be true and can be false, in structures of three things at most."""
    return all(_telling(formula, Truth(value)) is not None for value in (True, False))


def tuples(domain: Sequence[str], arity: int) -> tuple[tuple[str, ...], ...]:
    """Return all tuples of things."""
    return tuple(product(domain, repeat=arity))


def apart(phrases: Sequence[Phrase]) -> tuple[Structure, ...] | None:
    """Return structures by which any two sentences can be told apart; `None`: two cannot."""
    found = [_telling(*map(meaning, pair)) for pair in combinations(phrases, 2)]
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def _telling(one: Formula, other: Formula) -> Structure | None:
    """Return a structure, of three things at most, in which two formulas differ."""
    differ = Xor(one, other)
    if is_propositional(differ):
        names = sorted(set(atoms(differ)))
        if not tables.table(differ, names):
            return None
        row = next(row for row in semantics.valuations(names) if semantics.value(differ, row))
        return valued(row)
    model = models.find([differ], None, sizes=range(1, 4))
    return model if isinstance(model, Structure) else None


def valued(row: semantics.Valuation) -> Structure:
    """Return a valuation as a structure."""
    true = {name: frozenset({()}) for name, value in row.items() if value}
    return Structure(domain=("0",), predicates=true)


# ── sentences ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letters:
    """What a text is about."""

    atoms: tuple[str, ...]
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...]


def _letters(rng: Random) -> _Letters:
    drawn = rng.sample(NAMES, 9)
    return _Letters(
        atoms=tuple(drawn[: rng.choice((4, 5))]),
        nouns=tuple(drawn[: rng.choice((2, 3))]),
        adjectives=tuple(drawn[3 : 5 + rng.choice((1, 2))]),
        verbs=tuple(drawn[7 : 7 + rng.choice((1, 2))]),
        names=("a", "b"),
    )


def _sign(rng: Random) -> str:
    return NO if rng.random() < _DENIED else YES


def _pair(about: _Letters, rng: Random) -> Phrase:
    return Phrase("pair", (rng.choice(IDIOMS),), tuple(_literals(2, about, rng)))


def _nested_pair(about: _Letters, rng: Random) -> Phrase:
    first, second, third, *fourth = _literals(rng.choice((3, 4)), about, rng)
    inner = Phrase("pair", (rng.choice(_INNER),), (first, second))
    other = Phrase("pair", (rng.choice(_INNER),), (third, *fourth)) if fourth else third
    sides = rng.sample((inner, other), 2)
    return Phrase("pair", (rng.choice(_OUTER),), tuple(sides))


def _literals(count: int, about: _Letters, rng: Random) -> list[Phrase]:
    return [Phrase("literal", (atom, _sign(rng))) for atom in rng.sample(about.atoms, count)]


def _plain(about: _Letters, rng: Random) -> Phrase:
    if rng.random() < _NAMED:
        does = rng.choice((_joined, _does_name))(about, rng)
        return Phrase("named", (rng.choice(about.names),), (does,))
    slots = (rng.choice(DETERMINERS), rng.choice(about.nouns))
    return Phrase("quantified", slots, (_is(about, rng),))


def _nested(about: _Letters, rng: Random) -> Phrase:
    slots = (rng.choice(DETERMINERS), rng.choice(about.nouns))
    does = rng.choice((_is, _joined, _does, _does, _does_name))(about, rng)
    plain = does.form in {"is", "does-name"}
    clause = [rng.choice((_is, _does_name))(about, rng)] if plain or rng.random() < 1 / 2 else []
    return Phrase("quantified", slots, (does, *clause))


def _is(about: _Letters, rng: Random) -> Phrase:
    return Phrase("is", (rng.choice(about.adjectives), _sign(rng)))


def _joined(about: _Letters, rng: Random) -> Phrase:
    parts = tuple(
        Phrase("is", (adjective, _sign(rng))) for adjective in rng.sample(about.adjectives, 2)
    )
    return Phrase("joined", (rng.choice(("and", "or", "neither")),), parts)


def _does(about: _Letters, rng: Random) -> Phrase:
    slots = (rng.choice(about.verbs), rng.choice(("some", "every")), rng.choice(about.nouns))
    return Phrase("does", slots, (_is(about, rng),) if rng.random() < _NAMED else ())


def _does_name(about: _Letters, rng: Random) -> Phrase:
    return Phrase("does-name", (rng.choice(about.verbs), _sign(rng), rng.choice(about.names)))
