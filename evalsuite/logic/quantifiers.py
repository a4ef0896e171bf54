"""Prenex form and Skolem's (1920) functions.

Pulling a quantifier out of a formula in which its variable does not stand otherwise:

    ~forall x. A       =  exists x. ~A            A & forall x. B    =  forall x. (A & B)
    (forall x. A) -> B  =  exists x. (A -> B)      A | exists x. B    =  exists x. (A | B)
    A -> forall x. B   =  forall x. (A -> B)      …

Replacing an existential variable by what is chosen for it:

    exists y. A   becomes   A[f(x1, …, xn)/y]

where f is new and x1, …, xn are the universal variables in whose scope the quantifier stands. Of
those, only the ones that stand in A (with functions put for outer existential variables) are taken:
on the others the choice need not depend. The result is not equivalent to the formula, it implies
it; and every model of the formula becomes one of the result when functions are chosen for f.

Chang & Lee, *Symbolic Logic and Mechanical Theorem Proving*, 1973, sections 3.3 and 4.2.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.negations import bounded, nnf
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Substitution,
    Term,
    Truth,
    Variable,
    Xor,
    apply,
    atom_terms,
    atoms,
    constants,
    free_variables,
    instantiate,
    parts,
    subformulas,
    with_parts,
)

_Quantifier: TypeAlias = tuple[type[Forall] | type[Exists], str]
_Prefix: TypeAlias = tuple[_Quantifier, ...]


@dataclass(slots=True)
class Names:
    """The names that are in use."""

    used: set[str]
    skolem: Iterator[int] = field(default_factory=lambda: count(1))
    _next: defaultdict[str, Iterator[int]] = field(
        default_factory=lambda: defaultdict(lambda: count(1))
    )

    def variable(self, name: str) -> str:
        """Return a name for a bound variable: its own, where nothing else is called so."""
        chosen = name
        if name in self.used:
            letter = name[0] if name[0] in "uvwxyz" else "x"
            chosen = self._unused(letter, self._next[letter])
        self.used.add(chosen)
        return chosen

    def function(self) -> str:
        """Return the name of a Skolem function: `sk1`, `sk2`, …."""
        chosen = self._unused("sk", self.skolem)
        self.used.add(chosen)
        return chosen

    def _unused(self, letters: str, numbers: Iterator[int]) -> str:
        return next(name for index in numbers if (name := f"{letters}{index}") not in self.used)


def symbols_of(formulas: Iterable[Formula]) -> set[str]:
    """Return the names of predicates, functions, constants and free variables."""
    return {
        name
        for formula in formulas
        for names in (atoms(formula), constants(formula), free_variables(formula))
        for name in names
    }


# ── prenex form ─────────────────────────────────────────────────────────────────────────────────


def prenex(formula: Formula, limits: Limits = DEFAULT) -> Formula:
    """Return an equivalent formula with all quantifiers in front.

    Connectives stay, but for `<->` and `xor` between quantified formulas. Bound variables that
    share their name with another are renamed. Existential quantifiers come first where they can.

    Raises:
        TooLarge: the formula or the result is beyond the limits.
        Unsupported: the formula is modal.

    """
    bounded(formula, limits)
    _refuse_modal(formula)
    within(_unfolded_size(formula)[0], limits.size, "symbols in a normal form")
    unfolded, _ = _unfolded(formula)
    quantifiers = sum(isinstance(found, Forall | Exists) for found in subformulas(unfolded))
    within(quantifiers, limits.depth, "quantifiers in a prefix")
    prefix, matrix = _pulled(unfolded, {}, Names(symbols_of([formula])))
    return bounded(_quantified(prefix, matrix), limits)


def _refuse_modal(formula: Formula) -> None:
    if any(isinstance(found, Box | Diamond) for found in subformulas(formula)):
        raise Unsupported("a modal formula has no prenex or clausal form")


def _unfolded_size(formula: Formula) -> tuple[int, bool]:
    """Return how many symbols `_unfolded` makes, but for terms, and whether it is quantified."""
    inner = [_unfolded_size(part) for part in parts(formula)]
    quantified = isinstance(formula, Forall | Exists) or any(some for _, some in inner)
    total = sum(one for one, _ in inner)
    if isinstance(formula, Iff | Xor) and quantified:
        return 2 * total + 5, True
    return total + 1, quantified


def _unfolded(formula: Formula) -> tuple[Formula, bool]:
    """Replace `<->` and `xor` between quantified sides; say whether there are quantifiers."""
    if not (inner := [_unfolded(part) for part in parts(formula)]):
        return formula, False
    sides = [side for side, _ in inner]
    quantified = isinstance(formula, Forall | Exists) or any(some for _, some in inner)
    if not quantified or not isinstance(formula, Iff | Xor):
        waiting = iter(sides)
        return with_parts(formula, lambda _: next(waiting)), quantified
    left, right = sides
    if isinstance(formula, Iff):
        return And(Implies(left, right), Implies(right, left)), True
    return And(Or(left, right), Not(And(left, right))), True


def _pulled(formula: Formula, naming: Substitution, names: Names) -> tuple[_Prefix, Formula]:
    """Return the quantifiers of the formula's prenex form and what they govern."""
    match formula:
        case Atom():
            return (), instantiate(formula, naming)
        case Truth():
            return (), formula
        case Not(body):
            prefix, matrix = _pulled(body, naming, names)
            return _flipped(prefix), Not(matrix)
        case Forall(variable, body) | Exists(variable, body):
            name = names.variable(variable)
            prefix, matrix = _pulled(body, {**naming, variable: Variable(name)}, names)
            return ((type(formula), name), *prefix), matrix
        case And(left, right) | Or(left, right) | Implies(left, right):
            first, here = _pulled(left, naming, names)
            second, there = _pulled(right, naming, names)
            if isinstance(formula, Implies):
                first = _flipped(first)
            return _merged(first, second), type(formula)(here, there)
        case Iff(left, right) | Xor(left, right):
            here, there = _pulled(left, naming, names)[1], _pulled(right, naming, names)[1]
            return (), type(formula)(here, there)
        case Box() | Diamond():
            raise Unsupported("a modal formula has no prenex form")


def _flipped(prefix: _Prefix) -> _Prefix:
    return tuple((Exists if kind is Forall else Forall, name) for kind, name in prefix)


def _merged(first: _Prefix, second: _Prefix) -> _Prefix:
    """Put two prefixes into one by turns, existential quantifiers first."""
    merged: list[_Quantifier] = []
    waiting = [list(first), list(second)]
    kind: type[Forall | Exists] = Exists
    while any(waiting):
        for prefix in waiting:
            while prefix and prefix[0][0] is kind:
                merged.append(prefix.pop(0))
        kind = Forall if kind is Exists else Exists
    return tuple(merged)


def _quantified(prefix: Sequence[_Quantifier], matrix: Formula) -> Formula:
    for kind, name in reversed(prefix):
        matrix = kind(name, matrix)
    return matrix


# ── Skolem form ─────────────────────────────────────────────────────────────────────────────────


def skolem(formula: Formula, limits: Limits = DEFAULT) -> Formula:
    """Return a Skolem form: universal quantifiers, then a matrix in negation normal form.

    The functions are called `sk1`, `sk2`, …. Free variables stay free, and what is chosen may
    depend on them.

    Raises:
        TooLarge: the formula or the result is beyond the limits.
        Unsupported: the formula is modal.

    """
    names = Names(symbols_of([formula]))
    matrix = skolemised(nnf(formula, limits), names)
    stand = (term.name for term in atom_terms(matrix) if isinstance(term, Variable))
    free = free_variables(formula)
    prefix = [(Forall, name) for name in dict.fromkeys(stand) if name not in free]
    return bounded(_quantified(prefix, matrix), limits)


def skolemised(formula: Formula, names: Names) -> Formula:
    """Return the matrix of a Skolem form of a formula in negation normal form.

    Its universal variables have names of their own.

    Raises:
        Unsupported: the formula is modal.

    """
    _refuse_modal(formula)
    free = _free_in_parts(formula)
    meaning = {name: Variable(name) for name in sorted(free[id(formula)])}
    return _chosen(formula, meaning, free, names)


def _free_in_parts(formula: Formula) -> dict[int, frozenset[str]]:
    """Return the free variables of the formula and of each part of it, by identity."""
    free: dict[int, frozenset[str]] = {}
    for found in reversed(list(subformulas(formula))):
        match found:
            case Atom():
                free[id(found)] = free_variables(found)
            case Forall(variable, body) | Exists(variable, body):
                free[id(found)] = free[id(body)] - {variable}
            case _:
                free[id(found)] = frozenset[str]().union(*(free[id(one)] for one in parts(found)))
    return free


def _chosen(
    formula: Formula,
    meaning: Mapping[str, Term],
    free: Mapping[int, frozenset[str]],
    names: Names,
) -> Formula:
    match formula:
        case Atom(name, args):
            return Atom(name, tuple(apply(arg, meaning) for arg in args))
        case Forall(variable, body):
            new: Term = Variable(names.variable(variable))
            return _chosen(body, {**meaning, variable: new}, free, names)
        case Exists(variable, body):
            new = Function(names.function(), _universal(free[id(formula)], meaning))
            return _chosen(body, {**meaning, variable: new}, free, names)
        case Truth():
            return formula
        case Not(body):
            return Not(_chosen(body, meaning, free, names))
        case And(left, right) | Or(left, right):
            first = _chosen(left, meaning, free, names)
            return type(formula)(first, _chosen(right, meaning, free, names))
        case Implies() | Iff() | Xor() | Box() | Diamond():
            raise Unsupported("Skolem form is made of a negation normal form without modalities")


def _universal(free: frozenset[str], meaning: Mapping[str, Term]) -> tuple[Term, ...]:
    """Return the universal variables that free ones stand for, outer ones first."""
    found = (name for name, term in meaning.items() if name in free for name in _names(term))
    return tuple(Variable(name) for name in dict.fromkeys(found))


def _names(term: Term) -> list[str]:
    """Return the universal variables in what a bound variable has become."""
    args = term.args if isinstance(term, Function) else (term,)
    return [arg.name for arg in args if isinstance(arg, Variable)]
