"""Say why a clause is not the resolvent or the factor that a line says it is."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from evalsuite.logic import unify
from evalsuite.logic.clauses import (
    Clause,
    Literal,
    complement,
    in_order,
    instance,
    variables,
)
from evalsuite.logic.elaborators._shapes import (
    is_ground,
    is_instance,
    opposed,
    same_predicate,
    shown,
)
from evalsuite.logic.flaws import (
    NoPivot,
    NotAFactor,
    NotAResolvent,
    NotUnifiable,
    RefutationFlaw,
    StrongerClause,
    TooLarge,
    TwoPivots,
)
from evalsuite.logic.proofs import ClauseLine
from evalsuite.logic.resolution import Resolvent, factors

_TRIED = 40  # resolvents, and pairs of literals, that are looked at for a message


def no_pivot(left: Clause, right: Clause, line: ClauseLine) -> NoPivot | NotUnifiable:
    """Say why two clauses have no resolvent."""
    apart = instance(right, unify.apart(right, variables(left)))
    for mine in in_order(left):
        for yours in in_order(apart):
            if opposed(mine, yours):
                return _not_unifiable(mine, yours, line)
    text = f"`{shown(left)}` and `{shown(right)}` have no complementary literals"
    return NoPivot(text, line=line.line)


def not_resolved(
    left: Clause, right: Clause, found: Sequence[Resolvent], line: ClauseLine
) -> RefutationFlaw:
    """Say why a clause is not the resolvent, though there are some."""
    claimed = shown(line.clause)
    with suppress(TooLarge):
        twice = islice(_twice(left, right, line.clause, found), _TRIED)
        if any(is_instance(one, line.clause) for one in twice):
            return TwoPivots(f"`{claimed}` resolves on two literals at once", line=line.line)
        for one in found[:_TRIED]:
            if unify.subsumes(line.clause, one.clause) is not None:
                return _stronger(line, one.clause)
    possible = list(dict.fromkeys(f"`{shown(one.clause)}`" for one in found[:_TRIED]))
    listed = ", ".join(sorted(possible)[:3]) + (", …" if len(possible) > 3 else "")  # noqa: PLR2004
    kind = "the resolvent is" if len(possible) == 1 else "resolvents are"
    return NotAResolvent(f"`{claimed}` is not a resolvent: {kind} {listed}", line=line.line)


def _stronger(line: ClauseLine, resolvent: Clause) -> StrongerClause:
    claimed = shown(line.clause)
    text = f"`{claimed}` leaves out `{shown(resolvent - line.clause)}` of `{shown(resolvent)}`"
    if len(line.clause) >= len(resolvent):
        text = f"`{claimed}` is more general than the resolvent `{shown(resolvent)}`"
    return StrongerClause(text, line=line.line)


def not_factored(clause: Clause, line: ClauseLine) -> RefutationFlaw:
    """Say why a clause is not a factor of another."""
    claimed, source = shown(line.clause), shown(clause)
    merged = factors(clause)
    pairs = [
        (one, other)
        for place, one in enumerate(in_order(clause))
        for other in in_order(clause)[place + 1 :]
        if one.positive == other.positive and same_predicate(one, other)
    ]
    if not merged and pairs:
        return _not_unifiable(*pairs[0], line)
    if not merged:
        return NotAFactor(f"`{source}` has no two literals to merge", line=line.line)
    for one in merged:
        if line.clause < one.clause:
            missing = shown(one.clause - line.clause)
            return StrongerClause(f"`{claimed}` leaves out `{missing}`", line=line.line)
    possible = ", ".join(f"`{shown(one.clause)}`" for one in merged[:3])
    return NotAFactor(f"`{claimed}` is no factor of `{source}`: {possible}", line=line.line)


def _not_unifiable(one: Literal, other: Literal, line: ClauseLine) -> NotUnifiable:
    failure = unify.mgu_atoms(one.atom, other.atom)
    reason = failure.message if isinstance(failure, unify.Failure) else "they unify"
    text = f"`{shown(frozenset({one}))}` and `{shown(frozenset({other}))}` do not unify: {reason}"
    return NotUnifiable(text, line=line.line)


def _twice(
    left: Clause, right: Clause, wanted: Clause, found: Sequence[Resolvent]
) -> Iterator[Clause]:
    """Yield what resolving on two literals at once would give, or on more."""
    if is_ground(left) and is_ground(right):
        gone = frozenset(
            one for one in left if complement(one) in right and not {one, complement(one)} & wanted
        )
        if len(gone) > 1:
            yield (left - gone) | (right - frozenset(map(complement, gone)))
        return
    for one in found:
        first = instance(left - {one.left_literal}, one.left_substitution)
        second = instance(right - {one.right_literal}, one.right_substitution)
        pairs = ((mine, yours) for mine in first for yours in second if opposed(mine, yours))
        for mine, yours in pairs:
            unifier = unify.mgu_atoms(mine.atom, yours.atom)
            if not isinstance(unifier, unify.Failure):
                yield instance((first - {mine}) | (second - {yours}), unifier)
