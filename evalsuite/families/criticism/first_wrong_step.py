"""Which is the first wrong step of this resolution refutation?

Four steps are chosen before one of them is made wrong, so that each is as likely to be it. What
comes after it is right by what it names (`_refutations`).
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.criticism import _refutations as drawing
from evalsuite.families.criticism._refutations import Refutation
from evalsuite.logic.canonical import form
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_FEWEST, _MOST = 5, 24  # steps; the last one is never wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many steps a refutation has."""

    steps: tuple[int, ...] = (5, 7, 10, 14)

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not self.steps or not all(_FEWEST <= count <= _MOST for count in self.steps):
            raise ValueError(f"`steps`: numbers from {_FEWEST} to {_MOST}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criticised:
    """A refutation, and the places of four of its lines, one of them wrong."""

    proof: Refutation
    options: tuple[int, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of steps."""
    return tuple(sorted(set(params.steps)))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a refutation of `rung` steps; of four of them, step `gold` is wrong."""
    children = drawing.shape(rung, rng)
    nodes = drawing.order(children, rng)
    steps = [place for place, node in enumerate(nodes) if node in children][:-1]
    options = tuple(sorted(rng.sample(steps, CHOICES)))
    names = drawing.names_for(rung, rng)
    pair = drawing.pair(children, nodes[options[gold]], names, rng)
    if pair is None:
        return None
    proof = drawing.written(children, pair.wrong, nodes)
    numbers = tuple(str(place + 1) for place in options)
    return Draft(
        shown={"lines": drawing.shown(proof), "options": list(numbers)},
        choices=numbers,
        problem=Criticised(proof=proof, options=options),
        tags={"rung": rung, "lines": len(nodes), "kind": pair.kind},
        formal={"lines": list(drawing.text(proof))},
    )


def decide(problem: Criticised) -> tuple[int, int]:
    """Return the answer by the kernel, and by a SAT solver that each line follows.

    Raises:
        ValueError: no line is wrong, or one that is no option.

    """
    found = (drawing.wrong_by_kernel(problem.proof), drawing.wrong_by_solver(problem.proof))
    first, second = (problem.options.index(-1 if place is None else place) for place in found)
    return first, second


def canonical(problem: Criticised) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(drawing.tree(problem.proof, len(problem.proof.lines) - 1, problem.options))


def show(problem: Criticised) -> str:
    """Write a problem on one line, for messages."""
    options = ", ".join(str(place + 1) for place in problem.options)
    return f"{'; '.join(drawing.text(problem.proof))}: {options}?"


def certificate(params: Params, problem: Criticised) -> None:
    """Return nothing: a verdict is all that is asked."""
