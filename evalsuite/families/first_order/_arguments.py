"""Premises and conclusions of first-order arguments, drawn from shapes.

A rung has shapes for premises and for conclusions, written with `A`, `B`, … for properties and
`R`, `S` for relations. A shape's *fillings* are the formulas that say it of other predicates, with
the negations elsewhere, with the arguments of a relation turned round: all of them have the same
words, the same number of each.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations, permutations, product
from random import Random
from typing import Final

from evalsuite.logic.polarity import signs
from evalsuite.logic.syntax import (
    Atom,
    Formula,
    Function,
    Not,
    Term,
    Variable,
    parts,
    with_parts,
)
from evalsuite.logic.text import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What the arguments of a rung are made of.

    Attributes:
        unary: the predicates that are drawn for `A`, `B`, `C`.
        binary: those for `R` and `S`.
        count: how many premises there are.
        facts: shapes of which one premise at least is.
        rules: shapes of the other premises.
        conclusions: shapes of conclusions.

    """

    unary: tuple[str, ...]
    binary: tuple[str, ...]
    count: int
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    conclusions: tuple[str, ...]


RUNGS: Final[Mapping[int, Rung]] = {
    1: Rung(  # properties of named things
        unary=("A", "B", "C"),
        binary=(),
        count=3,
        facts=("A(a)", "A(a) & B(b)", "A(a) | B(b)", "A(a) -> B(b)"),
        rules=(
            "forall x. (A(x) -> B(x))",
            "forall x. (A(x) | B(x))",
            "forall x. (A(x) & B(x) -> C(x))",
        ),
        conclusions=("A(a) & B(b)", "A(a) -> B(b)", "A(a) & B(a)", "A(a) | B(b)"),
    ),
    2: Rung(  # properties alone
        unary=("A", "B", "C", "D"),
        binary=(),
        count=4,
        facts=(
            "exists x. (A(x) & B(x))",
            "exists x. A(x)",
            "exists x. (A(x) & (B(x) | C(x)))",
        ),
        rules=(
            "forall x. (A(x) -> B(x))",
            "forall x. (A(x) & B(x) -> C(x))",
            "forall x. (A(x) -> B(x) | C(x))",
            "(exists x. A(x)) -> (forall x. B(x))",
            "(exists x. A(x)) -> (exists x. B(x))",
        ),
        conclusions=(
            "exists x. (A(x) & B(x))",
            "forall x. (A(x) -> B(x))",
            "forall x. (A(x) & B(x) -> C(x))",
            "exists x. (A(x) & B(x) & C(x))",
            "(exists x. A(x)) & (exists x. B(x))",
        ),
    ),
    3: Rung(  # a relation: quantifiers by turns
        unary=("A", "B", "C"),
        binary=("R",),
        count=4,
        facts=(
            "exists x. (A(x) & B(x))",
            "exists x. (A(x) & (forall y. (B(y) -> R(x, y))))",
            "exists x. exists y. (A(x) & R(x, y))",
            "forall x. exists y. R(x, y)",
        ),
        rules=(
            "forall x. (A(x) -> (exists y. (B(y) & R(x, y))))",
            "forall x. (A(x) -> (forall y. (B(y) -> R(x, y))))",
            "forall x. forall y. (A(x) & R(x, y) -> B(y))",
            "forall x. forall y. (R(x, y) -> A(x) | B(y))",
            "forall x. (A(x) -> B(x))",
        ),
        conclusions=(
            "exists x. exists y. (R(x, y) & A(x) & B(y))",
            "exists x. (A(x) & (exists y. (B(y) & R(x, y))))",
            "forall x. (A(x) -> (exists y. (B(y) & R(x, y))))",
            "forall x. (A(x) -> (forall y. (B(y) -> R(x, y))))",
            "exists x. (A(x) & (forall y. (B(y) -> R(x, y))))",
        ),
    ),
    4: Rung(  # two relations: premises are used again and again
        unary=("A", "B"),
        binary=("R", "S"),
        count=5,
        facts=(
            "forall x. exists y. R(x, y)",
            "exists x. (A(x) & B(x))",
            "forall x. (A(x) -> (exists y. (B(y) & R(x, y))))",
            "exists x. forall y. (A(y) -> R(x, y))",
        ),
        rules=(
            "forall x. forall y. forall z. (R(x, y) & S(y, z) -> R(x, z))",
            "forall x. forall y. (R(x, y) -> S(x, y))",
            "forall x. forall y. (A(x) & R(x, y) -> B(y))",
            "forall x. forall y. (R(x, y) -> (exists z. (S(x, z) & S(z, y))))",
            "forall x. (A(x) -> (exists y. (R(x, y) & S(x, y))))",
            "forall x. (A(x) -> B(x))",
        ),
        conclusions=(
            "exists x. exists y. (R(x, y) & S(x, y))",
            "exists x. exists y. (R(x, y) & S(x, y) & A(x))",
            "forall x. (A(x) -> (exists y. (B(y) & R(x, y))))",
            "forall x. exists y. (R(x, y) & S(x, y))",
            "exists x. exists y. exists z. (R(x, y) & S(y, z) & A(x))",
            "forall x. forall y. (A(x) & R(x, y) -> S(x, y))",
        ),
    ),
    5: Rung(  # a function
        unary=("A", "B", "C"),
        binary=("R",),
        count=5,
        facts=(
            "A(a)",
            "forall x. R(x, f(x))",
            "exists x. (A(x) & B(f(x)))",
            "A(a) & R(a, f(a))",
        ),
        rules=(
            "forall x. (A(x) -> B(f(x)))",
            "forall x. (A(f(x)) -> B(x))",
            "forall x. (R(x, f(x)) -> A(x))",
            "forall x. forall y. (R(x, y) & A(x) -> B(f(y)))",
            "forall x. forall y. (R(x, y) -> R(f(x), f(y)))",
            "forall x. forall y. forall z. (R(x, y) & R(y, z) -> R(x, z))",
            "forall x. (A(x) -> (exists y. (B(y) & R(f(x), y))))",
            "forall x. (A(x) -> B(x) | C(f(x)))",
        ),
        conclusions=(
            "exists x. (A(x) & B(f(x)))",
            "exists x. (A(x) & R(x, f(f(x))))",
            "A(f(f(a))) & B(f(a))",
            "exists x. exists y. (A(x) & B(y) & R(x, y))",
            "forall x. (A(x) -> B(f(f(x))))",
            "forall x. (A(x) -> (exists y. (B(y) & R(x, f(y)))))",
        ),
    ),
}


@cache
def shape(text: str) -> Formula:
    """Read a shape."""
    return reading.formula(text)


def premises(rung: Rung, rng: Random) -> tuple[Formula, ...]:
    """Draw a rung's premises, one fact at least, in random order."""
    facts = rng.choice((1, 1, 2)) if rung.count > 3 else rng.choice((1, 2))  # noqa: PLR2004
    chosen = [rng.choice(rung.facts) for _ in range(facts)]
    chosen += [rng.choice(rung.rules) for _ in range(rung.count - facts)]
    rng.shuffle(chosen)
    return tuple(_filling(shape(text), rung, rng) for text in chosen)


def _filling(formula: Formula, rung: Rung, rng: Random) -> Formula:
    places = list(atoms(formula))
    named = renamed(_cast(places, rung, rng), places)
    signs = [rng.random() < 0.25 for _ in places]  # noqa: PLR2004 - more, and few premises agree
    return with_atoms(formula, iter(_signed(named, signs)))


def fillings(rung: Rung, rng: Random) -> tuple[Formula, ...]:
    """Return each filling of a random conclusion's shape: all have the same words."""
    text = rng.choice(rung.conclusions)
    places = list(atoms(shape(text)))
    cast = _cast(places, rung, rng)
    negations = min(rng.choice((0, 0, 1, 1, 2)), len(places) - 1)
    return _fillings(text, tuple(sorted(cast.items())), negations)


@lru_cache(maxsize=1 << 12)
def _fillings(text: str, cast: tuple[tuple[str, str], ...], negations: int) -> tuple[Formula, ...]:
    places = list(atoms(shape(text)))
    chosen = renamed(dict(cast), places)
    turns = [(False, True) if len(atom.args) > 1 else (False,) for atom in places]
    found: dict[Formula, None] = {}
    for order, turned, negated in product(
        _orders(chosen), product(*turns), combinations(range(len(places)), negations)
    ):
        here = [
            Atom(name, place.args[::-1] if turn else place.args)
            for name, place, turn in zip(order, places, turned, strict=True)
        ]
        signs = [at in negated for at in range(len(places))]
        found[with_atoms(shape(text), iter(_signed(here, signs)))] = None
    return tuple(found)


def _orders(chosen: Sequence[Atom]) -> list[tuple[str, ...]]:
    """Return each way to put the atoms' predicates in places of the same arity."""
    by_arity = {
        arity: [at for at, atom in enumerate(chosen) if len(atom.args) == arity]
        for arity in {len(atom.args) for atom in chosen}
    }
    orders = set()
    for row in product(*(permutations(places) for places in by_arity.values())):
        names = [""] * len(chosen)
        for places, order in zip(by_arity.values(), row, strict=True):
            for at, source in zip(places, order, strict=True):
                names[at] = chosen[source].name
        orders.add(tuple(names))
    return sorted(orders)


def _cast(places: Sequence[Atom], rung: Rung, rng: Random) -> dict[str, str]:
    """Choose a predicate for each letter of a shape, different ones for different letters."""
    unary = rng.sample(rung.unary, len(rung.unary))
    binary = rng.sample(rung.binary, len(rung.binary))
    letters = sorted({(len(atom.args), atom.name) for atom in places})
    cast: dict[str, str] = {}
    for arity, letter in letters:
        pool = unary if arity == 1 else binary
        # With a single relation, `R` and `S` are both that one.
        cast[letter] = pool.pop() if pool else rng.choice(rung.binary)
    return cast


def renamed(cast: Mapping[str, str], places: Sequence[Atom]) -> list[Atom]:
    """Return the atoms with other predicates."""
    return [Atom(cast.get(atom.name, atom.name), atom.args) for atom in places]


def _signed(atoms: Sequence[Atom], negated: Sequence[bool]) -> list[Formula]:
    return [Not(atom) if no else atom for atom, no in zip(atoms, negated, strict=True)]


def atoms(formula: Formula) -> Iterator[Atom]:
    """Yield every occurrence of an atom, from left to right."""
    if isinstance(formula, Atom):
        yield formula
    for part in parts(formula):
        yield from atoms(part)


def with_atoms(formula: Formula, others: Iterator[Formula]) -> Formula:
    """Put formulas in the places of atoms, from left to right."""
    if isinstance(formula, Atom):
        return next(others)
    return with_parts(formula, lambda part: with_atoms(part, others))


def with_names(formula: Formula, names: Mapping[str, str]) -> Formula:
    """Give predicates, functions and constants other names."""
    return with_atoms(
        formula,
        iter(
            [
                Atom(names.get(one.name, one.name), tuple(_named(arg, names) for arg in one.args))
                for one in atoms(formula)
            ]
        ),
    )


def _named(term: Term, names: Mapping[str, str]) -> Term:
    match term:
        case Variable():
            return term
        case Function(name, args):
            return Function(names.get(name, name), tuple(_named(arg, names) for arg in args))


# ── signs ───────────────────────────────────────────────────────────────────────────────────────


def agreement(premises: Sequence[Formula], conclusion: Formula) -> int:
    """Count where the conclusion's predicates stand with the sign they have in the premises.

    Without this, a conclusion that repeats the premises' literals would follow more often.
    """
    said = Counter(one for premise in premises for one in _signed_names(premise))
    return sum(
        said[name, positive] - said[name, not positive]
        for name, positive in _signed_names(conclusion)
    )


@lru_cache(maxsize=1 << 14)
def _signed_names(formula: Formula) -> tuple[tuple[str, bool], ...]:
    return tuple(signs(formula, positive=True))
