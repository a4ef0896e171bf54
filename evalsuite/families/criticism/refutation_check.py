"""Is this resolution refutation right?

Right and wrong ones are drawn in pairs (`_refutations`), so that no count of anything tells them
apart: a step is wrong for what its clause is, given the two that it names.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.criticism import _refutations as drawing
from evalsuite.families.criticism._refutations import Refutation
from evalsuite.logic.canonical import form
from evalsuite.records import Draft

LABELS: Final = ("right", "wrong")
CHOICES: Final = 2

_FEWEST, _MOST = 3, 24


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
    """Draw a refutation of `rung` steps that is right (0), or of which one step is wrong (1)."""
    children = drawing.shape(rung, rng)
    nodes = drawing.order(children, rng)
    planted = rng.choice([node for node in nodes if node in children])
    kinds = ("no-pivot",) if planted == 0 else drawing.KINDS
    pair = drawing.pair(children, planted, drawing.names_for(rung, rng), rng, kinds)
    if pair is None:
        return None
    proof = drawing.written(children, (pair.right, pair.wrong)[gold], nodes)
    return Draft(
        shown={"lines": drawing.shown(proof)},
        choices=LABELS,
        problem=proof,
        tags={"rung": rung, "lines": len(nodes), "kind": pair.kind if gold else "right"},
        formal={"lines": list(drawing.text(proof))},
    )


def decide(problem: Refutation) -> tuple[int, int]:
    """Return the answer by the kernel, and by a SAT solver that each line follows."""
    return (
        int(drawing.wrong_by_kernel(problem) is not None),
        int(drawing.wrong_by_solver(problem) is not None),
    )


def canonical(problem: Refutation) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(drawing.tree(problem, len(problem.lines) - 1))


def show(problem: Refutation) -> str:
    """Write a problem on one line, for messages."""
    return "; ".join(drawing.text(problem))


def certificate(params: Params, problem: Refutation) -> None:
    """Return nothing: a verdict is all that is asked."""
