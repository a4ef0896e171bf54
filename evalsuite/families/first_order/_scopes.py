"""Formulas with free and bound variables: what stands where, and what binds it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from evalsuite.logic.syntax import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Implies,
    Not,
    Or,
    Term,
    Variable,
    with_parts,
)

_PREDICATES = (("P", 1), ("Q", 1), ("R", 2), ("S", 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An occurrence of a variable.

    Attributes:
        name: the variable.
        binder: the number of the quantifier that binds it, from left to right; `None`: free.
        around: the variables and numbers of all quantifiers that it stands in, outer ones first.

    """

    name: str
    binder: int | None
    around: tuple[tuple[str, int], ...]


def places(formula: Formula) -> tuple[Place, ...]:
    """Return the occurrences of variables in atoms, from left to right."""
    counter = iter(range(1_000_000))
    return tuple(_places(formula, (), counter))


def _places(
    formula: Formula, around: tuple[tuple[str, int], ...], counter: Iterator[int]
) -> Iterator[Place]:
    match formula:
        case Atom(_, args):
            for arg in args:
                for name in _variables(arg):
                    binder = next((at for one, at in reversed(around) if one == name), None)
                    yield Place(name=name, binder=binder, around=around)
        case Forall(variable, body) | Exists(variable, body):
            yield from _places(body, (*around, (variable, next(counter))), counter)
        case Not(body):
            yield from _places(body, around, counter)
        case And(left, right) | Or(left, right) | Implies(left, right):
            yield from _places(left, around, counter)
            yield from _places(right, around, counter)
        case _:
            raise ValueError("it has a part that is not drawn here")


def _variables(term: Term) -> Iterator[str]:
    match term:
        case Variable(name):
            yield name
        case Function(_, args):
            for arg in args:
                yield from _variables(arg)


def with_places(formula: Formula, terms: Iterator[Term], binders: Iterator[str]) -> Formula:
    """Put terms in the places of variables and other variables after quantifiers, in order."""
    match formula:
        case Atom(name, args):
            return Atom(name, tuple(_with(arg, terms) for arg in args))
        case Forall(_, body) | Exists(_, body):
            variable = next(binders)
            return type(formula)(variable, with_places(body, terms, binders))
        case _:
            return with_parts(formula, lambda part: with_places(part, terms, binders))


def _with(term: Term, terms: Iterator[Term]) -> Term:
    match term:
        case Variable():
            return next(terms)
        case Function(name, args):
            return Function(name, tuple(_with(arg, terms) for arg in args))


def binders(formula: Formula) -> tuple[str, ...]:
    """Return the quantified variables, from left to right."""
    match formula:
        case Atom():
            return ()
        case Forall(variable, body) | Exists(variable, body):
            return (variable, *binders(body))
        case Not(body):
            return binders(body)
        case And(left, right) | Or(left, right) | Implies(left, right):
            return (*binders(left), *binders(right))
        case _:
            raise ValueError("it has a part that is not drawn here")


def alpha(formula: Formula) -> Formula:
    """Return the formula with bound variables named by their quantifiers' numbers."""
    names = [f"#{at}" for at, _ in enumerate(binders(formula))]
    terms = [
        Variable(one.name if one.binder is None else names[one.binder]) for one in places(formula)
    ]
    return with_places(formula, iter(terms), iter(names))


def skeleton(quantifiers: int, atoms: int, rng: Random) -> Formula:
    """Draw a formula with so many quantifiers and atoms; every variable is `_`."""
    if atoms == 1 and quantifiers == 0:
        name, arity = rng.choice(_PREDICATES)
        atom = Atom(name, (Variable("_"),) * arity)
        return Not(atom) if rng.random() < 0.2 else atom  # noqa: PLR2004
    if quantifiers and (atoms == 1 or rng.random() < 0.55):  # noqa: PLR2004 - else they all nest
        return rng.choice((Forall, Exists))("_", skeleton(quantifiers - 1, atoms, rng))
    here = rng.randint(1, atoms - 1)
    left = rng.randint(0, quantifiers)
    joined = rng.choice((And, Or, Implies))
    return joined(skeleton(left, here, rng), skeleton(quantifiers - left, atoms - here, rng))


def filled(formula: Formula, names: Sequence[str], bound: Sequence[str]) -> Formula:
    """Put variables in the places of a skeleton and after its quantifiers, in order."""
    return with_places(formula, iter(map(Variable, names)), iter(bound))
