"""Clauses as sets of literals, and the one rule of resolution (Robinson 1965).

A | p      B | ~p
-----------------  p is the pivot
      A | B
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Literal:
    """An atom or its negation. Literals sort by atom, the negation first."""

    atom: str
    positive: bool


Clause: TypeAlias = frozenset[Literal]


def complement(literal: Literal) -> Literal:
    """Return the literal of the other sign."""
    return Literal(atom=literal.atom, positive=not literal.positive)


def is_tautology(clause: Clause) -> bool:
    """Say whether a clause holds a literal and its complement."""
    return any(complement(literal) in clause for literal in clause)


def resolvent(left: Clause, right: Clause, pivot: Literal) -> Clause:
    """Resolve on a literal of the left clause and its complement in the right one.

    Raises:
        ValueError: the pivot does not stand so.

    """
    if pivot not in left or complement(pivot) not in right:
        raise ValueError(
            f"{show_clause(left)} and {show_clause(right)}: no pivot `{show_literal(pivot)}`"
        )
    return (left - {pivot}) | (right - {complement(pivot)})


def resolvents(left: Clause, right: Clause) -> tuple[Clause, ...]:
    """Return one resolvent for each literal of the left clause that can be the pivot, in order."""
    pivots = (literal for literal in sorted(left) if complement(literal) in right)
    return tuple(resolvent(left, right, pivot) for pivot in pivots)


def show_literal(literal: Literal) -> str:
    """Write a literal: `P` or `~P`."""
    return literal.atom if literal.positive else f"~{literal.atom}"


def show_clause(clause: Clause) -> str:
    """Write a clause, its literals sorted by atom; the empty clause is `[]`."""
    return " | ".join(map(show_literal, sorted(clause))) or "[]"
