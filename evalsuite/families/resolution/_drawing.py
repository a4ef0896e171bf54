"""Draw clause sets in pairs: one can be refuted, one not, and no count of symbols tells which.

A clause is here a set of numbers, `-3` the negation of atom 3, as in DIMACS. A refutation is drawn
from its end: the empty clause is split on an atom, then one of the two, and so on; each clause's
literals go to the left, to the right or to both. What is left unsplit is the clause set. It is kept
if each of its clauses is needed: then a refutation uses all, and none is shorter than that tree.

Its twin has the signs of one atom exchanged between two clauses: the same literals, the same
clauses but for these signs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from random import Random
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import Atom

Signs: TypeAlias = frozenset[int]
Pair: TypeAlias = tuple[int, int]  # places of a step's parents: of clauses, then of steps

_TRIES = 400
_AGAIN = 12  # tries to split one clause
_WIDEST = 3  # literals of a clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Clauses over the atoms 1 … `atoms` that can be refuted in so many steps, and not in fewer."""

    atoms: int
    clauses: tuple[Signs, ...]
    steps: tuple[Pair, ...]


# ── truth tables: bit r is the value in row r ───────────────────────────────────────────────────


@cache
def columns(atoms: int) -> tuple[int, ...]:
    """Return the table of each literal: place i for atom i, place -i for its negation."""
    full = (1 << (1 << atoms)) - 1
    positive = [(full // ((1 << (1 << bit)) + 1)) << (1 << bit) for bit in range(atoms)]
    return (full, *positive, *(full ^ one for one in reversed(positive)))


def models(clauses: Sequence[Signs], table: Sequence[int]) -> int:
    """Return the rows in which all clauses are true; `table` is that of `columns`."""
    found = table[0]
    for clause in clauses:
        truth = 0
        for one in clause:
            truth |= table[one]
        found &= truth
    return found


# ── a refutation, from its end ──────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Node:
    clause: Signs
    children: tuple["_Node", "_Node"] | None = None


def refutable(atoms: int, steps: int, rng: Random, *, units: bool = False) -> Drawn | None:
    """Draw clauses of two or three literals, with `units` also of one, each of them needed."""
    table = columns(atoms)
    for _ in range(_TRIES):
        root = _Node(frozenset())
        leaves = _grown(root, atoms, steps, rng, units=units)
        if leaves is None or not (units or all(len(leaf.clause) > 1 for leaf in leaves)):
            continue
        clauses = [leaf.clause for leaf in leaves]
        if {abs(one) for clause in clauses for one in clause} != set(range(1, atoms + 1)):
            continue
        if is_critical(clauses, len(clauses), table):
            rng.shuffle(leaves)
            return Drawn(
                atoms=atoms,
                clauses=tuple(leaf.clause for leaf in leaves),
                steps=_steps(root, leaves),
            )
    return None


def is_critical(clauses: Sequence[Signs], first: int, table: Sequence[int]) -> bool:
    """Say whether without any of the first clauses the rest has a model."""
    return all(models([*clauses[:place], *clauses[place + 1 :]], table) for place in range(first))


def _grown(root: _Node, atoms: int, steps: int, rng: Random, *, units: bool) -> list[_Node] | None:
    """Split so often, so that no leaf subsumes another; units first, unless some may stay."""
    leaves = [root]
    for _ in range(steps):
        least = max(1, min(len(leaf.clause) for leaf in leaves))
        most = _WIDEST - 1 if units else least
        open_ = [leaf for leaf in leaves if len(leaf.clause) <= most]
        if least >= _WIDEST or not any(_divided(leaves, open_, atoms, rng) for _ in range(_AGAIN)):
            return None
    return leaves


def _divided(leaves: list[_Node], open_: Sequence[_Node], atoms: int, rng: Random) -> bool:
    """Put two leaves in the place of one, unless one leaf would then subsume another."""
    leaf = rng.choice(open_)
    atom = rng.randint(1, atoms)
    if atom in leaf.clause or -atom in leaf.clause:
        return False
    children = _split(leaf.clause, atom, rng)
    others = [other for other in leaves if other is not leaf]
    if any(comparable(one.clause, other.clause) for one in children for other in others):
        return False
    leaf.children = children
    leaves[:] = [*others, *children]
    return True


def _split(clause: Signs, atom: int, rng: Random) -> tuple[_Node, _Node]:
    """Return two clauses whose resolvent is this one."""
    sides: tuple[set[int], set[int]] = ({atom}, {-atom})
    for one in sorted(clause):
        to = rng.choice(((0,), (1,), (0, 1)))
        for side in to:
            sides[side].add(one)
    return _Node(frozenset(sides[0])), _Node(frozenset(sides[1]))


def comparable(one: Signs, other: Signs) -> bool:
    """Say whether one clause subsumes the other."""
    return one <= other or other <= one


def _steps(root: _Node, leaves: Sequence[_Node]) -> tuple[Pair, ...]:
    places = {id(leaf): place for place, leaf in enumerate(leaves)}
    found: list[Pair] = []

    def place(node: _Node) -> int:
        if node.children is None:
            return places[id(node)]
        left, right = map(place, node.children)
        found.append((left, right))
        return len(leaves) + len(found) - 1

    place(root)
    return tuple(found)


# ── unit propagation ────────────────────────────────────────────────────────────────────────────


def propagated(clauses: Iterable[Signs]) -> Signs | None:
    """Return the literals that unit propagation makes true; `None` where a clause becomes empty."""
    true: set[int] = set()
    waiting = list(clauses)
    while True:
        left: list[Signs] = []
        found = False
        for clause in waiting:
            if not clause.isdisjoint(true):
                continue
            rest = [one for one in clause if -one not in true]
            if not rest:
                return None
            if len(rest) == 1:
                true.add(rest[0])
                found = True
            else:
                left.append(clause)
        if not found:
            return frozenset(true)
        waiting = left


def contradicting(atoms: int, rng: Random) -> tuple[Signs, ...] | None:
    """Draw clauses that unit propagation refutes, each of them needed: one more than atoms.

    Each atom becomes true in turn, by one or two that are true already; in the end a clause is
    false.
    """
    clauses = [frozenset({1})]
    unused = {1}
    for atom in range(2, atoms + 2):
        is_last = atom > atoms
        count = max(2, len(unused)) if is_last else min(rng.choice((0, 1, 1, 2, 2)), atom - 1)
        # Those that nothing rests on come first, so that in the end few are left.
        before = sorted(range(1, atom), key=lambda one: (one not in unused, rng.random()))
        reasons = before[:count]
        unused = unused.difference(reasons) | {atom}
        clauses.append(frozenset({*(-one for one in reasons), *([] if is_last else [atom])}))
    is_whole = len(clauses[-1]) <= _WIDEST and len(unused) == 1
    return tuple(clauses) if is_whole else None


# ── more clauses, and the twin ──────────────────────────────────────────────────────────────────


def random_clause(atoms: int, size: int, rng: Random) -> Signs:
    """Draw a clause of so many literals."""
    chosen = rng.sample(range(1, atoms + 1), min(size, atoms))
    return frozenset(one if rng.random() < 1 / 2 else -one for one in chosen)


def with_idle(drawn: Drawn, count: int, rng: Random, *, extra: int = 0) -> Drawn | None:
    """Add so many clauses of two or three literals; as `with_sizes`."""
    return with_sizes(drawn, [rng.choice((2, 3)) for _ in range(count)], rng, extra=extra)


def with_sizes(
    drawn: Drawn,
    sizes: Sequence[int],
    rng: Random,
    *,
    extra: int = 0,
    draw: Callable[[int, int, Random], Signs] = random_clause,
) -> Drawn | None:
    """Add clauses of these sizes that are not needed, and leave the others needed as before.

    They have so many extra atoms of their own; `draw` draws one, of so many atoms and a size.
    """
    first, atoms = len(drawn.clauses), drawn.atoms + extra
    table = columns(atoms)
    clauses = list(drawn.clauses)
    for _ in range(_TRIES // 4):
        if len(clauses) == first + len(sizes):
            break
        clause = draw(atoms, sizes[len(clauses) - first], rng)
        if any(comparable(clause, other) for other in clauses):
            continue
        if is_critical([*clauses, clause], first, table):
            clauses.append(clause)
    if len({abs(one) for clause in clauses for one in clause}) < atoms:
        return None
    if len(clauses) < first + len(sizes):
        return None
    steps = tuple(
        (_moved(left, first, len(sizes)), _moved(right, first, len(sizes)))
        for left, right in drawn.steps
    )
    return Drawn(atoms=atoms, clauses=tuple(clauses), steps=steps)


def _moved(place: int, start: int, by: int) -> int:
    return place + by if place >= start else place


def exchanges(clauses: Sequence[Signs], rng: Random) -> Iterator[tuple[Signs, ...]]:
    """Yield in random order the sets in which two clauses have exchanged the signs of one atom.

    None of their clauses subsumes another.
    """
    options = [
        (first, second, one, -one)
        for first, clause in enumerate(clauses)
        for one in sorted(clause)
        if one > 0
        for second, other in enumerate(clauses)
        if -one in other
    ]
    yield from _exchanged(clauses, options, rng)


def swaps(clauses: Sequence[Signs], rng: Random) -> Iterator[tuple[Signs, ...]]:
    """Yield in random order the sets in which two clauses have exchanged literals of one sign.

    None of their clauses is a tautology or subsumes another. Horn clauses stay Horn clauses.
    """
    options = [
        (first, second, one, other)
        for first, second in combinations(range(len(clauses)), 2)
        for one in sorted(clauses[first])
        for other in sorted(clauses[second])
        if (one > 0) == (other > 0)
    ]
    yield from _exchanged(clauses, options, rng)


def _exchanged(
    clauses: Sequence[Signs], options: list[tuple[int, int, int, int]], rng: Random
) -> Iterator[tuple[Signs, ...]]:
    """Put a literal of one clause in the place of one of another, and the other way round."""
    rng.shuffle(options)
    for first, second, one, other in options:
        changed = list(clauses)
        changed[first] = clauses[first] - {one} | {other}
        changed[second] = clauses[second] - {other} | {one}
        if not any(
            len(changed[place]) < len(clauses[place])
            or any(-literal in changed[place] for literal in changed[place])
            or any(
                comparable(changed[place], clause)
                for at, clause in enumerate(changed)
                if at != place
            )
            for place in (first, second)
        ):
            yield tuple(changed)


def shuffled(drawn: Drawn, rng: Random) -> Drawn:
    """Put the clauses in random order and give the atoms random signs."""
    order = list(range(len(drawn.clauses)))
    rng.shuffle(order)
    flips = {atom: rng.choice((1, -1)) for atom in range(1, drawn.atoms + 1)}
    to = {old: new for new, old in enumerate(order)}
    return Drawn(
        atoms=drawn.atoms,
        clauses=tuple(
            frozenset(one * flips[abs(one)] for one in drawn.clauses[old]) for old in order
        ),
        steps=tuple((to.get(left, left), to.get(right, right)) for left, right in drawn.steps),
    )


# ── names ───────────────────────────────────────────────────────────────────────────────────────


def names(count: int, rng: Random) -> list[str]:
    """Draw names for atoms: letters, or where there are too few, letters with a digit."""
    if count <= len(NAMES):
        return rng.sample(NAMES, count)
    return rng.sample([f"{letter}{digit}" for letter in NAMES for digit in range(1, 5)], count)


def named(clause: Signs, given: Sequence[str]) -> Clause:
    """Return the clause with these names for the atoms, from 1."""
    return frozenset(
        Literal(atom=Atom(given[abs(one) - 1]), positive=one > 0) for one in sorted(clause)
    )


def numbers(clause: Clause, given: Sequence[str]) -> Signs:
    """Return the clause as numbers, the atoms being named so."""
    return frozenset(
        (given.index(one.atom.name) + 1) * (1 if one.positive else -1) for one in clause
    )
