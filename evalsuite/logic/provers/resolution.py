"""Prove by resolution: search, and say what was found in a form that can be checked.

The answers are a refutation, which the kernel checks; a saturated set, which `saturation_flaw`
checks; and that a limit was met before either. A set is *saturated* when every resolvent of two of
its clauses and every factor of one is a tautology or subsumed by a clause of the set that has no
more literals. Such a set without the empty clause has a model, since resolution is complete.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from evalsuite.logic.clauses import Clause, is_tautology, show_clause
from evalsuite.logic.provers.derivations import Refuted, refuted
from evalsuite.logic.provers.first_order import FirstOrder
from evalsuite.logic.provers.packed import Packed
from evalsuite.logic.provers.saturation import Limit, Outcome, Restriction, saturate
from evalsuite.logic.resolution import factors, resolvents
from evalsuite.logic.unify import subsumes

__all__ = ["GaveUp", "Limit", "Refuted", "Saturated", "prove", "saturation_flaw", "searched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturated:
    """Clauses that resolution gets no further from: those given can all be true."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    """Nothing is known: the search met this limit, a field of `Limit`."""

    limit: str


def prove(clauses: Sequence[Clause], *, limit: Limit | None = None) -> Refuted | Saturated | GaveUp:
    """Refute the clauses, or show that they can all be true."""
    found = searched(clauses, Restriction(), limit or Limit())
    if found.empty is not None:
        return refuted(found.derived)
    if found.limit is not None:
        return GaveUp(limit=found.limit)
    return Saturated(clauses=tuple(one.clause for one in found.derived.values()))


def searched(clauses: Sequence[Clause], restriction: Restriction, limit: Limit) -> Outcome:
    """Run the given-clause loop, on clauses packed into numbers where they are propositional."""
    if is_propositional(clauses):
        packed = Packed(clauses, tautologies=restriction.tautologies)
        return saturate(clauses, packed, restriction, limit)
    return saturate(clauses, FirstOrder(limit), restriction, limit)


def is_propositional(clauses: Iterable[Clause]) -> bool:
    """Say whether no literal has arguments."""
    return not any(one.atom.args for clause in clauses for one in clause)


def saturation_flaw(given: Iterable[Clause], clauses: Sequence[Clause]) -> str | None:
    """Say why the clauses are no saturated set for the given ones, if they are none.

    Raises:
        TooLarge: a clause or a comparison of two is beyond the default limits.

    """
    if any(not clause for clause in clauses):
        return "the empty clause is among them"
    for clause in given:
        if not _has(clauses, clause):
            return f"the given `{show_clause(clause)}` is neither there nor subsumed"
    for clause in clauses:
        for factor in factors(clause):
            if not _has(clauses, factor.clause):
                return f"the factor `{show_clause(factor.clause)}` is neither there nor subsumed"
    for left, right in combinations_with_replacement(clauses, 2):
        for resolvent in resolvents(left, right):
            if not _has(clauses, resolvent.clause):
                missing = show_clause(resolvent.clause)
                return f"the resolvent `{missing}` is neither there nor subsumed"
    return None


def _has(clauses: Sequence[Clause], clause: Clause) -> bool:
    """Say whether a clause is a tautology, there, or subsumed by one of no more literals."""
    return is_tautology(clause) or any(
        len(one) <= len(clause) and subsumes(one, clause) is not None for one in clauses
    )
