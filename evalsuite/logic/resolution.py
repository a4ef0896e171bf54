"""First-order resolution: binary resolvents and factors (Robinson 1965; Chang & Lee 1973, ch. 5).

A | p      B | ~q                        A | p | q
-----------------  σ an mgu of p and q   ---------  σ an mgu of p and q
   Aσ | Bσ                                (A | p)σ

The premises of a resolvent share no variable: the right one is renamed apart where they do. Clauses
are sets: what falls together with the pivot under σ goes with it, so that a resolvent is what is
left of Cσ and Dσ, instances of its premises, when pσ and its complement are taken out. Any clause
that resolution and factoring give follows from its premises; a tautology may be among them, and is
told by `clauses.is_tautology`. A factor merges two literals; factors of factors merge more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from evalsuite.logic.clauses import (
    Clause,
    Literal,
    complement,
    in_order,
    instance,
    variables,
)
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.syntax import (
    Atom,
    Function,
    Substitution,
    Term,
    Variable,
    apply,
    subterms,
    term_depth,
)
from evalsuite.logic.unify import Failure, apart, mgu_atoms, size

_WORK = 5  # how many clauses of the largest size the resolvents of two clauses may add up to


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolvent:
    """A clause resolved from two.

    Attributes:
        clause: the resolvent.
        left_literal: the literal of the left premise resolved on, as it stands there.
        right_literal: the one of the right premise, of the other sign.
        left_substitution: what becomes of the left premise's variables.
        right_substitution: what becomes of the right premise's variables, renaming included.

    """

    clause: Clause
    left_literal: Literal
    right_literal: Literal
    left_substitution: Substitution
    right_substitution: Substitution


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A clause with two of its literals merged.

    Attributes:
        clause: the factor.
        merged: the two literals, as they stand in the premise.
        substitution: what becomes of the premise's variables.

    """

    clause: Clause
    merged: tuple[Literal, Literal]
    substitution: Substitution


def resolvents(left: Clause, right: Clause, limits: Limits = DEFAULT) -> tuple[Resolvent, ...]:
    """Return the binary resolvents of two clauses, one for each pair of literals, in order.

    Raises:
        TooLarge: one is beyond the limits, or all of them are more work than they allow.

    """
    renaming = apart(right, variables(left)) if variables(left) & variables(right) else {}
    found, work = [], 0
    for mine, yours, renamed in _opposed(in_order(left), in_order(right), renaming):
        work += _symbols([mine, yours], {})
        within(work, _WORK * limits.size, "symbols to unify")
        unifier = mgu_atoms(mine.atom, renamed)
        if isinstance(unifier, Failure):
            continue
        new = _resolvent((left, mine), (right, yours), unifier, renaming, limits)
        work += _symbols(new.clause, {})
        found.append(new)
    return tuple(found)


def factors(clause: Clause, limits: Limits = DEFAULT) -> tuple[Factor, ...]:
    """Return the clauses made by merging two literals of one, in order.

    Raises:
        TooLarge: one is beyond the limits, or all of them are more work than they allow.

    """
    found, work = [], 0
    for first, second in _alike(in_order(clause)):
        work += _symbols([first, second], {})
        within(work, _WORK * limits.size, "symbols to unify")
        unifier = mgu_atoms(first.atom, second.atom)
        if isinstance(unifier, Failure):
            continue
        made = bounded(clause, unifier, limits)
        work += _symbols(made, {})
        found.append(
            Factor(clause=made, merged=(first, second), substitution=_for(clause, unifier, {}))
        )
    return tuple(found)


def _resolvent(
    left: tuple[Clause, Literal],
    right: tuple[Clause, Literal],
    unifier: Substitution,
    renaming: Substitution,
    limits: Limits,
) -> Resolvent:
    to_left = _for(left[0], unifier, {})
    to_right = _for(right[0], unifier, renaming)
    first, second = bounded(left[0], to_left, limits), bounded(right[0], to_right, limits)
    (pivot,) = instance(frozenset([left[1]]), to_left)
    return Resolvent(
        clause=(first - {pivot}) | (second - {complement(pivot)}),
        left_literal=left[1],
        right_literal=right[1],
        left_substitution=to_left,
        right_substitution=to_right,
    )


def _for(clause: Clause, unifier: Substitution, renaming: Substitution) -> Substitution:
    """Return what renaming and then unifying does to the clause's variables, and no more."""
    made: dict[str, Term] = {}
    for name in sorted(variables(clause)):
        image = renaming.get(name, Variable(name))
        made[name] = unifier.get(image.name, image) if isinstance(image, Variable) else image
    return {name: term for name, term in made.items() if term != Variable(name)}


def bounded(clause: Clause, substitution: Substitution, limits: Limits) -> Clause:
    """Return the instance; its size is known before it is written out.

    Raises:
        TooLarge: it is beyond the limits.

    """
    within(_symbols(clause, substitution), limits.size, "symbols in a clause")
    within(_levels(clause, substitution), limits.depth, "levels in a term")
    return instance(clause, substitution)


def _levels(clause: Clause, substitution: Substitution) -> int:
    """Return how deep the terms of the clause's instance are, without making them."""
    below = {name: term_depth(term) - 1 for name, term in substitution.items()}
    level, depth, deepest = [arg for one in clause for arg in one.atom.args], 0, 0
    while level:
        depth += 1
        names = (term.name for term in level if isinstance(term, Variable))
        deepest = max(deepest, depth, *(depth + below.get(name, 0) for name in names))
        level = [arg for term in level if isinstance(term, Function) for arg in term.args]
    return deepest


def _symbols(literals: Iterable[Literal], substitution: Substitution) -> int:
    """Count the symbols of the literals' instances without making them."""
    sizes = {name: size(term) for name, term in substitution.items()}
    return sum(
        1 + sum(sizes.get(one.name, 1) for arg in literal.atom.args for one in subterms(arg))
        for literal in literals
    )


def _opposed(
    left: Sequence[Literal], right: Sequence[Literal], renaming: Substitution
) -> Iterator[tuple[Literal, Literal, Atom]]:
    """Yield the pairs that may be resolved on, with the right one's atom renamed apart."""
    by_predicate = defaultdict[object, list[tuple[Literal, Atom]]](list)
    for yours in right:
        args = tuple(apply(arg, renaming) for arg in yours.atom.args)
        by_predicate[_kind(yours)].append((yours, Atom(yours.atom.name, args)))
    for mine in left:
        for yours, renamed in by_predicate.get(_kind(complement(mine)), ()):
            yield mine, yours, renamed


def _alike(literals: Sequence[Literal]) -> Iterator[tuple[Literal, Literal]]:
    """Yield the pairs that may be merged."""
    by_predicate = defaultdict[object, list[Literal]](list)
    for one in literals:
        by_predicate[_kind(one)].append(one)
    for alike in by_predicate.values():
        yield from combinations(alike, 2)


def _kind(literal: Literal) -> tuple[str, int, bool]:
    return literal.atom.name, len(literal.atom.args), literal.positive
