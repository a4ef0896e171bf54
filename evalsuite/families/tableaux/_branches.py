"""Random complete branches that stay open."""

from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import TypeAlias

from evalsuite.logic.branches import Line, branches
from evalsuite.logic.canonical import Node, formula_tree
from evalsuite.logic.sampling import NAMES, formula
from evalsuite.logic.syntax import Atom
from evalsuite.logic.tableau import Signed, complementary, show_signed
from evalsuite.records import Json

Branch: TypeAlias = tuple[Line, ...]

FEWEST, MOST = 5, 20  # lines
_MOST_BRANCHES = 64  # a tableau with more is left where it is


def open_branches(size: int, atoms: int, rng: Random) -> Iterator[Branch]:
    """Yield the branches of `size` lines of a random tableau that stay open."""
    names = rng.sample(NAMES, atoms)
    count = rng.randint(2, max(3, size // 4))
    initial = [
        Signed(
            sign=rng.random() < 1 / 2,
            formula=formula(rng.sample(names, rng.choice((2, 3))), rng, negated=0.2),
        )
        for _ in range(count)
    ]
    for branch in islice(branches(initial), _MOST_BRANCHES):
        if len(branch) == size and not complementary(line.signed for line in branch):
            yield branch


def literals(branch: Branch) -> dict[str, bool]:
    """Return the atoms that stand on a branch that is open, with their values."""
    return {
        line.signed.formula.name: line.signed.sign
        for line in branch
        if isinstance(line.signed.formula, Atom)
    }


def rows(branch: Branch) -> list[Json]:
    """Return the lines of a branch as templates see them."""
    return [
        {"number": line.number, "formula": show_signed(line.signed), "from": line.source}
        for line in branch
    ]


def tree(signed: Signed) -> Node:
    """Return a signed formula's tree, for canonical forms."""
    return Node("T" if signed.sign else "F", (formula_tree(signed.formula),))
