"""Truth tables as whole numbers: bit r of a formula's table is its value in row r.

Row r gives the i-th atom the value of bit i of r. All rows are computed at once, so that families
can look through many formulas; the labels rest on `semantics` and `solvers`.
"""

from collections.abc import Sequence

from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    Xor,
)


def everywhere(names: Sequence[str]) -> int:
    """Return the table of a tautology over these atoms."""
    return int((1 << (1 << len(names))) - 1)


def table(formula: Formula, names: Sequence[str]) -> int:
    """Return a formula's table over these atoms, its own among them.

    Raises:
        Unsupported: the formula is not propositional.

    """
    full = everywhere(names)
    match formula:
        case Atom(name):
            return _column(names.index(name), full)
        case Truth(value):
            return full if value else 0
        case Not(body):
            return full ^ table(body, names)
        case And(left, right):
            return table(left, names) & table(right, names)
        case Or(left, right):
            return table(left, names) | table(right, names)
        case Implies(left, right):
            return (full ^ table(left, names)) | table(right, names)
        case Iff(left, right):
            return full ^ table(left, names) ^ table(right, names)
        case Xor(left, right):
            return table(left, names) ^ table(right, names)
        case Forall() | Exists() | Box() | Diamond():
            raise Unsupported("a truth table takes propositional formulas alone")


def _column(index: int, full: int) -> int:
    """Return the rows in which bit `index` is set: runs of 2**index zeros and as many ones."""
    run = 1 << index
    return (full // ((1 << run) + 1)) << run
