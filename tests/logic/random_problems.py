"""Random problems for the tests that compare deciders."""

import os
from collections.abc import Sequence
from random import Random

from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.sampling import formula
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
    Truth,
    Variable,
    Xor,
    with_parts,
)

DEEP = "EVALSUITE_DEEP"


def share(full: int, *, of: int = 20) -> int:
    """Return how many cases to run: all of them with `EVALSUITE_DEEP=1`, else one in `of`."""
    return full if os.environ.get(DEEP) else max(1, full // of)


def inference(rng: Random, atoms: int = 5) -> tuple[tuple[Formula, ...], Formula]:
    """Draw up to three premises and a conclusion, propositional."""
    letters = "PQRSU"[: rng.randint(1, atoms)]
    *premises, conclusion = (
        _seasoned(formula([rng.choice(letters) for _ in range(size)], rng, negated=0.25), rng)
        for size in (rng.randint(1, 5) for _ in range(rng.randint(1, 4)))
    )
    return tuple(premises), conclusion


def _seasoned(tree: Formula, rng: Random) -> Formula:
    """Make some biconditionals exclusive and some atoms constants."""
    match tree:
        case Iff(left, right) if rng.random() < 1 / 3:
            return Xor(_seasoned(left, rng), _seasoned(right, rng))
        case Atom() if rng.random() < 1 / 40:
            return Truth(rng.random() < 1 / 2)
        case _:
            return with_parts(tree, lambda part: _seasoned(part, rng))


def clause_set(rng: Random) -> tuple[Clause, ...]:
    """Draw propositional clauses, about as often satisfiable as not."""
    names = "PQRSU"[: rng.randint(2, 5)]
    count = rng.randint(2, 4 * len(names))
    return tuple(
        frozenset(
            Literal(atom=Atom(rng.choice(names)), positive=rng.random() < 1 / 2)
            for _ in range(rng.choice((1, 2, 2, 3)))
        )
        for _ in range(count)
    )


def first_order(rng: Random) -> tuple[tuple[Formula, ...], Formula]:
    """Draw up to three closed premises and a closed conclusion, with quantifiers."""
    return tuple(_closed(rng) for _ in range(rng.randint(0, 3))), _closed(rng)


def _closed(rng: Random) -> Formula:
    return _quantified(rng, rng.randint(1, 4), ())


def _quantified(rng: Random, size: int, bound: Sequence[str]) -> Formula:
    if size <= 1:
        return _atom(rng, bound)
    roll = rng.random()
    if roll < 0.45 and len(bound) < 3:
        variable = "xyz"[len(bound)]
        return rng.choice((Forall, Exists))(variable, _quantified(rng, size, (*bound, variable)))
    if roll < 0.6:
        return Not(_quantified(rng, size - 1, bound))
    cut = rng.randint(1, size - 1)
    connective = rng.choice((And, Or, Implies, Implies, Iff))
    return connective(_quantified(rng, cut, bound), _quantified(rng, size - cut, bound))


def _atom(rng: Random, bound: Sequence[str]) -> Formula:
    name, arity = rng.choice((("P", 1), ("Q", 1), ("R", 2), ("S", 0)))
    return Atom(name, tuple(_term(rng, bound) for _ in range(arity)))


def _term(rng: Random, bound: Sequence[str], depth: int = 0) -> Term:
    if depth == 0 and rng.random() < 0.12:
        return Function("f", (_term(rng, bound, 1),))
    if bound and rng.random() < 0.8:
        return Variable(rng.choice(bound))
    return Function(rng.choice("ab"))
