"""Analytic tableaux for signed formulas (Smullyan, *First-Order Logic*, 1968, chapter II).

α   T ~A   F ~A   T A & B   F A | B   F A -> B        a branch grows by every component
    ----   ----   -------   -------   --------
    F A    T A    T A       F A       T A
                  T B       F B       F B

β   F A & B     T A | B     T A -> B     T A <-> B     F A <-> B     a branch splits in two
    -------     -------     --------     ---------     ---------
    F A | F B   T A | T B   F A | T B    T A | F A     T A | F A
                                         T B | F B     F B | T B
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.logic.syntax import And, Atom, Formula, Iff, Implies, Not, Or, show


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The claim that a formula is true (sign `True`) or false."""

    sign: bool
    formula: Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A signed formula on a branch."""

    number: int  # its place on the branch, from 1
    signed: Signed
    source: int | None  # the number of the line it comes from; `None` for an initial one


def show_signed(signed: Signed) -> str:
    """Write a signed formula: `T P & Q`, `F P -> Q`."""
    return f"{'T' if signed.sign else 'F'} {show(signed.formula)}"


def extensions(signed: Signed) -> tuple[tuple[Signed, ...], ...]:
    """Return what the formula's rule adds: for each new branch its lines; none for an atom."""
    sign = signed.sign
    match signed.formula:
        case Atom():
            return ()
        case Not(body):
            return ((_signed(not sign, body),),)
        case And(left, right):
            return _joined(sign, _signed(sign, left), _signed(sign, right))
        case Or(left, right):
            return _joined(not sign, _signed(sign, left), _signed(sign, right))
        case Implies(left, right):
            return _joined(not sign, _signed(not sign, left), _signed(sign, right))
        case Iff(left, right):
            return (
                (_signed(True, left), _signed(sign, right)),  # noqa: FBT003 - a sign, not a switch
                (_signed(False, left), _signed(not sign, right)),  # noqa: FBT003
            )


def _signed(sign: bool, formula: Formula) -> Signed:  # noqa: FBT001 - a sign, not a switch
    return Signed(sign=sign, formula=formula)


def _joined(alpha: bool, first: Signed, second: Signed) -> tuple[tuple[Signed, ...], ...]:  # noqa: FBT001
    return ((first, second),) if alpha else ((first,), (second,))


def branches(initial: Iterable[Signed]) -> Iterator[tuple[Line, ...]]:
    """Yield every complete branch, from left to right, closed ones grown to the end too.

    Each line that is no signed atom has its rule applied once on each branch: the first waiting α
    line first, else the first waiting β line. A signed formula may stand on a branch twice.
    """
    lines = tuple(
        Line(number=number, signed=signed, source=None)
        for number, signed in enumerate(initial, start=1)
    )
    yield from _grown(lines, _steps(lines))


# A line that waits for its rule, and what the rule adds.
_Step: TypeAlias = tuple[Line, tuple[tuple[Signed, ...], ...]]


def _grown(branch: tuple[Line, ...], waiting: tuple[_Step, ...]) -> Iterator[tuple[Line, ...]]:
    if not waiting:
        yield branch
        return
    chosen = min(waiting, key=_urgency)
    rest = tuple(step for step in waiting if step is not chosen)
    line, added = chosen
    for extension in added:
        lines = tuple(
            Line(number=number, signed=signed, source=line.number)
            for number, signed in enumerate(extension, start=len(branch) + 1)
        )
        yield from _grown(branch + lines, rest + _steps(lines))


def _steps(lines: Iterable[Line]) -> tuple[_Step, ...]:
    steps = ((line, extensions(line.signed)) for line in lines)
    return tuple((line, added) for line, added in steps if added)


def _urgency(step: _Step) -> tuple[int, int]:
    line, added = step
    return len(added), line.number


def complementary(branch: Iterable[Signed]) -> bool:
    """Say whether some formula stands on the branch with both signs."""
    stands = frozenset(branch)
    return any(_signed(not signed.sign, signed.formula) in stands for signed in stands)
