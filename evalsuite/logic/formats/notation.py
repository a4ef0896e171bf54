"""How the lines of a tableau are put when they are drawn: claims, rules, reasons.

A rule is called by the sign and the connective that it takes apart: `T∨`, `F→`, `T∀`. In unsigned
notation the negation stands for the sign F: `¬∨` takes `¬(A ∨ B)` apart.
"""

from collections.abc import Iterable, Mapping

from evalsuite.logic.clauses import Clause, in_order
from evalsuite.logic.proofs import NodeLine, TableauLine
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
    Truth,
    Variable,
    Xor,
)
from evalsuite.logic.tableau import Signed
from evalsuite.logic.writing import Style, show, show_term

_CONNECTIVES: Mapping[Style, Mapping[type[Formula], str]] = {
    "ascii": {
        Not: "~",
        And: "&",
        Or: "|",
        Implies: "->",
        Iff: "<->",
        Xor: "xor",
        Forall: "forall",
        Exists: "exists",
        Box: "[]",
        Diamond: "<>",
    },
    "unicode": {
        Not: "¬",
        And: "∧",
        Or: "∨",
        Implies: "→",
        Iff: "↔",
        Xor: "⊕",
        Forall: "∀",
        Exists: "∃",
        Box: "□",
        Diamond: "◇",
    },
    "latex": {
        Not: r"{\lnot}",
        And: r"{\land}",
        Or: r"{\lor}",
        Implies: r"{\to}",
        Iff: r"{\leftrightarrow}",
        Xor: r"{\oplus}",
        Forall: r"{\forall}",
        Exists: r"{\exists}",
        Box: r"{\Box}",
        Diamond: r"{\Diamond}",
    },
}

EMPTY: Mapping[Style, str] = {"ascii": "[]", "unicode": "□", "latex": r"\square"}
_SPECIAL = {
    **{letter: f"\\{letter}" for letter in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}


def sources(lines: Iterable[TableauLine]) -> dict[str, Signed]:
    """Return the signed formula of every numbered line, by its number."""
    return {line.label: line.signed for line in lines if isinstance(line, NodeLine)}


def claim(signed: Signed, style: Style, *, signs: bool = True) -> str:
    """Write a signed formula, with its sign or, where it is F, with a negation instead."""
    space = r"\;" if style == "latex" else " "
    world = f"{'.'.join(map(str, signed.world))}{space}" if signed.world else ""
    if signs:
        return f"{world}{_sign(signed, style)}{space}{show(signed.formula, style)}"
    return world + show(signed.formula if signed.sign else Not(signed.formula), style)


def rule(source: Signed, style: Style, *, signs: bool = True) -> str:
    """Name the rule for a signed formula, as `T∨` or, without signs, `∨`."""
    connective = _connective(source.formula, style)
    if signs:
        return _sign(source, style) + connective
    return connective if source.sign else _CONNECTIVES[style][Not] + connective


def reason(line: NodeLine, known: Mapping[str, Signed], style: Style, *, signs: bool = True) -> str:
    """Say where a line comes from: `premise`, `T∨ 1`, `T∀ 3, x := a`."""
    source = known.get(line.origin)
    latex = style == "latex"
    if source is None:
        told = line.origin if signs or line.origin != "goal" else "negated goal"
        return rf"\text{{{escape(told)}}}" if latex else told
    number = rf"\;\text{{{escape(line.origin)}}}" if latex else f" {line.origin}"
    told = rule(source, style, signs=signs) + number
    match source.formula, line.witness:
        case Forall(variable) | Exists(variable), Variable() | Function() as term:
            put = f"{show_term(Variable(variable), style)} := {show_term(term, style)}"
            return rf"{told},\; {put}" if latex else f"{told}, {put}"
        case _:
            return told


def show_clause(clause: Clause, style: Style) -> str:
    """Write a clause in a style, its literals sorted by atom."""
    literals = (one.atom if one.positive else Not(one.atom) for one in in_order(clause))
    connective = _CONNECTIVES[style][Or].strip("{}")
    return f" {connective} ".join(show(one, style) for one in literals) or EMPTY[style]


def escape(text: str) -> str:
    """Return a text so that LaTeX sets it as it stands."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def show_valuation(valuation: Mapping[str, bool]) -> str:
    """Write a valuation: `A=T, B=F`."""
    return ", ".join(f"{name}={'T' if true else 'F'}" for name, true in valuation.items())


def _sign(signed: Signed, style: Style) -> str:
    sign = "T" if signed.sign else "F"
    return rf"\mathsf{{{sign}}}" if style == "latex" else sign


def _connective(formula: Formula, style: Style) -> str:
    signs = _CONNECTIVES[style]
    match formula:
        case Atom() | Truth():
            return ""
        case (
            Not()
            | And()
            | Or()
            | Implies()
            | Iff()
            | Xor()
            | Forall()
            | Exists()
            | Box()
            | Diamond()
        ):
            return signs[type(formula)]
