"""What is true in a finite structure, by SAT: sentences written out over the domain.

`forall` becomes a conjunction and `exists` a disjunction over the elements; an atom becomes a
propositional one, and the structure says which of these are true.
"""

from collections.abc import Mapping, Sequence
from itertools import product

from evalsuite.logic import solvers
from evalsuite.logic.normal import chain
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Not,
    Or,
    Term,
    Variable,
    predicates,
    with_parts,
)


def holds(structure: Structure, sentences: Sequence[Formula], *, false: Formula | None) -> bool:
    """Say whether a structure makes the sentences true and another one, if given, false."""
    claims = [_ground(structure, sentence, {}) for sentence in sentences]
    symbols = {one for sentence in sentences for one in predicates(sentence)}
    if false is not None:
        claims.append(Not(_ground(structure, false, {})))
        symbols |= predicates(false)
    return solvers.satisfiable([*_diagram(structure, symbols), *claims])


def _diagram(structure: Structure, symbols: set[tuple[str, int]]) -> list[Formula]:
    rows: list[Formula] = []
    for name, arity in sorted(symbols):
        extension = structure.predicates.get(name, frozenset())
        for place in product(structure.domain, repeat=arity):
            atom = _named(name, place)
            rows.append(atom if place in extension else Not(atom))
    return rows


def _named(name: str, place: Sequence[str]) -> Atom:
    return Atom(" ".join((name, *place)))


def _ground(structure: Structure, formula: Formula, things: Mapping[str, str]) -> Formula:
    match formula:
        case Atom(name, args):
            return _named(name, [_element(structure, arg, things) for arg in args])
        case Forall(variable, body) | Exists(variable, body):
            rows = [
                _ground(structure, body, {**things, variable: element})
                for element in structure.domain
            ]
            return chain(And if isinstance(formula, Forall) else Or, rows)
        case _:
            return with_parts(formula, lambda part: _ground(structure, part, things))


def _element(structure: Structure, term: Term, things: Mapping[str, str]) -> str:
    match term:
        case Variable(name):
            return things[name]
        case Function(name, ()):
            return structure.constants[name]
        case Function(name, args):
            place = tuple(_element(structure, arg, things) for arg in args)
            return structure.functions[name][place]
