"""A text's tableau as it grows: what its lines stand for in the kernel's tree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from evalsuite.logic import flaws
from evalsuite.logic.proofs import (
    Apply,
    Branch,
    Liberty,
    NodeLine,
    OpenLine,
    TableauLine,
    TableauStep,
    show_branch,
)
from evalsuite.logic.syntax import Not, constants
from evalsuite.logic.tableau import ROOT, Logic, Signed

Run: TypeAlias = list[tuple[int, NodeLine]]  # lines, with their places in the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A line's signed formula: the kernel's number for it and the text's branch."""

    label: str
    number: int
    branch: Branch
    signed: Signed


@dataclass(slots=True, kw_only=True)
class Growth:
    """A text's tableau so far. Branches are the text's; `places` are the kernel's for them."""

    assumptions: Sequence[Signed]
    logic: Logic
    has_signs: bool  # whether formulas are signed in the text
    is_whole: bool  # whether every line of the text could be read
    lines: Sequence[TableauLine]
    labels: dict[str, int] = field(default_factory=dict)  # the first line with each number
    runs: dict[Branch, Run] = field(default_factory=dict)  # the lines on each branch
    positions: dict[int, int] = field(default_factory=dict)  # of lines, among those of a branch
    children: dict[Branch, list[Branch]] = field(default_factory=dict)
    assumed: dict[Signed, tuple[int, int]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)  # every constant and function symbol
    places: dict[Branch, Branch] = field(default_factory=lambda: {(): ()})
    states: dict[Branch, str] = field(default_factory=lambda: {(): "open"})  # "split", "closed"
    opened: dict[Branch, tuple[str, Sequence[Signed]]] = field(
        default_factory=dict
    )  # by what, with
    nodes: dict[str, Node] = field(default_factory=dict)
    standing: dict[Branch, list[Node]] = field(default_factory=dict)
    put: set[int] = field(default_factory=set)  # lines that were put ahead of their turn
    last: dict[Branch, int] = field(default_factory=dict)  # the last line on each branch
    numbers: int = 0
    searched: int = 0
    closing: list[str] = field(default_factory=list)  # the labels that branches close by
    origins: dict[str, str] = field(default_factory=dict)
    liberties: list[Liberty] = field(default_factory=list)
    countermodel: Mapping[str, bool] | None = None

    def number(self) -> int:
        """Return a number for a new node of the kernel's."""
        self.numbers += 1
        return self.numbers

    def note(self, kind: str, message: str, line: int) -> None:
        """Note where the text is right but not as the format states it."""
        self.liberties.append(Liberty(kind=kind, message=message, line=line))


def planted(
    assumptions: Sequence[Signed],
    lines: Sequence[TableauLine],
    logic: Logic,
    *,
    has_signs: bool,
    is_whole: bool,
) -> Growth:
    """Return the tableau before its first line, with what it must know of those to come."""
    tree = Growth(
        assumptions=assumptions, logic=logic, has_signs=has_signs, is_whole=is_whole, lines=lines
    )
    for assumption in assumptions:
        tree.names |= constants(assumption.formula)
    for at, line in enumerate(lines):
        if not isinstance(line, OpenLine) and line.label is not None:
            tree.labels.setdefault(line.label, at)
        if isinstance(line, NodeLine):
            tree.names |= constants(line.signed.formula)
            if line.branch and line.branch not in tree.runs:
                tree.children.setdefault(line.branch[:-1], []).append(line.branch)
            run = tree.runs.setdefault(line.branch, [])
            tree.positions[at] = len(run)
            run.append((at, line))
    for index, assumption in enumerate(assumptions):
        for below, signed in enumerate(unwrapped(assumption, logic)):
            if signed not in tree.assumed or below < tree.assumed[signed][1]:
                tree.assumed[signed] = index, below
    return tree


# ── negations ───────────────────────────────────────────────────────────────────────────────────


def unwrapped(signed: Signed, logic: Logic) -> tuple[Signed, ...]:
    """Return the claim and what it is after one, two, … of its outer negations are gone."""
    found = [signed]
    while logic != "intuitionistic" and isinstance(signed.formula, Not):
        signed = replace(signed, sign=not signed.sign, formula=signed.formula.body)
        found.append(signed)
    return tuple(found)


def path(tree: Growth, components: Sequence[Signed], target: Signed) -> tuple[Signed, ...] | None:
    """Return how a line comes from one of a rule's components by taking negations away.

    Just the component where it is the line; `None` where it comes from none of them.
    """
    if target in components:
        return (target,)
    for component in components:
        steps = unwrapped(component, tree.logic)
        if target in steps:
            return steps[: steps.index(target) + 1]
    return None


def strip(
    tree: Growth, steps: Sequence[Signed], number: int, branch: Branch, line: int
) -> Iterator[TableauStep]:
    """Yield the negation rules along a path whose first claim is the kernel's node `number`.

    The last number given is that of the path's last claim.
    """
    for signed in steps[1:]:
        fresh = tree.number()
        yield Apply(
            branch=tree.places[branch],
            source=number,
            witness=None,
            added=({fresh: signed},),
            line=line,
        )
        number = fresh


def note_negations(tree: Growth, steps: Sequence[Signed], line: int) -> None:
    """Note the negations that a line takes away beside its own rule.

    Without signs `T ~A` is written as `F A` is, so that the first one is a matter of spelling.
    """
    spelt = 1 if not tree.has_signs and steps[0].sign else 0
    if len(steps) - 1 > spelt:
        tree.note("logic", "a negation is taken away in the same line", line)


# ── references ──────────────────────────────────────────────────────────────────────────────────


def hold_open(tree: Growth, branch: Branch, line: int) -> None:
    """Hold that a branch has been opened and goes on.

    Raises:
        Flaw: it has not, or does not.

    """
    shown, state = show_branch(branch), tree.states.get(branch)
    if state is None:
        raise flaws.UnknownBranch(f"no rule has opened branch {shown}", line=line)
    if state == "closed":
        raise flaws.ClosedBranch(f"branch {shown} is closed already", line=line)
    if state == "split":
        raise flaws.TwiceSplit(f"branch {shown} has been split already", line=line)


def referred(tree: Growth, at: int, label: str, branch: Branch) -> Node:
    """Return the node that the line at this place names; it must be on the branch.

    Raises:
        Flaw: there is none, it comes later, or it is on another branch.

    """
    line = tree.lines[at].line
    place = tree.labels.get(label)
    if place == at:
        raise flaws.SelfReference(f"line {label} names itself", line=line)
    if place is None:
        raise flaws.UnknownReference(f"there is no line {label}", line=line)
    if place > at:
        raise flaws.ForwardReference(f"line {label} comes only later", line=line)
    node = tree.nodes.get(label)
    if node is None:
        raise flaws.UnknownReference(f"line {label} holds no formula", line=line)
    if branch[: len(node.branch)] != node.branch:
        text = f"line {label} is on branch {show_branch(node.branch)}, not {show_branch(branch)}"
        raise flaws.OffBranch(text, line=line)
    return node


def register(tree: Growth, line: NodeLine, signed: Signed, number: int) -> None:
    """Remember what a line stands for."""
    node = Node(label=line.label, number=number, branch=line.branch, signed=signed)
    tree.nodes[line.label] = node
    tree.standing.setdefault(line.branch, []).append(node)
    tree.origins[line.label] = line.origin


def rooted(tree: Growth, line: NodeLine) -> Signed:
    """Return an assumption's claim in the world where assumptions stand."""
    world = () if tree.logic == "classical" else line.signed.world or ROOT
    if world != line.signed.world:
        tree.note("ink", "the world is not as it has to be written", line.line)
    return line.signed if world == line.signed.world else replace(line.signed, world=world)


def placed(tree: Growth, line: NodeLine, source: Node) -> Signed:
    """Return a line's claim in its world; where it names none, that of its source."""
    world = () if tree.logic == "classical" else line.signed.world or source.signed.world
    if world == line.signed.world:
        return line.signed
    tree.note("ink", "the world is not as it has to be written", line.line)
    return replace(line.signed, world=world)
