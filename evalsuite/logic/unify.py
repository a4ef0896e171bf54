"""Unification and matching of terms that share their parts.

σ unifies s = t iff sσ = tσ, and is most general iff every unifier of s = t is σ followed by some
substitution. Terms that must become equal are put in one class, and so are their arguments; the
equations fail where a class holds two different symbols (*clash*) or a term that holds a term of
its own class (the *occurs check*). Nothing is written out on the way, so that time and space are
almost linear even where the unified terms, written out, are exponentially large.

Baader & Snyder, *Unification Theory*, in: Handbook of Automated Reasoning, 2001, section 2.3.

What it gives shares its parts: ask `size` before writing it out.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, TypeAlias

from evalsuite.logic.clauses import Clause, variables
from evalsuite.logic.matching import match, subsumes, variant
from evalsuite.logic.sharing import (
    Numbering,
    applied,
    bottom_up,
    equal,
    moving,
    size,
    with_args,
)
from evalsuite.logic.syntax import Atom, Function, Substitution, Term, Variable

__all__ = [
    "Failure",
    "apart",
    "applied",
    "compose",
    "equal",
    "is_idempotent",
    "match",
    "mgu",
    "mgu_atoms",
    "most_general",
    "new_variable",
    "size",
    "subsumes",
    "unifies",
    "variant",
]

_Key: TypeAlias = int | str  # of a node: a variable's name, a function term's identity


@dataclass(frozen=True, slots=True)
class Failure:
    """Why equations have no unifier."""

    kind: Literal["clash", "occurs"]
    message: str


# ── most general unifiers ───────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Classes:
    """Terms that must be equal: disjoint sets of nodes, each with the symbol it stands for."""

    parents: dict[_Key, _Key] = field(default_factory=dict)  # of nodes that are not roots
    functions: dict[_Key, Function] = field(default_factory=dict)  # of roots
    places: dict[str, int] = field(default_factory=dict)  # when a variable was first met
    variables: dict[_Key, str] = field(default_factory=dict)  # of roots: the one met first

    def root(self, term: Term) -> _Key:
        """Return the name of the term's class."""
        if isinstance(term, Variable):
            key: _Key = term.name
            if term.name not in self.places:
                self.places[term.name] = len(self.places)
                self.variables[key] = term.name
        else:
            key = id(term)
            if key not in self.parents:
                self.functions.setdefault(key, term)
        parents = self.parents
        while (above := parents.get(key)) is not None:
            top = parents.get(above)
            if top is None:
                return above
            parents[key] = top  # halve the path
            key = top
        return key

    def join(self, kept: _Key, lost: _Key) -> None:
        """Make one class of two."""
        self.parents[lost] = kept
        function = self.functions.pop(lost, None)
        if function is not None:
            self.functions.setdefault(kept, function)
        name = self.variables.pop(lost, None)
        if name is not None:
            other = self.variables.get(kept, name)
            self.variables[kept] = min(name, other, key=self.places.__getitem__)


def mgu(equations: Iterable[tuple[Term, Term]]) -> Substitution | Failure:
    """Return the most general unifier, idempotent, or why there is none.

    Of variables that fall together the one met first stands for all. The terms share their parts.
    """
    given = tuple(equations)  # nodes are told by identity: they have to live on
    classes = _Classes()
    waiting = list(reversed(given))
    while waiting:
        first, second = waiting.pop()
        if first is second:
            continue
        one, two = classes.root(first), classes.root(second)
        if one == two:
            continue
        left, right = classes.functions.get(one), classes.functions.get(two)
        classes.join(one, two)
        if left is None or right is None:
            continue
        if left.name != right.name or len(left.args) != len(right.args):
            return _clash(left, right)
        waiting.extend(zip(reversed(left.args), reversed(right.args), strict=True))
    return _solution(classes)


def mgu_atoms(first: Atom, second: Atom) -> Substitution | Failure:
    """Return the most general unifier of two atoms, as `mgu` does."""
    if first.name != second.name or len(first.args) != len(second.args):
        return _clash(first, second)
    return mgu(zip(first.args, second.args, strict=True))


def _clash(first: Atom | Function, second: Atom | Function) -> Failure:
    one, two = first.name, second.name
    if one == two:
        message = f"`{one}` takes {len(first.args)} arguments here and {len(second.args)} there"
    else:
        message = f"`{one}` and `{two}` are different symbols"
    return Failure("clash", message)


def _solution(classes: _Classes) -> Substitution | Failure:
    """Write out what each variable's class stands for."""
    built: dict[_Key, Term] = {}
    unifier: dict[str, Term] = {}
    for name in list(classes.places):
        root = classes.root(Variable(name))
        failure = _build(root, classes, built)
        if failure is not None:
            return failure
        term = built[root]
        if not (isinstance(term, Variable) and term.name == name):
            unifier[name] = term
    return unifier


def _build(start: _Key, classes: _Classes, built: dict[_Key, Term]) -> Failure | None:
    """Build the terms of a class and of those in it; fail where one would hold itself."""
    waiting, path = [start], dict[_Key, None]()
    while waiting:
        root = waiting[-1]
        if root in built:
            waiting.pop()
            continue
        function = classes.functions.get(root)
        if function is None:
            built[root] = Variable(classes.variables[root])
            continue
        args = [classes.root(arg) for arg in function.args]
        missing = [arg for arg in args if arg not in built]
        if not missing:
            built[root] = with_args(function, [built[arg] for arg in args])
            path.pop(root, None)
            continue
        path[root] = None
        cyclic = next((arg for arg in missing if arg in path), None)
        if cyclic is not None:
            return _occurs(cyclic, path, classes)
        waiting.extend(missing)
    return None


def _occurs(start: _Key, path: Iterable[_Key], classes: _Classes) -> Failure:
    roots = list(path)
    cycle = roots[roots.index(start) :]
    # Finite terms without variables are never inside themselves: a variable is on every cycle.
    name = next(classes.variables[root] for root in cycle if root in classes.variables)
    return Failure("occurs", f"`{name}` would have to stand inside itself")


# ── substitutions ───────────────────────────────────────────────────────────────────────────────


def compose(first: Substitution, second: Substitution) -> Substitution:
    """Return the substitution that does what the first does and then what the second does."""
    images = applied(first.values(), second)
    composed = {**second, **dict(zip(first, images, strict=True))}
    return moving(composed)


def is_idempotent(substitution: Substitution) -> bool:
    """Say whether doing it twice is doing it once: no variable it replaces is in its terms.

    A check for the tests.
    """
    moved = moving(substitution)
    names = {node.name for node in bottom_up(moved.values()) if isinstance(node, Variable)}
    return names.isdisjoint(moved)


def unifies(substitution: Substitution, equations: Iterable[tuple[Term, Term]]) -> bool:
    """Say whether a substitution makes both sides of every equation the same."""
    given = tuple(equations)
    lefts = applied((left for left, _ in given), substitution)
    rights = applied((right for _, right in given), substitution)
    numbering = Numbering()
    return all(numbering.same(left, right) for left, right in zip(lefts, rights, strict=True))


def most_general(substitution: Substitution, equations: Iterable[tuple[Term, Term]]) -> bool:
    """Say whether a substitution is a most general unifier of the equations.

    It is one iff it unifies and the unifier of `mgu` is an instance of it, on the variables of the
    equations and those it replaces itself: new names for variables do no harm, and replacing a
    variable that the equations do not have does.
    """
    given = tuple(equations)
    ours = mgu(given)
    if isinstance(ours, Failure) or not unifies(substitution, given):
        return False
    sides = [side for equation in given for side in equation]
    names = {node.name for node in bottom_up(sides) if isinstance(node, Variable)}
    concerned = [Variable(name) for name in sorted(names.union(substitution))]
    theirs = applied(concerned, substitution)
    return match(zip(theirs, applied(concerned, ours), strict=True)) is not None


# ── renaming ────────────────────────────────────────────────────────────────────────────────────


def apart(clause: Clause, taken: frozenset[str]) -> Substitution:
    """Return a renaming of the clause's variables after which none has a name that is taken.

    Names that are not taken stay.
    """
    names = variables(clause)
    used = set(taken | names)
    renaming: dict[str, Term] = {}
    for name in sorted(names & taken):
        new = new_variable(name, used)
        used.add(new)
        renaming[name] = Variable(new)
    return renaming


def new_variable(name: str, taken: Container[str]) -> str:
    """Return a name for a variable that is not taken: `x1`, `x2`, … for one called `x` or `x7`.

    It is one that is read as a variable where no quantifier binds it.
    """
    letter = name[0] if name[0] in "uvwxyz" else "x"
    return next(new for number in count(1) if (new := f"{letter}{number}") not in taken)
