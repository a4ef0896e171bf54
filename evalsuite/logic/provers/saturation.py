"""The given-clause loop (McCune's Otter; Denzinger et al.'s Discount).

    active ← ∅, passive ← the given clauses
    until passive is empty:
        take the given clause from passive
        drop it where an active clause subsumes it; else drop the active ones that it subsumes
        put all its factors, and its resolvents with all active clauses, into passive

Tautologies are dropped. The given clause is the lightest, but every fifth time the oldest, so that
none waits for ever. A clause subsumes none that has fewer literals, or it would drop its factors.

A *restriction* (unit, input, set of support) lets two clauses resolve when one of them is *strong*.
A clause that is not strong then drops none that is; one that is not supported drops none at all.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from evalsuite.logic import clauses
from evalsuite.logic.clauses import Clause
from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.proofs import Given
from evalsuite.logic.provers.derivations import Derived

C = TypeVar("C", bound=Hashable)  # a clause, as the search holds it
How: TypeAlias = Any  # what tells a resolvent or a factor from others of the same premises

_OLDEST_EVERY = 5


@dataclass(frozen=True, slots=True)
class Made:
    """A resolvent or factor: its premises' places, and which of theirs it is."""

    how: How
    parents: tuple[int, ...]


Source: TypeAlias = Given | Made


class Language(Protocol[C]):
    """Clauses as a search holds them."""

    def read(self, clause: Clause) -> C:
        """Return a clause as the search holds it."""

    def clause(self, clause: C) -> Clause:
        """Return a clause that the search holds."""

    def pivot(self, how: How) -> clauses.Literal:
        """Return the literal of the left premise that a resolvent is made on."""

    def weight(self, clause: C) -> int:
        """Return how heavy a clause is."""

    def length(self, clause: C) -> int:
        """Return how many literals a clause has."""

    def is_positive(self, clause: C) -> bool:
        """Say whether a clause has no negative literal."""

    def is_tautology(self, clause: C) -> bool:
        """Say whether a clause holds a literal and its complement."""

    def subsumes(self, clause: C, other: C) -> bool:
        """Say whether an instance of the clause is part of the other, which is not shorter."""

    def resolvents(self, left: C, right: C) -> Iterable[tuple[C, How]]:
        """Return the resolvents of two clauses; of tautologies they may be left out."""

    def factors(self, clause: C) -> Iterable[tuple[C, How]]:
        """Return the factors of a clause."""

    def derived(self, clause: C, origin: Source) -> Derived:
        """Return a clause with its origin, from the places of its premises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far a search goes.

    Attributes:
        clauses: how many clauses it keeps.
        weight: how many symbols a clause may have: heavier ones are put aside.
        depth: how many levels a term may have: clauses with deeper ones are put aside, and called
            too heavy too.
        steps: how many pairs of clauses it resolves.

    """

    clauses: int = 20_000
    weight: int = 500
    depth: int = 60
    steps: int = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """Which clauses are strong.

    Attributes:
        kind: all of them; those of one literal; those without negative literals; the given ones;
            the supported ones and what is resolved from them. A factor of a given or supported
            clause is one itself.
        support: the places of the given clauses that are supported.
        tautologies: whether those that are supported are kept, for what they then support: it can
            be needed where the other given clauses cannot all be true.

    """

    kind: Literal["none", "unit", "positive", "input", "support"] = "none"
    support: frozenset[int] = frozenset()
    tautologies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a search.

    Attributes:
        derived: by their places the clauses that the empty one rests on, else those active.
        empty: the empty clause's place.
        limit: which limit stopped the search.

    """

    derived: Mapping[int, Derived]
    empty: int | None
    limit: str | None


@dataclass(slots=True, kw_only=True)
class _Search(Generic[C]):
    """A search under way."""

    language: Language[C]
    restriction: Restriction
    limit: Limit
    clauses: list[C] = field(default_factory=list)
    origins: list[Source] = field(default_factory=list)
    strong: list[bool] = field(default_factory=list)
    seen: set[tuple[C, bool]] = field(default_factory=set)
    lightest: list[tuple[int, int]] = field(default_factory=list)
    oldest: deque[int] = field(default_factory=deque)
    waiting: set[int] = field(default_factory=set)
    active: dict[int, C] = field(default_factory=dict)
    empty: int | None = None
    aside: bool = False  # whether a clause was too heavy
    steps: int = 0
    turn: int = 0

    def add(self, clause: C, origin: Source, *, parent: bool = True) -> None:
        """Put a clause into passive, where it is worth it."""
        strong = self._is_strong(clause, origin, parent=parent)
        if (clause, strong) in self.seen or self._is_idle(clause):
            return
        weight = self.language.weight(clause)
        if weight > self.limit.weight and not isinstance(origin, Given):
            self.aside = True
            return
        place = len(self.clauses)
        self.seen.add((clause, strong))
        self.clauses.append(clause)
        self.origins.append(origin)
        self.strong.append(strong)
        if self.language.length(clause) == 0:
            self.empty = place
        heappush(self.lightest, (weight, place))
        self.oldest.append(place)
        self.waiting.add(place)

    def _is_strong(self, clause: C, origin: Source, *, parent: bool) -> bool:
        match self.restriction.kind:
            case "none":
                return True
            case "unit":
                return self.language.length(clause) == 1
            case "positive":
                return self.language.is_positive(clause)
            case "input":
                return isinstance(origin, Given) or (len(origin.parents) == 1 and parent)
            case "support":
                if isinstance(origin, Given):
                    return origin.index in self.restriction.support
                return len(origin.parents) > 1 or parent

    def _is_idle(self, clause: C) -> bool:
        """Say whether a clause is a tautology that can be dropped."""
        return not self.restriction.tautologies and self.language.is_tautology(clause)

    def chosen(self) -> int:
        """Take the next given clause from passive."""
        self.turn += 1
        while True:
            by_age = self.turn % _OLDEST_EVERY == 0
            place = self.oldest.popleft() if by_age else heappop(self.lightest)[1]
            if place in self.waiting:
                self.waiting.remove(place)
                return place

    def keeps(self, place: int) -> bool:
        """Say whether a clause is kept, and drop the active clauses that it subsumes."""
        clause, subsumes = self.clauses[place], self.language.subsumes
        for other, old in self.active.items():
            if self._may_drop(other, place) and subsumes(old, clause):
                return False
        worse = [
            other
            for other, old in self.active.items()
            if self._may_drop(place, other) and subsumes(clause, old)
        ]
        for other in worse:
            del self.active[other]
        return True

    def _may_drop(self, place: int, other: int) -> bool:
        """Say whether a clause can stand for another that it subsumes."""
        if self.strong[place]:
            return True
        # What is resolved from the longer clause may be supported where the shorter one is not.
        return self.restriction.kind != "support" and not self.strong[other]

    def infer(self, place: int) -> None:
        """Put all factors of a clause, and its resolvents with the active clauses, into passive."""
        clause, strong = self.clauses[place], self.strong[place]
        resolvents = self.language.resolvents
        try:
            for made, how in self.language.factors(clause):
                self.add(made, Made(how, (place,)), parent=strong)
        except TooLarge:
            self.aside = True
        for other, partner in self.active.items():
            if strong or self.strong[other]:
                self.steps += 1
                try:
                    for made, how in resolvents(clause, partner):
                        self.add(made, Made(how, (place, other)))
                except TooLarge:
                    self.aside = True

    def stopped(self) -> str | None:
        """Say which limit has been reached."""
        if len(self.clauses) > self.limit.clauses:
            return "clauses"
        if self.steps > self.limit.steps:
            return "steps"
        return "weight" if self.aside and not self.waiting else None

    def outcome(self, limit: str | None = None) -> Outcome:
        """Say what became of the search."""
        if self.empty is not None:
            derived = proof(self.language, self.clauses, self.origins, self.empty)
            return Outcome(derived=derived, empty=self.empty, limit=None)
        derived = {
            place: self.language.derived(self.clauses[place], self.origins[place])
            for place in sorted(self.active)
        }
        return Outcome(derived=derived, empty=None, limit=limit)


def proof(
    language: Language[C], clauses: Sequence[C], sources: Sequence[Source], goal: int
) -> dict[int, Derived]:
    """Return by their places the clauses that the one at this place rests on, and itself."""
    waiting, found = [goal], {goal}
    while waiting:
        source = sources[waiting.pop()]
        new = set[int]() if isinstance(source, Given) else set(source.parents) - found
        found |= new
        waiting.extend(new)
    return {place: language.derived(clauses[place], sources[place]) for place in sorted(found)}


def saturate(
    clauses: Sequence[Clause],
    language: Language[C],
    restriction: Restriction,
    limit: Limit,
) -> Outcome:
    """Search for the empty clause, until it is found, nothing is left to do or a limit is met."""
    search = _Search(language=language, restriction=restriction, limit=limit)
    for index, clause in enumerate(clauses):
        search.add(language.read(clause), Given(index))
    while search.waiting and search.empty is None:
        if (limit_met := search.stopped()) is not None:
            return search.outcome(limit_met)
        place = search.chosen()
        if search.keeps(place):
            search.active[place] = search.clauses[place]
            search.infer(place)
    return search.outcome(search.stopped())
