"""Search for refutations that are chains: linear and SLD resolution.

A chain starts with a given clause, its top; each clause after it is a resolvent of the one before,
its *centre*, with a *side* clause, or a factor of its centre. The sides of linear resolution are
the given clauses, their factors and the centres before; those of SLD resolution are the given
clauses with one positive literal.

Linear chains are searched for in depth, each time allowing one step more. A clause that an earlier
centre subsumes brings nothing: the chain could go on from that one instead.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic

from evalsuite.logic.clauses import Clause, in_order
from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.proofs import Given
from evalsuite.logic.provers.saturation import C, Language, Limit, Made, Outcome, Source, proof

_LONGEST = 60  # steps of a linear chain


@dataclass(slots=True, kw_only=True)
class _Chains(Generic[C]):
    """A search under way; clauses are named by their places."""

    language: Language[C]
    limit: Limit
    ground: bool  # whether the clauses are propositional
    clauses: list[C] = field(default_factory=list)
    origins: list[Source] = field(default_factory=list)
    steps: int = 0
    aside: bool = False  # whether a clause was too heavy
    cut: bool = False  # whether a chain was too long
    tried: dict[tuple[C, frozenset[C]], int] = field(default_factory=dict)

    def put(self, clause: C, origin: Source) -> int:
        """Keep a clause; return its place."""
        self.clauses.append(clause)
        self.origins.append(origin)
        return len(self.clauses) - 1

    def resolvents(self, centre: int, side: int) -> Iterator[tuple[C, Made]]:
        """Yield the resolvents of two clauses that are worth going on from."""
        self.steps += 1
        try:
            for made, how in self.language.resolvents(self.clauses[centre], self.clauses[side]):
                if self._fits(made):
                    yield made, Made(how, (centre, side))
        except TooLarge:
            self.aside = True

    def factors(self, place: int) -> Iterator[tuple[C, Made]]:
        """Yield the factors of a clause."""
        try:
            for made, how in self.language.factors(self.clauses[place]):
                yield made, Made(how, (place,))
        except TooLarge:
            self.aside = True

    def _fits(self, clause: C) -> bool:
        if self.language.is_tautology(clause):
            return False
        light = self.language.weight(clause) <= self.limit.weight
        self.aside |= not light
        return light

    def outcome(self, goal: int | None, limit: str | None) -> Outcome:
        """Say what became of the search."""
        if goal is None:
            return Outcome(derived={}, empty=None, limit=limit)
        derived = proof(self.language, self.clauses, self.origins, goal)
        return Outcome(derived=derived, empty=goal, limit=None)


# ── linear ──────────────────────────────────────────────────────────────────────────────────────


def linear(
    clauses: Sequence[Clause], language: Language[C], limit: Limit, *, ground: bool
) -> Outcome:
    """Search for a linear refutation of clauses that cannot all be true.

    The fewer clauses, the better; of a minimal unsatisfiable set any clause can be the top.
    """
    search = _Chains(language=language, limit=limit, ground=ground)
    for index, clause in enumerate(clauses):
        search.put(language.read(clause), Given(index))
    sides = _with_factors(search)
    tops = sorted(sides, key=lambda place: language.length(search.clauses[place]))
    for longest in range(_LONGEST + 1):
        search.cut = False
        search.tried.clear()
        for top in tops[:1] if ground else tops:
            goal = _extended(search, sides, [top], longest)
            if goal is not None:
                return search.outcome(goal, None)
        if search.steps > limit.steps:
            return search.outcome(None, "steps")
        if not search.cut and search.aside:
            return search.outcome(None, "weight")
    return search.outcome(None, "steps")


def _with_factors(search: _Chains[C]) -> list[int]:
    """Put the factors of the clauses beside them; return the places of all."""
    seen = set(search.clauses)
    waiting = deque(range(len(search.clauses)))
    while waiting:
        for made, origin in search.factors(waiting.popleft()):
            if made not in seen and len(seen) < search.limit.clauses:
                seen.add(made)
                waiting.append(search.put(made, origin))
    return list(range(len(search.clauses)))


def _extended(search: _Chains[C], sides: list[int], chain: list[int], more: int) -> int | None:
    """Return the empty clause's place, where the chain reaches it in so many steps more."""
    language, centre = search.language, search.clauses[chain[-1]]
    if language.length(centre) == 0:
        return chain[-1]
    # Without factoring a step removes one literal of its centre.
    needed = language.length(centre) if search.ground else 1
    if more < needed or search.steps > search.limit.steps:
        search.cut = True
        return None
    earlier = [search.clauses[place] for place in chain]
    key = centre, frozenset(earlier)
    if search.tried.get(key, -1) >= more:
        search.cut = True
        return None
    search.tried[key] = more
    kept = len(search.clauses)
    for made, origin in _successors(search, sides, chain):
        if not any(language.subsumes(one, made) for one in earlier):
            goal = _extended(search, sides, [*chain, search.put(made, origin)], more - 1)
            if goal is not None:
                return goal
            del search.clauses[kept:], search.origins[kept:]
    return None


def _successors(search: _Chains[C], sides: list[int], chain: list[int]) -> list[tuple[C, Made]]:
    """Return what can come next, the shortest first."""
    centre = chain[-1]
    found = list(search.factors(centre))
    for side in dict.fromkeys([*sides, *chain]):
        found.extend(search.resolvents(centre, side))
    distinct = dict(reversed(found))
    return sorted(distinct.items(), key=lambda one: search.language.length(one[0]))


# ── SLD ─────────────────────────────────────────────────────────────────────────────────────────


def sld(clauses: Sequence[Clause], language: Language[C], limit: Limit) -> Outcome:
    """Search for an SLD refutation of Horn clauses, the shortest chains first."""
    search = _Chains(language=language, limit=limit, ground=False)
    for index, clause in enumerate(clauses):
        search.put(language.read(clause), Given(index))
    positive = [any(one.positive for one in clause) for clause in clauses]
    sides = [place for place, definite in enumerate(positive) if definite]
    waiting = deque(place for place, definite in enumerate(positive) if not definite)
    seen = {search.clauses[place] for place in waiting}
    while waiting:
        goal = waiting.popleft()
        literals = in_order(language.clause(search.clauses[goal]))
        if not literals:
            return search.outcome(goal, None)
        if len(search.clauses) > limit.clauses or search.steps > limit.steps:
            return search.outcome(None, "clauses" if search.steps <= limit.steps else "steps")
        for side in sides:
            for made, origin in search.resolvents(goal, side):
                if language.pivot(origin.how) == literals[0] and made not in seen:
                    seen.add(made)
                    waiting.append(search.put(made, origin))
    return search.outcome(None, "weight" if search.aside else None)
