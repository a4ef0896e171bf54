"""How terms and formulas are written, so that any reader reads them the same way.

`~` binds closest (with it boxes and diamonds), then `&`, `|`, `->`, and last `<->` and `xor`. A
chain of one of `&` and `|` groups to the left; the others do not chain, and are written with
brackets. How far a quantifier reaches is told by brackets, since readers differ about it.
"""

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

# How close each kind of formula binds: an operand that binds less closely than its place asks for
# is bracketed. What ends in a quantifier's body is open to the right.
_OPEN, _IFF, _IMPLIES, _OR, _AND, _NOT, _ATOM = range(7)


def show_term(term: Term) -> str:
    """Write a term: `x`, `c`, `f(x, c)`."""
    match term:
        case Function(name, args) if args:
            return f"{name}({', '.join(map(show_term, args))})"
        case Variable(name) | Function(name, _):
            return name


def show(formula: Formula) -> str:
    """Write a formula in ASCII, with as few brackets as the precedence allows."""
    return _written(formula)[0]


def _written(formula: Formula) -> tuple[str, int]:
    match formula:
        case Atom(name, args):
            return show_term(Function(name, args)), _ATOM
        case Truth(value):
            return ("true" if value else "false"), _ATOM
        case Not(body):
            return _prefixed("~", body)
        case Box(body):
            return _prefixed("[]", body)
        case Diamond(body):
            return _prefixed("<>", body)
        case Forall(variable, body):
            return _prefixed(f"forall {variable}. ", body)[0], _OPEN
        case Exists(variable, body):
            return _prefixed(f"exists {variable}. ", body)[0], _OPEN
        case And(left, right):
            return f"{_operand(left, _AND)} & {_operand(right, _NOT)}", _AND
        case Or(left, right):
            return f"{_operand(left, _OR)} | {_operand(right, _AND)}", _OR
        case Implies(left, right):
            return f"{_operand(left, _OR)} -> {_operand(right, _OR)}", _IMPLIES
        case Iff(left, right):
            return f"{_operand(left, _IMPLIES)} <-> {_operand(right, _IMPLIES)}", _IFF
        case Xor(left, right):
            return f"{_operand(left, _IMPLIES)} xor {_operand(right, _IMPLIES)}", _IFF


def _prefixed(sign: str, body: Formula) -> tuple[str, int]:
    text, strength = _written(body)
    if strength == _OPEN:
        return sign + text, _OPEN
    return (sign + text, _NOT) if strength >= _NOT else (f"{sign}({text})", _NOT)


def _operand(formula: Formula, at_least: int) -> str:
    text, strength = _written(formula)
    return text if strength >= at_least else f"({text})"
