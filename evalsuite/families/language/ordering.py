"""Which of four things stands at a place of a row?

Clues say who stands left of whom, and one order alone agrees with them all; none can be left out.
The place that is asked about is drawn without a look at the clues, so how often a thing is named,
or where, tells nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import combinations, permutations
from operator import and_
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite import names
from evalsuite.families import _vocabulary
from evalsuite.families._vocabulary import Thing, check_surface
from evalsuite.logic import solvers
from evalsuite.logic.canonical import Leaf, Node, any_order, form
from evalsuite.logic.normal import chain
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import And, Atom, Formula, Not, Or
from evalsuite.logic.text.words import Language
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

Kind: TypeAlias = Literal["left", "right", "just-left", "just-right", "next", "between", "inner"]
_Row: TypeAlias = tuple[str, ...]  # from left to right

_MOST = 8  # things; a decider goes through all their orders
_ORDINALS: Final[Mapping[Language, tuple[str, ...]]] = {
    "en": ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"),
    "pt": ("primeiro", "segundo", "terceiro", "quarto", "quinto", "sexto", "sétimo", "oitavo"),
}
_WORDS: Final[Mapping[Language, Mapping[Kind, str]]] = {
    "en": {
        "left": "{0} is somewhere to the left of {1}",
        "right": "{0} is somewhere to the right of {1}",
        "just-left": "{0} is immediately to the left of {1}",
        "just-right": "{0} is immediately to the right of {1}",
        "next": "{0} is next to {1}",
        "between": "{0} is somewhere between {1} and {2}",
        "inner": "{0} is not at either end",
    },
    "pt": {
        "left": "{0} está em algum lugar à esquerda {of1}",
        "right": "{0} está em algum lugar à direita {of1}",
        "just-left": "{0} está imediatamente à esquerda {of1}",
        "just-right": "{0} está imediatamente à direita {of1}",
        "next": "{0} está ao lado {of1}",
        "between": "{0} está em algum lugar entre {1} e {2}",
        "inner": "{0} não está em nenhuma das pontas",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many things there are."""

    fewest_things: int = 4
    most_things: int = 7
    surface: str = "words"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not CHOICES <= self.fewest_things <= self.most_things <= _MOST:
            raise ValueError(
                f"`fewest_things` and `most_things`: {CHOICES} <= fewest <= most <= {_MOST}"
            )
        check_surface(self.surface)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """How things stand to each other; `between` says of the first that it is, in either order."""

    kind: Kind
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which of the options stands at a place, counted from the left? Its index."""

    things: tuple[str, ...]
    clues: tuple[Clue, ...]
    place: int  # from 0
    options: tuple[str, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of things."""
    return tuple(range(params.fewest_things, params.most_things + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw a row, a place, and clues that leave no other row."""
    row = tuple(rng.sample(NAMES, rung))
    place = rng.randrange(rung)
    clues = _enough(row, rng)
    others = rng.sample([thing for thing in row if thing != row[place]], CHOICES - 1)
    problem = Order(
        things=tuple(sorted(row)),
        clues=clues,
        place=place,
        options=(*others[:gold], row[place], *others[gold:]),
    )
    return Draft(
        shown=_shown(problem, params.surface),
        choices=problem.options,
        problem=problem,
        tags={"rung": rung, "things": rung, "clues": len(clues)},
    )


def decide(problem: Order) -> tuple[int, int]:
    """Return the answer by going through all orders and by SAT solver.

    Raises:
        ValueError: no order agrees with the clues, or the place may be that of two things.

    """
    rows = [
        row
        for row in permutations(problem.things)
        if all(
            _agrees(clue.kind, [row.index(thing) for thing in clue.about], len(row))
            for clue in problem.clues
        )
    ]
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} orders agree with the clues")
    rules = [*_row_rules(problem.things), *(_claim(clue, problem) for clue in problem.clues)]
    fitting = [
        thing
        for thing in problem.things
        if solvers.satisfiable([*rules, _at(thing, problem.place)])
    ]
    if len(fitting) != 1:
        raise ValueError(f"{len(fitting)} things may be there")
    return problem.options.index(rows[0][problem.place]), problem.options.index(fitting[0])


def canonical(problem: Order) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    clues = any_order(
        Node(clue.kind, (first, any_order(rest)) if clue.kind == "between" else (first, *rest))
        for clue in problem.clues
        for first, *rest in [[Leaf(thing) for thing in clue.about]]
    )
    options = any_order(map(Leaf, problem.options))
    return form(
        Node(f"order {problem.place}", (clues, any_order(map(Leaf, problem.things)), options))
    )


def show(problem: Order) -> str:
    """Write a problem on one line, for messages."""
    clues = ", ".join(f"{clue.kind} {' '.join(clue.about)}" for clue in problem.clues)
    return f"{clues}; place {problem.place + 1}: {' / '.join(problem.options)}?"


def certificate(params: Params, problem: Order) -> None:
    """Return nothing: a verdict is all that is asked."""


# ── rows and clues ──────────────────────────────────────────────────────────────────────────────


def _agrees(kind: Kind, places: Sequence[int], count: int) -> bool:  # noqa: PLR0911 - each kind
    """Say whether a clue is true of things at these places of a row of so many."""
    first, second = places[0], places[-1]
    match kind:
        case "left":
            return first < second
        case "right":
            return first > second
        case "just-left":
            return first == second - 1
        case "just-right":
            return first == second + 1
        case "next":
            return abs(first - second) == 1
        case "between":
            return min(places[1:]) < first < max(places[1:])
        case "inner":
            return 0 < first < count - 1


@cache
def _orders(count: int) -> tuple[tuple[int, ...], ...]:
    """Return all ways to give so many things their places."""
    return tuple(permutations(range(count)))


@cache
def _rows(kind: Kind, about: tuple[int, ...], count: int) -> int:
    """Return the orders in which a clue is true, as the bits of a number."""
    found = 0
    for bit, places in enumerate(_orders(count)):
        if _agrees(kind, [places[thing] for thing in about], count):
            found |= 1 << bit
    return found


def _all_clues(things: Sequence[str]) -> list[Clue]:
    pairs = list(permutations(things, 2))
    kinds: tuple[Kind, ...] = ("left", "right", "just-left", "just-right", "next")
    return [
        *(Clue(kind=kind, about=pair) for kind in kinds for pair in pairs),
        *(Clue(kind="inner", about=(thing,)) for thing in things),
        *(
            Clue(kind="between", about=(thing, *pair))
            for thing in things
            for pair in combinations([one for one in things if one != thing], 2)
        ),
    ]


def _enough(row: _Row, rng: Random) -> tuple[Clue, ...]:
    """Draw clues that are true of a row and of no other, all of them needed."""
    count, number = len(row), {thing: place for place, thing in enumerate(sorted(row))}

    def rows(clue: Clue) -> int:
        return _rows(clue.kind, tuple(number[thing] for thing in clue.about), count)

    by_kind: dict[Kind, list[Clue]] = {}
    for clue in _all_clues(row):
        if _agrees(clue.kind, [row.index(thing) for thing in clue.about], count):
            by_kind.setdefault(clue.kind, []).append(clue)
    kept: list[Clue] = []
    left = everything = (1 << len(_orders(count))) - 1
    while left.bit_count() > 1:
        clue = rng.choice(by_kind[rng.choice(sorted(by_kind))])
        if left & ~rows(clue):
            kept.append(clue)
            left &= rows(clue)
    for clue in rng.sample(kept, len(kept)):
        rest = [one for one in kept if one is not clue]
        if reduce(and_, map(rows, rest), everything) == left:
            kept = rest
    rng.shuffle(kept)
    return tuple(kept)


# ── for the SAT solver ──────────────────────────────────────────────────────────────────────────


def _at(thing: str, place: int) -> Formula:
    return Atom(f"{thing}{place}")


def _row_rules(things: Sequence[str]) -> list[Formula]:
    """Say that each thing has one place, and each place one thing."""
    places = range(len(things))
    one_each = [chain(Or, [_at(thing, place) for place in places]) for thing in things]
    apart = [
        Not(And(_at(one, place), _at(other, place)))
        for one, other in combinations(things, 2)
        for place in places
    ]
    once = [
        Not(And(_at(thing, place), _at(thing, other)))
        for thing in things
        for place, other in combinations(places, 2)
    ]
    return [*one_each, *apart, *once]


def _claim(clue: Clue, problem: Order) -> Formula:
    """Say what a clue says, place by place."""
    count = len(problem.things)
    fitting: list[Formula] = []
    for places in permutations(range(count), len(clue.about)):
        if _fits(clue.kind, places, count):
            at = [_at(thing, place) for thing, place in zip(clue.about, places, strict=True)]
            fitting.append(chain(And, at))
    return chain(Or, fitting)


def _fits(kind: Kind, places: Sequence[int], count: int) -> bool:
    match kind, places:
        case "inner", (only,):
            return only not in {0, count - 1}
        case "between", (middle, *ends):
            return sorted(places)[1] == middle and len(ends) == len(places) - 1
        case _, (one, other):
            steps = {
                "left": range(1, count),
                "right": range(1 - count, 0),
                "just-left": (1,),
                "just-right": (-1,),
                "next": (-1, 1),
            }
            return other - one in steps[kind]
        case _:
            raise AssertionError(f"{kind} of {len(places)}")


# ── in words ────────────────────────────────────────────────────────────────────────────────────


def _shown(problem: Order, surface: str) -> dict[str, Json]:
    rng = Random(names.seed_of("words", canonical(problem)))
    drawn = _vocabulary.things(len(problem.things), rng, nonce=surface == "nonce")
    called = dict(zip(problem.things, drawn, strict=True))

    def phrase(thing: str) -> Json:
        return {to: _vocabulary.the(called[thing], to) for to in _vocabulary.LANGUAGES}

    return {
        "things": [phrase(thing) for thing in problem.things],
        "clues": [
            {to: _words(clue, called, to) for to in _vocabulary.LANGUAGES} for clue in problem.clues
        ],
        "place": {to: _ORDINALS[to][problem.place] for to in _vocabulary.LANGUAGES},
        "options": [phrase(thing) for thing in problem.options],
    }


def _words(clue: Clue, called: Mapping[str, Thing], language: Language) -> str:
    phrases = [_vocabulary.the(called[thing], language) for thing in clue.about]
    of = {f"of{place}": _vocabulary.of(phrase) for place, phrase in enumerate(phrases)}
    return _vocabulary.sentence(_WORDS[language][clue.kind].format(*phrases, **of))
