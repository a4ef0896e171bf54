"""What a resolution prover has derived, and the proof it makes: lines, and steps for the kernel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, Literal, instance
from evalsuite.logic.proofs import ClauseLine, Cut, Given, Instance, Reason, Step
from evalsuite.logic.syntax import Substitution

# ── derivations: clauses are named by their places, from 0 ──────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A resolvent of two clauses: each is instantiated, and the pivot, so instantiated, cut."""

    left: int
    right: int
    literal: Literal  # of the left clause, as it stands there
    left_substitution: Substitution
    right_substitution: Substitution


@dataclass(frozen=True, slots=True, kw_only=True)
class Factored:
    """A factor of a clause."""

    of: int
    substitution: Substitution


Origin: TypeAlias = Given | Resolved | Factored


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A clause and where it comes from."""

    clause: Clause
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuted:
    """A refutation.

    Attributes:
        lines: the given clauses that it needs, in the problem's order, then the steps; the last is
            the empty clause. A first-order resolvent states two substitutions, where either does
            anything: what becomes of the variables of the first parent, and of the second.
        steps: the same, for `kernels.refutation`.

    """

    lines: tuple[ClauseLine, ...]
    steps: tuple[Step, ...]


def refuted(derived: Mapping[int, Derived]) -> Refuted:
    """Write down the refutation that these clauses are, each at its place; the last is empty."""
    places = sorted(derived, key=lambda place: (_index(derived[place].origin), place))
    labels = {place: str(number) for number, place in enumerate(places, start=1)}
    lines: list[ClauseLine] = []
    steps: list[Step] = []
    ends: dict[int, int] = {}  # a place's last step
    for number, place in enumerate(places, start=1):
        lines.append(_line(derived[place], number, labels))
        for clause, reason in _reasons(derived, place, ends, len(steps)):
            steps.append(Step(clause=clause, reason=reason, line=number))
        ends[place] = len(steps) - 1
    return Refuted(lines=tuple(lines), steps=tuple(steps))


def parents(origin: Origin) -> tuple[int, ...]:
    """Return the places of the clauses that one comes from."""
    match origin:
        case Given():
            return ()
        case Resolved(left=left, right=right):
            return (left, right)
        case Factored(of=of):
            return (of,)


def _index(origin: Origin) -> float:
    return origin.index if isinstance(origin, Given) else float("inf")


def _line(derived: Derived, number: int, labels: Mapping[int, str]) -> ClauseLine:
    stated: tuple[Substitution, ...] = ()
    match derived.origin:
        case Given():
            rule = "given"
        case Factored(substitution=merging):
            rule, stated = "factor", (merging,)
        case Resolved(left_substitution=to_left, right_substitution=to_right):
            rule, stated = "resolve", (to_left, to_right)
    return ClauseLine(
        label=str(number),
        clause=derived.clause,
        rule=rule,
        parents=tuple(labels[place] for place in parents(derived.origin)),
        substitutions=stated if any(stated) else (),
        line=number,
    )


def _reasons(
    derived: Mapping[int, Derived], place: int, ends: Mapping[int, int], done: int
) -> list[tuple[Clause, Reason]]:
    """Return the kernel's steps to a clause, when so many are done already."""
    clause, origin = derived[place].clause, derived[place].origin
    match origin:
        case Given():
            return [(clause, origin)]
        case Factored(of=of, substitution=merging):
            return [(clause, Instance(ends[of], merging))]
        case Resolved(left=left, right=right, literal=literal):
            found: list[tuple[Clause, Reason]] = []
            cut: list[int] = []
            to = (origin.left_substitution, origin.right_substitution)
            for parent, substitution in zip((left, right), to, strict=True):
                cut.append(done + len(found) if substitution else ends[parent])
                if substitution:
                    made = instance(derived[parent].clause, substitution)
                    found.append((made, Instance(ends[parent], substitution)))
            (pivot,) = instance(frozenset([literal]), origin.left_substitution)
            found.append((clause, Cut(cut[0], cut[1], pivot)))
            return found
