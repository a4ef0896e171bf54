"""Sentences as trees: what they mean, and how English and Portuguese say them.

A tree's slots are of sorts (a sign, an idiom, a determiner, a letter …), and two of one sort can
change places: what comes out is made of the same words and, mostly, means something else.

What a sentence means is found twice, and nothing is shared: `meaning` writes a formula, `holds`
evaluates the sentence itself: determiners are relations between sets, as Barwise and Cooper have
it (*Generalized Quantifiers and Natural Language*, 1981).

Readings: `or` is inclusive, `either … or …, but not both` (`ou … ou …`) exclusive; `A unless B` is
`A or B`; `B provided that A` is `if A, then B`; determiners have scope in the order they stand in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, TypeAlias

from evalsuite.logic.canonical import Leaf, Node, Tree
from evalsuite.logic.normal import conjunction
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Variable,
    Xor,
)

# The sorts of a form's slots. Sorts in capitals are letters for things said, and may be renamed.
FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "literal": ("ATOM", "sign"),
    "pair": ("idiom",),
    "text": (),
    "is": ("ADJECTIVE", "sign"),
    "joined": ("joint",),
    "does": ("VERB", "quantity", "NOUN"),
    "does-name": ("VERB", "sign", "NAME"),
    "quantified": ("determiner", "NOUN"),
    "named": ("NAME",),
}
IDIOMS: Final = (
    *("if", "if-after", "only-if", "provided", "unless", "or"),
    *("either", "and", "but", "neither", "not-both", "iff"),
)
DETERMINERS: Final = ("every", "not-every", "no", "some", "only")
YES, NO = "+", "-"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A form, what fills its slots, and its parts.

    The parts: of a pair its two sides, of a text its sentences, of `joined` two `is`; of
    `quantified` and `named` the verb phrase and then, maybe, the relative clause; of `does` the
    relative clause, if there is one.
    """

    form: str
    slots: tuple[str, ...] = ()
    parts: tuple["Phrase", ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slot is in a tree: the way down to its phrase, and which of its slots."""

    way: tuple[int, ...]
    slot: int
    sort: str
    value: str


# ── slots ───────────────────────────────────────────────────────────────────────────────────────


def places(phrase: Phrase, way: tuple[int, ...] = ()) -> Iterator[Place]:
    """Yield every slot of a tree."""
    for slot, (sort, value) in enumerate(zip(FORMS[phrase.form], phrase.slots, strict=True)):
        yield Place(way=way, slot=slot, sort=sort, value=value)
    for number, part in enumerate(phrase.parts):
        yield from places(part, (*way, number))


def letters(phrase: Phrase, sort: str) -> tuple[str, ...]:
    """Return the letters of a sort, sorted."""
    return tuple(sorted({place.value for place in places(phrase) if place.sort == sort}))


def exchanges(phrase: Phrase) -> list[tuple[Place, Place]]:
    """Return the pairs of slots that can change places, and would not be the same then."""
    return [
        (one, other)
        for one, other in combinations(places(phrase), 2)
        if one.sort == other.sort and one.value != other.value
    ]


def exchanged(phrase: Phrase, pair: tuple[Place, Place]) -> Phrase:
    """Let two slots change places."""
    one, other = pair
    return _put(_put(phrase, one.way, one.slot, other.value), other.way, other.slot, one.value)


def _put(phrase: Phrase, way: Sequence[int], slot: int, value: str) -> Phrase:
    if not way:
        return replace(phrase, slots=(*phrase.slots[:slot], value, *phrase.slots[slot + 1 :]))
    first, *rest = way
    parts = list(phrase.parts)
    parts[first] = _put(parts[first], rest, slot, value)
    return replace(phrase, parts=tuple(parts))


def tree(phrase: Phrase) -> Tree:
    """Return a phrase's tree, for its canonical form."""
    filled = (
        Leaf(f"{sort} {value}") if sort.isupper() else Node(value, ())
        for sort, value in zip(FORMS[phrase.form], phrase.slots, strict=True)
    )
    ordered = phrase.form != "text"
    return Node(phrase.form, (*filled, *map(tree, phrase.parts)), ordered=ordered)


# ── what can be said, in one way only ───────────────────────────────────────────────────────────

_SET_OFF: Final = frozenset(
    {"either", "neither"}
)  # they need no brackets where they end a sentence
_LEFT: Final = frozenset({"and", "or", "either", "neither", "not-both"})  # after "if"
_RIGHT: Final = frozenset({"or", "either", "neither", "not-both"})  # after "then"


def sayable(phrase: Phrase) -> bool:
    """Say whether a sentence can be said, and can then be meant in one way only."""
    return _fits(phrase) and all(map(sayable, phrase.parts))


def _fits(phrase: Phrase) -> bool:
    parts = phrase.parts
    match phrase.form, phrase.slots:
        case "pair", (idiom,):
            return _is_pair(idiom, *parts)
        case "joined", (joint,):
            distinct = parts[0].slots[0] != parts[1].slots[0]
            return distinct and (joint != "neither" or all(one.slots[1] == YES for one in parts))
        case "quantified", (determiner, noun):
            return _is_quantified(determiner, noun, *parts)
        case "text", ():
            return len(set(parts)) == len(parts)
        case _:
            return True


def _is_pair(idiom: str, left: Phrase, right: Phrase) -> bool:
    sides = (left, right)
    atoms = [place.value for side in sides for place in places(side) if place.sort == "ATOM"]
    if len(set(atoms)) < len(atoms):
        return False
    inner = [side.slots[0] for side in sides if side.form == "pair"]
    if idiom == "neither":
        return not inner and all(side.slots[1] == YES for side in sides)
    if not inner:
        return True
    if idiom == "if":
        return all(
            side.form == "literal" or side.slots[0] in known
            for side, known in zip(sides, (_LEFT, _RIGHT), strict=True)
        )
    first, last = (right, left) if idiom in {"if-after", "provided"} else (left, right)
    whole = idiom in {"if-after", "only-if", "provided", "unless", "iff"}
    return whole and first.form == "literal" and last.slots[0] in _SET_OFF


def _is_quantified(
    determiner: str, noun: str, verb_phrase: Phrase, clause: Phrase | None = None
) -> bool:
    nouns = [noun, *(place.value for place in places(verb_phrase) if place.sort == "NOUN")]
    adjectives = [
        place.value
        for part in (verb_phrase, *([clause] if clause else []))
        for place in places(part)
        if place.sort == "ADJECTIVE"
    ]
    if len(set(nouns)) < len(nouns) or len(set(adjectives)) < len(adjectives):
        return False
    match determiner:
        case "only":
            return clause is None and verb_phrase.form == "is" and verb_phrase.slots[1] == YES
        case "some":
            return True
        case _:  # "every … is not" could be "not every"
            denied = any(place.value == NO for place in places(verb_phrase) if place.sort == "sign")
            return not denied and verb_phrase.slots != ("neither",)


# ── what it means ───────────────────────────────────────────────────────────────────────────────


def meaning(phrase: Phrase) -> Formula:
    """Return what a sentence says."""
    match phrase.form, phrase.slots:
        case "literal", (atom, sign):
            return _signed(Atom(atom), sign)
        case "pair", (idiom,):
            return _paired(idiom, *map(meaning, phrase.parts))
        case "text", ():
            return conjunction(map(meaning, phrase.parts))
        case "quantified", (determiner, noun):
            x = Variable("x")
            restriction: Formula = Atom(noun, (x,))
            for clause in phrase.parts[1:]:
                restriction = And(restriction, _of(clause, x))
            return _quantified(determiner, restriction, _of(phrase.parts[0], x))
        case "named", (name,):
            return _of(phrase.parts[0], Function(name, ()))
        case _:
            raise AssertionError(f"`{phrase.form}` is no sentence")


def _signed(atom: Formula, sign: str) -> Formula:
    return atom if sign == YES else Not(atom)


def _paired(idiom: str, left: Formula, right: Formula) -> Formula:  # noqa: PLR0911 - each idiom
    match idiom:
        case "if" | "if-after" | "only-if" | "provided":
            return Implies(left, right)
        case "unless" | "or":
            return Or(left, right)
        case "either":
            return Xor(left, right)
        case "and" | "but":
            return And(left, right)
        case "neither":
            return And(Not(left), Not(right))
        case "not-both":
            return Not(And(left, right))
        case "iff":
            return Iff(left, right)
        case _:
            raise AssertionError(f"no idiom `{idiom}`")


def _quantified(determiner: str, restriction: Formula, body: Formula) -> Formula:
    match determiner:
        case "every":
            return Forall("x", Implies(restriction, body))
        case "not-every":
            return Not(Forall("x", Implies(restriction, body)))
        case "no":
            return Forall("x", Implies(restriction, Not(body)))
        case "some":
            return Exists("x", And(restriction, body))
        case "only":
            return Forall("x", Implies(body, restriction))
        case _:
            raise AssertionError(f"no determiner `{determiner}`")


def _of(verb_phrase: Phrase, term: Term) -> Formula:
    """Say of a thing what a verb phrase or a relative clause says."""
    match verb_phrase.form, verb_phrase.slots:
        case "is", (adjective, sign):
            return _signed(Atom(adjective, (term,)), sign)
        case "joined", (joint,):
            return _paired(joint, *(_of(part, term) for part in verb_phrase.parts))
        case "does-name", (verb, sign, name):
            return _signed(Atom(verb, (term, Function(name, ()))), sign)
        case "does", (verb, quantity, noun):
            y = Variable("y")
            one: Formula = Atom(noun, (y,))
            for clause in verb_phrase.parts:
                one = And(one, _of(clause, y))
            done = Atom(verb, (term, y))
            some = quantity == "some"
            return Exists("y", And(one, done)) if some else Forall("y", Implies(one, done))
        case _:
            raise AssertionError(f"`{verb_phrase.form}` is no verb phrase")


# ── whether it is true ──────────────────────────────────────────────────────────────────────────

_Things: TypeAlias = frozenset[str]


def holds(phrase: Phrase, structure: Structure) -> bool:
    """Say whether a sentence is true; an atom is where it has the tuple `()`."""
    match phrase.form, phrase.slots:
        case "literal", (atom, sign):
            return bool(structure.predicates.get(atom)) == (sign == YES)
        case "pair", (idiom,):
            one, other = (holds(part, structure) for part in phrase.parts)
            return (one, other) in _TRUE[idiom]
        case "text", ():
            return all(holds(part, structure) for part in phrase.parts)
        case "quantified", (determiner, noun):
            such = _having(noun, structure)
            for clause in phrase.parts[1:]:
                such &= _extension(clause, structure)
            return _related(determiner, such, _extension(phrase.parts[0], structure))
        case "named", (name,):
            return structure.constants[name] in _extension(phrase.parts[0], structure)
        case _:
            raise AssertionError(f"`{phrase.form}` is no sentence")


_T, _F = True, False
_TRUE: Final[Mapping[str, frozenset[tuple[bool, bool]]]] = {
    **dict.fromkeys(
        ("if", "if-after", "only-if", "provided"), frozenset({(_T, _T), (_F, _T), (_F, _F)})
    ),
    **dict.fromkeys(("unless", "or"), frozenset({(_T, _T), (_T, _F), (_F, _T)})),
    **dict.fromkeys(("and", "but"), frozenset({(_T, _T)})),
    "either": frozenset({(_T, _F), (_F, _T)}),
    "neither": frozenset({(_F, _F)}),
    "not-both": frozenset({(_T, _F), (_F, _T), (_F, _F)}),
    "iff": frozenset({(_T, _T), (_F, _F)}),
}


def _having(predicate: str, structure: Structure) -> _Things:
    return frozenset(one for (one,) in structure.predicates.get(predicate, ()))


def _extension(verb_phrase: Phrase, structure: Structure) -> _Things:
    """Return the things that a verb phrase or a relative clause is true of."""
    everything = frozenset(structure.domain)
    match verb_phrase.form, verb_phrase.slots:
        case "is", (adjective, sign):
            found = _having(adjective, structure)
            return found if sign == YES else everything - found
        case "joined", (joint,):
            one, other = (_extension(part, structure) for part in verb_phrase.parts)
            return {"and": one & other, "or": one | other, "neither": everything - one - other}[
                joint
            ]
        case "does-name", (verb, sign, name):
            pairs = structure.predicates.get(verb, frozenset())
            found = frozenset(one for one, to in pairs if to == structure.constants[name])
            return found if sign == YES else everything - found
        case "does", (verb, quantity, noun):
            goals = _having(noun, structure)
            for clause in verb_phrase.parts:
                goals &= _extension(clause, structure)
            pairs = structure.predicates.get(verb, frozenset())
            reached = {one: {to for by, to in pairs if by == one} for one in everything}
            return frozenset(
                one
                for one in everything
                if (goals & reached[one] if quantity == "some" else goals <= reached[one])
            )
        case _:
            raise AssertionError(f"`{verb_phrase.form}` is no verb phrase")


def _related(determiner: str, such: _Things, doing: _Things) -> bool:
    match determiner:
        case "every":
            return such <= doing
        case "not-every":
            return not such <= doing
        case "no":
            return not such & doing
        case "some":
            return bool(such & doing)
        case "only":
            return doing <= such
        case _:
            raise AssertionError(f"no determiner `{determiner}`")
