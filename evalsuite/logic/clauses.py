"""Clauses as sets of literals, and propositional resolution (Robinson 1965).

A | p      B | ~p
-----------------  p is the pivot
      A | B

The variables of a clause are universally quantified, unwritten.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from evalsuite.logic.syntax import Atom, Substitution, apply, term_variables
from evalsuite.logic.writing import show


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """An atom or its negation."""

    atom: Atom
    positive: bool


Clause: TypeAlias = frozenset[Literal]
EMPTY: Clause = frozenset()


def literal(name: str) -> Literal:
    """Return a propositional literal by its name: `P` or `~P`."""
    return Literal(atom=Atom(name.removeprefix("~")), positive=not name.startswith("~"))


def in_order(clause: Clause) -> tuple[Literal, ...]:
    """Return the literals sorted by atom as it is written, the negation first."""
    return tuple(sorted(clause, key=lambda one: (show(one.atom), one.positive)))


def complement(literal: Literal) -> Literal:
    """Return the literal of the other sign."""
    return Literal(atom=literal.atom, positive=not literal.positive)


def is_tautology(clause: Clause) -> bool:
    """Say whether a clause holds a literal and its complement."""
    return any(complement(literal) in clause for literal in clause)


def instance(clause: Clause, substitution: Substitution) -> Clause:
    """Put terms in the place of variables, all at once; literals may fall together."""
    return frozenset(
        Literal(
            atom=Atom(one.atom.name, tuple(apply(arg, substitution) for arg in one.atom.args)),
            positive=one.positive,
        )
        for one in clause
    )


def variables(clause: Clause) -> frozenset[str]:
    """Return the names of the clause's variables."""
    return frozenset(
        name for one in clause for arg in one.atom.args for name in term_variables(arg)
    )


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
    """Return one resolvent for each literal of the left clause that can be the pivot, in order.

    Literals are pivots as they stand: `resolution.resolvents` unifies.
    """
    pivots = (literal for literal in in_order(left) if complement(literal) in right)
    return tuple(resolvent(left, right, pivot) for pivot in pivots)


def every_resolvent(clauses: Iterable[Clause]) -> frozenset[Clause]:
    """Return the resolvents of each two of the clauses, without tautologies."""
    return frozenset(
        made
        for left, right in combinations(clauses, 2)
        for made in resolvents(left, right)
        if not is_tautology(made)
    )


def show_literal(literal: Literal) -> str:
    """Write a literal: `P` or `~P`."""
    return show(literal.atom) if literal.positive else f"~{show(literal.atom)}"


def show_clause(clause: Clause) -> str:
    """Write a clause, its literals sorted by atom; the empty clause is `[]`."""
    return " | ".join(map(show_literal, in_order(clause))) or "[]"
