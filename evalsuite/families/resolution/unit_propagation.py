"""Which of four literals does unit propagation derive?

Four chains of clauses begin with a unit clause each and end in a literal each; all have the same
shape. Of three chains one clause has a literal with the other sign, so that it is true already and
nothing comes out of it. Which chain is whole can be told only by going along it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._drawing import Signs
from evalsuite.logic.canonical import Node, any_order, clause_tree, form
from evalsuite.logic.clauses import Clause, Literal, complement, show_clause, show_literal
from evalsuite.logic.provers.resolution import searched
from evalsuite.logic.provers.saturation import Limit, Restriction
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

_SHORTEST, _LONGEST = 2, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many clauses a chain has beside its unit clause."""

    shortest: int = 2
    longest: int = 8
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        # Of shorter chains there are too few.
        if not _SHORTEST <= self.shortest <= self.longest <= _LONGEST or self.step < 1:
            raise ValueError(
                f"`shortest`, `longest` and `step`: {_SHORTEST} <= shortest <= longest"
                f" <= {_LONGEST}, step >= 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Which candidate does unit propagation derive? Its index."""

    clauses: tuple[Clause, ...]
    candidates: tuple[Literal, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the lengths of the chains."""
    return tuple(range(params.shortest, params.longest + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw four chains of `rung` clauses; the one that ends in candidate `gold` is whole."""
    shape = _shape(rung, rng)
    clauses: list[Signs] = []
    ends: list[int] = []
    width = rung + 1
    for number in range(CHOICES):
        start = number * width
        chain = [frozenset(one + start if one > 0 else one - start for one in row) for row in shape]
        if number != gold:
            chain = _broken(chain, rng)
        clauses += chain
        ends.append(start + width)
    atoms = CHOICES * width
    flips = {atom: rng.choice((1, -1)) for atom in range(1, atoms + 1)}
    names = drawing.names(atoms, rng)
    rng.shuffle(clauses)

    def named(clause: Signs) -> Clause:
        return drawing.named(frozenset(one * flips[abs(one)] for one in clause), names)

    candidates = [next(iter(named(frozenset({end})))) for end in ends]
    problem = Problem(clauses=tuple(map(named, clauses)), candidates=tuple(candidates))
    shown = tuple(map(show_literal, candidates))
    return Draft(
        shown={
            "clauses": [show_clause(clause) for clause in problem.clauses],
            "options": list[Json](shown),
        },
        choices=shown,
        problem=problem,
        tags={"rung": rung, "atoms": atoms, "clauses": len(clauses)},
    )


def _shape(length: int, rng: Random) -> list[Signs]:
    """Draw a chain: each clause derives the next atom from the last one and perhaps another."""
    rows = [frozenset({1})]
    for atom in range(2, length + 2):
        earlier = [rng.randint(1, atom - 2)] if atom > 2 and rng.random() < 1 / 2 else []  # noqa: PLR2004
        rows.append(frozenset({atom, -(atom - 1), *(-one for one in earlier)}))
    return rows


def _broken(chain: Sequence[Signs], rng: Random) -> list[Signs]:
    """Give one condition of one clause the other sign: it is true when the rest is known."""
    place = rng.randrange(1, len(chain))
    condition = rng.choice(sorted(one for one in chain[place] if one < 0))
    return [
        *chain[:place],
        (chain[place] - {condition}) | {-condition},
        *chain[place + 1 :],
    ]


def decide(problem: Problem) -> tuple[int, int]:
    """Return the answer by propagation, and by resolution with unit clauses.

    Raises:
        ValueError: not one candidate alone is derived, or the clauses contradict each other.

    """
    names = sets.atoms(problem.clauses)
    true = drawing.propagated([drawing.numbers(one, names) for one in problem.clauses])
    if true is None:
        raise ValueError("unit propagation meets a contradiction")
    derived = [
        next(iter(drawing.numbers(frozenset({one}), names))) in true for one in problem.candidates
    ]
    resolved = [_is_resolved(problem, one) for one in problem.candidates]
    return _only(derived), _only(resolved)


def _is_resolved(problem: Problem, literal: Literal) -> bool:
    """Say whether unit resolution refutes the clauses with the literal denied."""
    denied = (*problem.clauses, frozenset({complement(literal)}))
    return searched(denied, Restriction(kind="unit"), Limit()).empty is not None


def _only(found: Sequence[bool]) -> int:
    if sum(found) != 1:
        raise ValueError(f"{sum(found)} candidates are derived")
    return found.index(True)


def canonical(problem: Problem) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    candidates = any_order(clause_tree(frozenset({one})) for one in problem.candidates)
    return form(Node("derived", (any_order(map(clause_tree, problem.clauses)), candidates)))


def show(problem: Problem) -> str:
    """Write a problem on one line, for messages."""
    return f"{sets.show(problem.clauses)}: {' / '.join(map(show_literal, problem.candidates))}"


def certificate(params: Params, problem: Problem) -> None:
    """Return nothing: a verdict is all that is asked."""
