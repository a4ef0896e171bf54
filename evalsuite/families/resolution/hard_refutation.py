"""Can a set of clauses be refuted, where every refutation is long?

pigeonhole   n + 1 pigeons do not fit into n holes (Haken, *The intractability of resolution*, 1985)
ordering     a strict order of n things has no least one (Krishnamurthy 1985)
parity       the parities of a graph's vertices do not add up (Tseitin, *On the complexity of
             derivation in propositional calculus*, 1968), here of random cubic graphs

Atoms get random names and signs, a few clauses that are not needed are put in, and the order is
lost. The twin of a parity problem has another parity at one vertex, that of the others the signs of
one atom exchanged between two clauses: the same literals, the same lengths, and a model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from random import Random
from typing import Final, TypeAlias

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._clause_sets import ClauseSet
from evalsuite.families.resolution._drawing import Drawn, Signs
from evalsuite.records import Draft

LABELS: Final = sets.LABELS
CHOICES: Final = 2

Clauses: TypeAlias = list[Signs]
_IDLE = (2, 3, 4)  # clauses that are put in


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder, from 1 (6 atoms) to 6 (15)."""

    easiest: int = 1
    hardest: int = 6
    surface: str = "symbols"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach, and an unknown surface."""
        if not 1 <= self.easiest <= self.hardest <= len(_LADDER):
            raise ValueError(f"`easiest` and `hardest`: 1 <= easiest <= hardest <= {len(_LADDER)}")
        sets.check_surface(self.surface)


def rungs(params: Params) -> tuple[int, ...]:
    """Return the ladder's numbers."""
    return tuple(range(params.easiest, params.hardest + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw clauses of one of the rung's kinds that can be refuted (0), or their twin (1)."""
    kind, size = rng.choice(_LADDER[rung])
    both = _KINDS[kind](size, rng)
    if both is None:
        return None
    problem = sets.chosen(*both, gold, rng)
    return sets.draft(problem, params.surface, {"rung": rung, "kind": kind, "size": size})


def decide(problem: ClauseSet) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return sets.decide(problem)


def canonical(problem: ClauseSet) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return sets.canonical(problem)


def show(problem: ClauseSet) -> str:
    """Write a problem on one line, for messages."""
    return sets.show(problem.clauses)


def certificate(params: Params, problem: ClauseSet) -> str:  # noqa: ARG001
    """Return a refutation, or a valuation."""
    return sets.certificate(problem)


# ── the kinds, each with its twin ───────────────────────────────────────────────────────────────

_Both: TypeAlias = tuple[Drawn, tuple[Signs, ...]]


def _pigeonhole(holes: int, rng: Random) -> _Both | None:
    def at(pigeon: int, hole: int) -> int:
        return pigeon * holes + hole + 1

    pigeons = range(holes + 1)
    clauses = [frozenset(at(pigeon, hole) for hole in range(holes)) for pigeon in pigeons]
    for hole in range(holes):
        clauses += [
            frozenset({-at(one, hole), -at(other, hole)}) for one, other in combinations(pigeons, 2)
        ]
    return _exchanged(clauses, (holes + 1) * holes, rng)


def _ordering(things: int, rng: Random) -> _Both | None:
    number = {pair: place for place, pair in enumerate(combinations(range(things), 2), start=1)}

    def before(one: int, other: int) -> int:
        return number[one, other] if one < other else -number[other, one]

    # Each thing has one before it, and no three go round in a circle.
    clauses = [
        frozenset(before(other, one) for other in range(things) if other != one)
        for one in range(things)
    ]
    for first, second, third in combinations(range(things), 3):
        for circle in ((first, second, third), (first, third, second)):
            ahead = zip(circle, (*circle[1:], circle[0]), strict=True)
            clauses.append(frozenset(-before(one, other) for one, other in ahead))
    return _exchanged(clauses, len(number), rng)


def _exchanged(clauses: Clauses, atoms: int, rng: Random) -> _Both | None:
    drawn = Drawn(atoms=atoms, clauses=tuple(clauses), steps=())
    more = drawing.with_idle(drawn, rng.choice(_IDLE), rng)
    if more is None:
        return None
    more = drawing.shuffled(more, rng)
    table = drawing.columns(atoms)
    for twin in drawing.exchanges(more.clauses, rng):
        if drawing.models(twin, table):
            return more, twin
    return None


def _parity(vertices: int, rng: Random) -> _Both | None:
    edges = _cubic(vertices, rng)
    if edges is None:
        return None
    charges = [rng.random() < 1 / 2 for _ in range(vertices)]
    odd = rng.randrange(vertices)
    charges[odd] ^= sum(charges) % 2 == 0
    around = [
        [number for number, edge in enumerate(edges, start=1) if vertex in edge]
        for vertex in range(vertices)
    ]
    groups = [_odd(*one) for one in zip(around, charges, strict=True)]
    other = [*groups[:odd], _odd(around[odd], not charges[odd]), *groups[odd + 1 :]]
    one, two = [*chain.from_iterable(groups)], [*chain.from_iterable(other)]
    idle = _idle(len(edges), one, two, rng)
    if idle is None:
        return None
    one, two = [*one, *idle], [*two, *idle]
    order = list(range(len(one)))
    rng.shuffle(order)
    drawn = Drawn(atoms=len(edges), clauses=tuple(one[at] for at in order), steps=())
    return drawn, tuple(two[at] for at in order)


def _odd(atoms: Sequence[int], charge: bool) -> Clauses:  # noqa: FBT001 - a truth value
    """Return the clauses that say how the number of true atoms is: odd (True) or even."""
    return [
        frozenset(one if positive else -one for one, positive in zip(atoms, signs, strict=True))
        for signs in product((True, False), repeat=len(atoms))
        if (len(signs) - sum(signs)) % 2 != int(charge)
    ]


def _idle(atoms: int, one: Clauses, other: Clauses, rng: Random) -> Clauses | None:
    """Draw clauses beside both sets that leave the other one a model."""
    table = drawing.columns(atoms)
    rows = drawing.models(other, table)
    idle: Clauses = []
    count = rng.choice(_IDLE)
    for _ in range(50):
        clause = drawing.random_clause(atoms, rng.choice((2, 3)), rng)
        left = rows & drawing.models([clause], table)
        known = (*one, *other, *idle)
        if left and not any(drawing.comparable(clause, old) for old in known):
            idle.append(clause)
            rows = left
        if len(idle) == count:
            return idle
    return None


def _cubic(vertices: int, rng: Random) -> list[tuple[int, int]] | None:
    """Draw a graph of which each vertex has three edges: ends are paired at random."""
    ends = [vertex for vertex in range(vertices) for _ in range(3)]
    for _ in range(200):
        rng.shuffle(ends)
        edges = {(min(pair), max(pair)) for pair in zip(ends[::2], ends[1::2], strict=True)}
        if len(edges) == len(ends) // 2 and all(one != other for one, other in edges):
            return sorted(edges)
    return None


_KINDS: Final[Mapping[str, Callable[[int, Random], _Both | None]]] = {
    "pigeonhole": _pigeonhole,
    "ordering": _ordering,
    "parity": _parity,
}
_LADDER: Final[Mapping[int, tuple[tuple[str, int], ...]]] = {
    1: (("pigeonhole", 2),),
    2: (("ordering", 4), ("parity", 4)),
    3: (("ordering", 5), ("parity", 6)),
    4: (("pigeonhole", 3),),
    5: (("parity", 8),),
    6: (("ordering", 6), ("parity", 10)),
}
