"""What each rule of the grammar builds, from the values of its parts: see `grammar.lark`.

A parser calls these as it goes, so that no tree is made and nothing recurses.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from evalsuite.logic.clauses import Clause, Literal
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
from evalsuite.logic.text.names import is_variable, spelled, split

Parts: TypeAlias = Sequence[Any]
Binding: TypeAlias = tuple[int, str | None, Term]  # where it is, the variable, what is put for it


def _formulas(parts: Parts) -> tuple[Formula, ...]:
    return tuple(parts[::2])


def _quantifier(parts: Parts) -> tuple[type[Forall | Exists], tuple[str, ...]]:
    sign, names = parts
    return (Forall if sign.type == "FORALL" else Exists), split(names.value)


def _quantified(parts: Parts) -> Formula:
    (quantifier, variables), body = parts[0], parts[-1]
    for variable in reversed(variables):
        body = quantifier(variable, body)
    return body  # type: ignore[no-any-return]


def _name(parts: Parts) -> Term:
    name = spelled(parts[0].value)
    return Variable(name) if is_variable(name) else Function(name)


def _literals(parts: Parts) -> Clause:
    """Join literals and clauses that stood in brackets; the signs between them go."""
    alone = frozenset(part for part in parts if isinstance(part, Literal))
    return alone.union(*(part for part in parts if isinstance(part, frozenset)))


def _negative(parts: Parts) -> Literal:
    return Literal(atom=next(part for part in parts if isinstance(part, Atom)), positive=False)


def _substitution(parts: Parts) -> tuple[Binding, ...]:
    return tuple(part for part in parts if isinstance(part, tuple))


def _fraction(parts: Parts) -> Binding:
    """Read `x/a`, and `a/x` as it is meant; two constants leave a name that is bound elsewhere."""
    left, sign, right = parts
    if isinstance(right, Variable) and not isinstance(left, Variable):
        left, right = right, left
    is_name = isinstance(left, Variable) or not left.args
    return sign.start_pos, left.name if is_name else None, right


BUILDERS: Mapping[str, Callable[[Parts], object]] = {
    "formulas": _formulas,
    "biconditional": lambda parts: Iff(parts[0], parts[2]),
    "exclusive": lambda parts: Xor(parts[0], parts[2]),
    "conditional": lambda parts: Implies(parts[0], parts[2]),
    "either": lambda parts: Or(parts[0], parts[2]),
    "both": lambda parts: And(parts[0], parts[2]),
    "bracketed": lambda parts: parts[1],
    "negation": lambda parts: Not(parts[1]),
    "necessity": lambda parts: Box(parts[1]),
    "possibility": lambda parts: Diamond(parts[1]),
    "truth": lambda _: Truth(True),
    "falsity": lambda _: Truth(False),
    "quantifier": _quantifier,
    "bracketed_quantifier": lambda parts: _quantifier(parts[1:3]),
    "quantified": _quantified,
    "quantified_far": _quantified,
    "proposition": lambda parts: Atom(spelled(parts[0].value)),
    "predication": lambda parts: Atom(spelled(parts[0].value), parts[2]),
    "terms": lambda parts: tuple(parts[::2]),
    "name": _name,
    "application": lambda parts: Function(spelled(parts[0].value), parts[2]),
    "clause": _literals,
    "numbered_clause": _literals,
    "literals": _literals,
    "literal_list": _literals,
    "positive": lambda parts: Literal(atom=parts[0], positive=True),
    "negative": _negative,
    "positive_variable": lambda parts: Literal(atom=Atom(f"x{parts[0].value}"), positive=True),
    "negative_variable": lambda parts: Literal(atom=Atom(f"x{parts[1].value}"), positive=False),
    "substitution": _substitution,
    "pair": lambda parts: (parts[0].start_pos, spelled(parts[0].value), parts[2]),
    "fraction": _fraction,
}
