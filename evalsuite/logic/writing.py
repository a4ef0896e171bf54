r"""How terms and formulas are written, so that any reader reads them the same way.

    ascii       forall x. (P(x) -> ~Q | R)
    unicode     ∀x (P(x) → ¬Q ∨ R)
    latex       \forall x\, (P(x) \to \lnot Q \lor R)
    tptp        ! [X] : ('P'(X) => (~ 'Q' | 'R'))

`~` binds closest (with it boxes and diamonds), then `&`, `|`, `->`, and last `<->` and `xor`. A
chain of one of `&` and `|` groups to the left; the others do not chain, and are written with
brackets. How far a quantifier reaches is told by brackets, since readers differ about it. TPTP has
no precedence: there, all is bracketed but a chain of one sign.

In TPTP a name that does not begin with a small letter is quoted, and variables are upper-case.
"""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from evalsuite.logic.flaws import Unsupported
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

Style: TypeAlias = Literal["ascii", "unicode", "latex", "tptp"]

# How close each kind of formula binds: an operand that binds less closely than its place asks for
# is bracketed. What ends in a quantifier's body is open to the right.
_OPEN, _IFF, _IMPLIES, _OR, _AND, _NOT, _ATOM = range(7)

# A sign stands between two formulas or before one; `{}` is a quantifier's variable.
_SIGNS: Mapping[Style, Mapping[type[Formula], str]] = {
    "ascii": {
        Not: "~",
        Box: "[]",
        Diamond: "<>",
        And: "&",
        Or: "|",
        Implies: "->",
        Iff: "<->",
        Xor: "xor",
        Forall: "forall {}. ",
        Exists: "exists {}. ",
    },
    "unicode": {
        Not: "¬",
        Box: "□",
        Diamond: "◇",
        And: "∧",
        Or: "∨",
        Implies: "→",
        Iff: "↔",
        Xor: "⊕",
        Forall: "∀{} ",
        Exists: "∃{} ",
    },
    "latex": {
        Not: r"\lnot ",
        Box: r"\Box ",
        Diamond: r"\Diamond ",
        And: r"\land",
        Or: r"\lor",
        Implies: r"\to",
        Iff: r"\leftrightarrow",
        Xor: r"\oplus",
        Forall: r"\forall {}\, ",
        Exists: r"\exists {}\, ",
    },
    "tptp": {
        Not: "~ ",
        And: "&",
        Or: "|",
        Implies: "=>",
        Iff: "<=>",
        Xor: "<~>",
        Forall: "! [{}] : ",
        Exists: "? [{}] : ",
    },
}
_TRUTHS: Mapping[Style, tuple[str, str]] = {
    "ascii": ("false", "true"),
    "unicode": ("⊥", "⊤"),
    "latex": (r"\bot", r"\top"),
    "tptp": ("$false", "$true"),
}

_TPTP_WORD = re.compile(r"[a-z][A-Za-z0-9_]*")
_TPTP_PLAIN_VARIABLE = re.compile(r"[u-z][0-9_]*")


def show_term(term: Term, style: Style = "ascii") -> str:
    """Write a term: `x`, `c`, `f(x, c)`."""
    match term:
        case Function(name, args) if args:
            listed = ", ".join([show_term(arg, style) for arg in args])
            return f"{_symbol(name, style)}({listed})"
        case Function(name, _):
            return _symbol(name, style)
        case Variable(name):
            return _variable(name, style)


def show(formula: Formula, style: Style = "ascii") -> str:
    """Write a formula, with as few brackets as the precedence allows.

    Raises:
        Unsupported: the style has no sign for a part of it: TPTP has no boxes.

    """
    return _written(formula, style)[0]


def _written(formula: Formula, style: Style) -> tuple[str, int]:
    match formula:
        case Atom(name, args):
            return show_term(Function(name, args), style), _ATOM
        case Truth(value):
            return _TRUTHS[style][value], _ATOM
        case Not(body) | Box(body) | Diamond(body):
            return _prefixed(_sign(formula, style), body, style)
        case Forall(variable, body) | Exists(variable, body):
            sign = _sign(formula, style).format(_variable(variable, style))
            return _prefixed(sign, body, style)[0], _OPEN
        case And():
            return _joined(formula, _AND, _NOT, style), _AND
        case Or():
            return _joined(formula, _OR, _AND, style), _OR
        case Implies():
            return _joined(formula, _OR, _OR, style), _IMPLIES
        case Iff() | Xor():
            return _joined(formula, _IMPLIES, _IMPLIES, style), _IFF


def _sign(formula: Formula, style: Style) -> str:
    sign = _SIGNS[style].get(type(formula))
    if sign is None:
        raise Unsupported("TPTP's `fof` has no modal operators")
    return sign


def _prefixed(sign: str, body: Formula, style: Style) -> tuple[str, int]:
    text, strength = _written(body, style)
    if strength == _OPEN:
        return sign + text, _OPEN
    return (sign + text, _NOT) if strength >= _NOT else (f"{sign}({text})", _NOT)


def _joined(whole: And | Or | Implies | Iff | Xor, left: int, right: int, style: Style) -> str:
    """Write two operands with the sign between them; they are bracketed below these strengths."""
    if style == "tptp":
        chains = isinstance(whole, And | Or) and type(whole.left) is type(whole)
        left, right = (_OPEN if chains else _NOT), _NOT
    first, second = _operand(whole.left, left, style), _operand(whole.right, right, style)
    return f"{first} {_sign(whole, style)} {second}"


def _operand(formula: Formula, at_least: int, style: Style) -> str:
    text, strength = _written(formula, style)
    return text if strength >= at_least else f"({text})"


# ── names ───────────────────────────────────────────────────────────────────────────────────────


def _symbol(name: str, style: Style) -> str:
    """Write the name of a predicate, a function or a constant."""
    match style:
        case "ascii" | "unicode":
            return name
        case "latex":
            return _latex(name)
        case "tptp":
            if _TPTP_WORD.fullmatch(name):
                return name
            return "'" + name.replace("\\", r"\\").replace("'", r"\'") + "'"


def _variable(name: str, style: Style) -> str:
    match style:
        case "ascii" | "unicode":
            return name
        case "latex":
            return _latex(name)
        case "tptp":
            if _TPTP_PLAIN_VARIABLE.fullmatch(name):
                return name.upper()
            # No other variable is written so: the letters come after `V`, all else in numbers.
            return "V" + "".join(
                one if one in "abcdefghijklmnopqrstuvwxyz" else f"_u{ord(one):x}_" for one in name
            )


def _latex(name: str) -> str:
    if len(name.rstrip("'")) <= 1 or name.isdigit():
        return name
    return r"\mathit{" + name.replace("_", r"\_") + "}"
