"""Does this complete branch of an analytic tableau close?

The branch comes from a tableau that also has a complete branch of the other label, with as many
lines and as many signs T. Of the numbers of lines with an atom, of different atoms and of repeated
lines, a branch that closes and one that stays open cannot agree in all three (see `_shape`): the
twins agree in two of them, turn about, so that no such number tells much of the label.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final, TypeAlias

from evalsuite.logic import semantics, solvers
from evalsuite.logic.branches import Line, branches
from evalsuite.logic.canonical import canonical as canonical_form
from evalsuite.logic.problems import BranchClosure, show_problem
from evalsuite.logic.sampling import NAMES, formula
from evalsuite.logic.syntax import Atom
from evalsuite.logic.tableau import Signed, complementary, show_signed
from evalsuite.records import Draft

LABELS: Final = ("closes", "stays-open")
CHOICES: Final = 2

_Branch: TypeAlias = tuple[Line, ...]

_FEWEST, _MOST = 6, 20
_ATTEMPTS = 300  # at twins that differ in the number that it is the turn of
_MANY_LINES = 10  # from here on four atoms
_MOST_BRANCHES = 64  # a tableau with more is left where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many lines a branch has."""

    fewest_lines: int = 8
    most_lines: int = 14
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_lines <= self.most_lines <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_lines` and `most_lines`: {_FEWEST} <= fewest <= most <= {_MOST}, "
                "and `step` at least 1"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of lines."""
    return tuple(range(params.fewest_lines, params.most_lines + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a complete branch of `rung` lines that closes (0) or stays open (1)."""
    turn = rng.randrange(3)
    for _ in range(_ATTEMPTS):
        twins = _twins(_initial(rung, rng), rung, turn)
        if twins:
            return _draft(rng.choice(rng.choice(twins)[gold]), rung)
    return None


def decide(problem: BranchClosure) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return semantics.answer(problem), solvers.answer(problem)


def canonical(problem: BranchClosure) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return canonical_form(problem)


def show(problem: BranchClosure) -> str:
    """Write a problem on one line, for messages."""
    return show_problem(problem)


def certificate(params: Params, problem: BranchClosure) -> None:
    """Return nothing: a verdict is all that is asked."""


def _twins(
    initial: tuple[Signed, ...], rung: int, turn: int
) -> list[tuple[list[_Branch], list[_Branch]]]:
    """Return branches that close with branches that stay open, alike but for one number."""
    found: dict[tuple[int, ...], tuple[list[_Branch], list[_Branch]]]
    found = defaultdict(lambda: ([], []))
    for branch in islice(branches(initial), _MOST_BRANCHES):
        if len(branch) == rung and (shape := _shape(branch, turn)) is not None:
            closes = complementary(line.signed for line in branch)
            found[shape][0 if closes else 1].append(branch)
    return [both for _, both in sorted(found.items()) if all(both)]


def _initial(rung: int, rng: Random) -> tuple[Signed, ...]:
    """Draw signed formulas, some of whose branches have about `rung` lines."""
    count = rng.randint(2, max(3, rung // 4))
    names = rng.sample(NAMES, 3 if rung < _MANY_LINES else 4)
    sizes = [rng.choice((2, 3)) for _ in range(count)]
    return tuple(
        Signed(
            sign=rng.random() < 1 / 2,
            formula=formula(rng.sample(names, size), rng, negated=0.2),
        )
        for size in sizes
    )


def _shape(branch: _Branch, turn: int) -> tuple[int, ...] | None:
    """Return what twins agree in; `None` for a branch with two complementary pairs or more.

    With a atoms on l lines, r of them repeated, the branch has l - a - r complementary pairs: none
    if it stays open. So one of the three numbers must differ between the labels.
    """
    literals = _literals(branch)
    different = len(set(literals))
    atoms = len({literal.formula for literal in literals})
    if different - atoms > 1:
        return None
    numbers = [len(literals), atoms, len(literals) - different]
    del numbers[turn]
    return (*numbers, sum(line.signed.sign for line in branch))


def _literals(branch: _Branch) -> list[Signed]:
    return [line.signed for line in branch if isinstance(line.signed.formula, Atom)]


def _draft(branch: _Branch, rung: int) -> Draft:
    return Draft(
        shown={
            "lines": [
                {"number": line.number, "formula": show_signed(line.signed), "from": line.source}
                for line in branch
            ]
        },
        choices=LABELS,
        problem=BranchClosure(branch=tuple(line.signed for line in branch)),
        tags={
            "rung": rung,
            "atoms": len({literal.formula for literal in _literals(branch)}),
            "initial": sum(line.source is None for line in branch),
        },
    )
