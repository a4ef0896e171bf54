"""Unit propagation that leaves a resolution proof behind.

C | l    the other literals of C false            l1 false … ln false, and propagation finds a
------------------------------------              clause with no literal left that is not false
l is true, by C                                   ------------------------------------------------
                                                  l1 | … | ln, "by reverse unit propagation" (RUP)

The clause that is found is cut with the reasons of its literals, the latest first, until only
l1 … ln are left. Literals are numbers as in DIMACS. Goldberg and Novikov, *Verification of proofs
of unsatisfiability for CNF formulas*, 2003; two watched literals: Moskewicz et al., *Chaff*, 2001.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from evalsuite.logic.clauses import EMPTY, Clause, Literal
from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.proofs import Cut, Given, Step, Weaker
from evalsuite.logic.syntax import Atom

Numbers: TypeAlias = Iterable[int]  # the literals of a clause


def is_tautology(numbers: Numbers) -> bool:
    """Say whether a clause holds a literal and its complement."""
    literals = set(numbers)
    return any(-number in literals for number in literals)


@dataclass(slots=True)
class Room:
    """What work is left to do; a few lines of text can ask for very much."""

    left: int
    what: str

    def take(self, count: int) -> None:
        """Take some of it.

        Raises:
            TooLarge: none is left.

        """
        self.left -= count
        if self.left < 0:
            raise TooLarge(f"the proof takes too many {self.what} to check")


@dataclass(slots=True)
class Derivation:
    """Kernel steps as they grow, over the atoms `x1`, `x2` …."""

    room: Room  # for literals of steps
    steps: list[Step] = field(default_factory=list)
    line: int = 0  # of the text that the next steps come from
    known: dict[int, Clause] = field(default_factory=dict)  # the clauses of one literal

    def single(self, number: int) -> Clause:
        """Return the clause of one literal."""
        if number not in self.known:
            literal = Literal(atom=Atom(f"x{abs(number)}"), positive=number > 0)
            self.known[number] = frozenset({literal})
        return self.known[number]

    def clause(self, numbers: Numbers) -> Clause:
        """Return the clause of these literals."""
        return EMPTY.union(*map(self.single, numbers))

    def give(self, clause: Clause, index: int) -> int:
        """Add a clause of the problem."""
        return self._add(clause, Given(index))

    def cut(self, left: int, right: int, number: int) -> int:
        """Cut two steps on a literal of the left one."""
        this, other = self.single(number), self.single(-number)
        (pivot,) = this
        clause = (self.steps[left].clause - this) | (self.steps[right].clause - other)
        return self._add(clause, Cut(left, right, pivot))

    def widen(self, of: int, numbers: Numbers) -> int:
        """Make a step's clause the one of these literals, which has them all."""
        clause = self.clause(numbers)
        # The last step is cut for this clause, and needs no second one when it is the clause.
        if of == len(self.steps) - 1 and clause == self.steps[of].clause:
            return of
        return self._add(clause, Weaker(of))

    def _add(self, clause: Clause, reason: Given | Cut | Weaker) -> int:
        self.room.take(len(clause) + 4)
        self.steps.append(Step(clause=clause, reason=reason, line=self.line))
        return len(self.steps) - 1


def chain(
    derivation: Derivation,
    found: tuple[int, Numbers],
    reasons: Iterable[tuple[int, int, Numbers]],
    units: Mapping[int, int],
) -> int:
    """Cut a clause whose literals are false with the reasons for that, and return the step.

    Args:
        derivation: where the steps go.
        found: the clause: its step, its literals.
        reasons: literals that are true, the latest first, each with its reason's step and literals.
        units: the steps of clauses with one literal.

    """
    step, left = found[0], set(found[1])
    for number, reason, literals in reasons:
        if -number in left:
            step = derivation.cut(reason, step, number)
            left.discard(-number)
            left.update(other for other in literals if other != number)
    for number in sorted(left):
        if -number in units:
            step = derivation.cut(units[-number], step, -number)
    return step


@dataclass(slots=True)
class Propagation:
    """Clauses, and the literals that are true because of them.

    Attributes:
        clauses: the literals of each step that propagates, the two that are watched first.
        watching: the steps that watch a literal.
        true: the literals that are true, as a set and in the order they became so.
        reasons: the step that made a literal true; none for an assumption.
        units: for each literal that is true for good the step that says just that.
        propagated: how many of `trail` were propagated.
        empty: the step of the empty clause, once it is known.

    """

    derivation: Derivation
    room: Room  # for clauses that propagation looks at
    clauses: dict[int, list[int]] = field(default_factory=dict)
    watching: dict[int, list[int]] = field(default_factory=dict)
    true: set[int] = field(default_factory=set)
    trail: list[int] = field(default_factory=list)
    reasons: dict[int, int] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)
    propagated: int = 0
    empty: int | None = None

    def add(self, step: int, numbers: Numbers) -> None:
        """Take a clause in, and propagate it for good."""
        # False literals last: the first two are watched.
        literals = sorted(set(numbers), key=lambda number: (-number in self.true, abs(number)))
        if is_tautology(literals):
            return  # it propagates nothing
        self.clauses[step] = literals
        for number in literals[:2]:
            self.watching.setdefault(number, []).append(step)
        conflict = None
        match [number for number in literals[:2] if -number not in self.true]:
            case []:
                conflict = step
            case [number] if number not in self.true:
                self._set(number, step)
                conflict = self._propagate()
        self._settle(conflict)

    def drop(self, step: int) -> None:
        """Forget a clause; what is true for good because of it stays so."""
        self.clauses.pop(step, None)

    def derive(self, numbers: Sequence[int]) -> int | None:
        """Return a new step for the clause, by reverse unit propagation; none where it fails."""
        if self.empty is not None:
            return self.derivation.widen(self.empty, numbers)
        if is_tautology(numbers):
            return None
        for number in numbers:
            if number in self.true:
                return self.derivation.widen(self.units[number], numbers)
        settled = len(self.trail)
        conflict = self._assume(numbers)
        if conflict is None:
            self._undo(settled)
            return None
        found = (conflict, tuple(self.clauses[conflict]))
        step = chain(self.derivation, found, self._recent(settled), self.units)
        self._undo(settled)
        return self.derivation.widen(step, numbers)

    def fails(self, numbers: Numbers) -> bool:
        """Say whether propagation finds nothing against the clause's literals being false."""
        if self.empty is not None or is_tautology(numbers):
            return False
        if any(number in self.true for number in numbers):
            return False
        settled = len(self.trail)
        conflict = self._assume(numbers)
        self._undo(settled)
        return conflict is None

    def _assume(self, numbers: Numbers) -> int | None:
        for number in numbers:
            if -number not in self.true:
                self._set(-number, None)
        return self._propagate()

    def _set(self, number: int, reason: int | None) -> None:
        self.true.add(number)
        self.trail.append(number)
        if reason is not None:
            self.reasons[number] = reason

    def _propagate(self) -> int | None:
        """Make true what follows; return a clause that is false, if one is."""
        while self.propagated < len(self.trail):
            false = -self.trail[self.propagated]
            self.propagated += 1
            watchers = self.watching.get(false, [])
            self.room.take(len(watchers) + 1)
            kept: list[int] = []
            for place, step in enumerate(watchers):
                literals = self.clauses.get(step)
                if literals is None or self._moves(step, literals, false):
                    continue
                kept.append(step)
                if literals[0] in self.true:
                    continue
                if -literals[0] in self.true or len(literals) == 1:
                    self.watching[false] = kept + watchers[place + 1 :]
                    return step
                self._set(literals[0], step)
            self.watching[false] = kept
        return None

    def _moves(self, step: int, literals: list[int], false: int) -> bool:
        """Watch another literal in the place of a false one, where there is one."""
        if literals[0] == false and len(literals) > 1:
            literals[0], literals[1] = literals[1], literals[0]
        if literals[0] in self.true:
            return False
        for place in range(2, len(literals)):
            other = literals[place]
            if -other not in self.true:
                literals[1], literals[place] = other, false
                self.watching.setdefault(other, []).append(step)
                return True
        return False

    def _settle(self, conflict: int | None) -> None:
        """Derive a step for each literal that became true for good, or for the empty clause."""
        for number in self.trail[len(self.units) :]:
            reason = self.reasons[number]
            found = (reason, tuple(self.clauses[reason]))
            self.units[number] = chain(self.derivation, found, (), self.units)
        if conflict is not None and self.empty is None:
            found = (conflict, tuple(self.clauses[conflict]))
            self.empty = chain(self.derivation, found, (), self.units)

    def _recent(self, settled: int) -> Iterator[tuple[int, int, Numbers]]:
        for number in reversed(self.trail[settled:]):
            if number in self.reasons:
                reason = self.reasons[number]
                yield number, reason, self.clauses[reason]

    def _undo(self, settled: int) -> None:
        for number in self.trail[settled:]:
            self.true.discard(number)
            self.reasons.pop(number, None)
        del self.trail[settled:]
        self.propagated = settled
