"""Who of four neighbours has the fish?

Four people live in four houses in a row, and differ in some respects: pet, drink, colour of the
house, instrument. Clues leave one assignment only, and none says outright who it is. Which pet (or
drink …) is asked about is drawn after the clues, so how often somebody is named tells nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice, permutations
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite import names
from evalsuite.families import _vocabulary
from evalsuite.logic import solvers
from evalsuite.logic.canonical import Leaf, Node, any_order, form
from evalsuite.logic.normal import chain
from evalsuite.logic.syntax import And, Atom, Formula, Iff, Not, Or
from evalsuite.logic.text.words import Language
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

Kind: TypeAlias = Literal["same", "other", "just-left", "left", "next", "at", "not-at"]
_Houses: TypeAlias = Mapping[str, int]  # of each value, counted from 0

_HOUSES = 4
_PEOPLE = "P"  # the respect in which people differ by being who they are
_RESPECTS = "ABCD"
_PAIRS: Final[tuple[Kind, ...]] = ("same", "other", "just-left", "left", "next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: in how many respects the people differ."""

    fewest_respects: int = 1
    most_respects: int = 4

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 1 <= self.fewest_respects <= self.most_respects <= len(_RESPECTS):
            raise ValueError(
                f"`fewest_respects` and `most_respects`: 1 <= fewest <= most <= {len(_RESPECTS)}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What is true of one value or two; a value is a respect's letter and a number."""

    kind: Kind
    about: tuple[str, ...]
    house: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Which of the people has a value? Their index among the options."""

    respects: int
    clues: tuple[Clue, ...]
    asked: str
    options: tuple[str, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of respects."""
    return tuple(range(params.fewest_respects, params.most_respects + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw who has what, and clues that leave nothing else; the owner is option `gold`."""
    truth = {
        value: house
        for respect in _respects(rung)
        for value, house in zip(respect, rng.sample(range(_HOUSES), _HOUSES), strict=True)
    }
    clues = _enough(truth, rung, rng)
    asked = rng.choice([value for value in truth if value[0] != _PEOPLE])
    if any(
        clue.kind == "same" and _PEOPLE in clue.about[0] and asked in clue.about for clue in clues
    ):
        return None
    people = _respects(0)[0]
    owner = next(one for one in people if truth[one] == truth[asked])
    others = rng.sample([one for one in people if one != owner], CHOICES - 1)
    problem = Neighbours(
        respects=rung,
        clues=clues,
        asked=asked,
        options=(*others[:gold], owner, *others[gold:]),
    )
    return Draft(
        shown=_shown(problem),
        choices=problem.options,
        problem=problem,
        tags={"rung": rung, "respects": rung, "clues": len(clues)},
    )


def decide(problem: Neighbours) -> tuple[int, int]:
    """Return the answer by going through the assignments and by SAT solver.

    Raises:
        ValueError: no assignment agrees with the clues, or more than one does.

    """
    found = list(islice(_assignments(problem.clues, problem.respects), 2))
    if len(found) != 1:
        raise ValueError(f"{len(found)} assignments agree with the clues, at least")
    houses = found[0]
    rules = [*_house_rules(problem.respects), *map(_claim, problem.clues)]
    fitting = [
        index
        for index, person in enumerate(problem.options)
        if solvers.satisfiable([*rules, _together(person, problem.asked)])
    ]
    if len(fitting) != 1:
        raise ValueError(f"{len(fitting)} people fit")
    owners = [houses[person] == houses[problem.asked] for person in problem.options]
    return owners.index(True), fitting[0]


def canonical(problem: Neighbours) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    clues = any_order(
        Node(
            f"{clue.kind} {clue.house}",
            tuple(map(Leaf, clue.about)),
            ordered=clue.kind not in {"same", "other", "next"},
        )
        for clue in problem.clues
    )
    people, *others = (any_order(map(Leaf, respect)) for respect in _respects(problem.respects))
    return form(Node("houses", (clues, people, any_order(others), Leaf(problem.asked))))


def show(problem: Neighbours) -> str:
    """Write a problem on one line, for messages."""
    clues = (
        f"{clue.kind} {' '.join(clue.about)}" + ("" if clue.house is None else f" {clue.house + 1}")
        for clue in problem.clues
    )
    return f"{', '.join(clues)}; {problem.asked}: {' / '.join(problem.options)}?"


def certificate(params: Params, problem: Neighbours) -> None:
    """Return nothing: a verdict is all that is asked."""


def _respects(count: int) -> list[list[str]]:
    """Return the values of each respect, the people first."""
    return [[f"{one}{value}" for value in range(_HOUSES)] for one in _PEOPLE + _RESPECTS[:count]]


# ── clues and assignments ───────────────────────────────────────────────────────────────────────


def _agrees(clue: Clue, houses: _Houses) -> bool:  # noqa: PLR0911 - a case for each kind
    one, other = houses[clue.about[0]], houses[clue.about[-1]]
    match clue.kind:
        case "same":
            return one == other
        case "other":
            return one != other
        case "just-left":
            return one + 1 == other
        case "left":
            return one < other
        case "next":
            return abs(one - other) == 1
        case "at":
            return one == clue.house
        case "not-at":
            return one != clue.house


def _all_clues(truth: _Houses) -> list[Clue]:
    """Return all that may be said; of a person and something else, the person first."""
    pairs = [pair for one, other in combinations(truth, 2) for pair in ((one, other), (other, one))]
    return [
        *(
            Clue(kind=kind, about=pair)
            for kind in _PAIRS
            for pair in pairs
            if kind not in {"same", "other"} or (pair[0][0] != pair[1][0] and pair[1][0] != _PEOPLE)
        ),
        *(
            Clue(kind=kind, about=(value,), house=house)
            for kind in ("at", "not-at")
            for value in truth
            for house in range(_HOUSES)
        ),
    ]


def _enough(truth: _Houses, count: int, rng: Random) -> tuple[Clue, ...]:
    """Draw true clues, each of which rules an assignment out, until there is no other left."""
    by_kind: dict[Kind, list[Clue]] = {}
    for clue in _all_clues(truth):
        if _agrees(clue, truth):
            by_kind.setdefault(clue.kind, []).append(clue)
    kinds = sorted(by_kind)
    kept: list[Clue] = []
    while True:
        wrong = next((one for one in _assignments(kept, count) if one != truth), None)
        if wrong is None:
            rng.shuffle(kept)
            return tuple(kept)
        clue = rng.choice(by_kind[rng.choice(kinds)])
        while _agrees(clue, wrong):
            clue = rng.choice(by_kind[rng.choice(kinds)])
        kept.append(clue)


_ORDERS: Final = tuple(permutations(range(_HOUSES)))


@cache
def _fitting(kind: Kind, value: int, other: int | None, house: int | None) -> int:
    """Return the orders of a respect that a clue about it alone allows, as bits of a number."""
    about = (f"{value}",) if other is None else (f"{value}", f"{other}")
    clue = Clue(kind=kind, about=about, house=house)
    named = (dict(zip("0123", order, strict=True)) for order in _ORDERS)
    return sum(1 << bit for bit, houses in enumerate(named) if _agrees(clue, houses))


@cache
def _allowed(kind: Kind, value: int, other: int) -> tuple[int, ...]:
    """Return, for each order of one respect, the orders of another that a clue allows, as bits."""
    clue = Clue(kind=kind, about=("one", "other"))
    return tuple(
        sum(
            1 << bit
            for bit, order in enumerate(_ORDERS)
            if _agrees(clue, {"one": first[value], "other": order[other]})
        )
        for first in _ORDERS
    )


@cache
def _allowing(kind: Kind, value: int, other: int) -> tuple[int, ...]:
    """Return, for each order of the other respect, the orders of the first that a clue allows."""
    rows = _allowed(kind, value, other)
    return tuple(
        sum(1 << bit for bit, row in enumerate(rows) if row >> place & 1)
        for place in range(len(_ORDERS))
    )


def _assignments(clues: Sequence[Clue], count: int) -> Iterator[dict[str, int]]:
    """Yield who lives where and has what."""
    respects = _respects(count)
    letters = _PEOPLE + _RESPECTS[:count]
    left = [(1 << len(_ORDERS)) - 1 for _ in respects]
    across: list[tuple[int, int, tuple[int, ...]]] = []  # from a respect to a later one
    for clue in clues:
        (one, value), (other, last) = (
            (letters.index(name[0]), int(name[1])) for name in (clue.about[0], clue.about[-1])
        )
        if one == other:
            second = last if len(clue.about) > 1 else None
            left[one] &= _fitting(clue.kind, value, second, clue.house)
        elif one < other:
            across.append((one, other, _allowed(clue.kind, value, last)))
        else:
            across.append((other, one, _allowing(clue.kind, value, last)))

    return _from(0, left, {}, respects, across)


def _from(
    level: int,
    left: Sequence[int],
    houses: dict[str, int],
    respects: Sequence[Sequence[str]],
    across: Sequence[tuple[int, int, tuple[int, ...]]],
) -> Iterator[dict[str, int]]:
    """Go on with the orders that are left of a respect, and with what they leave of later ones."""
    if level == len(respects):
        yield houses
        return
    for bit, order in enumerate(_ORDERS):
        after = list(left)
        for one, other, table in across:
            if one == level:
                after[other] &= table[bit]
        if left[level] >> bit & 1 and all(after[level:]):
            more = {**houses, **dict(zip(respects[level], order, strict=True))}
            yield from _from(level + 1, after, more, respects, across)


# ── for the SAT solver ──────────────────────────────────────────────────────────────────────────


def _at(value: str, house: int) -> Formula:
    return Atom(f"{value}_{house}")


def _house_rules(count: int) -> list[Formula]:
    """Say that each value has a house, and that no two of one respect share it, nor it two."""
    houses = range(_HOUSES)
    return [
        rule
        for respect in _respects(count)
        for rule in (
            *(chain(Or, [_at(value, house) for house in houses]) for value in respect),
            *(
                Not(And(_at(value, house), _at(value, other)))
                for value in respect
                for house, other in combinations(houses, 2)
            ),
            *(
                Not(And(_at(one, house), _at(other, house)))
                for one, other in combinations(respect, 2)
                for house in houses
            ),
        )
    ]


def _together(one: str, other: str) -> Formula:
    return chain(And, [Iff(_at(one, house), _at(other, house)) for house in range(_HOUSES)])


def _claim(clue: Clue) -> Formula:
    one, other = clue.about[0], clue.about[-1]
    houses = range(_HOUSES)
    match clue.kind:
        case "same":
            return _together(one, other)
        case "other":
            return Not(_together(one, other))
        case "just-left":
            pairs = [(house, house + 1) for house in houses[:-1]]
        case "left":
            pairs = list(combinations(houses, 2))
        case "next":
            pairs = [(house, house + step) for house in houses for step in (-1, 1)]
            pairs = [pair for pair in pairs if pair[1] in houses]
        case "at":
            return _at(one, clue.house or 0)
        case "not-at":
            return Not(_at(one, clue.house or 0))
    return chain(Or, [And(_at(one, left), _at(other, right)) for left, right in pairs])


# ── in words ────────────────────────────────────────────────────────────────────────────────────

# For each respect: the verb, its base, and the verb in Portuguese; then what the values are.
_WORDS: Final = (
    (
        ("has the", "have the", "tem o"),
        *(("cat", "gato"), ("dog", "cachorro"), ("fish", "peixe"), ("parrot", "papagaio")),
        *(("rabbit", "coelho"), ("horse", "cavalo")),
    ),
    (
        ("drinks", "drink", "bebe"),
        *(("tea", "chá"), ("coffee", "café"), ("milk", "leite"), ("juice", "suco")),
        *(("water", "água"), ("cocoa", "chocolate")),
    ),
    (
        ("has the car that is", "have the car that is", "tem o carro"),
        *(("red", "vermelho"), ("blue", "azul"), ("green", "verde"), ("white", "branco")),
        *(("yellow", "amarelo"), ("black", "preto")),
    ),
    (
        ("plays the", "play the", "toca"),
        *(("piano", "piano"), ("violin", "violino"), ("flute", "flauta"), ("guitar", "violão")),
        *(("harp", "harpa"), ("trumpet", "trompete")),
    ),
)
_PLACED: Final[Mapping[Language, Mapping[Kind, str]]] = {
    "en": {
        "just-left": "{0} lives immediately to the left of {1}",
        "left": "{0} lives somewhere to the left of {1}",
        "next": "{0} lives next to {1}",
        "at": "{0} lives in house {house}",
        "not-at": "{0} does not live in house {house}",
    },
    "pt": {
        "just-left": "{0} mora imediatamente à esquerda {of}",
        "left": "{0} mora em algum lugar à esquerda {of}",
        "next": "{0} mora ao lado {of}",
        "at": "{0} mora na casa {house}",
        "not-at": "{0} não mora na casa {house}",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Called:
    """What a value is called: as a subject, as what somebody does, and does not."""

    subject: Mapping[Language, str]
    does: Mapping[Language, str]
    does_not: Mapping[Language, str]


def _called(problem: Neighbours) -> dict[str, _Called]:
    rng = Random(names.seed_of("words", canonical(problem)))
    people, *respects = _respects(problem.respects)
    found = {
        value: _Called(
            subject={"en": person.en, "pt": person.pt},
            does={"en": f"is {person.en}", "pt": f"é {person.pt}"},
            does_not={"en": f"is not {person.en}", "pt": f"não é {person.pt}"},
        )
        for value, person in zip(people, _vocabulary.people(_HOUSES, rng), strict=True)
    }
    chosen = rng.sample(_WORDS, len(respects))
    for values, ((verb, base, verbo), *things) in zip(respects, chosen, strict=True):
        for value, (english, portuguese) in zip(values, rng.sample(things, _HOUSES), strict=True):
            does = {"en": f"{verb} {english}", "pt": f"{verbo} {portuguese}"}
            found[value] = _Called(
                subject={
                    "en": f"the person who {does['en']}",
                    "pt": f"a pessoa que {does['pt']}",
                },
                does={"en": does["en"], "pt": does["pt"]},
                does_not={"en": f"does not {base} {english}", "pt": f"não {does['pt']}"},
            )
    return found


def _shown(problem: Neighbours) -> dict[str, Json]:
    called = _called(problem)
    people, *respects = _respects(problem.respects)

    def each(value: str, *, does: bool) -> Json:
        one = called[value]
        return dict((one.does if does else one.subject).items())

    return {
        "people": [each(person, does=False) for person in people],
        "respects": [[each(value, does=True) for value in respect] for respect in respects],
        "clues": [
            {to: _words(clue, called, to) for to in _vocabulary.LANGUAGES} for clue in problem.clues
        ],
        "asked": each(problem.asked, does=True),
        "options": [each(person, does=False) for person in problem.options],
    }


def _words(clue: Clue, called: Mapping[str, _Called], language: Language) -> str:
    one, other = called[clue.about[0]], called[clue.about[-1]]
    subject = one.subject[language]
    match clue.kind:
        case "same":
            text = f"{subject} {other.does[language]}"
        case "other":
            text = f"{subject} {other.does_not[language]}"
        case _:
            object_ = other.subject[language]
            text = _PLACED[language][clue.kind].format(
                subject, object_, of=_vocabulary.of(object_), house=(clue.house or 0) + 1
            )
    return _vocabulary.sentence(text)
