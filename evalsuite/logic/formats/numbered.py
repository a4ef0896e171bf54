"""Make the numbered lines that people read of a refutation's kernel steps.

A clause that a step makes weaker is left as strong as it was: where the pivot of a later cut is
then missing, the cut is not needed. Every line is so a resolvent of two others, and only lines that
the empty clause needs are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.logic.clauses import Clause, complement, resolvent
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.proofs import ClauseLine, Cut, Given, Instance, Step, Weaker


def lines(steps: Sequence[Step], *, merged: bool = True) -> tuple[ClauseLine, ...]:
    """Return the lines of a propositional refutation that its kernel accepts, givens first.

    A clause that is derived again, or derived and given, has one line, unless they are not merged.

    Raises:
        Unsupported: a step puts terms for variables.

    """
    strong = _strengthened(steps, merged=merged)
    needed = _needed(strong)
    order = sorted(needed, key=lambda place: (bool(strong[place].parents), place))
    labels = {place: str(number) for number, place in enumerate(order, start=1)}
    return tuple(
        ClauseLine(
            label=labels[place],
            clause=strong[place].clause,
            rule="resolve" if strong[place].parents else "given",
            parents=tuple(labels[parent] for parent in strong[place].parents),
        )
        for place in order
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strong:
    """A clause that the steps derive, and the places of those that it was resolved from."""

    clause: Clause
    parents: tuple[int, ...] = ()


def _strengthened(steps: Sequence[Step], *, merged: bool) -> list[_Strong]:
    """Return what each step derives when nothing is made weaker; the same clause can be merged."""
    stands: list[int] = []  # for each step the place in `found` of what it derives
    found: list[_Strong] = []
    places: dict[Clause, int] = {}

    def put(one: _Strong) -> int:
        if not merged or one.clause not in places:
            places[one.clause] = len(found)
            found.append(one)
        return places[one.clause]

    for step in steps:
        match step.reason:
            case Given():
                stands.append(put(_Strong(clause=step.clause)))
            case Weaker(of):
                stands.append(stands[of])
            case Instance(of, substitution):
                if substitution:
                    raise Unsupported("a step with terms for variables has no propositional line")
                stands.append(stands[of])
            case Cut(left, right, pivot):
                first, second = stands[left], stands[right]
                if pivot not in found[first].clause:
                    stands.append(first)
                elif complement(pivot) not in found[second].clause:
                    stands.append(second)
                else:
                    made = resolvent(found[first].clause, found[second].clause, pivot)
                    stands.append(put(_Strong(clause=made, parents=(first, second))))
    return found[: stands[-1] + 1]


def _needed(found: Sequence[_Strong]) -> set[int]:
    """Return the places that the last record needs."""
    needed = {len(found) - 1}
    for place in range(len(found) - 1, -1, -1):
        if place in needed:
            needed.update(found[place].parents)
    return needed
