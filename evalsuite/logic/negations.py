"""Negation normal form.

    ~~A         =  A                 ~true     =  false         A -> B   =  ~A | B
    ~(A & B)    =  ~A | ~B           ~false    =  true          A <-> B  =  (~A | B) & (A | ~B)
    ~(A | B)    =  ~A & ~B           ~[]A      =  <>~A          A xor B  =  (A | B) & (~A | ~B)
    ~forall x.  =  exists x. ~       ~<>A      =  []~A
    ~exists x.  =  forall x. ~

Each law is read from left to right until negations stand before atoms only. A biconditional doubles
its sides, so that the result may be exponentially large: its size is counted before it is built.
"""

from dataclasses import dataclass

from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.sharing import size
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
    depth,
    subformulas,
    term_depth,
)


def nnf(formula: Formula, limits: Limits = DEFAULT) -> Formula:
    """Return the formula with negations before atoms only, and with `&` and `|` alone between.

    Raises:
        TooLarge: the formula or the result is beyond the limits.

    """
    bounded(formula, limits)
    measure, _ = _measures(formula)
    within(measure.symbols, limits.size, "symbols in a normal form")
    within(measure.levels, limits.depth, "levels of a normal form")
    return _pushed(True, formula)


def _pushed(sign: bool, formula: Formula) -> Formula:
    """Return the normal form of the formula, or of its negation where the sign is `False`."""
    match formula:
        case Atom():
            return formula if sign else Not(formula)
        case Truth(value):
            return Truth(value == sign)
        case Not(body):
            return _pushed(not sign, body)
        case And(left, right) | Or(left, right):
            joined = And if isinstance(formula, And) == sign else Or
            return joined(_pushed(sign, left), _pushed(sign, right))
        case Implies(left, right):
            return (Or if sign else And)(_pushed(not sign, left), _pushed(sign, right))
        case Iff(left, right) | Xor(left, right):
            same = isinstance(formula, Iff) == sign
            return And(
                Or(_pushed(not same, left), _pushed(True, right)),
                Or(_pushed(same, left), _pushed(False, right)),
            )
        case Forall(variable, body) | Exists(variable, body):
            quantified = Forall if isinstance(formula, Forall) == sign else Exists
            return quantified(variable, _pushed(sign, body))
        case Box(body) | Diamond(body):
            return (Box if isinstance(formula, Box) == sign else Diamond)(_pushed(sign, body))


# ── how large ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Measure:
    symbols: int
    levels: int


def bounded(formula: Formula, limits: Limits) -> Formula:
    """Pass a formula that is within the limits.

    Raises:
        TooLarge: it is not.

    """
    within(symbols(formula), limits.size, "symbols in a formula")
    within(depth(formula), limits.depth, "levels of a formula")
    return formula


def symbols(formula: Formula) -> int:
    """Return how many symbols the formula has: connectives, quantifiers, atoms and their terms."""
    return sum(
        1 + (sum(map(size, found.args)) if isinstance(found, Atom) else 0)
        for found in subformulas(formula)
    )


def _measures(formula: Formula) -> tuple[_Measure, _Measure]:
    """Measure the normal forms of the formula and of its negation."""
    match formula:
        case Atom(_, args):
            levels = 1 + max(map(term_depth, args), default=0)
            count = 1 + sum(map(size, args))
            return _Measure(count, levels), _Measure(count + 1, levels + 1)
        case Truth():
            return _Measure(1, 1), _Measure(1, 1)
        case Not(body):
            yes, no = _measures(body)
            return no, yes
        case Box(body) | Diamond(body) | Forall(_, body) | Exists(_, body):
            yes, no = _measures(body)
            return _over(yes), _over(no)
        case And(left, right) | Or(left, right) | Implies(left, right):
            (yes, no), (also, nor) = _measures(left), _measures(right)
            if isinstance(formula, Implies):
                yes, no = no, yes
            return _over(yes, also), _over(no, nor)
        case Iff(left, right) | Xor(left, right):
            (yes, no), (also, nor) = _measures(left), _measures(right)
            same = _over(_over(no, also), _over(yes, nor))
            differs = _over(_over(yes, also), _over(no, nor))
            return (same, differs) if isinstance(formula, Iff) else (differs, same)


def _over(*measures: _Measure) -> _Measure:
    """Measure a formula by its immediate parts."""
    return _Measure(
        1 + sum(one.symbols for one in measures), 1 + max(one.levels for one in measures)
    )
