"""The tableau language of the proof assistant ANITA, in both directions.

    1. T A|B  pre
    2. F B    conclusion
    3. { T A  1
    …    }
    4. { T B  1
    5.   @    4,2
       }

Vasconcelos, D. R. and others, *ANITA: Analytic Tableau Proof Assistant* (PyPI `anita`, 0.1.13).
`~`, `Ax` and `Ex` bind closest, then `&`, `|` and `->`, all to the right. Atoms are capital
letters and digits; what no quantifier binds stands for a constant. There are no functions, no
constants ⊤ and ⊥, no `<->`. `{` opens the next branch, `}` ends it, `@ i,j` closes it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from evalsuite.logic.flaws import SyntaxFlaw, TooLarge
from evalsuite.logic.formats._anita_writing import write
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.proofs import Branch, CloseLine, NodeLine, TableauLine
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
)
from evalsuite.logic.tableau import Signed

__all__ = ["read", "statement", "write"]

Tableau: TypeAlias = tuple[tuple[Formula, ...], Formula | None, tuple[TableauLine, ...]]


def read(text: str, limits: Limits = DEFAULT, *, symbols: Collection[str] = ()) -> Tableau:
    """Read premises, conclusion and lines; whether they are right is not asked.

    Premises are what lines say of themselves, `pre`, and so is the conclusion. A comment
    `# DRINKS stands for Drinks`, as `write` makes them, gives one of the symbols its name back.

    Raises:
        SyntaxFlaw: the text is not in the language.
        TooLarge: it is beyond the limits.

    """
    within(len(text), limits.characters, "characters")
    names = {
        new: old for new, old in _STANDS.findall(text) if old in symbols and new not in symbols
    }
    cursor = _Cursor(text=text, limits=limits, tokens=_tokens(text, limits), names=names)
    lines = tuple(islice(_lines(cursor), limits.steps + 1))
    within(len(lines), limits.steps, "steps or more")
    nodes = [line for line in lines if isinstance(line, NodeLine)]
    premises = tuple(node.signed.formula for node in nodes if node.origin == "premise")
    goals = [node.signed.formula for node in nodes if node.origin == "goal"]
    return premises, goals[0] if goals else None, lines


def statement(text: str, limits: Limits = DEFAULT) -> tuple[tuple[Formula, ...], Formula]:
    """Read premises and conclusion: `A|B, ~B |- A`.

    Raises:
        SyntaxFlaw: the text is not in the language.
        TooLarge: it is beyond the limits.

    """
    within(len(text), limits.characters, "characters")
    cursor = _Cursor(text=text, limits=limits, tokens=_tokens(text, limits))
    premises: list[Formula] = []
    while not cursor.next_is("mark", "|-", "|="):
        if premises:
            cursor.take("mark", ",")
        premises.append(_whole(cursor))
    cursor.take("mark")
    conclusion = _whole(cursor)
    if not cursor.next_is("end"):
        raise cursor.expected("the end")
    return tuple(premises), conclusion


# ── words ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


_STANDS = re.compile(r"^# (\w+) stands for ([\w']+)$", re.MULTILINE)
_TOKEN = re.compile(
    r"(?P<skip>##[^#]*##|\#[^\n]*|\s+)"
    r"|(?P<rule>(?:->|&|\||~)[TF](?![A-Za-z0-9(])|[AE][TF](?=\s*[0-9]))"
    r"|(?P<mark>->|\|[-=]|[.,(){}@~&|])"
    r"|(?P<quantifier>[AE][a-z][a-z0-9]*)"
    r"|(?P<sign>[TF](?![A-Z0-9(]))"
    r"|(?P<number>[0-9]{1,9})"
    r"|(?P<word>(?:pre|conclusion|conclusao|closed|fechado)(?![a-z0-9]))"
    r"|(?P<variable>[a-z][a-z0-9]*)"
    r"|(?P<atom>[A-Z][A-Z0-9]*)"
)


def _tokens(text: str, limits: Limits) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _flaw(text, at, f"expected a symbol of the language, found `{text[at]}`")
        within(len(match[0]) * (match.lastgroup != "skip"), limits.name, "characters in a name")
        if match.lastgroup != "skip":
            yield _Token(match.lastgroup, match[0], at)
        at = match.end()


def _flaw(text: str, at: int, message: str) -> SyntaxFlaw:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    row = text[start : end if end >= 0 else len(text)].replace("\t", " ")
    cut = max(0, at - start - _AROUND)
    return SyntaxFlaw(
        message,
        text=row[cut : cut + 2 * _AROUND],
        column=at - start - cut,
        line=text.count("\n", 0, at) + 1,
    )


_AROUND = 35  # characters that a message shows on each side of a place
_NESTED = 500  # branches inside one another, unless formulas may be deeper


@dataclass(slots=True, kw_only=True)
class _Cursor:
    """A place among the words of a text."""

    text: str
    limits: Limits
    tokens: Iterator[_Token]
    names: Mapping[str, str] = field(default_factory=dict)
    ahead: _Token = field(init=False)
    line: int = 1
    counted: int = 0
    symbols: int = 0  # of the formula so far

    def __post_init__(self) -> None:
        self._go_on()

    def peek(self) -> _Token:
        """Return the next word."""
        return self.ahead

    def take(self, kind: str, text: str | None = None) -> _Token:
        """Return the next word and go on; it must be of the kind.

        Raises:
            SyntaxFlaw: it is not.

        """
        token = self.peek()
        if token.kind != kind or text not in {None, token.text}:
            raise self.expected(f"`{text}`" if text else _KINDS[kind])
        self._go_on()
        return token

    def name(self, written: str) -> str:
        """Return the name that a written one stands for."""
        return self.names.get(written, written)

    def next_is(self, kind: str, *texts: str) -> bool:
        """Say whether the next word is of the kind, and one of the texts if there are any."""
        token = self.peek()
        return token.kind == kind and (not texts or token.text in texts)

    def expected(self, what: str) -> SyntaxFlaw:
        """Return what is wrong where something else was expected."""
        token = self.peek()
        found = f"`{token.text}`" if token.text else "the end"
        return _flaw(self.text, token.at, f"expected {what}, found {found}")

    def line_of(self, token: _Token) -> int:
        """Return the line that a word is on; words have to come in order."""
        self.line += self.text.count("\n", self.counted, token.at)
        self.counted = token.at
        return self.line

    def count(self) -> None:
        """Count one more symbol of a formula."""
        self.symbols += 1
        within(self.symbols, self.limits.size, "symbols or more")

    def _go_on(self) -> None:
        self.ahead = next(self.tokens, _Token("end", "", len(self.text)))


_KINDS = {
    "number": "a number",
    "sign": "`T` or `F`",
    "atom": "a formula",
    "variable": "a variable",
    "mark": "a sign",
}

# ── lines ───────────────────────────────────────────────────────────────────────────────────────


def _lines(cursor: _Cursor) -> Iterator[TableauLine]:
    branch: Branch = ()
    opened: dict[Branch, int] = {}
    while not cursor.next_is("end"):
        if cursor.next_is("mark", "}"):
            if not branch:
                raise cursor.expected("a line")
            cursor.take("mark")
            branch = branch[:-1]
            continue
        number = cursor.take("number")
        cursor.take("mark", ".")
        if cursor.next_is("mark", "{"):
            cursor.take("mark")
            opened[branch] = opened.get(branch, 0) + 1
            branch = (*branch, opened[branch])
            within(len(branch), max(_NESTED, cursor.limits.depth), "branches inside one another")
        yield _line(cursor, number, branch)
    if branch:
        raise cursor.expected("`}`")


def _line(cursor: _Cursor, number: _Token, branch: Branch) -> TableauLine:
    label, line = _label(number), cursor.line_of(number)
    if cursor.next_is("mark", "@"):
        cursor.take("mark")
        if cursor.next_is("word", "closed", "fechado"):
            cursor.take("word")
        first = cursor.take("number")
        cursor.take("mark", ",")
        nodes = (_label(first), _label(cursor.take("number")))
        return CloseLine(label=label, branch=branch, nodes=nodes, line=line)
    sign = cursor.take("sign").text == "T"
    signed = Signed(sign=sign, formula=_whole(cursor))
    return NodeLine(label=label, branch=branch, signed=signed, origin=_origin(cursor), line=line)


def _label(number: _Token) -> str:
    return number.text.lstrip("0") or "0"


def _origin(cursor: _Cursor) -> str:
    if cursor.next_is("word", "pre", "conclusion", "conclusao"):
        return "premise" if cursor.take("word").text == "pre" else "goal"
    if cursor.next_is("rule"):
        cursor.take("rule")
    if not cursor.next_is("number"):
        raise cursor.expected("`pre`, `conclusion` or the number of a line")
    return _label(cursor.take("number"))


# ── formulas ────────────────────────────────────────────────────────────────────────────────────

_BINARY: tuple[tuple[str, type[Implies | Or | And]], ...] = (("->", Implies), ("|", Or), ("&", And))


def _whole(cursor: _Cursor) -> Formula:
    cursor.symbols = 0
    return _formula(cursor, frozenset(), 0, 1)


def _formula(cursor: _Cursor, bound: frozenset[str], level: int, depth: int) -> Formula:
    """Read a formula of the connectives from this level on; they group to the right."""
    left = _prefixed(cursor, bound, depth)
    for place in range(len(_BINARY) - 1, level - 1, -1):
        sign, make = _BINARY[place]
        if cursor.next_is("mark", sign):
            cursor.take("mark")
            left = make(left, _formula(cursor, bound, place, depth + 1))
    return left


def _prefixed(cursor: _Cursor, bound: frozenset[str], depth: int) -> Formula:
    if depth > cursor.limits.depth:
        raise TooLarge(f"a formula is nested more than {cursor.limits.depth} deep")
    cursor.count()
    if cursor.next_is("mark", "~"):
        cursor.take("mark")
        return Not(_prefixed(cursor, bound, depth + 1))
    if cursor.next_is("quantifier"):
        word = cursor.take("quantifier").text
        variable = cursor.name(word[1:])
        body = _prefixed(cursor, bound | {variable}, depth + 1)
        return Forall(variable, body) if word[0] == "A" else Exists(variable, body)
    if cursor.next_is("mark", "("):
        cursor.take("mark")
        inside = _formula(cursor, bound, 0, depth + 1)
        cursor.take("mark", ")")
        return inside
    return _atom(cursor, bound)


def _atom(cursor: _Cursor, bound: frozenset[str]) -> Atom:
    name = cursor.name(cursor.take("atom").text)
    if not cursor.next_is("mark", "("):
        return Atom(name)
    cursor.take("mark")
    args = [_term(cursor, bound)]
    while cursor.next_is("mark", ","):
        cursor.take("mark")
        args.append(_term(cursor, bound))
    cursor.take("mark", ")")
    return Atom(name, tuple(args))


def _term(cursor: _Cursor, bound: frozenset[str]) -> Term:
    cursor.count()
    name = cursor.name(cursor.take("variable").text)
    return Variable(name) if name in bound else Function(name)
