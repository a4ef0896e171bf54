"""The last two steps of a resolution refutation are missing: which of four ways completes it?

The clauses are those of four refutations, each with its own last two steps, drawn alike but that
in three of them one of these two steps is wrong (`_refutations`). Which of the four it is, was
chosen before: the options are alike in all that can be counted.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.criticism import _refutations as drawing
from evalsuite.families.criticism._refutations import Children, Line, Refutation
from evalsuite.logic.canonical import Node, any_order, form
from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.sampling import NAMES
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

_FEWEST, _MOST = 2, 6  # steps of each of the four
_TRIES = 200  # for one of the four


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many steps each of the four has, the last two among them."""

    steps: tuple[int, ...] = (2, 3, 4, 5)

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not self.steps or not all(_FEWEST <= count <= _MOST for count in self.steps):
            raise ValueError(f"`steps`: numbers from {_FEWEST} to {_MOST}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Lines, and four ways to go on by two."""

    lines: tuple[Line, ...]
    endings: tuple[tuple[Line, Line], ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of steps."""
    return tuple(sorted(set(params.steps)))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw four refutations of `rung` steps, of which number `gold` alone is right."""
    names = rng.sample(NAMES, min(len(NAMES), 7 + rung))
    drawn = [_drawn(rung, names, rng, right=place == gold) for place in range(CHOICES)]
    parts = [one for one in drawn if one is not None]
    if len(parts) < CHOICES:
        return None
    problem = _joined(parts, rng)
    clauses = [line.clause for line in problem.lines]
    if len(set(clauses)) < len(clauses):
        return None
    numbered = [_shown(ending, len(clauses)) for ending in problem.endings]
    if len({ending[0].clause for ending in problem.endings}) < CHOICES:
        return None
    return Draft(
        shown={
            "lines": drawing.shown(Refutation(lines=problem.lines)),
            "options": [{"lines": one} for one in numbered],
        },
        choices=tuple(_told(ending, len(clauses)) for ending in problem.endings),
        problem=problem,
        tags={"rung": rung, "lines": len(clauses)},
        formal={"lines": list(drawing.text(Refutation(lines=problem.lines)))},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    children: Children
    clauses: dict[int, Clause]


def _drawn(steps: int, names: list[str], rng: Random, *, right: bool) -> _Part | None:
    """Draw a refutation whose last step takes a given clause, and take the right or wrong one."""
    for _ in range(_TRIES):
        children = drawing.shape(steps, rng)
        # The step before the last is node 1; its other parent, node 2, is given.
        if 1 not in children or 2 in children:  # noqa: PLR2004
            continue
        planted = rng.choice((0, 1, 1))
        kinds = ("no-pivot",) if planted == 0 else drawing.KINDS
        pair = drawing.pair(children, planted, names, rng, kinds)
        if pair is not None:
            return _Part(children=children, clauses=pair.right if right else pair.wrong)
    return None


def _joined(parts: list[_Part], rng: Random) -> Unfinished:
    """Write the four down as one, without the last two steps of each."""
    leaves = [
        (part, node)
        for part in range(CHOICES)
        for node in parts[part].clauses
        if node not in parts[part].children
    ]
    rng.shuffle(leaves)
    left = {
        part: [
            node
            for node in drawing.order(parts[part].children, rng)
            if node in parts[part].children and node > 1
        ]
        for part in range(CHOICES)
    }
    turns = [part for part in range(CHOICES) for _ in left[part]]
    rng.shuffle(turns)
    nodes = [*leaves, *((part, left[part].pop(0)) for part in turns)]
    place = {node: number for number, node in enumerate(nodes)}

    def line(part: int, node: int) -> Line:
        parents = parts[part].children.get(node, ())
        return Line(
            clause=parts[part].clauses[node],
            parents=tuple(place.get((part, parent), len(nodes)) for parent in parents),
        )

    return Unfinished(
        lines=tuple(line(part, node) for part, node in nodes),
        endings=tuple((line(part, 1), line(part, 0)) for part in range(CHOICES)),
    )


def decide(problem: Unfinished) -> tuple[int, int]:
    """Return the answer by the kernel, and by a SAT solver that each line follows.

    Raises:
        ValueError: not one of the four alone is right.

    """
    proofs = [Refutation(lines=(*problem.lines, *ending)) for ending in problem.endings]
    by_kernel = [n for n, proof in enumerate(proofs) if drawing.wrong_by_kernel(proof) is None]
    by_solver = [n for n, proof in enumerate(proofs) if drawing.wrong_by_solver(proof) is None]
    if len(by_kernel) != 1 or len(by_solver) != 1:
        raise ValueError("not one of the four alone is right")
    return by_kernel[0], by_solver[0]


def canonical(problem: Unfinished) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(
        any_order(
            Node("", (drawing.tree(Refutation(lines=(*problem.lines, *ending)), -1),))
            for ending in problem.endings
        )
    )


def show(problem: Unfinished) -> str:
    """Write a problem on one line, for messages."""
    options = " / ".join(_told(ending, len(problem.lines)) for ending in problem.endings)
    return f"{'; '.join(drawing.text(Refutation(lines=problem.lines)))}: {options}"


def certificate(params: Params, problem: Unfinished) -> None:
    """Return nothing: a verdict is all that is asked."""


def _shown(ending: tuple[Line, Line], before: int) -> list[Json]:
    return [
        {
            "number": before + place,
            "clause": show_clause(line.clause),
            "from": [parent + 1 for parent in line.parents],
        }
        for place, line in enumerate(ending, start=1)
    ]


def _told(ending: tuple[Line, Line], before: int) -> str:
    """Write the two lines in one, for a label."""
    return "; ".join(
        f"{before + place}. {show_clause(line.clause)} "
        f"[{','.join(str(parent + 1) for parent in line.parents)}]"
        for place, line in enumerate(ending, start=1)
    )
