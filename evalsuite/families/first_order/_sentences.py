"""Random first-order sentences over `A`, `B`, `R` and `S` that say something."""

from random import Random

from evalsuite.families.first_order import _sieve
from evalsuite.logic.syntax import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Implies,
    Not,
    Or,
    Variable,
    free_variables,
    parts,
)

_UNARY = _sieve.UNARY[:2]


def sentence(quantifiers: int, atoms: int, rng: Random) -> Formula | None:
    """Draw a sentence with so many quantifiers and atoms; `None`: try again.

    Every quantifier binds something, no atom stands twice, and in the sieve's structures the
    sentence is neither always true nor always false.
    """
    formula = _drawn(quantifiers, atoms, (), rng)
    if formula is None or free_variables(formula) or _is_idle(formula):
        return None
    truth = _sieve.table(formula)
    return None if truth in (0, _sieve.everywhere()) else formula


def is_prenex(formula: Formula) -> bool:
    """Say whether all quantifiers stand in front."""
    while isinstance(formula, Forall | Exists):
        formula = formula.body
    return not _quantified(formula)


def _quantified(formula: Formula) -> bool:
    return isinstance(formula, Forall | Exists) or any(map(_quantified, parts(formula)))


def _drawn(quantifiers: int, atoms: int, scope: tuple[str, ...], rng: Random) -> Formula | None:
    if quantifiers == 0 and atoms == 1:
        return _atom(scope, rng) if scope else None
    if quantifiers and (atoms == 1 or not scope or rng.random() < 0.5):  # noqa: PLR2004
        if atoms > 1 and quantifiers > 1 and not scope and rng.random() < 0.4:  # noqa: PLR2004
            return _joined(quantifiers, atoms, scope, rng)
        name = rng.choice([one for one in "xyz" if one not in scope[-2:]])
        body = _drawn(quantifiers - 1, atoms, (*scope, name), rng)
        quantifier = rng.choice((Forall, Exists))
        made = None if body is None else quantifier(name, body)
        negated = made is not None and rng.random() < 0.2  # noqa: PLR2004
        return Not(made) if negated and made is not None else made
    return _joined(quantifiers, atoms, scope, rng)


def _joined(quantifiers: int, atoms: int, scope: tuple[str, ...], rng: Random) -> Formula | None:
    here = rng.randint(1, atoms - 1)
    most = quantifiers if scope else quantifiers - 1
    least = 0 if scope else 1
    if most < least:
        return None
    mine = rng.randint(least, most)
    left = _drawn(mine, here, scope, rng)
    right = _drawn(quantifiers - mine, atoms - here, scope, rng)
    if left is None or right is None:
        return None
    return rng.choice((And, Or, Implies))(left, right)


def _atom(scope: tuple[str, ...], rng: Random) -> Formula:
    if rng.random() < 0.5:  # noqa: PLR2004
        atom = Atom(rng.choice(_UNARY), (Variable(rng.choice(scope)),))
    else:
        args = (Variable(rng.choice(scope)), Variable(scope[-1]))
        atom = Atom(rng.choice(_sieve.BINARY), args if rng.random() < 1 / 2 else args[::-1])
    return Not(atom) if rng.random() < 0.2 else atom  # noqa: PLR2004


def _is_idle(formula: Formula) -> bool:
    """Say whether a quantifier binds nothing, or both sides of a connective are the same."""
    match formula:
        case Forall(variable, body) | Exists(variable, body):
            return variable not in free_variables(body) or _is_idle(body)
        case And(left, right) | Or(left, right) | Implies(left, right):
            return left == right or _is_idle(left) or _is_idle(right)
        case _:
            return any(map(_is_idle, parts(formula)))
