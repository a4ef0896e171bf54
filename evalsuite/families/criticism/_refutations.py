"""Refutations drawn in pairs: a right one, and one of the same shape that has one wrong step.

A refutation is drawn from its end: the empty clause is parted into two clauses that it is the
resolvent of, these into others, and so on. At one place the right refutation is parted as it
should be, the other one wrongly; from there on both go the same way. So both have as many lines,
literals and negations (but for a sign), name the same lines, and each step after the wrong one is
right. What is wrong there:

flipped      the clause has a literal of a parent with the other sign
confused     a literal that is no pivot is left out, and the pivot kept
dropped      a literal of one parent is left out
two-pivots   two pivots are resolved on at once
no-pivot     there is none: the literal has the same sign in both parents
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from evalsuite.logic import solvers
from evalsuite.logic.canonical import Node, Tree, any_order, clause_tree
from evalsuite.logic.clauses import (
    Clause,
    Literal,
    complement,
    is_tautology,
    resolvents,
    show_clause,
)
from evalsuite.logic.elaborators import refutation
from evalsuite.logic.flaws import Flaw
from evalsuite.logic.normal import formula_of
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import Atom, Not
from evalsuite.records import Json

KINDS: Final = ("flipped", "confused", "dropped", "two-pivots", "no-pivot")

_LARGEST = 4  # literals of a clause
_NO_PIVOT = 0.3  # of that kind where others can be had: it can be had everywhere
_IN_BOTH = 0.15  # of a literal to stand in both parents
_IN_BOTH_WHERE_WRONG = 0.4  # so that there is something to drop


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A clause, and the places (from 0) of the lines it is resolved from; none: it is given."""

    clause: Clause
    parents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refutation:
    """Lines in order, the given ones first."""

    lines: tuple[Line, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """The places of the lines that are not given."""
        return tuple(place for place, line in enumerate(self.lines) if line.parents)


# ── shapes: binary trees, whose nodes are their places, the root 0 ──────────────────────────────

Children = dict[int, tuple[int, int]]


def shape(steps: int, rng: Random) -> Children:
    """Draw a binary tree with so many inner nodes."""
    children: Children = {}
    leaves = [0]
    for _ in range(steps):
        node = leaves.pop(rng.randrange(len(leaves)))
        children[node] = (2 * len(children) + 1, 2 * len(children) + 2)
        leaves += children[node]
    return children


def order(children: Children, rng: Random) -> tuple[int, ...]:
    """Return the nodes in an order of lines: leaves first, each node after its children."""
    nodes = {0, *(child for both in children.values() for child in both)}
    leaves = sorted(nodes - set(children))
    rng.shuffle(leaves)
    placed = list(leaves)
    while len(placed) < len(nodes):
        ready = [
            node
            for node in sorted(children)
            if node not in placed and all(child in placed for child in children[node])
        ]
        placed.append(rng.choice(ready))
    return tuple(placed)


# ── literals for a shape, twice ─────────────────────────────────────────────────────────────────

_Literals = tuple[Literal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The clause of each node, as it is right and as it is where one step is wrong."""

    right: dict[int, Clause]
    wrong: dict[int, Clause]
    kind: str


@dataclass(slots=True, kw_only=True)
class _Growing:
    children: Children
    names: Sequence[str]
    rng: Random
    right: dict[int, _Literals] = field(default_factory=dict)
    wrong: dict[int, _Literals] = field(default_factory=dict)

    def atoms(self, node: int) -> set[str]:
        return {one.atom.name for one in (*self.right[node], *self.wrong[node])}

    def fresh(self, taken: set[str]) -> str | None:
        left = [name for name in self.names if name not in taken]
        return self.rng.choice(left) if left else None

    def literal(self, name: str) -> Literal:
        return Literal(atom=Atom(name), positive=self.rng.random() < 1 / 2)


def pair(
    children: Children,
    planted: int,
    names: Sequence[str],
    rng: Random,
    kinds: Sequence[str] = KINDS,
) -> Pair | None:
    """Draw the clauses of two refutations of this shape, the step to node `planted` wrong in one.

    None: this draw does not come out.
    """
    growing = _Growing(children=children, names=names, rng=rng, right={0: ()}, wrong={0: ()})
    kind: str | None = ""
    for node in sorted(children):  # parents come before their children
        if node == planted:
            kind = _parted_wrongly(growing, node, kinds)
        elif not _parted(growing, node):
            return None
        if kind is None:
            return None
    right = {node: frozenset(literals) for node, literals in growing.right.items()}
    wrong = {node: frozenset(literals) for node, literals in growing.wrong.items()}
    if not (_good(growing.right, right) and _good(growing.wrong, wrong)):
        return None
    if follows(wrong[planted], *(wrong[child] for child in children[planted])):
        return None
    return Pair(right=right, wrong=wrong, kind=kind or "")


def follows(clause: Clause, left: Clause, right: Clause) -> bool:
    """Say whether a clause follows from two: one of them is in it, or a resolvent of them."""
    return any(one <= clause for one in (left, right, *resolvents(left, right)))


def _good(literals: dict[int, _Literals], clauses: dict[int, Clause]) -> bool:
    """Say whether clauses are as long as they were drawn, none a tautology, no two the same."""
    return (
        all(len(clauses[node]) == len(literals[node]) <= _LARGEST for node in clauses)
        and len(set(clauses.values())) == len(clauses)
        and not any(map(is_tautology, clauses.values()))
    )


def _sides(growing: _Growing, node: int, both: float) -> tuple[list[int], list[int]]:
    """Part the literals of a node, by their places, among its two parents."""
    left, right = [], []
    for place in range(len(growing.right[node])):
        draw = growing.rng.random()
        if draw < both:
            left.append(place)
            right.append(place)
        else:
            (left if growing.rng.random() < 1 / 2 else right).append(place)
    return left, right


def _parted(growing: _Growing, node: int) -> bool:
    name = growing.fresh(growing.atoms(node))
    if name is None:
        return False
    pivot = growing.literal(name)
    sides = _sides(growing, node, _IN_BOTH)
    for child, places, one in zip(
        growing.children[node], sides, (pivot, complement(pivot)), strict=True
    ):
        for clauses in (growing.right, growing.wrong):
            clauses[child] = (*(clauses[node][place] for place in places), one)
    return True


def _parted_wrongly(growing: _Growing, node: int, kinds: Sequence[str]) -> str | None:
    """Part the node rightly in one refutation and wrongly in the other; return how."""
    if not _parted_with(growing, node):
        return None
    one, two = growing.children[node]  # the first is the one that is meant below
    orders = growing.rng.sample([(one, two), (two, one)], 2)
    able = {
        kind: children
        for kind in kinds
        for children in orders
        if _applies(growing, node, children, kind)
    }
    if not able:
        return None
    rare = [kind for kind in able if kind != "no-pivot" or growing.rng.random() < _NO_PIVOT]
    kind = growing.rng.choice(rare or list(able))
    children = able[kind]
    _spoilt(growing, node, children, kind)
    return kind


def _parted_with(growing: _Growing, node: int) -> bool:
    name = growing.fresh(growing.atoms(node))
    if name is None:
        return False
    pivot = growing.literal(name)
    sides = _sides(growing, node, _IN_BOTH_WHERE_WRONG)
    for child, places, one in zip(
        growing.children[node], sides, (pivot, complement(pivot)), strict=True
    ):
        growing.right[child] = (*(growing.right[node][place] for place in places), one)
        growing.wrong[child] = growing.right[child]
    return True


def _shared(growing: _Growing, children: tuple[int, int]) -> list[Literal]:
    first, second = (growing.right[child] for child in children)
    return [one for one in first if one in second]


def _alone(growing: _Growing, children: tuple[int, int]) -> list[Literal]:
    """Return the first parent's literals that the second one has not, but for the pivot."""
    first, second = (growing.right[child] for child in children)
    return [one for one in first[:-1] if one not in second]


def _applies(growing: _Growing, node: int, children: tuple[int, int], kind: str) -> bool:
    taken = growing.atoms(node) | growing.atoms(children[0]) | growing.atoms(children[1])
    if kind in {"confused", "dropped", "two-pivots"} and growing.fresh(taken) is None:
        return False
    match kind:
        case "flipped" | "confused":
            return bool(_alone(growing, children))
        case "dropped":
            return bool(_shared(growing, children))
        case "two-pivots":
            return len(_shared(growing, children)) > 1
        case _:
            return True


def _spoilt(growing: _Growing, node: int, children: tuple[int, int], kind: str) -> None:
    """Put the literals in that make the step wrong."""
    rng = growing.rng
    first, second = children
    taken = growing.atoms(node) | growing.atoms(first) | growing.atoms(second)
    pivot = growing.right[first][-1]

    def put(child: int, old: Literal, new: Literal) -> None:
        growing.wrong[child] = tuple(new if x == old else x for x in growing.wrong[child])

    def other(like: Literal) -> Literal:
        return Literal(atom=Atom(growing.fresh(taken) or ""), positive=like.positive)

    match kind:
        case "flipped":
            old = rng.choice(_alone(growing, children))
            put(first, old, complement(old))
        case "confused":
            old = rng.choice(_alone(growing, children))
            put(first, old, other(old))
            put(first, pivot, old)
            put(second, complement(pivot), complement(old))
        case "dropped":
            old = rng.choice(_shared(growing, children))
            put(first, old, other(old))
        case "two-pivots":
            here, there = rng.sample(_shared(growing, children), 2)
            more = other(here)
            put(first, here, more)
            put(second, there, complement(more))
        case _:
            put(second, complement(pivot), pivot)


# ── refutations ─────────────────────────────────────────────────────────────────────────────────


def names_for(steps: int, rng: Random) -> list[str]:
    """Draw atoms for a refutation of so many steps."""
    return rng.sample(NAMES, min(len(NAMES), 5 + steps // 2))


def written(children: Children, clauses: dict[int, Clause], nodes: Sequence[int]) -> Refutation:
    """Write down the nodes as lines."""
    place = {node: number for number, node in enumerate(nodes)}
    return Refutation(
        lines=tuple(
            Line(
                clause=clauses[node],
                parents=tuple(place[child] for child in children.get(node, ())),
            )
            for node in nodes
        )
    )


def wrong_by_kernel(proof: Refutation) -> int | None:
    """Return the place of the first wrong line, as the elaborator and the kernel find it.

    Raises:
        ValueError: something else than a line is wrong.

    """
    given = [line.clause for line in proof.lines if not line.parents]
    flaw = refutation.check(given, "\n".join(text(proof))).flaw
    if flaw is None:
        return None
    if not isinstance(flaw, Flaw) or flaw.line is None:
        raise ValueError(str(flaw))
    return flaw.line - 1


def wrong_by_solver(proof: Refutation) -> int | None:
    """Return the place of the first line that does not follow from those it names, by SAT."""
    for place in proof.steps:
        line = proof.lines[place]
        parents = [proof.lines[parent].clause for parent in line.parents]
        denied = Not(formula_of([line.clause]))
        if solvers.satisfiable([formula_of(parents), denied]):
            return place
    return None


def text(proof: Refutation) -> Iterator[str]:
    """Yield the lines as they are shown."""
    for number, line in enumerate(proof.lines, start=1):
        why = ",".join(str(parent + 1) for parent in line.parents) or "given"
        yield f"{number}. {show_clause(line.clause)} [{why}]"


def shown(proof: Refutation) -> list[Json]:
    """Return the lines for a template: clause and parents, numbers from 1."""
    return [
        {
            "clause": show_clause(line.clause),
            "from": [parent + 1 for parent in line.parents],
        }
        for line in proof.lines
    ]


def tree(proof: Refutation, place: int, marked: Sequence[int] = ()) -> Tree:
    """Return the tree of a line and all below it, for canonical forms."""
    line = proof.lines[place]
    parents = any_order(tree(proof, parent, marked) for parent in line.parents)
    return Node("marked" if place in marked else "", (clause_tree(line.clause), parents))
