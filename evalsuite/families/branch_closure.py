"""Does this complete branch of an analytic tableau close?

The branch comes from a tableau that also has a complete branch of the other label with as many
lines, as many signed atoms, as many signs T and, turn about, as many different atoms or as many
different signed atoms. So only comparing the signs of lines tells the label.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final

from evalsuite.logic.problems import BranchClosure
from evalsuite.logic.sampling import NAMES, formula
from evalsuite.logic.syntax import Atom
from evalsuite.logic.tableau import Line, Signed, branches, complementary, show_signed
from evalsuite.records import Draft

LABELS: Final = ("closes", "stays-open")
CHOICES: Final = 2

_FEWEST, _MOST = 6, 20
_BY_SIGN = 0.3  # see `_shape`; so both numbers tell equally little
_MANY_LINES = 10  # from here on four atoms
_MOST_BRANCHES = 64  # a tableau with more is left where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many lines a branch has."""

    fewest_lines: int = 6
    most_lines: int = 12
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
    found: dict[tuple[int, ...], tuple[list[tuple[Line, ...]], list[tuple[Line, ...]]]]
    found = defaultdict(lambda: ([], []))
    by_sign = rng.random() < _BY_SIGN
    for branch in islice(branches(_initial(rung, rng)), _MOST_BRANCHES):
        if len(branch) == rung:
            closes = complementary(line.signed for line in branch)
            found[_shape(branch, by_sign=by_sign)][0 if closes else 1].append(branch)
    twins = [both for _, both in sorted(found.items()) if all(both)]
    if not twins:
        return None
    return _draft(rng.choice(rng.choice(twins)[gold]), rung)


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


def _shape(branch: tuple[Line, ...], *, by_sign: bool) -> tuple[int, ...]:
    """Return what the branches of both labels agree in.

    A branch is open iff it has as many different signed atoms as different atoms, so that one of
    the two numbers must differ between the labels: now this one does, now the other, and neither
    tells the label by itself.
    """
    literals = _literals(branch)
    different = len(set(literals)) if by_sign else len({literal.formula for literal in literals})
    return len(literals), different, sum(line.signed.sign for line in branch)


def _literals(branch: tuple[Line, ...]) -> list[Signed]:
    return [line.signed for line in branch if isinstance(line.signed.formula, Atom)]


def _draft(branch: tuple[Line, ...], rung: int) -> Draft:
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
