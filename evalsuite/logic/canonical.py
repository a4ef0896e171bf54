"""Canonical forms: one string for all problems that are the same but for names and order.

Two problems have the same form iff one becomes the other by renaming symbols (one to one, signs
kept) and bound variables and by reordering premises, literals, parents, candidates, lines and the
sides of `&`, `|`, `<->` and `xor`.

A problem becomes a tree, and atoms get colours: first all the same, then each the rank of how the
tree looks with this one marked, until no class splits. Where a class holds several atoms, each is
tried as its first, and the least string is the form: individualisation and refinement (McKay and
Piperno, *Practical graph isomorphism, II*, 2014), for trees with a dozen atoms.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.logic.clauses import Clause
from evalsuite.logic.problems import BranchClosure, Entailment, Problem, ResolventOf
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Truth,
    Variable,
    Xor,
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A name that may be another."""

    atom: str


@dataclass(frozen=True, slots=True)
class Node:
    """A label that stays, over parts that may change places unless they are ordered."""

    label: str
    children: tuple["Tree", ...]
    ordered: bool = True


Tree: TypeAlias = Leaf | Node
_Colours: TypeAlias = Mapping[str, int]


def canonical(problem: Problem) -> str:
    """Return a problem's canonical form."""
    return form(_problem(problem))


def form(tree: Tree) -> str:
    """Return a tree's canonical form: equal for trees that are equal but for names and order."""
    names = sorted(set(_leaves(tree)))
    return min(_forms(tree, _refined(tree, dict.fromkeys(names, 0))))


# ── the tree of a problem ───────────────────────────────────────────────────────────────────────


def _problem(problem: Problem) -> Tree:
    match problem:
        case Entailment(premises=premises, conclusion=conclusion):
            return Node(
                "entailment", (any_order(map(formula_tree, premises)), formula_tree(conclusion))
            )
        case ResolventOf(left=left, right=right, candidates=candidates):
            parents = any_order(map(clause_tree, (left, right)))
            return Node("resolvent", (parents, any_order(map(clause_tree, candidates))))
        case BranchClosure(branch=branch):
            lines = (
                Node("T" if line.sign else "F", (formula_tree(line.formula),)) for line in branch
            )
            return Node("branch", (any_order(lines),))


def any_order(children: Iterable[Tree], label: str = "") -> Node:
    """Return a node whose parts may change places."""
    return Node(label, tuple(children), ordered=False)


def clause_tree(clause: Clause) -> Tree:
    """Return a clause's tree."""
    return any_order(
        Node("T" if literal.positive else "F", (formula_tree(literal.atom),)) for literal in clause
    )


_SIGNS = {
    Not: "~",
    And: "&",
    Or: "|",
    Iff: "<->",
    Xor: "xor",
    Forall: "forall",
    Exists: "exists",
    Box: "[]",
    Diamond: "<>",
}


def formula_tree(formula: Formula, bound: tuple[str, ...] = ()) -> Tree:
    """Return a formula's tree; a bound variable is the number of quantifiers up to its own."""
    match formula:
        case Atom(name, ()):
            return Leaf(name)
        case Atom(name, args):
            return Node("@", (Leaf(name), *(_term(arg, bound) for arg in args)))
        case Truth(value):
            return Node("true" if value else "false", ())
        case Not(body) | Box(body) | Diamond(body):
            return Node(_SIGNS[type(formula)], (formula_tree(body, bound),))
        case Forall(variable, body) | Exists(variable, body):
            return Node(_SIGNS[type(formula)], (formula_tree(body, (variable, *bound)),))
        case Implies(left, right):
            return Node("->", (formula_tree(left, bound), formula_tree(right, bound)))
        case And(left, right) | Or(left, right) | Iff(left, right) | Xor(left, right):
            sides = (formula_tree(left, bound), formula_tree(right, bound))
            return any_order(sides, _SIGNS[type(formula)])


def _term(term: Term, bound: tuple[str, ...]) -> Tree:
    match term:
        case Variable(name):
            return Node(f"#{bound.index(name)}", ()) if name in bound else Leaf(f"var {name}")
        case Function(name, args):
            # A predicate and a function may share a name and are different things.
            return Node("f", (Leaf(f"term {name}"), *(_term(arg, bound) for arg in args)))


def _leaves(tree: Tree) -> Iterator[str]:
    match tree:
        case Leaf(atom):
            yield atom
        case Node(children=children):
            for child in children:
                yield from _leaves(child)


# ── its least form ──────────────────────────────────────────────────────────────────────────────


def _written(tree: Tree, names: Mapping[str, str | int]) -> str:
    """Write a tree with these names for its atoms, children without an order sorted."""
    match tree:
        case Leaf(atom):
            return str(names[atom])
        case Node(label, children, ordered):
            texts = [_written(child, names) for child in children]
            return f"{label}({','.join(texts if ordered else sorted(texts))})"


def _refined(tree: Tree, colours: _Colours) -> _Colours:
    """Split the classes until each atom looks the same as all others of its colour."""
    while True:
        looks = {
            atom: (colour, _written(tree, {**colours, atom: "*"}))
            for atom, colour in colours.items()
        }
        ranks = {look: rank for rank, look in enumerate(sorted(set(looks.values())))}
        finer = {atom: ranks[look] for atom, look in looks.items()}
        if len(ranks) == len(set(colours.values())):
            return finer
        colours = finer


def _forms(tree: Tree, colours: _Colours) -> Iterator[str]:
    """Yield the tree as written with each naming that is still possible."""
    shared = [colour for colour in colours.values() if _count(colours, colour) > 1]
    if not shared:
        yield _written(tree, colours)
        return
    tried: list[str] = []
    for atom in sorted(atom for atom, colour in colours.items() if colour == min(shared)):
        # An atom that can change places with one already tried leads to the same forms.
        if any(_interchangeable(tree, atom, other, colours) for other in tried):
            continue
        tried.append(atom)
        split = {other: 2 * colour + 1 for other, colour in colours.items()}
        yield from _forms(tree, _refined(tree, {**split, atom: 2 * colours[atom]}))


def _count(colours: _Colours, colour: int) -> int:
    return sum(other == colour for other in colours.values())


def _interchangeable(tree: Tree, first: str, second: str, names: Iterable[str]) -> bool:
    same = {name: name for name in names}
    return _written(tree, same) == _written(tree, {**same, first: second, second: first})
