"""Random sets of clauses near the point where they stop having models.

A literal is a number, as in DIMACS; a clause's table says in which rows it is true.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import and_, or_
from random import Random
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, Literal, show_clause
from evalsuite.logic.syntax import Atom
from evalsuite.logic.tables import everywhere, table

Row: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The valuations of some atoms, and where each literal is true."""

    atoms: int
    full: int
    literals: Mapping[int, int]

    def worth(self, row: Row) -> int:
        """Return a clause's table."""
        return reduce(or_, (self.literals[one] for one in row), 0)

    def models(self, rows: Sequence[Row]) -> int:
        """Return the table of a set of clauses."""
        return reduce(and_, map(self.worth, rows), self.full)


def space(atoms: int) -> Space:
    """Return the valuations of so many atoms."""
    names = [str(number) for number in range(1, atoms + 1)]
    full = everywhere(names)
    positive = {number: table(Atom(str(number)), names) for number in range(1, atoms + 1)}
    negative = {-number: full ^ worth for number, worth in positive.items()}
    return Space(atoms=atoms, full=full, literals={**positive, **negative})


def over_full(within: Space, lengths: Sequence[int], rng: Random) -> list[Row]:
    """Draw clauses until no valuation makes all true; the last one takes the last models."""
    rows: list[Row] = []
    models = within.full
    while models:
        row = random_row(within, rng.choice(lengths), rng)
        if row not in rows:
            rows.append(row)
            models &= within.worth(row)
    return rows


def random_row(within: Space, length: int, rng: Random) -> Row:
    """Draw a clause of different atoms, in their order."""
    atoms = sorted(rng.sample(range(1, within.atoms + 1), min(length, within.atoms)))
    return tuple(atom if rng.random() < 0.5 else -atom for atom in atoms)  # noqa: PLR2004 - even odds


def swapped(rows: Sequence[Row], within: Space, rng: Random) -> list[Row] | None:
    """Exchange the signs of one atom in two clauses so that all can be true; `None`: not possible.

    Each literal stands as often as before.
    """
    pairs = list(combinations(range(len(rows)), 2))
    rng.shuffle(pairs)
    for first, second in pairs:
        for literal in rows[first]:
            if -literal in rows[second]:
                changed = [*rows]
                changed[first], changed[second] = (
                    _turned(rows[first], literal),
                    _turned(rows[second], -literal),
                )
                if len(set(changed)) == len(rows) and within.models(changed):
                    return changed
    return None


def _turned(row: Row, literal: int) -> Row:
    return tuple(-one if one == literal else one for one in row)


def named(rows: Sequence[Row], names: Sequence[str]) -> tuple[Clause, ...]:
    """Return the clauses with these names for their atoms."""
    return tuple(
        frozenset(Literal(atom=Atom(names[abs(one) - 1]), positive=one > 0) for one in row)
        for row in rows
    )


def listed(clauses: Sequence[Clause]) -> list[str]:
    """Write clauses down."""
    return [show_clause(clause) for clause in clauses]
