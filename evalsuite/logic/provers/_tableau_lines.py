"""Write a closed tableau out: as lines for people and as steps for the kernel.

Nodes that no closure needs are left out, but for the assumptions. Then constants and worlds are
named in the order that they come in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from evalsuite.logic.proofs import (
    Apply,
    Assume,
    Branch,
    Close,
    CloseLine,
    NodeLine,
    TableauLine,
    TableauStep,
)
from evalsuite.logic.provers._branch import Grower, Node
from evalsuite.logic.provers._claims import fresh_constants
from evalsuite.logic.provers._search import Clash, Fork, Grown, needed
from evalsuite.logic.syntax import Atom, Formula, Function, Term, Variable, constants, with_parts
from evalsuite.logic.tableau import Signed, Witness, World


@dataclass(slots=True)
class _Writing:
    grower: Grower
    kept: frozenset[int]
    names: "_Names"
    premises: int
    labels: dict[int, int] = field(default_factory=dict)  # nodes to numbers, from 1
    lines: list[TableauLine] = field(default_factory=list)
    steps: list[TableauStep] = field(default_factory=list)


def written(
    grower: Grower, proof: Grown, premises: int, taken: frozenset[str]
) -> tuple[tuple[TableauLine, ...], tuple[TableauStep, ...]]:
    """Return the lines and the kernel's steps of a closed tableau.

    Args:
        grower: what grew it.
        proof: the tableau.
        premises: how many of its assumptions are premises; the one after them is the goal.
        taken: names that no constant may have.

    """
    writing = _Writing(grower, _kept(grower, proof), _Names(taken), premises)
    waiting: list[tuple[Grown, Branch]] = [(proof, ())]
    while waiting:
        grown, branch = waiting.pop()
        _grown(writing, grown, branch)
        match grown.end:
            case Clash(nodes):
                _close(writing, branch, nodes)
            case Fork(closed=closed):
                ends = [(*branch, number) for number in range(1, len(closed) + 1)]
                _fork(writing, grown.end, branch, ends)
                waiting.extend(reversed(list(zip(closed, ends, strict=True))))
    return tuple(writing.lines), tuple(writing.steps)


def _kept(grower: Grower, proof: Grown) -> frozenset[int]:
    clashes: list[int] = []
    waiting = [proof]
    while waiting:
        match waiting.pop().end:
            case Clash(nodes):
                clashes.extend(nodes)
            case Fork(closed=closed):
                waiting.extend(closed)
    return frozenset(needed(grower, tuple(clashes)))


def _grown(writing: _Writing, grown: Grown, branch: Branch) -> None:
    """Write the nodes of a part, but for those that its split has written."""
    new = [number for number in grown.nodes if number not in writing.labels]
    for rule, numbers in groupby(new, key=lambda number: writing.grower.nodes[number].rule):
        if rule is None:
            for number in numbers:
                _assume(writing, branch, number)
        elif kept := [number for number in numbers if number in writing.kept]:
            _apply(writing, branch, kept, [branch], [kept])


def _fork(writing: _Writing, fork: Fork, branch: Branch, ends: Sequence[Branch]) -> None:
    heads = [
        [
            number
            for number in grown.nodes
            if number in writing.kept and writing.grower.nodes[number].rule == fork.application
        ]
        for grown in fork.closed
    ]
    _apply(writing, branch, heads[0], ends, heads)


def _assume(writing: _Writing, branch: Branch, number: int) -> None:
    label = writing.labels[number] = len(writing.lines) + 1
    origin = "premise" if label <= writing.premises else "goal"
    signed = writing.grower.claims.signed(writing.grower.nodes[number].claim)
    line = NodeLine(label=str(label), branch=branch, signed=signed, origin=origin, line=label)
    writing.lines.append(line)
    writing.steps.append(Assume(branch=branch, node=label, index=label - 1, line=label))


def _apply(
    writing: _Writing,
    branch: Branch,
    some: Sequence[int],
    ends: Sequence[Branch],
    added: Sequence[Sequence[int]],
) -> None:
    """Write one application of a rule; `some` are nodes that it adds, `added` all, by branch."""
    node = writing.grower.nodes[some[0]]
    source = writing.labels[_source(node)]
    witness = writing.names.witness(node.witness)
    first = len(writing.lines) + 1
    alternatives: list[dict[int, Signed]] = []
    for end, numbers in zip(ends, added, strict=True):
        alternatives.append({})
        for number in numbers:
            label = writing.labels[number] = len(writing.lines) + 1
            signed = writing.names.signed(
                writing.grower.claims.signed(writing.grower.nodes[number].claim)
            )
            alternatives[-1][label] = signed
            line = NodeLine(
                label=str(label),
                branch=end,
                signed=signed,
                origin=str(source),
                witness=witness,
                line=label,
            )
            writing.lines.append(line)
    writing.steps.append(
        Apply(branch=branch, source=source, witness=witness, added=tuple(alternatives), line=first)
    )


def _source(node: Node) -> int:
    if node.source is None:
        raise AssertionError("a rule has a source")
    return node.source


def _close(writing: _Writing, branch: Branch, nodes: Sequence[int]) -> None:
    labels = sorted(writing.labels[number] for number in nodes)
    here = len(writing.lines) + 1
    shown = tuple(map(str, labels))
    writing.lines.append(CloseLine(label=str(here), branch=branch, nodes=shown, line=here))
    writing.steps.append(Close(branch=branch, nodes=tuple(labels), line=here))


# ── names in the order that they come in ────────────────────────────────────────────────────────


class _Names:
    """New names for the constants that the prover brought, and for worlds."""

    def __init__(self, taken: frozenset[str]) -> None:
        self._taken = taken
        self._fresh = fresh_constants(taken)
        self._constants: dict[str, str] = {}
        self._worlds: dict[World, World] = {(): (), (1,): (1,)}
        self._children: dict[World, int] = {}

    def signed(self, signed: Signed) -> Signed:
        return Signed(
            sign=signed.sign,
            formula=self._formula(signed.formula),
            world=self._world(signed.world),
        )

    def witness(self, witness: Witness | None) -> Witness | None:
        if witness is None:
            return None
        return self._world(witness) if isinstance(witness, tuple) else self._term(witness)

    def _world(self, world: World) -> World:
        if world not in self._worlds:
            parent = self._world(world[:-1])
            self._children[parent] = self._children.get(parent, 0) + 1
            self._worlds[world] = (*parent, self._children[parent])
        return self._worlds[world]

    def _formula(self, formula: Formula) -> Formula:
        if not constants(formula):
            return formula
        if isinstance(formula, Atom):
            return Atom(formula.name, tuple(map(self._term, formula.args)))
        return with_parts(formula, self._formula)

    def _term(self, term: Term) -> Term:
        match term:
            case Variable():
                return term
            case Function(name, ()):
                return Function(self._constant(name))
            case Function(name, args):
                return Function(name, tuple(map(self._term, args)))

    def _constant(self, name: str) -> str:
        if name in self._taken:
            return name
        if name not in self._constants:
            self._constants[name] = next(self._fresh)
        return self._constants[name]
