"""Propositional formulas, and how they are written.

    A ::= P | ~A | A & A | A "|" A | A -> A | A <-> A

`~` binds closest, then `&`, `|`, `->` and `<->`. A chain of one of `&` and `|` groups to the left;
`->` and `<->` do not chain, and are written with brackets.

The constructors are terms of the language, so that they take their parts by position.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Atom:
    """A propositional atom."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    body: "Formula"


@dataclass(frozen=True, slots=True)
class And:
    """A conjunction."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Or:
    """An inclusive disjunction."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Implies:
    """A material implication."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Iff:
    """A biconditional."""

    left: "Formula"
    right: "Formula"


Formula: TypeAlias = Atom | Not | And | Or | Implies | Iff


def atoms(formula: Formula) -> tuple[str, ...]:
    """Return the names of the formula's atoms, each once, in the order they first stand in it."""
    return tuple(dict.fromkeys(leaves(formula)))


def leaves(formula: Formula) -> tuple[str, ...]:
    """Return the name of every occurrence of an atom, from left to right."""
    match formula:
        case Atom(name):
            return (name,)
        case Not(body):
            return leaves(body)
        case And(left, right) | Or(left, right) | Implies(left, right) | Iff(left, right):
            return leaves(left) + leaves(right)


def substitute(formula: Formula, mapping: Mapping[str, Formula]) -> Formula:
    """Put formulas in the place of atoms, all at once; atoms not named stay."""
    match formula:
        case Atom(name):
            return mapping.get(name, formula)
        case Not(body):
            return Not(substitute(body, mapping))
        case And(left, right):
            return And(substitute(left, mapping), substitute(right, mapping))
        case Or(left, right):
            return Or(substitute(left, mapping), substitute(right, mapping))
        case Implies(left, right):
            return Implies(substitute(left, mapping), substitute(right, mapping))
        case Iff(left, right):
            return Iff(substitute(left, mapping), substitute(right, mapping))


def rename(formula: Formula, mapping: Mapping[str, str]) -> Formula:
    """Rename atoms, all at once; atoms not named stay."""
    return substitute(formula, {old: Atom(new) for old, new in mapping.items()})


# How close each kind of formula binds: an operand that binds less closely than its place asks for
# is bracketed.
_IFF, _IMPLIES, _OR, _AND, _NOT, _ATOM = range(6)


def show(formula: Formula) -> str:
    """Write a formula in ASCII, with as few brackets as the precedence allows."""
    return _written(formula)[0]


def _written(formula: Formula) -> tuple[str, int]:
    match formula:
        case Atom(name):
            return name, _ATOM
        case Not(body):
            return f"~{_operand(body, _NOT)}", _NOT
        case And(left, right):
            return f"{_operand(left, _AND)} & {_operand(right, _NOT)}", _AND
        case Or(left, right):
            return f"{_operand(left, _OR)} | {_operand(right, _AND)}", _OR
        case Implies(left, right):
            return f"{_operand(left, _OR)} -> {_operand(right, _OR)}", _IMPLIES
        case Iff(left, right):
            return f"{_operand(left, _IMPLIES)} <-> {_operand(right, _IMPLIES)}", _IFF


def _operand(formula: Formula, at_least: int) -> str:
    text, strength = _written(formula)
    return text if strength >= at_least else f"({text})"
