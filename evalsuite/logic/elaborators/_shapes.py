"""How two clauses compare: the same but for names, or one an instance of the other."""

from typing import TypeAlias

from evalsuite.logic import unify
from evalsuite.logic.clauses import Clause, Literal, instance, show_clause, show_literal, variables
from evalsuite.logic.syntax import Variable

Look: TypeAlias = tuple[str, ...]
Kind: TypeAlias = frozenset[tuple[str, int, bool]]

_LONGEST = 120  # characters of a clause in a message


def is_ground(clause: Clause) -> bool:
    """Say whether a clause has no variable."""
    return not any(one.atom.args for one in clause) or not variables(clause)


def alike(clause: Clause, other: Clause) -> bool:
    """Say whether two clauses have the same signed predicates, as variants must."""
    return len(clause) == len(other) and _shape(clause) == _shape(other)


def is_variant(clause: Clause, other: Clause) -> bool:
    """Say whether two clauses are the same but for the names of variables."""
    return clause == other or (
        alike(clause, other)
        and not (is_ground(clause) or is_ground(other))
        and unify.variant(clause, other) is not None
    )


def is_instance(general: Clause, special: Clause) -> bool:
    """Say whether a substitution that subsumption finds makes one clause the other."""
    found = unify.subsumes(general, special)
    return found is not None and instance(general, found) == special


def opposed(literal: Literal, other: Literal) -> bool:
    """Say whether two literals have one predicate and different signs."""
    return literal.positive != other.positive and same_predicate(literal, other)


def same_predicate(literal: Literal, other: Literal) -> bool:
    """Say whether two literals have one predicate."""
    mine, yours = literal.atom, other.atom
    return mine.name == yours.name and len(mine.args) == len(yours.args)


def shown(clause: Clause) -> str:
    """Write a clause for a message, cut where it is long."""
    text = show_clause(clause)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]} …"


def look(clause: Clause) -> Look:
    """Return what variants share: how the literals are written, but for variables."""
    return tuple(sorted(map(show_literal, _erased(clause))))


def kind(clause: Clause) -> Kind:
    """Return what instances share: the signed predicates."""
    return frozenset((one.atom.name, len(one.atom.args), one.positive) for one in clause)


def _erased(clause: Clause) -> list[Literal]:
    """Return the literals with one variable in the place of all."""
    one = dict.fromkeys(variables(clause), Variable("x"))
    return [next(iter(instance(frozenset({literal}), one))) for literal in clause]


def _shape(clause: Clause) -> list[tuple[str, int, bool]]:
    return sorted((one.atom.name, len(one.atom.args), one.positive) for one in clause)
