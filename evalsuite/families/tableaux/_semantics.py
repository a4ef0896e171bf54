"""What a signed formula says of its immediate parts, by truth table: a second look at the rules.

The parts of a connective are taken for atoms, and those of a quantifier for its instances at the
two elements of a domain. So α and γ say one thing of all parts, β and δ one thing of some part.
"""

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
    parts,
)
from evalsuite.logic.tableau import Signed
from evalsuite.logic.tables import table

PARTS = ("first", "second")


def rows(signed: Signed) -> int:
    """Return the table of a claim over its parts; its formula is no atom.

    Raises:
        ValueError: the formula has no parts to which a rule goes.

    """
    truth = table(_over_parts(signed.formula), PARTS[: count(signed.formula)])
    return truth if signed.sign else everything(signed.formula) ^ truth


def count(formula: Formula) -> int:
    """Return how many parts a formula has here: two instances of a quantified one."""
    return 2 if isinstance(formula, Forall | Exists) else len(parts(formula))


def everything(formula: Formula) -> int:
    """Return the table that has all rows."""
    return (1 << (1 << count(formula))) - 1


def _over_parts(formula: Formula) -> Formula:
    first, second = map(Atom, PARTS)
    match formula:
        case Not():
            return Not(first)
        case And() | Or() | Implies() | Iff() | Xor():
            return type(formula)(first, second)
        case Forall():
            return And(first, second)
        case Exists():
            return Or(first, second)
        case Atom() | Truth() | Box() | Diamond():
            raise ValueError("no rule for it here")
