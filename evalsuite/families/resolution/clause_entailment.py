"""Does a clause follow from clauses?

The labels are those of `refutation`, with a conclusion put in: its literals stand in some of the
clauses. The first of two twins can be refuted without them, and so the conclusion follows; the
other has a model without them, in which it is false. Premises of twins have the same literals, and
the conclusion is the same. Unit propagation decides neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution import refutation
from evalsuite.families.resolution._drawing import Signs
from evalsuite.logic import solvers
from evalsuite.logic.canonical import Node, any_order, clause_tree, form
from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.normal import formula_of
from evalsuite.logic.syntax import Not
from evalsuite.records import Draft

LABELS: Final = ("follows", "does-not-follow")
CHOICES: Final = 2

_FEWEST, _MOST = 3, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many steps a shortest derivation has."""

    fewest_steps: int = 3
    most_steps: int = 9
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_steps <= self.most_steps <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_steps`, `most_steps` and `step`: {_FEWEST} <= fewest <= most <= {_MOST},"
                " step >= 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Does the conclusion follow from the clauses? 0: it does; 1: it does not."""

    clauses: tuple[Clause, ...]
    conclusion: Clause


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of steps."""
    return tuple(range(params.fewest_steps, params.most_steps + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw clauses from which a clause does (0) or does not (1) follow."""
    both = refutation.twins(rung, rng)
    if both is None:
        return None
    drawn, twin = both
    size = rng.choice((1, 2))
    goal = frozenset(
        atom if rng.random() < 1 / 2 else -atom
        for atom in range(drawn.atoms + 1, drawn.atoms + size + 1)
    )
    places = _places(len(twin), sorted(goal), rng)
    first, second = (
        [frozenset({*clause, *more}) for clause, more in zip(clauses, places, strict=True)]
        for clauses in (drawn.clauses, twin)
    )
    if not _is_telling(first, second, goal, drawn.atoms + size):
        return None
    names = drawing.names(drawn.atoms + size, rng)
    clauses = tuple(drawing.named(clause, names) for clause in (first, second)[gold])
    problem = Problem(clauses=clauses, conclusion=drawing.named(goal, names))
    return Draft(
        shown={
            "clauses": [show_clause(clause) for clause in clauses],
            "conclusion": show_clause(problem.conclusion),
        },
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "steps": rung, "atoms": len(names), "clauses": len(clauses)},
    )


def _places(count: int, goal: Sequence[int], rng: Random) -> list[list[int]]:
    """Say which literals of the goal each clause gets: each goes to two or three clauses."""
    found: list[list[int]] = [[] for _ in range(count)]
    for one in goal:
        for place in rng.sample(range(count), rng.choice((2, 3))):
            found[place].append(one)
    return found


def _is_telling(first: Sequence[Signs], second: Sequence[Signs], goal: Signs, atoms: int) -> bool:
    """Say whether all premises can be true, and no part of the goal follows already."""
    table = drawing.columns(atoms)
    parts = [goal - {one} for one in goal]
    return all(drawing.models(clauses, table) for clauses in (first, second)) and all(
        drawing.models([*first, *(frozenset({-one}) for one in part)], table) for part in parts
    )


def decide(problem: Problem) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    names = sets.atoms([*problem.clauses, problem.conclusion])
    table = drawing.columns(len(names))
    rows = drawing.models([drawing.numbers(one, names) for one in problem.clauses], table)
    true = drawing.models([drawing.numbers(problem.conclusion, names)], table)
    claims = [formula_of([clause]) for clause in problem.clauses]
    falsified = solvers.satisfiable([*claims, Not(formula_of([problem.conclusion]))])
    return int(rows & ~true != 0), int(falsified)


def canonical(problem: Problem) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    premises = any_order(map(clause_tree, problem.clauses))
    return form(Node("follows", (premises, clause_tree(problem.conclusion))))


def show(problem: Problem) -> str:
    """Write a problem on one line, for messages."""
    return f"{sets.show(problem.clauses)} |= {show_clause(problem.conclusion)}"


def certificate(params: Params, problem: Problem) -> None:
    """Return nothing: a verdict is all that is asked."""
