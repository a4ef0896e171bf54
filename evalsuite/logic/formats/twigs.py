"""A tableau's lines as the tree that they stand for, ready to be drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from evalsuite.logic.limits import within
from evalsuite.logic.proofs import Branch, TableauLine

DEEPEST = 200  # branches in one another that are drawn: drawing recurses


@dataclass(frozen=True, slots=True, kw_only=True)
class Twig:
    """What stands on a branch from where it was opened, and the branches that it splits into."""

    lines: tuple[TableauLine, ...]
    twigs: tuple["Twig", ...]


@dataclass(slots=True)
class _Bud:
    lines: list[TableauLine] = field(default_factory=list)
    children: set[Branch] = field(default_factory=set)


def tree(lines: Iterable[TableauLine]) -> Twig:
    """Return the tree of a tableau's lines, in whatever order its branches are written.

    Raises:
        TooLarge: branches stand in one another too deep to be drawn.

    """
    buds: dict[Branch, _Bud] = {(): _Bud()}
    for line in lines:
        within(len(line.branch), DEEPEST, "branches in one another")
        _open(buds, line.branch)
        buds[line.branch].lines.append(line)
    grown: dict[Branch, Twig] = {}
    for branch in sorted(buds, key=len, reverse=True):
        children = tuple(grown.pop(child) for child in sorted(buds[branch].children))
        grown[branch] = Twig(lines=tuple(buds[branch].lines), twigs=children)
    return grown[()]


def _open(buds: dict[Branch, _Bud], branch: Branch) -> None:
    """Open a branch where it is not open yet, and those that it grew from."""
    if branch in buds:
        return
    for end in range(1, len(branch) + 1):
        buds.setdefault(branch[:end], _Bud())
        buds[branch[: end - 1]].children.add(branch[:end])
