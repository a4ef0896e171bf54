"""The complete branches of a propositional tableau, line by line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.logic.tableau import Alternatives, Signed, extensions


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A signed formula on a branch."""

    number: int  # its place on the branch, from 1
    signed: Signed
    source: int | None  # the number of the line it comes from; `None` for an initial one


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
_Step: TypeAlias = tuple[Line, Alternatives]


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
