"""First-order structures, and what is true in them (Tarski).

M, s |= P(t, …)       iff the tuple of the values of t, … is in P's extension
M, s |= forall x. A   iff M, s[x := d] |= A for every d in the domain
M, s |= exists x. A   iff M, s[x := d] |= A for some d in the domain

Evaluation is the one judge of countermodels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evalsuite.logic import syntax
from evalsuite.logic.flaws import BadStructure, TooLarge, Unsupported
from evalsuite.logic.limits import DEFAULT, within
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
    Term,
    Truth,
    Variable,
    Xor,
)

COST = 500_000  # formulas that one evaluation may look at


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A domain, and what names mean in it.

    Attributes:
        domain: its elements, at least one.
        constants: the element that each constant names.
        functions: for each function symbol its value for every tuple of elements.
        predicates: for each predicate the tuples it is true of; a predicate left out is empty. A
            propositional atom is true where it has the tuple `()`.

    """

    domain: tuple[str, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Mapping[tuple[str, ...], str]] = field(default_factory=dict)
    predicates: Mapping[str, frozenset[tuple[str, ...]]] = field(default_factory=dict)


def satisfies(
    structure: Structure, formula: Formula, assignment: Mapping[str, str] | None = None
) -> bool:
    """Say whether a formula is true, its free variables standing for the assignment's elements.

    Raises:
        BadStructure: the structure is none, or does not say what the formula needs.
        TooLarge: the evaluation would take too long.
        Unsupported: the formula is modal.

    """
    values = {} if assignment is None else assignment
    check(structure)
    _check_formula(structure, formula, values)
    return _true(structure, formula, values)


def is_countermodel(
    structure: Structure, premises: Sequence[Formula], conclusion: Formula | None
) -> bool:
    """Say whether all premises are true and the conclusion, where there is one, false.

    Raises:
        BadStructure: the structure is none, or does not say what a formula needs.
        TooLarge: the evaluation would take too long.
        Unsupported: a formula is modal.

    """
    check(structure)
    for formula in (*premises, *([] if conclusion is None else [conclusion])):
        _check_formula(structure, formula, {})
    if not all(_true(structure, premise, {}) for premise in premises):
        return False
    return conclusion is None or not _true(structure, conclusion, {})


# ── what a structure must be ────────────────────────────────────────────────────────────────────


def check(structure: Structure) -> None:
    """Pass a structure that is one.

    Raises:
        BadStructure: it is none: the domain is empty, something is outside it, a function is
            partial, or a predicate's tuples differ in length.
        TooLarge: it has too many elements or tuples.

    """
    domain = frozenset(structure.domain)
    if not domain:
        raise BadStructure("domain: it is empty")
    within(len(domain), DEFAULT.size, "elements")
    if len(domain) != len(structure.domain):
        raise BadStructure("domain: an element stands in it twice")
    for place, element in _elements(structure):
        if element not in domain:
            raise BadStructure(f"{place}: `{element}` is not in the domain")
    for name, table in structure.functions.items():
        arity = _arity(f"function `{name}`", table)
        if len(table) != len(domain) ** arity:
            raise BadStructure(f"function `{name}`: it does not have a value for every argument")
    for name, extension in structure.predicates.items():
        _arity(f"predicate `{name}`", extension)


def _elements(structure: Structure) -> Iterator[tuple[str, str]]:
    for name, element in structure.constants.items():
        yield f"constant `{name}`", element
    for name, table in structure.functions.items():
        for args, element in table.items():
            yield from ((f"function `{name}`", one) for one in (*args, element))
    for name, extension in structure.predicates.items():
        for args in extension:
            yield from ((f"predicate `{name}`", one) for one in args)


def _arity(place: str, tuples: Mapping[tuple[str, ...], str] | frozenset[tuple[str, ...]]) -> int:
    lengths = {len(args) for args in tuples}
    if len(lengths) > 1:
        raise BadStructure(f"{place}: its tuples differ in length")
    return lengths.pop() if lengths else 0


def _check_formula(structure: Structure, formula: Formula, assignment: Mapping[str, str]) -> None:
    within(syntax.depth(formula), DEFAULT.depth, "levels of a formula")
    if _cost(formula, len(structure.domain)) > COST:
        raise TooLarge(f"evaluation looks at more than {COST:,} formulas")
    for name in syntax.free_variables(formula):
        if name not in assignment:
            raise BadStructure(f"variable `{name}`: it has no value")
        if assignment[name] not in structure.domain:
            raise BadStructure(f"variable `{name}`: `{assignment[name]}` is not in the domain")
    for name, arity in sorted(syntax.functions(formula)):
        if arity == 0 and name not in structure.constants:
            raise BadStructure(f"constant `{name}`: it has no value")
        if arity and arity != _arity(name, structure.functions.get(name, {})):
            raise BadStructure(f"function `{name}`: it has no values for {arity} arguments")
    for name, arity in sorted(syntax.predicates(formula)):
        extension = structure.predicates.get(name)
        if extension and arity != _arity(name, extension):
            text = f"it takes {arity} arguments in a formula, {_arity(name, extension)} here"
            raise BadStructure(f"predicate `{name}`: {text}")


def _cost(formula: Formula, size: int) -> int:
    """Return how many formulas an evaluation looks at, at most."""
    match formula:
        case Forall(_, body) | Exists(_, body):
            return 1 + size * _cost(body, size)
        case _:
            return 1 + sum(_cost(part, size) for part in syntax.parts(formula))


# ── truth ───────────────────────────────────────────────────────────────────────────────────────


def _true(structure: Structure, formula: Formula, values: Mapping[str, str]) -> bool:
    match formula:
        case Atom(name, args):
            place = tuple(_value(structure, arg, values) for arg in args)
            return place in structure.predicates.get(name, frozenset())
        case Truth(value):
            return value
        case Not(body):
            return not _true(structure, body, values)
        case And(left, right):
            return _true(structure, left, values) and _true(structure, right, values)
        case Or(left, right):
            return _true(structure, left, values) or _true(structure, right, values)
        case Implies(left, right):
            return not _true(structure, left, values) or _true(structure, right, values)
        case Iff(left, right):
            return _true(structure, left, values) == _true(structure, right, values)
        case Xor(left, right):
            return _true(structure, left, values) != _true(structure, right, values)
        case Forall(variable, body):
            for element in structure.domain:  # no generator: half the frames
                if not _true(structure, body, {**values, variable: element}):
                    return False
            return True
        case Exists(variable, body):
            for element in structure.domain:
                if _true(structure, body, {**values, variable: element}):
                    return True
            return False
        case Box() | Diamond():
            raise Unsupported("a structure has no worlds: the formula is modal")


def _value(structure: Structure, term: Term, values: Mapping[str, str]) -> str:
    match term:
        case Variable(name):
            return values[name]
        case Function(name, ()):
            return structure.constants[name]
        case Function(name, args):
            return structure.functions[name][tuple(_value(structure, arg, values) for arg in args)]
