"""Propositional clauses as numbers, for the search: one bit a literal.

Of n atoms, in the order of their names, the i-th has the bits i, for itself, and n + i, for its
negation. A clause subsumes another when its bits are among the other's.
"""

from collections.abc import Iterable, Iterator

from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.proofs import Given
from evalsuite.logic.provers.derivations import Derived, Resolved
from evalsuite.logic.provers.saturation import Source
from evalsuite.logic.syntax import Atom


class Packed:
    """Clauses over these atoms: `saturation.Language` says what each method does."""

    def __init__(self, clauses: Iterable[Clause], *, tautologies: bool = False) -> None:
        self._names = sorted({one.atom.name for clause in clauses for one in clause})
        self._bits = {name: bit for bit, name in enumerate(self._names)}
        self._width = len(self._names)
        self._half = (1 << self._width) - 1
        self._tautologies = tautologies  # whether resolvents may be some

    def read(self, clause: Clause) -> int:
        """Return the clause's bits."""
        shifts = (0 if one.positive else self._width for one in clause)
        bits = (self._bits[one.atom.name] for one in clause)
        return sum(1 << bit << shift for bit, shift in zip(bits, shifts, strict=True))

    def clause(self, packed: int) -> Clause:
        """Return the clause of these bits."""
        return frozenset(
            Literal(atom=Atom(name), positive=shift == 0)
            for bit, name in enumerate(self._names)
            for shift in (0, self._width)
            if packed >> shift >> bit & 1
        )

    def pivot(self, how: int) -> Literal:
        """Return the literal of a bit."""
        (literal,) = self.clause(how)
        return literal

    def derived(self, clause: int, origin: Source) -> Derived:
        """Return a clause with its origin."""
        if isinstance(origin, Given):
            return Derived(clause=self.clause(clause), origin=origin)
        left, right = origin.parents
        pivot = self.pivot(origin.how)
        how = Resolved(
            left=left, right=right, literal=pivot, left_substitution={}, right_substitution={}
        )
        return Derived(clause=self.clause(clause), origin=how)

    def weight(self, clause: int) -> int:
        """Return how many literals there are."""
        return clause.bit_count()

    def length(self, clause: int) -> int:
        """Return how many literals there are."""
        return clause.bit_count()

    def is_positive(self, clause: int) -> bool:
        """Say whether no bit is one of a negation."""
        return clause <= self._half

    def is_tautology(self, clause: int) -> bool:
        """Say whether an atom has both its bits."""
        return bool(clause & (clause >> self._width) & self._half)

    def subsumes(self, clause: int, other: int) -> bool:
        """Say whether the bits are among the other's."""
        return clause & other == clause

    def factors(self, _clause: int) -> tuple[tuple[int, int], ...]:
        """Return none: there is nothing to unify."""
        return ()

    def resolvents(self, left: int, right: int) -> Iterable[tuple[int, int]]:
        """Return the resolvents, each with its pivot's bit in the left clause."""
        clash = left & self._opposite(right)
        if not clash:
            return ()
        if clash & (clash - 1):  # two pivots: the resolvents are tautologies
            return self._each(left, right, clash) if self._tautologies else ()
        return (((left ^ clash) | (right ^ self._opposite(clash)), clash),)

    def _each(self, left: int, right: int, clash: int) -> Iterator[tuple[int, int]]:
        while clash:
            pivot = clash & -clash
            yield (left ^ pivot) | (right ^ self._opposite(pivot)), pivot
            clash ^= pivot

    def _opposite(self, bits: int) -> int:
        return bits >> self._width | (bits & self._half) << self._width
