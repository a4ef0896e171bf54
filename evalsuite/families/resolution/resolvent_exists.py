"""Have two clauses a resolvent, and one that says something?

On no literal, on one, or on two: then both resolvents are tautologies. The clauses share the same
number of atoms in each case, and have the same number of negations on each side; what the answer
hangs on is how many of the shared atoms have two signs.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._drawing import Signs
from evalsuite.logic.canonical import any_order, clause_tree, form
from evalsuite.logic.clauses import Clause, is_tautology, resolvents, show_clause
from evalsuite.logic.provers.packed import Packed
from evalsuite.records import Draft

LABELS: Final = ("one-resolvent", "no-resolvent", "only-tautologies")
CHOICES: Final = 3

_FEWEST, _MOST = 6, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many literals each clause has."""

    fewest_literals: int = 6
    most_literals: int = 12
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_literals <= self.most_literals <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_literals`, `most_literals` and `step`: {_FEWEST} <= fewest <= most"
                f" <= {_MOST}, step >= 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Two clauses: 0: one resolvent, no tautology; 1: none; 2: tautologies only."""

    left: Clause
    right: Clause


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of literals."""
    return tuple(range(params.fewest_literals, params.most_literals + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw two clauses of `rung` literals with one (0), none (1) or two (2) possible pivots."""
    shared = rng.randint(max(2, rung // 2), rung - 1)
    left = [atom if rng.random() < 1 / 2 else -atom for atom in range(1, rung + 1)]
    negations = rng.choice(_counts(rung, rung))
    clashes = (1, 0, 2)[gold]
    # The right clause's shared literals, and its others, among which the negations are evened out.
    same = rng.sample(left[:shared], shared)
    common = [-one if place < clashes else one for place, one in enumerate(same)]
    if not _all_possible(same, negations, rung - shared):
        return None
    missing = negations - sum(one < 0 for one in common)
    own = list(range(rung + 1, 2 * rung - shared + 1))
    denied = set(rng.sample(own, missing))
    right = [*common, *(-atom if atom in denied else atom for atom in own)]
    names = drawing.names(2 * rung - shared, rng)
    one, two = (drawing.named(clause, names) for clause in (_set(left), _set(right)))
    problem = Problem(left=one, right=two)
    if rng.random() < 1 / 2:
        problem = Problem(left=two, right=one)
    return Draft(
        shown={"left": show_clause(problem.left), "right": show_clause(problem.right)},
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "atoms": len(names), "shared": shared},
    )


def _all_possible(same: list[int], negations: int, own: int) -> bool:
    """Say whether each answer can be had with so many negations."""
    denied = sum(one < 0 for one in same)
    first, second = (1 if one > 0 else -1 for one in same[:2])
    return all(0 <= negations - denied - more <= own for more in (0, first, first + second))


def _counts(rung: int, draws: int) -> list[int]:
    """Return numbers of negations that are about half of the literals."""
    return [rung // 2 + by for by in (-1, 0, 0, 1) if 0 <= rung // 2 + by <= draws]


def _set(clause: list[int]) -> Signs:
    return frozenset(clause)


def decide(problem: Problem) -> tuple[int, int]:
    """Return the answer by looking at all resolvents, and by the bits in which the two differ."""
    found = resolvents(problem.left, problem.right)
    telling = [one for one in found if not is_tautology(one)]
    by_sets = 0 if telling else 2 if found else 1
    every = Packed([problem.left, problem.right], tautologies=True)
    some = Packed([problem.left, problem.right])
    left, right = every.read(problem.left), every.read(problem.right)
    by_bits = 0 if some.resolvents(left, right) else 1
    if by_bits and list(every.resolvents(left, right)):
        by_bits = 2
    return by_sets, by_bits


def canonical(problem: Problem) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(any_order(map(clause_tree, (problem.left, problem.right)), "parents"))


def show(problem: Problem) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_clause(problem.left)}, {show_clause(problem.right)}"


def certificate(params: Params, problem: Problem) -> None:
    """Return nothing: a verdict is all that is asked."""
