"""Which of four valuations does this complete open branch describe?

The options differ in the values of two atoms, each of the four combinations once, so that none of
them stands out.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.tableaux import _branches
from evalsuite.logic import solvers
from evalsuite.logic.canonical import Leaf, Node, any_order, form
from evalsuite.logic.formats.notation import show_valuation
from evalsuite.logic.syntax import Atom, Formula, Not, atoms
from evalsuite.logic.tableau import Signed, show_signed
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_ATTEMPTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many lines a branch has."""

    fewest_lines: int = 6
    most_lines: int = 15
    step: int = 3

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        fewest, most = _branches.FEWEST, _branches.MOST
        if not fewest <= self.fewest_lines <= self.most_lines <= most or self.step < 1:
            raise ValueError(
                f"`fewest_lines` and `most_lines`: {fewest} <= fewest <= most <= {most}, "
                "and `step` at least 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Which valuation does a complete open branch describe? Its index."""

    branch: tuple[Signed, ...]
    valuations: tuple[tuple[tuple[str, bool], ...], ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of lines."""
    return tuple(range(params.fewest_lines, params.most_lines + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a complete open branch of `rung` lines; option `gold` is its valuation."""
    for _ in range(_ATTEMPTS):
        fitting = [
            branch
            for branch in _branches.open_branches(rung, min(5, 2 + rung // 5), rng)
            if len(_branches.literals(branch)) == len(_names(branch))
        ]
        if fitting:
            return _draft(rng.choice(fitting), rung, gold, rng)
    return None


def decide(problem: Description) -> tuple[int, int]:
    """Return the answer by reading the branch and by SAT solver.

    Raises:
        ValueError: no option fits, or several do.

    """
    read = [
        at
        for at, row in enumerate(problem.valuations)
        if all(_agrees(signed, dict(row)) for signed in problem.branch)
    ]
    solved = [
        at
        for at, row in enumerate(problem.valuations)
        if solvers.satisfiable([*map(_claim, problem.branch), *_facts(row)])
    ]
    if len(read) != 1 or len(solved) != 1:
        raise ValueError(f"{len(read)} valuations as read, {len(solved)} as solved")
    return read[0], solved[0]


def canonical(problem: Description) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    options = [
        any_order(Node("T" if value else "F", (Leaf(name),)) for name, value in row)
        for row in problem.valuations
    ]
    lines = any_order(map(_branches.tree, problem.branch))
    return form(Node("description", (lines, any_order(options))))


def show(problem: Description) -> str:
    """Write a problem on one line, for messages."""
    options = " / ".join(show_valuation(dict(row)) for row in problem.valuations)
    return f"{'; '.join(map(show_signed, problem.branch))} => {options}"


def certificate(params: Params, problem: Description) -> None:
    """Return nothing: a verdict is all that is asked."""


def _names(branch: _branches.Branch) -> list[str]:
    return sorted({name for line in branch for name in atoms(line.signed.formula)})


def _agrees(signed: Signed, row: dict[str, bool]) -> bool:
    """Say whether a valuation has an atom's sign; what is no atom says nothing here."""
    return not isinstance(signed.formula, Atom) or row[signed.formula.name] == signed.sign


def _claim(signed: Signed) -> Formula:
    return signed.formula if signed.sign else Not(signed.formula)


def _facts(row: tuple[tuple[str, bool], ...]) -> list[Formula]:
    return [Atom(name) if value else Not(Atom(name)) for name, value in row]


def _draft(branch: _branches.Branch, rung: int, gold: int, rng: Random) -> Draft:
    right = dict(sorted(_branches.literals(branch).items()))
    turned = rng.sample(sorted(right), 2)
    wrong = [_with(right, turned[:1]), _with(right, turned[1:]), _with(right, turned)]
    rng.shuffle(wrong)
    options = (*wrong[:gold], right, *wrong[gold:])
    texts = tuple(map(show_valuation, options))
    return Draft(
        shown={"lines": _branches.rows(branch), "options": [*texts]},
        choices=texts,
        problem=Description(
            branch=tuple(line.signed for line in branch),
            valuations=tuple(tuple(row.items()) for row in options),
        ),
        tags={"rung": rung, "atoms": len(right)},
        formal={"branch": [show_signed(line.signed) for line in branch]},
    )


def _with(row: dict[str, bool], turned: list[str]) -> dict[str, bool]:
    return {name: value != (name in turned) for name, value in row.items()}
