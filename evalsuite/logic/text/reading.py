r"""Read formulas, clauses, terms and substitutions, in every spelling that people use.

    formula("forall x. (P(x) -> ~Q(x, a))")     formula(r"\forall x\, (P(x) \to \lnot Q(x, a))")
    clause("{~P, Q}")    signed("1.2 T []P")    substitution("{x -> a, y := f(b)}")

`grammar.lark` has the syntax, `names` says what names look like. A full stop at the end is passed
over. What a text may hold is bounded before it is worked on. Every reader raises `TooLarge` for
what goes beyond the limits, and `SyntaxFlaw` for what is not in the language.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from itertools import islice
from types import SimpleNamespace
from typing import Any, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.syntax import (
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Not,
    Term,
    Variable,
    depth,
    subformulas,
    term_depth,
    with_parts,
)
from evalsuite.logic.tableau import Signed, World
from evalsuite.logic.text.building import BUILDERS
from evalsuite.logic.text.complaints import complaint, flaw_at, position
from evalsuite.logic.text.names import described, is_variable, plain, strange

_STARTS = (
    "formula",
    "formulas",
    "clause",
    "numbered_clause",
    "literal",
    "numbered_literal",
    "term",
    "substitution",
)
_SYMBOL = re.compile(r"[\w'\\]+|\S")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_WORLD = re.compile(r"\s*(?P<world>\d{1,6}(?:\.\d{1,6})*)(?:\s*:|\s|(?=[TFV]))\s*")
_SIGN = re.compile(r"\s*(?P<sign>[TFV])(?![\w'])(?P<colon>\s*:)?")


def formula(text: str, limits: Limits = DEFAULT, *, line: int = 1) -> Formula:
    """Read a formula; `line` is where the text begins in a larger one, for messages."""
    found: Formula = _read("formula", text, limits, line)
    return _settled(found, text, limits)


def formulas(text: str, limits: Limits = DEFAULT, *, line: int = 1) -> tuple[Formula, ...]:
    """Read formulas with commas between them, at least one."""
    found: tuple[Formula, ...] = _read("formulas", text, limits, line)
    return tuple(_settled(one, text, limits) for one in found)


def clause(text: str, limits: Limits = DEFAULT, *, line: int = 1, numbers: bool = False) -> Clause:
    """Read a clause: `~P | Q`, `{~P, Q}`, `[]`.

    With `numbers`, `3` is the atom `x3` and `-3` its negation, as in DIMACS: `1 -2 0`, `{1, -2}`.
    """
    found: Clause = _read("numbered_clause" if numbers else "clause", text, limits, line)
    for one in found:
        _bounded_literal(one, text, limits)
    return found


def literal(
    text: str, limits: Limits = DEFAULT, *, line: int = 1, numbers: bool = False
) -> Literal:
    """Read a literal: `~P(x)`; with `numbers` also `-3`."""
    start = "numbered_literal" if numbers else "literal"
    found: Literal = _read(start, text, limits, line)
    _bounded_literal(found, text, limits)
    return found


def term(text: str, limits: Limits = DEFAULT, *, line: int = 1) -> Term:
    """Read a term: `f(x, a)`."""
    found: Term = _read("term", text, limits, line)
    _bounded_term(found, text, limits)
    return found


def substitution(text: str, limits: Limits = DEFAULT, *, line: int = 1) -> dict[str, Term]:
    """Read a substitution: `{x -> a, y := f(b)}`, `x = a`, `[x/a]`.

    Any name can be put something for; of the sides of `/` the variable is, the left one of two.
    """
    found: dict[str, Term] = {}
    for at, name, put in _read("substitution", text, limits, line):
        if name is None:
            raise flaw_at("expected a variable beside `/`", plain(text), at, line)
        if name in found:
            raise flaw_at(f"two terms for `{name}`", plain(text), at, line)
        _bounded_term(put, text, limits)
        found[name] = put
    return found


def signed(text: str, limits: Limits = DEFAULT, *, line: int = 1) -> Signed | Formula:
    """Read a signed formula: `T A | B`, `F: ~A`, `1.2 T []P`; without a sign, a formula.

    `V` is `T` in Portuguese. With a world and no sign, `~A` is `F A` and any other `A` is `T A`.
    `T`, `F` and `V` are atoms where what follows makes them so: `T -> P`, `F(a)`.
    """
    text = _checked(text, limits, line)
    errors: list[UnexpectedInput] = []
    for world, sign, start in _heads(text):
        try:
            found: Formula = _parse("formula", " " * start + text[start:])
        except UnexpectedInput as error:
            errors.append(error)
            continue
        found = _settled(found, text, limits)
        if sign is not None:
            return Signed(sign=sign, formula=found, world=world)
        if not world:
            return found
        negated = isinstance(found, Not)
        body = found.body if isinstance(found, Not) else found
        return Signed(sign=not negated, formula=body, world=world)
    raise complaint(max(errors, key=lambda error: position(error, text)), text, line)


def _heads(text: str) -> list[tuple[World, bool | None, int]]:
    """Return how the text may begin, the likelier way first: world, sign, where the rest starts."""
    world: World = ()
    start = 0
    if found := _WORLD.match(text):
        world = tuple(map(int, found["world"].split(".")))
        start = found.end()
    sign = _SIGN.match(text, start)
    if sign is None:
        return [(world, None, start)]
    with_sign = (world, sign["sign"] != "F", sign.end())
    if sign["colon"]:
        return [with_sign]
    # `F(a)` is an atom, `F (P & Q)` is not, and `F -> P` cannot be a signed formula.
    heads = [with_sign, (world, None, start)]
    return heads[::-1] if text.startswith("(", sign.end()) else heads


# ── the parser ──────────────────────────────────────────────────────────────────────────────────


def _read(start: str, text: str, limits: Limits, line: int) -> Any:
    text = _checked(text, limits, line)
    try:
        return _parse(start, text)
    except UnexpectedInput as error:
        raise complaint(error, text, line) from None


def _parse(start: str, text: str) -> Any:
    return _parser().parse(text, start=start)


@cache
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    # lark takes the rules' functions from any object's attributes.
    builders = cast("Transformer[Token, Any]", SimpleNamespace(**BUILDERS))
    return Lark(
        grammar,
        start=list(_STARTS),
        parser="lalr",
        lexer="contextual",
        transformer=builders,
        maybe_placeholders=False,
    )


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────


def _checked(text: str, limits: Limits, line: int) -> str:
    """Return the text as the grammar knows it, without a full stop at the end."""
    within(len(text), limits.characters, "characters")
    text = plain(text)
    at = strange(text)
    if at is not None:
        message = f"{described(text[at])} is neither a letter of a name nor a sign"
        raise flaw_at(message, text, at, line)
    if len(text) > min(limits.size, limits.name, limits.depth):
        _check_symbols(text, limits)
    end = text.rstrip()
    return end[:-1] if end.endswith(".") else text


def _check_symbols(text: str, limits: Limits) -> None:
    """Refuse too many symbols, too long a name, too many brackets in one another."""
    symbols = [one.group() for one in islice(_SYMBOL.finditer(text), limits.size + 1)]
    within(len(symbols), limits.size, "symbols or more")
    within(max(map(len, symbols), default=0), limits.name, "characters in a name")
    level = deepest = 0
    for symbol in symbols:
        if symbol in _OPENING:
            level += 1
            deepest = max(deepest, level)
        elif symbol in _CLOSING:
            level -= 1
    within(deepest, limits.depth, "brackets inside one another")


def _check_depth(levels: Callable[[], int], text: str, limits: Limits) -> None:
    if len(text) > limits.depth:  # else it cannot be
        within(levels(), limits.depth, "levels deep")


def _bounded_term(term: Term, text: str, limits: Limits) -> None:
    _check_depth(lambda: term_depth(term), text, limits)


def _bounded_literal(literal: Literal, text: str, limits: Limits) -> None:
    _check_depth(lambda: depth(literal.atom), text, limits)


# ── variables ───────────────────────────────────────────────────────────────────────────────────


def _settled(formula: Formula, text: str, limits: Limits) -> Formula:
    """Check how deep a formula is, and make variables of all names that are bound."""
    _check_depth(lambda: depth(formula), text, limits)
    if any(
        isinstance(one, Forall | Exists) and not is_variable(one.variable)
        for one in subformulas(formula)
    ):
        return _bound(formula, frozenset())
    return formula


def _bound(formula: Formula, names: frozenset[str]) -> Formula:
    match formula:
        case Atom(name, args):
            return Atom(name, tuple(_bound_term(arg, names) for arg in args))
        case Forall(variable, body) | Exists(variable, body):
            return type(formula)(variable, _bound(body, names | {variable}))
        case _:
            return with_parts(formula, lambda part: _bound(part, names))


def _bound_term(term: Term, names: frozenset[str]) -> Term:
    match term:
        case Function(name, ()) if name in names:
            return Variable(name)
        case Function(name, args):
            return Function(name, tuple(_bound_term(arg, names) for arg in args))
        case Variable():
            return term
