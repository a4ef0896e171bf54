"""Make a linear refutation of propositional clauses, without search (Anderson & Bledsoe 1970).

The set is minimal: without any of its clauses all could be true. Any of them can be the top. Where
the top is a literal L, make L true: the others lose ~L, and what is left is refuted from some D
that has lost it. So L is resolved with D, and then whenever a side clause brings ~L back, with L
again. Where the top is L | C, make L false: the others lose L, and what is left is refuted from C.
The same steps make L of L | C; from L the refutation goes on as above.

The chain can be far from the shortest.
"""

from collections.abc import Sequence
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, Literal, complement
from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.limits import within
from evalsuite.logic.proofs import Given
from evalsuite.logic.provers.derivations import Derived, Resolved
from evalsuite.logic.provers.resolution import searched
from evalsuite.logic.provers.saturation import Limit, Outcome, Restriction

_MOST = 150  # clauses that are looked at one by one, and atoms: one is fixed at each level down

Steps: TypeAlias = list[tuple[Clause, Clause]]  # side clauses and what they make of the centre


def lifted(clauses: Sequence[Clause], limit: Limit) -> Outcome:
    """Refute a minimal set of clauses that cannot all be true by a linear chain."""
    top = min(clauses, key=_order)
    try:
        within(len({one.atom for clause in clauses for one in clause}), _MOST, "atoms")
        steps = _from(frozenset(clauses), top, limit)
        within(len(steps), limit.clauses, "steps")
    except TooLarge:
        return Outcome(derived={}, empty=None, limit="clauses")
    places = {clause: place for place, clause in enumerate(clauses)}
    derived = {
        place: Derived(clause=clause, origin=Given(place)) for place, clause in enumerate(clauses)
    }
    centre = top
    for side, made in steps:
        (pivot,) = (one for one in centre if complement(one) in side)
        origin = Resolved(
            left=places[centre],
            right=places[side],
            literal=pivot,
            left_substitution={},
            right_substitution={},
        )
        places[made] = len(derived)
        derived[places[made]] = Derived(clause=made, origin=origin)
        centre = made
    return Outcome(derived=derived, empty=len(derived) - 1, limit=None)


def _from(clauses: frozenset[Clause], top: Clause, limit: Limit) -> Steps:
    """Return the steps from the top of a minimal set."""
    if not top:
        return []
    literal = min(top, key=lambda one: (one.atom.name, one.positive))
    if len(top) == 1:
        return _with(clauses, literal, limit)
    steps = _without(clauses, top, literal, limit)
    unit = frozenset([literal])
    return [*steps, *_with(minimal((clauses - {top}) | {unit}, limit), literal, limit)]


def _with(clauses: frozenset[Clause], literal: Literal, limit: Limit) -> Steps:
    """Refute from the clause that is this literal, made true."""
    opposite, unit = complement(literal), frozenset([literal])
    sources = _reduced(clauses, opposite, satisfied=literal)
    fewer = minimal(frozenset(sources), limit)
    start = min((one for one in fewer if sources[one] != one), key=_order)
    steps = [(sources[start], start)]
    for side, made in _from(fewer, start, limit):
        source = sources.get(side, side)
        steps.append((source, made if source == side else made | {opposite}))
        if source != side:
            steps.append((unit, made))
        sources[made] = made
    return steps


def _without(clauses: frozenset[Clause], top: Clause, literal: Literal, limit: Limit) -> Steps:
    """Make the literal of the top that it is in, as if it were false."""
    sources = _reduced(clauses, literal, satisfied=complement(literal))
    start = top - {literal}
    sources[start] = centre = top
    steps: Steps = []
    for side, made in _from(minimal(frozenset(sources), limit), start, limit):
        source = sources[side]
        centre = made | ({literal} & (centre | source))
        steps.append((source, centre))
        sources[made] = centre
    return steps


def _reduced(
    clauses: frozenset[Clause], lost: Literal, *, satisfied: Literal
) -> dict[Clause, Clause]:
    """Return what is left of the clauses, each with one that it is left of, unchanged if can be."""
    left = sorted((one for one in clauses if satisfied not in one), key=lambda one: lost not in one)
    return {one - {lost}: one for one in left}


def minimal(clauses: frozenset[Clause], limit: Limit) -> frozenset[Clause]:
    """Leave out clauses, as long as those left cannot all be true.

    Raises:
        TooLarge: there are too many, or a search meets the limit.

    """
    within(len(clauses), _MOST, "clauses")
    for clause in sorted(clauses, key=_order, reverse=True):
        fewer = sorted(clauses - {clause}, key=_order)
        found = searched(fewer, Restriction(), limit)
        if found.limit is not None:
            raise TooLarge("too many clauses to find those that matter")
        if found.empty is not None:
            clauses = frozenset(fewer)
    return clauses


def _order(clause: Clause) -> tuple[int, list[tuple[str, bool]]]:
    return len(clause), sorted((one.atom.name, one.positive) for one in clause)
