"""First-order clauses for the search: each with what tells quickly that it cannot subsume another.

The variables of what is derived are named anew, `x`, `y`, `z`, …, in the order they stand in, so
that most clauses that differ in names alone are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count

from evalsuite.logic.clauses import Clause, Literal, instance, is_tautology, variables
from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.limits import Limits
from evalsuite.logic.proofs import Given
from evalsuite.logic.provers.derivations import Derived, Factored, Resolved
from evalsuite.logic.provers.saturation import Limit, Source
from evalsuite.logic.resolution import Factor, Resolvent, factors, resolvents
from evalsuite.logic.syntax import Substitution, Variable, apply, subterms
from evalsuite.logic.unify import subsumes

_ROOM = 4
_FIRST_NAMES = ("x", "y", "z", "u", "w")


@dataclass(frozen=True, slots=True)
class Indexed:
    """A clause and what is asked of it often.

    Attributes:
        clause: the clause.
        kinds: a bit for each predicate and sign in it.
        weight: how many symbols it has, signs left out.

    """

    clause: Clause
    kinds: int = field(compare=False)
    weight: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """A resolvent or factor, and its premises."""

    result: Resolvent | Factor
    premises: tuple[Clause, ...]


class FirstOrder:
    """Clauses with terms: `saturation.Language` says what each method does."""

    def __init__(self, limit: Limit) -> None:
        # A premise's instance may be larger than the resolvent, which goes without the pivot.
        self._limits = Limits(size=_ROOM * limit.weight, depth=limit.depth)
        self._kinds: dict[tuple[str, int], int] = {}

    def read(self, clause: Clause) -> Indexed:
        """Return the clause with its features."""
        kinds = 0
        for one in clause:
            kinds |= self._bit(one)
        return Indexed(clause, kinds, sum(map(_symbols, clause)))

    def _bit(self, literal: Literal) -> int:
        predicate = literal.atom.name, len(literal.atom.args)
        number = self._kinds.setdefault(predicate, len(self._kinds))
        return 1 << (2 * number + literal.positive)

    def clause(self, clause: Indexed) -> Clause:
        """Return the clause without its features."""
        return clause.clause

    def pivot(self, how: Inference) -> Literal:
        """Return the literal of the left premise that a resolvent is made on."""
        match how.result:
            case Resolvent(left_literal=literal) | Factor(merged=(literal, _)):
                return literal

    def derived(self, clause: Indexed, origin: Source) -> Derived:
        """Return a clause with its origin, the new names of variables put into the step."""
        if isinstance(origin, Given):
            return Derived(clause=clause.clause, origin=origin)
        how: Inference = origin.how
        naming = _naming(how)
        match how.result:
            case Factor(substitution=merging):
                to = _renamed(merging, how.premises[0], naming)
                return Derived(
                    clause=clause.clause, origin=Factored(of=origin.parents[0], substitution=to)
                )
            case Resolvent(left_literal=literal) as made:
                resolved = Resolved(
                    left=origin.parents[0],
                    right=origin.parents[1],
                    literal=literal,
                    left_substitution=_renamed(made.left_substitution, how.premises[0], naming),
                    right_substitution=_renamed(made.right_substitution, how.premises[1], naming),
                )
                return Derived(clause=clause.clause, origin=resolved)

    def weight(self, clause: Indexed) -> int:
        """Return how many symbols there are."""
        return clause.weight

    def length(self, clause: Indexed) -> int:
        """Return how many literals there are."""
        return len(clause.clause)

    def is_positive(self, clause: Indexed) -> bool:
        """Say whether no literal is negative."""
        return all(one.positive for one in clause.clause)

    def is_tautology(self, clause: Indexed) -> bool:
        """Say whether a literal and its complement are there."""
        return is_tautology(clause.clause)

    def subsumes(self, clause: Indexed, other: Indexed) -> bool:
        """Say whether an instance of the clause is part of the other, where that is soon known."""
        if clause.kinds & ~other.kinds or clause.weight > other.weight:
            return False
        if len(clause.clause) > len(other.clause):
            return False
        try:
            return subsumes(clause.clause, other.clause) is not None
        except TooLarge:
            return False

    def factors(self, clause: Indexed) -> Iterator[tuple[Indexed, Inference]]:
        """Return the factors of a clause."""
        for factor in factors(clause.clause, self._limits):
            yield self._inferred(Inference(result=factor, premises=(clause.clause,)))

    def resolvents(self, left: Indexed, right: Indexed) -> Iterator[tuple[Indexed, Inference]]:
        """Return the resolvents of two clauses."""
        if left.kinds & _opposite(right.kinds):
            premises = left.clause, right.clause
            for resolvent in resolvents(*premises, self._limits):
                yield self._inferred(Inference(result=resolvent, premises=premises))

    def _inferred(self, inference: Inference) -> tuple[Indexed, Inference]:
        clause = inference.result.clause
        return self.read(instance(clause, _names(clause))), inference


def _symbols(literal: Literal) -> int:
    return 1 + sum(1 for arg in literal.atom.args for _ in subterms(arg))


def _opposite(kinds: int) -> int:
    """Exchange the two bits of each predicate."""
    signs = int.from_bytes(b"\x55" * (kinds.bit_length() // 8 + 1))
    return (kinds & signs) << 1 | (kinds >> 1) & signs


# ── names of variables ──────────────────────────────────────────────────────────────────────────


def _names(clause: Clause) -> dict[str, Variable]:
    """Return the new names of a clause's variables, `x`, `y`, `z`, … as they stand in it."""
    literals = sorted(clause, key=_shape)
    terms = chain.from_iterable(subterms(arg) for one in literals for arg in one.atom.args)
    found = dict.fromkeys(term.name for term in terms if isinstance(term, Variable))
    return {name: Variable(new) for name, new in zip(found, _variables(), strict=False)}


def _shape(literal: Literal) -> tuple[str, bool, str, str]:
    """Return a literal's place among others, which hardly hangs on how variables are called."""
    signs = [one for arg in literal.atom.args for one in subterms(arg)]
    blank = " ".join("*" if isinstance(one, Variable) else one.name for one in signs)
    return literal.atom.name, literal.positive, blank, " ".join(one.name for one in signs)


def _variables() -> Iterator[str]:
    yield from _FIRST_NAMES
    yield from (f"x{number}" for number in count(1))


def _naming(inference: Inference) -> dict[str, Variable]:
    """Return the new names of a result's variables and of those that went with the pivot."""
    naming = _names(inference.result.clause)
    used = {term.name for term in naming.values()}
    free = (name for name in _variables() if name not in used)
    for premise, substitution in zip(inference.premises, _substitutions(inference), strict=True):
        for name in sorted(variables(instance(premise, substitution))):
            if name not in naming:
                naming[name] = Variable(next(free))
    return naming


def _substitutions(inference: Inference) -> tuple[Substitution, ...]:
    match inference.result:
        case Factor(substitution=merging):
            return (merging,)
        case Resolvent(left_substitution=to_left, right_substitution=to_right):
            return to_left, to_right


def _renamed(substitution: Substitution, premise: Clause, naming: Substitution) -> Substitution:
    """Return what the substitution and then the naming does to the premise's variables."""
    images = {name: substitution.get(name, Variable(name)) for name in sorted(variables(premise))}
    named = {name: apply(term, naming) for name, term in images.items()}
    return {name: term for name, term in named.items() if term != Variable(name)}
