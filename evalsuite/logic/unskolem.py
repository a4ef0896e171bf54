"""Skolem functions back to existential quantifiers.

A Skolem form says "there are functions f such that, for all x, …": ∃f ∀x A. By the axiom of choice
that is first-order again where the functions' arguments are distinct variables and form a chain:

    ∃f ∃g ∀x ∀z A(x, f(x), z, g(x, z))   iff   ∀x ∃y ∀z ∃w A(x, y, z, w)

Where they form none, parts may be taken apart first:

    ∃f ∃g ∀x (A & B)   iff   ∃f ∀x A  &  ∃g ∀x B     where A has no g and B has no f
    ∃f ∃g ∀x ∀z (A | B)   iff   ∃f ∀x A  |  ∃g ∀z B     where they share no variable either

What is left over has branching quantifiers (Henkin 1961) and perhaps no first-order equivalent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias

from evalsuite.logic import smt
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.negations import nnf
from evalsuite.logic.normal import chain, operands
from evalsuite.logic.smt import Answer
from evalsuite.logic.syntax import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Not,
    Or,
    Substitution,
    Term,
    Truth,
    Variable,
    atom_terms,
    free_variables,
    functions,
    instantiate,
    predicates,
    subformulas,
)
from evalsuite.logic.unify import Failure, mgu

_Symbol: TypeAlias = tuple[str, int]  # a name and how many arguments it takes


class _Branching(Exception):
    """The functions are not used as Skolem functions are."""


def unskolemised(answer: Formula, formula: Formula, *, milliseconds: int) -> Answer:
    """Say whether an answer in Skolem form is equivalent to the formula but for new functions.

    Raises:
        TooLarge: one is beyond the default limits.
        Unsupported: one is modal, or the answer is not in Skolem form.

    """
    matrix = answer
    while isinstance(matrix, Forall):
        matrix = matrix.body
    if any(isinstance(found, Forall | Exists) for found in subformulas(matrix)):
        raise Unsupported("the answer is not in Skolem form")
    original = _closed(formula)
    if predicates(answer) - predicates(original):
        return "unknown"
    implies = smt.entails([_closed(matrix)], original, milliseconds=milliseconds)
    if implies == "no":
        return "no"
    new = functions(answer) - functions(original)
    try:
        quantified = _quantified(nnf(matrix), new)
    except _Branching:
        return "unknown"
    back = smt.entails([original], quantified, milliseconds=milliseconds)
    if "no" in {implies, back}:
        return "no"
    return "yes" if implies == back == "yes" else "unknown"


def _closed(formula: Formula) -> Formula:
    for name in sorted(free_variables(formula), reverse=True):
        formula = Forall(name, formula)
    return formula


def _quantified(formula: Formula, new: frozenset[_Symbol]) -> Formula:
    """Return what the matrix says with quantifiers in the place of new functions.

    Raises:
        _Branching: it cannot be said so.

    """
    for joined, links in ((And, _symbols), (Or, _symbols_and_variables)):
        parts = list(operands(formula, joined))
        groups = _grouped(parts, partial(links, new=new))
        if len(groups) > 1:
            sides = [_quantified(chain(joined, group), new) for group in groups]
            return chain(joined, sides)
    aligned = [_renamed(part, place) for place, part in enumerate(operands(formula, And))]
    return _chained(*_aligned(aligned, new))


def _symbols(formula: Formula, new: frozenset[_Symbol]) -> set[object]:
    return set(functions(formula) & new)


def _symbols_and_variables(formula: Formula, new: frozenset[_Symbol]) -> set[object]:
    return {*_symbols(formula, new), *free_variables(formula)}


def _grouped(
    parts: Sequence[Formula], links: Callable[[Formula], set[object]]
) -> list[list[Formula]]:
    """Group parts that have a link in common, directly or through others, or none at all."""
    linked = [links(part) or {None} for part in parts]
    where = defaultdict[object, list[int]](list)
    for place, names in enumerate(linked):
        for name in names:
            where[name].append(place)
    groups: list[list[Formula]] = []
    seen: set[int] = set()
    for start in range(len(parts)):
        group, waiting = [], [start]
        while waiting:
            place = waiting.pop()
            if place not in seen:
                seen.add(place)
                group.append(parts[place])
                waiting.extend(other for name in linked[place] for other in where.pop(name, ()))
        if group:
            groups.append(group)
    return groups


def _renamed(part: Formula, place: int) -> Formula:
    """Name a conjunct's variables apart from those of the others."""
    return instantiate(part, {name: Variable(f"{name}_{place}") for name in free_variables(part)})


def _aligned(
    parts: Sequence[Formula], new: frozenset[_Symbol]
) -> tuple[Formula, dict[_Symbol, tuple[str, ...]]]:
    """Give the conjuncts' variables names by which each new function has the same arguments."""
    first: dict[_Symbol, Function] = {}
    unifier = mgu(
        (first.setdefault((term.name, len(term.args)), term), term)
        for part in parts
        for term in _uses(part, new)
    )
    if isinstance(unifier, Failure):
        raise _Branching
    for part in parts:
        _check_apart(free_variables(part), unifier)
    whole = chain(And, [instantiate(part, unifier) for part in parts])
    args = {
        symbol: tuple(_name(arg, unifier) for arg in term.args) for symbol, term in first.items()
    }
    if any(len(set(names)) < len(names) for names in args.values()):
        raise _Branching
    return whole, args


def _uses(part: Formula, new: frozenset[_Symbol]) -> Iterable[Function]:
    for term in atom_terms(part):
        if isinstance(term, Function) and (term.name, len(term.args)) in new:
            yield term


def _check_apart(names: Iterable[str], unifier: Substitution) -> None:
    """Refuse a unifier that is no renaming of these variables, one to one."""
    images = [unifier.get(name, Variable(name)) for name in names]
    if not all(isinstance(image, Variable) for image in images) or len(set(images)) < len(images):
        raise _Branching


def _name(term: Term, unifier: Substitution) -> str:
    if not isinstance(term, Variable):
        raise _Branching
    image = unifier.get(term.name, term)
    if not isinstance(image, Variable):
        raise _Branching
    return image.name


def _chained(matrix: Formula, args: dict[_Symbol, tuple[str, ...]]) -> Formula:
    """Put quantifiers before the matrix, in the order of the functions' arguments."""
    order = sorted(args, key=lambda symbol: (len(args[symbol]), symbol))
    variables = free_variables(matrix)
    chosen = {symbol: f"{symbol[0]}!{symbol[1]}" for symbol in order}
    prefix: list[tuple[type[Forall | Exists], str]] = []
    bound: set[str] = set()
    for symbol in order:
        here = set(args[symbol])
        if not bound <= here:
            raise _Branching
        prefix += [(Forall, name) for name in sorted(here - bound)]
        prefix.append((Exists, chosen[symbol]))
        bound |= here
    prefix += [(Forall, name) for name in sorted(variables - bound)]
    body = _without(matrix, chosen)
    for kind, name in reversed(prefix):
        body = kind(name, body)
    return body


def _without(formula: Formula, chosen: dict[_Symbol, str]) -> Formula:
    """Replace new functions by the variables that stand for what they choose."""
    match formula:
        case Atom(name, args):
            return Atom(name, tuple(_choice(arg, chosen) for arg in args))
        case Not(body):
            return Not(_without(body, chosen))
        case And(left, right) | Or(left, right):
            return type(formula)(_without(left, chosen), _without(right, chosen))
        case Truth():
            return formula
        case _:
            raise _Branching


def _choice(term: Term, chosen: dict[_Symbol, str]) -> Term:
    match term:
        case Variable():
            return term
        case Function(name, args):
            if (name, len(args)) in chosen:
                return Variable(chosen[name, len(args)])
            return Function(name, tuple(_choice(arg, chosen) for arg in args))
