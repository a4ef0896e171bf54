"""The search for a closed tableau, branch after branch, from left to right.

Where a branch closes without the claims that a split gave it, the split is taken back and the
others of its branches are left out: what is found has no split that it does not need.
"""

from dataclasses import dataclass, field

from evalsuite.logic.provers._branch import Branch, Grower
from evalsuite.logic.provers._claims import Rule


@dataclass(frozen=True, slots=True)
class Clash:
    """The nodes that close a branch."""

    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """The application of a rule that splits a branch, and what became of the new branches."""

    rule: Rule
    application: int
    closed: tuple["Grown", ...]


@dataclass(frozen=True, slots=True)
class Grown:
    """A closed part of a tableau: the nodes up to where it closes or splits."""

    nodes: tuple[int, ...]
    end: Clash | Fork


@dataclass(slots=True)
class _Split:
    """A split whose branches are being closed."""

    branch: Branch  # as it was before
    start: int  # of its nodes, the first that is its own
    rule: Rule
    application: int
    first: int  # nodes from this number on stand on the new branches
    closed: list[Grown] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def own(self) -> tuple[int, ...]:
        return tuple(self.branch.nodes[self.start :])


def search(grower: Grower, root: Branch) -> Grown | Branch:
    """Close the tableau that begins with this branch, or return an open, complete branch.

    Raises:
        TooLarge: there are too many nodes.

    """
    splits: list[_Split] = []
    branch: Branch | None = root
    while branch is not None:
        start = len(splits[-1].branch.nodes) if splits else 0
        rule = None if branch.clash else grower.choose(branch)
        if branch.clash:
            done, branch = _closed(grower, splits, branch, start)
            if done is not None:
                return done
        elif rule is None:
            return branch
        else:
            grower.applied += 1
            if len(grower.claims.alternatives(rule)) > 1:
                split = _Split(branch, start, rule, grower.applied, len(grower.nodes))
                splits.append(split)
                branch = _next(grower, split)
            else:
                grower.apply(branch, rule, 0, grower.applied)
    raise AssertionError("a tableau is closed or has an open branch")


def _next(grower: Grower, split: _Split) -> Branch:
    branch = split.branch.copy()
    grower.apply(branch, split.rule, len(split.closed), split.application)
    return branch


def _closed(
    grower: Grower, splits: list[_Split], branch: Branch, start: int
) -> tuple[Grown | None, Branch | None]:
    """Go back to the nearest split that has a branch left: the whole proof, or that branch."""
    clash = branch.clash or ()
    used = needed(grower, clash)
    grown = Grown(tuple(branch.nodes[start:]), Clash(clash))
    while splits:
        split = splits[-1]
        heads = {
            number
            for number in grown.nodes
            if number in used and grower.nodes[number].rule == split.application
        }
        if not heads:  # it closes without the split
            splits.pop()
            grown = Grown((*split.own(), *grown.nodes), grown.end)
            continue
        split.used |= {number for number in used if number < split.first}
        split.closed.append(grown)
        if len(split.closed) < len(grower.claims.alternatives(split.rule)):
            return None, _next(grower, split)
        splits.pop()
        used = split.used
        grown = Grown(split.own(), Fork(split.rule, split.application, tuple(split.closed)))
    return grown, None


def needed(grower: Grower, nodes: tuple[int, ...]) -> set[int]:
    """Return the nodes and all that they could not stand without."""
    found: set[int] = set()
    waiting = list(nodes)
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting.extend(grower.nodes[number].needs)
    return found
