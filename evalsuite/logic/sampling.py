"""Random formulas of a given size; the randomness is an argument."""

from collections.abc import Sequence
from random import Random

from evalsuite.logic.syntax import And, Atom, Formula, Iff, Implies, Not, Or

# Letters that cannot be read as a sign (T, F), a connective (v) or a variable (x, y, z).
NAMES = tuple("ABCDEGHJKLMNPQRSUW")


def formula(leaves: Sequence[str], rng: Random, *, negated: float) -> Formula:
    """Draw a formula with these atoms from left to right.

    Each subformula is negated with probability `negated`.
    """
    plain = _plain(leaves, rng, negated=negated)
    return Not(plain) if rng.random() < negated else plain


def _plain(leaves: Sequence[str], rng: Random, *, negated: float) -> Formula:
    if len(leaves) == 1:
        return Atom(leaves[0])
    connective = rng.choice((And, Or, Implies, Iff))
    cut = rng.randrange(1, len(leaves))
    left = formula(leaves[:cut], rng, negated=negated)
    return connective(left, formula(leaves[cut:], rng, negated=negated))
