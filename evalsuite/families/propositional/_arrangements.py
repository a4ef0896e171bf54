"""Formulas that are made of the same signs: atoms, connectives, negations and brackets.

An ink is a multiset of signs. Arrangements of one ink differ in what stands where, and so in what
is true where; nothing that counts signs can tell them apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import And, Atom, Formula, Iff, Implies, Not, Or
from evalsuite.logic.tables import everywhere, table
from evalsuite.logic.writing import show

Connective: TypeAlias = type[And | Or | Implies | Iff]

CONNECTIVES: tuple[Connective, ...] = (And, Or, Implies, Iff)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """What formulas are made of.

    Attributes:
        names: of the atoms, each once.
        leaves: the occurrences of atoms.
        connectives: one fewer.
        negations: how many parts are negated.

    """

    names: tuple[str, ...]
    leaves: tuple[str, ...]
    connectives: tuple[Connective, ...]
    negations: int


def ink(leaves: int, atoms: int, rng: Random, *, among: Sequence[Connective] = CONNECTIVES) -> Ink:
    """Draw an ink with so many occurrences of so many atoms."""
    names = tuple(rng.sample(NAMES, atoms))
    return Ink(
        names=names,
        leaves=(*names, *(rng.choice(names) for _ in range(leaves - atoms))),
        connectives=tuple(rng.choice(among) for _ in range(leaves - 1)),
        negations=rng.randint(1, max(1, leaves // 2)),
    )


def arrangements(of: Ink, rng: Random, count: int) -> Iterator[tuple[Formula, int]]:
    """Draw formulas of one ink, each with its truth table over the ink's names."""
    full = everywhere(of.names)
    tables = {name: table(Atom(name), of.names) for name in of.names}
    leaves, connectives = list(of.leaves), list(of.connectives)
    parts = 2 * len(leaves) - 1
    for _ in range(count):
        leaves.sort(key=lambda _: rng.random())  # faster than `shuffle`
        connectives.sort(key=lambda _: rng.random())
        negated = set(rng.sample(range(parts), of.negations))
        built = _Builder(leaves, connectives, negated, tables, full, rng)
        yield built.part(0, len(leaves), 0)


@dataclass(slots=True)
class _Builder:
    """A formula under way: parts are numbered from the whole down, those on the left first."""

    leaves: Sequence[str]
    connectives: Sequence[Connective]
    negated: set[int]
    tables: dict[str, int]
    full: int
    rng: Random

    def part(self, start: int, end: int, number: int) -> tuple[Formula, int]:
        found: Formula
        if end - start == 1:
            found, worth = Atom(self.leaves[start]), self.tables[self.leaves[start]]
        else:
            cut = start + 1 + int(self.rng.random() * (end - start - 1))
            connective = self.connectives[cut - 1]
            left, first = self.part(start, cut, number + 1)
            right, second = self.part(cut, end, number + 2 * (cut - start))
            found, worth = connective(left, right), self._joined(connective, first, second)
        return (Not(found), self.full ^ worth) if number in self.negated else (found, worth)

    def _joined(self, connective: Connective, left: int, right: int) -> int:
        if connective is And:
            return left & right
        if connective is Or:
            return left | right
        if connective is Implies:
            return (self.full ^ left) | right
        return self.full ^ left ^ right


def written_with(formula: Formula) -> tuple[str, str]:
    """Return the signs that a formula is written with, and that of its outermost connective."""
    outer = formula.body if isinstance(formula, Not) else formula
    kind = f"{type(formula).__name__} {type(outer).__name__}"
    return "".join(sorted(show(formula))), kind
