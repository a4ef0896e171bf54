"""Grow theories in which some chains of rules carry through for a thing, and some break.

    p0(a), s(a)         p0(x) → p1(x)      p1(x), s(x) → p2(x)      …

A chain *holds* for a thing that has all the facts that the chain needs, and *breaks* for one that
has all but one of them. Who has what is drawn before the question is, and things get idle facts
until all have equally many: the question's words tell nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from string import ascii_uppercase
from typing import Final

from evalsuite.logic.clauses import Literal, complement
from evalsuite.logic.datalog import Rule, Theory
from evalsuite.logic.syntax import Atom, Function, Variable

_X: Final = (Variable("x"),)
_THINGS: Final = ("a", "b", "c", "d", "e")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """How theories look.

    Attributes:
        negated: how often a side condition is negative.
        sides: how often a rule of a chain has a second condition.
        stated: whether a negative condition needs a fact that says so (open world).

    """

    negated: float = 0.0
    sides: float = 0.5
    stated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Rules that lead from a fact to an end.

    Attributes:
        levels: what is derived one after the other, the first of it from facts alone.
        rules: the i-th leads from level i to level i + 1.
        needs: the literals about a thing that the chain rests on.

    """

    levels: tuple[Literal, ...]
    rules: tuple[Rule, ...]
    needs: tuple[Literal, ...]

    @property
    def end(self) -> Literal:
        """What the chain leads to."""
        return self.levels[-1]


@dataclass(slots=True)
class Growth:
    """A theory that grows, and the names that are not in it yet."""

    rng: Random
    taste: Taste
    predicates: Iterator[str]
    things: tuple[str, ...]
    facts: list[Literal] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


def start(rng: Random, taste: Taste, things: int) -> Growth:
    """Return a growth with that many things and no theory."""
    letters = rng.sample(ascii_uppercase, len(ascii_uppercase))
    more = (f"{letter}{number}" for number in count(1) for letter in letters)
    names = (name for part in (letters, more) for name in part)
    return Growth(rng=rng, taste=taste, predicates=names, things=tuple(rng.sample(_THINGS, things)))


def fresh(growth: Growth, *, positive: bool = True) -> Literal:
    """Return a literal about x with a new predicate."""
    return Literal(atom=Atom(next(growth.predicates), _X), positive=positive)


def about(literal: Literal, thing: str) -> Literal:
    """Return what a literal about x says about a thing."""
    return Literal(atom=Atom(literal.atom.name, (Function(thing),)), positive=literal.positive)


def chain(growth: Growth, steps: int, end: Literal | None = None) -> Chain:
    """Grow a chain of so many rules, to this end or to a new one; it holds for nothing yet."""
    rng, taste = growth.rng, growth.taste
    levels = [fresh(growth) for _ in range(steps)]
    levels.append(fresh(growth) if end is None else end)
    needs = [levels[0]]
    rules = []
    for step in range(steps):
        body = [levels[step]]
        if rng.random() < taste.sides:
            if step and rng.random() < 1 / 4:
                body.append(rng.choice(levels[:step]))
            else:
                side = fresh(growth, positive=rng.random() >= taste.negated)
                needs.append(side)
                body.append(side)
        rng.shuffle(body)
        rules.append(Rule(body=tuple(body), head=levels[step + 1]))
    growth.rules += rules
    return Chain(levels=tuple(levels), rules=tuple(rules), needs=tuple(needs))


def hold(growth: Growth, one: Chain, thing: str) -> None:
    """Give a thing all that a chain needs."""
    for need in one.needs:
        _give(growth, need, thing)


def break_off(growth: Growth, one: Chain, thing: str) -> None:
    """Give a thing all that a chain needs but for one need."""
    lost = growth.rng.choice(one.needs)
    for need in one.needs:
        if need != lost:
            _give(growth, need, thing)
    if not lost.positive and not growth.taste.stated:
        growth.facts.append(about(complement(lost), thing))


def _give(growth: Growth, need: Literal, thing: str) -> None:
    if need.positive or growth.taste.stated:
        growth.facts.append(about(need, thing))


def decoy(growth: Growth, end: Literal, sources: Sequence[Literal]) -> None:
    """Add a rule that leads to the end, and whose other condition nothing has."""
    body = [growth.rng.choice(sources) if sources else fresh(growth), fresh(growth)]
    growth.rng.shuffle(body)
    growth.rules.append(Rule(body=tuple(body), head=end))


def distract(growth: Growth, rules: int) -> None:
    """Add rules to new predicates, with conditions that stand anywhere in the theory."""
    rng = growth.rng
    known = _predicates(growth)
    for _ in range(rules):
        body = rng.sample(known, min(len(known), rng.choice((1, 2, 2))))
        head = fresh(growth, positive=not (growth.taste.stated and rng.random() < 1 / 2))
        growth.rules.append(Rule(body=tuple(body), head=head))
        known.append(Literal(atom=head.atom, positive=True))


def _predicates(growth: Growth) -> list[Literal]:
    """Return what the theory speaks of, as positive literals about x."""
    atoms = (
        *(Atom(fact.atom.name, _X) for fact in growth.facts),
        *(one.atom for rule in growth.rules for one in (*rule.body, rule.head)),
    )
    return [Literal(atom=atom, positive=True) for atom in dict.fromkeys(atoms)]


def even(growth: Growth, things: Sequence[str], *, extra: int) -> None:
    """Add idle facts until these things have equally many, and `extra` more each."""
    counts = Counter(_of(fact) for fact in growth.facts)
    most = max(counts[thing] for thing in things) + extra
    spare = [fresh(growth) for _ in range(most - min(counts[thing] for thing in things))]
    for thing in things:
        for idle in growth.rng.sample(spare, most - counts[thing]):
            negative = growth.taste.stated and growth.rng.random() < 1 / 2
            growth.facts.append(about(complement(idle) if negative else idle, thing))


def _of(fact: Literal) -> str:
    (thing,) = fact.atom.args
    if not isinstance(thing, Function):
        raise TypeError(f"a fact about the variable `{thing.name}`")
    return thing.name


def theory(growth: Growth) -> Theory:
    """Return what has grown, in random order."""
    return Theory(
        facts=tuple(growth.rng.sample(growth.facts, len(growth.facts))),
        rules=tuple(growth.rng.sample(growth.rules, len(growth.rules))),
    )
