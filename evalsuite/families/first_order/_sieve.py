"""Many small structures at once: what a formula is worth in each of them, as the bits of a number.

The structures are random ones with one to three elements, always the same. An inference that one of
them refutes does not follow; one that none refutes is worth a proof's time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from itertools import product
from operator import and_, or_
from random import Random
from typing import Final

from evalsuite import names
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
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
)

UNARY: Final = ("A", "B", "C", "D")
BINARY: Final = ("R", "S")
CONSTANTS: Final = ("a", "b", "c")
FUNCTION: Final = "f"

_STRUCTURES: Final = {1: 64, 2: 512, 3: 1024}  # how many, by number of elements


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sieve:
    """Structures of one size; bit i of a number is about the i-th of them."""

    size: int
    all: int
    atoms: Mapping[tuple[str, tuple[int, ...]], int]
    values: Mapping[tuple[int, int], int]  # where the function takes one element to another


@cache
def _sieves() -> tuple[_Sieve, ...]:
    rng = Random(names.seed_of("first-order", "sieve"))
    return tuple(_sieve(size, count, rng) for size, count in _STRUCTURES.items())


def _sieve(size: int, count: int, rng: Random) -> _Sieve:
    atoms: dict[tuple[str, tuple[int, ...]], int] = {}
    arities = [*((name, 1) for name in UNARY), *((name, 2) for name in BINARY)]
    for name, arity in arities:
        sparse, dense = rng.getrandbits(count), rng.getrandbits(count)  # where it is so
        for args in product(range(size), repeat=arity):
            one, two, three = (rng.getrandbits(count) for _ in range(3))
            thin, thick = one & two, one | two
            if arity > 1:
                thin = thin & three | one & two & ~three & rng.getrandbits(count)
            atoms[name, args] = (
                (sparse & ~dense & thin)
                | (dense & ~sparse & thick)
                | (~(sparse ^ dense) & one & (1 << count) - 1)
            )
    values: dict[tuple[int, int], int] = {}
    for element in range(size):
        left = (1 << count) - 1
        for to in range(size):
            share = rng.getrandbits(count) if to < size - 1 else -1
            if size > 2 and to < size - 2:  # noqa: PLR2004 - so that all are about equally likely
                share &= rng.getrandbits(count) | rng.getrandbits(count)
            values[element, to] = left & share
            left &= ~share
    return _Sieve(size=size, all=(1 << count) - 1, atoms=atoms, values=values)


# ── what formulas are worth ─────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1 << 16)
def table(formula: Formula) -> int:
    """Return where a sentence is true, all sizes in one number."""
    joined, shift = 0, 0
    for sieve in _sieves():
        joined |= _worth(formula, {}, sieve) << shift
        shift += _STRUCTURES[sieve.size]
    return joined


def everywhere() -> int:
    """Return the table of a sentence that is true in all of them."""
    return (1 << sum(_STRUCTURES.values())) - 1


def refuted(premises: Sequence[int], conclusion: int) -> bool:
    """Say whether some structure makes the premises true and the conclusion false."""
    return reduce(and_, premises, everywhere()) & ~conclusion != 0


def _worth(formula: Formula, things: Mapping[str, int], sieve: _Sieve) -> int:  # noqa: C901, PLR0911 - a case for each connective
    match formula:
        case Atom(name, args):
            return _atom(name, args, things, sieve)
        case Truth(value):
            return sieve.all if value else 0
        case Not(body):
            return sieve.all & ~_worth(body, things, sieve)
        case And(left, right):
            return _worth(left, things, sieve) & _worth(right, things, sieve)
        case Or(left, right):
            return _worth(left, things, sieve) | _worth(right, things, sieve)
        case Implies(left, right):
            return sieve.all & ~_worth(left, things, sieve) | _worth(right, things, sieve)
        case Iff(left, right):
            return sieve.all & ~(_worth(left, things, sieve) ^ _worth(right, things, sieve))
        case Xor(left, right):
            return _worth(left, things, sieve) ^ _worth(right, things, sieve)
        case Forall(variable, body) | Exists(variable, body):
            join = and_ if isinstance(formula, Forall) else or_
            return reduce(
                join,
                (_worth(body, {**things, variable: one}, sieve) for one in range(sieve.size)),
            )
        case Box() | Diamond():
            raise ValueError("a structure has no worlds")


def _atom(name: str, args: Sequence[Term], things: Mapping[str, int], sieve: _Sieve) -> int:
    plain = [_element(arg, things, sieve) for arg in args]
    if None not in plain:
        return sieve.atoms[name, tuple(one for one in plain if one is not None)]
    denoted = [_denoted(arg, things, sieve) for arg in args]
    return reduce(
        or_,
        (
            reduce(and_, (mask for _, mask in row)) & sieve.atoms[name, tuple(at for at, _ in row)]
            for row in product(*denoted)
        ),
    )


def _element(term: Term, things: Mapping[str, int], sieve: _Sieve) -> int | None:
    """Return the element that a variable or a constant stands for, the same in all structures."""
    match term:
        case Variable(name):
            return things[name]
        case Function(name, ()):
            return CONSTANTS.index(name) % sieve.size
        case Function():
            return None


def _denoted(term: Term, things: Mapping[str, int], sieve: _Sieve) -> list[tuple[int, int]]:
    """Return each element with the structures in which the term stands for it."""
    element = _element(term, things, sieve)
    if element is not None:
        return [(element, sieve.all)]
    assert isinstance(term, Function)  # noqa: S101 - the others have elements
    inner = _denoted(term.args[0], things, sieve)
    return [
        (to, reduce(or_, (mask & sieve.values[at, to] for at, mask in inner)))
        for to in range(sieve.size)
    ]
