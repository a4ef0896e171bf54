"""One step of a resolution refutation is wrong: which clause should stand there?

The step has one pivot, so that what should stand there is the one resolvent of the lines that it
names. No line of the refutation says it. Which step it is, is not told.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.criticism import _refutations as drawing
from evalsuite.families.criticism._refutations import Refutation
from evalsuite.logic import solvers
from evalsuite.logic.canonical import form
from evalsuite.logic.clauses import Clause, is_tautology, resolvents, show_clause
from evalsuite.logic.normal import formula_of
from evalsuite.logic.syntax import Not
from evalsuite.records import Draft

LABELS: Final = ("solved",)
CHOICES: Final = 1

_FEWEST, _MOST = 3, 24  # steps; the last one is never wrong
_KINDS: Final = ("flipped", "confused", "dropped")  # those whose parents have one resolvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many steps a refutation has."""

    steps: tuple[int, ...] = (3, 5, 8, 12)

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not self.steps or not all(_FEWEST <= count <= _MOST for count in self.steps):
            raise ValueError(f"`steps`: numbers from {_FEWEST} to {_MOST}")


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of steps."""
    return tuple(sorted(set(params.steps)))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a refutation of `rung` steps, one of which is wrong."""
    children = drawing.shape(rung, rng)
    nodes = drawing.order(children, rng)
    planted = rng.choice([node for node in nodes[:-1] if node in children])
    names = drawing.names_for(rung, rng)
    pair = drawing.pair(children, planted, names, rng, _KINDS)
    if pair is None:
        return None
    proof = drawing.written(children, pair.wrong, nodes)
    place = nodes.index(planted)
    right = _resolvents(proof, place)
    if len(right) != 1 or any(line.clause == right[0] for line in proof.lines):
        return None
    left, other = (proof.lines[parent].clause for parent in proof.lines[place].parents)
    return Draft(
        shown={"lines": drawing.shown(proof)},
        choices=LABELS,
        problem=proof,
        tags={"rung": rung, "lines": len(nodes), "kind": pair.kind},
        formal={
            "lines": list(drawing.text(proof)),
            "line": place + 1,
            "left": show_clause(left),
            "right": show_clause(other),
        },
    )


def decide(problem: Refutation) -> tuple[int, int]:
    """Say (0) that there is one wrong line and what should stand there, by kernel and by SAT.

    Raises:
        ValueError: there is no wrong line, or no clause or two that could stand there.

    """
    by_kernel, by_solver = drawing.wrong_by_kernel(problem), drawing.wrong_by_solver(problem)
    if by_kernel is None or by_kernel != by_solver:
        raise ValueError("the wrong line is not clear")
    (right,) = _resolvents(problem, by_kernel)
    parents = [problem.lines[parent].clause for parent in problem.lines[by_kernel].parents]
    for clause, wanted in ((right, False), (problem.lines[by_kernel].clause, True)):
        denied = Not(formula_of([clause]))
        if solvers.satisfiable([formula_of(parents), denied]) != wanted:
            raise ValueError(f"`{show_clause(clause)}` is not what is said of it")
    return 0, 0


def canonical(problem: Refutation) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(drawing.tree(problem, len(problem.lines) - 1))


def show(problem: Refutation) -> str:
    """Write a problem on one line, for messages."""
    return "; ".join(drawing.text(problem))


def certificate(params: Params, problem: Refutation) -> str | None:  # noqa: ARG001
    """Return the clause that should stand there."""
    place = drawing.wrong_by_kernel(problem)
    return None if place is None else show_clause(_resolvents(problem, place)[0])


def _resolvents(proof: Refutation, place: int) -> tuple[Clause, ...]:
    left, right = (proof.lines[parent].clause for parent in proof.lines[place].parents)
    return tuple(one for one in resolvents(left, right) if not is_tautology(one))
