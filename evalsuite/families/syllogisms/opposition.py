"""How do two categorical propositions stand to each other?

The square of opposition, and what it becomes with complements, converted terms and denials:
Keynes's octagon. Existential import is taken for the terms and their complements.

Each relation can hold with each proposition denied or not, and with moods of either kind (A and O,
or E and I); these are drawn before the label, so that no word goes with a relation. The number of
negations would still tell contraries from subalterns by its parity; so one proposition is put as
"it is correct", "not correct", "incorrect" or "not incorrect to say", which are equally frequent.
Contraries have moods of one kind where the number of complements is odd, and of both where it is
even, contradictories the other way round: so a rung has both. With no complements, and with four,
only A and O can be independent, so that a rung has one or two, or two or three.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from random import Random
from typing import Final, TypeAlias

from evalsuite.families.syllogisms import _inferring, _nouns, _saying
from evalsuite.families.syllogisms._nouns import Noun
from evalsuite.families.syllogisms._saying import Preface, Surface
from evalsuite.logic import smt, syllogistic
from evalsuite.logic.syllogistic import MOODS, Categorical, Term
from evalsuite.logic.syntax import Formula, Not
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = (
    *("contradictory", "contrary", "subcontrary", "subaltern", "equivalent", "independent"),
)
CHOICES: Final = 6

_FEWEST, _MOST = 1, 4
# The complements and the prefaces of each rung.
_RUNGS: Final = {1: ((1, 2), 1), 2: ((1, 2), 2), 3: ((2, 3), 1), 4: ((2, 3), 2)}
_MILLISECONDS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Opposed:
    """Two propositions about the same two terms, with the nouns that these stand for."""

    first: Categorical
    second: Categorical
    nouns: Mapping[str, Noun]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: one or two complements, with one preface or two; then two or three, likewise."""

    fewest: int = 1
    most: int = 4
    surface: Surface = "words"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach, or an unknown surface."""
        if not _FEWEST <= self.fewest <= self.most <= _MOST:
            raise ValueError(f"`fewest` and `most`: 1 <= fewest <= most <= {_MOST}")
        if self.surface == "symbols":
            raise ValueError("`surface`: `words` or `nonce`")
        _saying.check_surface(self.surface)


def rungs(params: Params) -> tuple[int, ...]:
    """Return the rungs."""
    return tuple(range(params.fewest, params.most + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw two propositions with relation number `gold` between them."""
    first_term, second_term = sorted(_inferring.letters(rng, 2))
    denied = (rng.random() < 1 / 2, rng.random() < 1 / 2)
    kind = rng.choice(("AO", "EI"))
    choice, how_many = _RUNGS[rung]
    complements = rng.choice(choice)
    two = rng.choice(_pairs(complements)[LABELS[gold], *denied, kind])
    prefaced = rng.randrange(2)
    prefaces: list[Preface | None] = [None, None]
    for number in (prefaced, 1 - prefaced)[:how_many]:
        prefaces[number] = rng.choice(("direct", "roundabout"))
    drawn = rng.sample(_nouns.real(), 2)
    nouns = dict(zip((first_term, second_term), drawn, strict=True))
    letters = {"S": first_term, "P": second_term}
    if rng.random() < 1 / 2:
        letters = {"S": second_term, "P": first_term}
    problem = Opposed(first=_put(two[0], letters), second=_put(two[1], letters), nouns=nouns)
    called = _saying.words(params.surface, nouns, rng)
    return Draft(
        shown={
            "first": _saying.say(problem.first, called, prefaces[0]),
            "second": _saying.say(problem.second, called, prefaces[1]),
        },
        choices=LABELS,
        problem=problem,
        tags={
            "rung": rung,
            "complements": complements,
            "prefaces": how_many,
            "denied": sum(denied),
            "moods": "".join(sorted(one.mood for one in two)),
        },
    )


_Kind: TypeAlias = tuple[str, bool, bool, str]  # the relation, who is denied, what moods


@lru_cache(maxsize=8)
def _pairs(complements: int) -> Mapping[_Kind, list[tuple[Categorical, Categorical]]]:
    """Return the pairs of propositions about S and P with so many complements, by their kind.

    Two moods of which one is of either kind are of both.
    """
    found: dict[_Kind, list[tuple[Categorical, Categorical]]] = defaultdict(list)
    for first, second in product(_propositions(), repeat=2):
        terms = (first.subject, first.predicate, second.subject, second.predicate)
        if first == second or sum(not term.positive for term in terms) != complements:
            continue
        label = syllogistic.relation(first, second)
        for kind in ("AO", "EI"):
            if first.mood in kind or second.mood in kind:
                found[label, first.denied, second.denied, kind].append((first, second))
    return found


@lru_cache(maxsize=1)
def _propositions() -> tuple[Categorical, ...]:
    """Return the 64 propositions about S and P."""
    signs = (True, False)
    return tuple(
        Categorical(mood, Term(subject, one), Term(predicate, other), denied)
        for mood in MOODS
        for subject, predicate in (("S", "P"), ("P", "S"))
        for one, other, denied in product(signs, signs, signs)
    )


def _put(one: Categorical, letters: Mapping[str, str]) -> Categorical:
    subject, predicate = (
        Term(letters[term.name], term.positive) for term in (one.subject, one.predicate)
    )
    return Categorical(one.mood, subject, predicate, one.denied)


def decide(problem: Opposed) -> tuple[int, int]:
    """Return the answer by going through what there may be, and by z3.

    Raises:
        ValueError: z3 does not say.

    """
    by_worlds = syllogistic.relation(problem.first, problem.second)
    return LABELS.index(by_worlds), LABELS.index(_by_z3(problem))


def _by_z3(problem: Opposed) -> str:
    first, second = syllogistic.formula(problem.first), syllogistic.formula(problem.second)
    names = syllogistic.names((problem.first, problem.second))
    there = syllogistic.existence(Term(name, sign) for name in names for sign in (True, False))

    def together(*claims: Formula) -> bool:
        answer = smt.satisfiable((*there, *claims), milliseconds=_MILLISECONDS)
        if answer == "unknown":
            raise ValueError("z3 does not say")
        return answer == "yes"

    return syllogistic.relation_of(
        both=together(first, second),
        first_alone=together(first, Not(second)),
        second_alone=together(Not(first), second),
        neither=together(Not(first), Not(second)),
    )


def canonical(problem: Opposed) -> str:
    """Return a text that two problems share iff they are the same up to letters and order.

    What the terms stand for is a part of the problem.
    """
    return _saying.form("opposition", (), (problem.first, problem.second), problem.nouns)


def show(problem: Opposed) -> str:
    """Write a problem on one line, for messages."""
    both = (problem.first, problem.second)
    return " / ".join(show_formula(syllogistic.formula(one)) for one in both)


def certificate(params: Params, problem: Opposed) -> None:
    """Return nothing: a verdict is all that is asked."""
