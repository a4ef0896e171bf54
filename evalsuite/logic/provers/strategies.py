"""Refute in a given way, or find that it cannot be done in that way.

unit      one parent of every resolvent has one literal
input     one parent of every resolvent is given
linear    one parent of every resolvent is the resolvent before it; the other one is given or an
          earlier resolvent
sld       linear and input, of Horn clauses: from a clause without positive literal, each time on
          its first literal, with a clause that has one positive literal
support   one parent of every resolvent is supported: given as such or a resolvent
positive  one parent of every resolvent has no negative literal (Robinson's P1)

A factor of a given clause counts as given, and one of a supported clause as supported (Chang & Lee
1973, ch. 6 and 7; Lloyd 1987 for sld). Linear and positive resolution are complete, as are sld on
Horn clauses and support where the other clauses can all be true; unit and input refute the same
sets, not all.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.proofs import Given
from evalsuite.logic.provers.chains import linear, sld
from evalsuite.logic.provers.derivations import Derived, Refuted, refuted
from evalsuite.logic.provers.first_order import FirstOrder
from evalsuite.logic.provers.lifting import lifted, minimal
from evalsuite.logic.provers.packed import Packed
from evalsuite.logic.provers.resolution import GaveUp, is_propositional, searched
from evalsuite.logic.provers.saturation import Limit, Outcome, Restriction

Strategy: TypeAlias = Literal["unit", "input", "linear", "sld", "support", "positive"]

_SEARCHED = 100_000  # pairs that are resolved for a short chain, before a long one is made


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhausted:
    """There is no refutation of that kind: every clause that can be had so is there or subsumed."""

    strategy: Strategy


def prove_by(
    strategy: Strategy,
    clauses: Sequence[Clause],
    *,
    support: Collection[int] | None = None,
    limit: Limit | None = None,
) -> Refuted | Exhausted | GaveUp:
    """Refute the clauses in that way.

    Args:
        strategy: which way.
        clauses: the given clauses.
        support: the places of the supported ones; without it those without positive literal.
        limit: how far to search.

    Raises:
        Unsupported: "sld" of clauses that are not all Horn clauses.

    """
    limit = limit or Limit()
    match strategy:
        case "unit" | "input" | "positive":
            found = searched(clauses, Restriction(kind=strategy), limit)
        case "support":
            chosen = frozenset(negative(clauses) if support is None else support)
            restriction = Restriction(kind="support", support=chosen)
            found = searched(clauses, restriction, limit)
            if found.empty is None and found.limit is None:
                found = searched(clauses, replace(restriction, tautologies=True), limit)
        case "linear":
            found = _linear(clauses, limit)
        case "sld":
            found = _sld(clauses, limit)
    if found.empty is not None:
        return refuted(found.derived)
    return Exhausted(strategy=strategy) if found.limit is None else GaveUp(limit=found.limit)


def negative(clauses: Sequence[Clause]) -> tuple[int, ...]:
    """Return the places of the clauses without positive literal; all others can be true at once."""
    return tuple(
        place for place, clause in enumerate(clauses) if not any(one.positive for one in clause)
    )


def _linear(clauses: Sequence[Clause], limit: Limit) -> Outcome:
    """Refute in any way first, to see whether it can be done, and with which clauses."""
    found = searched(clauses, Restriction(), limit)
    if found.empty is None:
        return found
    used = [one.origin.index for one in found.derived.values() if isinstance(one.origin, Given)]
    chosen = [clauses[index] for index in used]
    if is_propositional(clauses):
        try:
            needed = minimal(frozenset(chosen), limit)
        except TooLarge:
            return Outcome(derived={}, empty=None, limit="clauses")
        used = sorted({clauses.index(clause) for clause in needed})
        chosen = [clauses[index] for index in used]
        some = Limit(steps=min(limit.steps, _SEARCHED), weight=limit.weight)
        chain = linear(chosen, Packed(chosen), some, ground=True)
        if chain.empty is None:
            chain = lifted(chosen, limit)
    else:
        chain = linear(chosen, FirstOrder(limit), limit, ground=False)
    derived = {place: _at(one, used) for place, one in chain.derived.items()}
    return Outcome(derived=derived, empty=chain.empty, limit=chain.limit)


def _at(derived: Derived, places: Sequence[int]) -> Derived:
    """Return a clause, a given one with its place among all."""
    match derived.origin:
        case Given(index):
            return Derived(clause=derived.clause, origin=Given(places[index]))
        case _:
            return derived


def _sld(clauses: Sequence[Clause], limit: Limit) -> Outcome:
    for clause in clauses:
        if sum(one.positive for one in clause) > 1:
            raise Unsupported(f"`{show_clause(clause)}` is not a Horn clause")
    if is_propositional(clauses):
        return sld(clauses, Packed(clauses), limit)
    return sld(clauses, FirstOrder(limit), limit)
