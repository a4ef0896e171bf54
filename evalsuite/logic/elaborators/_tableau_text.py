"""Read the lines of a tableau in what a model wrote.

    3. [0.1]  T A        1           number, branch, signed formula, justification
    5. [0.1]  x          3,4         a branch closes
    open [0.2]: A=F, B=T             a branch stays open, and has this countermodel

Branches may be written with brackets as ANITA has them, `{ … }`, too. Without `T` and `F` on most
lines the tableau is unsigned: `~A` is `F A`, any other `A` is `T A`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from evalsuite.logic.elaborators import lines as layout
from evalsuite.logic.elaborators._branches import Row, is_step, rows_of
from evalsuite.logic.elaborators._justifications import Justification, candidates
from evalsuite.logic.elaborators.lines import Found, Layout, Written, label_of
from evalsuite.logic.flaws import (
    CutOff,
    Flaw,
    NoProof,
    SyntaxFlaw,
    UnknownRule,
    UnreadableLine,
    WrongPremises,
)
from evalsuite.logic.limits import DEFAULT, Limits
from evalsuite.logic.proofs import CloseLine, Liberty, NodeLine, OpenLine, TableauLine
from evalsuite.logic.syntax import Formula, Not, Term, Variable
from evalsuite.logic.tableau import Signed, World
from evalsuite.logic.text import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The lines of a tableau that could be read.

    Attributes:
        lines: in order, up to the flaw.
        liberties: how the text is not as the format states it, all of kind "ink".
        flaw: the first line that cannot be read, or that there is none; `None` where all is read.
        has_signs: whether formulas are signed.
        answer: what a last line `Answer: …` says.

    """

    lines: tuple[TableauLine, ...]
    liberties: tuple[Liberty, ...]
    flaw: Flaw | None
    has_signs: bool
    answer: str | None


_TABLE = Layout(columns=4, formula=2)
_MARK = (
    r"[✗✘✖×⊗✕╳]|\\(?:o?times|bot)|closed|closes?|fecha(?:d[oa])?|contradiction|contradi[çc][ãa]o"
)
_CLOSED = re.compile(
    rf"(?:is\s+|est[áa]\s+|é\s+)?\(?(?:(?P<firm>{_MARK}|@)|(?P<soft>[xX⊥#]))(?!\w|\(\s*[^0-9\s])(?P<rest>.*)",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:[\s:,;.()\[\]–—&-]++|[0-9]{1,9}[a-z]?'?(?!\w)|(?:by|from|with|on|lines?|steps?|nodes?|de|por"
    r"|com|pel[ao]s?|linhas?|between|entre|and|e|closed|closes|contradiction|contradi[çc][ãa]o|fecha"
    r"|fechado)(?!\w))*+$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?<![\w.])[0-9]{1,9}[a-z]?'?(?!\w|\.[0-9])")
_AFTERWARDS = re.compile(
    rf"(?<!\bfor)[\s;,(–—-]\s*(?:{_MARK}|[xX](?=\s*[(\[]?[0-9]+\s*(?:,|and|e|&)\s*[0-9]))(?![\w(]).*$",
    re.IGNORECASE,
)
_OPEN = re.compile(r"(?:is\s+|stays\s+|remains\s+)?(?:open|abert[oa]|○|◯)(?!\w)\s*", re.IGNORECASE)
_VALUE = re.compile(
    r"(?<!\w)(?:v\(\s*)?([A-Za-z]\w*'*)\s*\)?\s*(?::=|=|:|↦|->|→)\s*(true|false|verdadeiro|falso|T|F|V|1|0)\b",
    re.IGNORECASE,
)
_SIGN = re.compile(
    r"(?:(?P<world>[1-9][0-9]{0,8}(?:\.[0-9]{1,9})*)\s*[:.]?\s+"
    r"|[(\[](?P<boxed>[1-9][0-9]{0,8}(?:\.[0-9]{1,9})*)[)\]]\s*:?\s*)?"
    r"(?:\(?(?P<sign>[TFV]|[Tt]rue|[Ff]alse|[Vv]erdadeir[oa]|[Ff]als[oa])\)?(?:\s*:\s*|\s+|(?=[(\[~¬]))"
    r"(?=\S))"
)
# `v` is a sign where an operand comes after it, and else an atom: `T v | P`, `T v`.
_BINARY = re.compile(
    r"&|∧|\||∨|->|→|⊃|<->|↔|=>|⇒|<=>|⇔|\^|⊕|(?:and|or|xor|implies|iff)(?!\w)"
    r"|v\s+(?=[^\W\d]|[(~¬!∀∃□◇]|-(?!>)|\[\]|<>)(?!v\s)"
)
_TRUE = frozenset(["t", "v", "true", "verdadeiro", "verdadeira", "1"])
_WORLD = re.compile(r"([1-9][0-9]{0,8}(?:\.[0-9]{1,9})*)\s+(?=\S)")
_FIRST_ORDER = re.compile(r"∀|∃|(?<!\w)(?:forall|exists|all|some)(?!\w)|\w\(")
_LONE_X = re.compile(r"(?<!\w)[xX](?!\w)")
_LONGEST = 200  # characters of a line that are looked at to tell prose
_WORDY = 4
_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")


def read(text: str, limits: Limits = DEFAULT) -> Read:
    """Read the lines of a tableau.

    Raises:
        TooLarge: the text is beyond the limits.

    """
    found = layout.find(text, limits, is_step=is_step, layout=_TABLE)
    rows = tuple(rows_of(found.lines))
    style = _style(rows, limits)
    lines, liberties, flaw = _steps(rows, style, found)
    if lines and not style.is_numbered:
        liberties.append(Liberty(kind="ink", message="no line is numbered", line=lines[0].line))
    if lines and not style.has_branches:
        liberties.append(Liberty(kind="ink", message="no line names a branch", line=lines[0].line))
    return Read(
        lines=tuple(lines),
        liberties=(*found.liberties, *liberties),
        flaw=flaw,
        has_signs=style.has_signs,
        answer=found.answer,
    )


# ── lines ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How a text is written, as its rows together tell.

    Attributes:
        has_signs: whether most of its formulas are signed.
        has_branches: whether some line names a branch.
        prefixes: the letters that numbers begin with.
        marks: of `x` and `X` those that are atoms too.
        known: the formulas that were read already.

    """

    has_signs: bool
    has_branches: bool
    is_numbered: bool
    prefixes: frozenset[str]
    marks: frozenset[str]
    limits: Limits
    known: dict[str, Formula] = field(default_factory=dict)


def _style(rows: Sequence[Row], limits: Limits) -> _Style:
    numbered = [row for row in rows if row.label is not None]
    told = [
        row for row in numbered or rows if not (_CLOSED.match(row.body) or _OPEN.match(row.body))
    ]
    signed = sum(_sign(row.body) is not None for row in told)
    whole = " ".join(row.body for row in told)
    is_first_order = _FIRST_ORDER.search(whole) is not None
    letters = {row.label[0] for row in numbered if row.label and row.label[0].isalpha()}
    return _Style(
        has_signs=2 * signed >= len(told),
        has_branches=any(row.branch is not None for row in rows),
        is_numbered=bool(numbered),
        prefixes=frozenset(letters),
        marks=frozenset(() if is_first_order else _LONE_X.findall(whole)),
        limits=limits,
    )


def _sign(text: str) -> re.Match[str] | None:
    """Return the sign that a text begins with, and the world before it."""
    match = _SIGN.match(text)
    return None if match is None or _BINARY.match(text, match.end()) else match


def _steps(
    rows: Sequence[Row], style: _Style, found: Found
) -> tuple[list[TableauLine], list[Liberty], Flaw | None]:
    """Return the lines up to the first that cannot be read, liberties, and what is wrong there."""
    lines: list[TableauLine] = []
    noted: list[Liberty] = []
    for row in rows:
        place = row.label or (f"line {row.line}" if style.is_numbered else str(len(lines) + 1))
        try:
            lines += _step(replace(row, label=place), style, is_numbered=row.label is not None)
        except _Prose:
            noted.append(Liberty(kind="ink", message="there is text in between", line=row.line))
        except Flaw as flaw:
            written = Written(label=row.label, body=row.body, line=row.line)
            if isinstance(flaw, UnreadableLine) and layout.is_cut_off(found, written):
                return lines, noted, CutOff("the text ends within this line", line=row.line)
            return lines, noted, flaw
    if lines:
        first, last = lines[0].line, lines[-1].line
        inside = [one for one in noted if first < one.line < last]
        return lines, inside[:1], None
    return lines, [], NoProof("no line of the text is a step")


class _Prose(Exception):
    """A line that is no step."""


def _step(row: Row, style: _Style, *, is_numbered: bool) -> Sequence[TableauLine]:
    """Read a row: one line, or two where a branch closes at the end of it.

    Raises:
        Flaw: it should be a step and cannot be read.
        _Prose: it is none.

    """
    if not is_numbered and row.branch is None and (style.is_numbered or style.has_branches):
        raise _Prose
    opened = _OPEN.match(row.body)
    if opened is not None and row.branch is not None:
        return (_claimed(row, row.body[opened.end() :]),)
    closing = _closing(row, style, is_numbered=is_numbered)
    if closing is not None:
        return (closing,)
    if not is_numbered and _is_heading(row):
        raise _Prose
    try:
        return _formula_line(row, style)
    except UnreadableLine:
        if _is_prose(row) and (not is_numbered or (row.branch is None and style.has_branches)):
            raise _Prose from None
        raise


def _is_heading(row: Row) -> bool:
    """Say whether a row only tells which branch the next ones are on."""
    return row.branch is not None and (not row.body or row.body.endswith(":"))


def _is_prose(row: Row) -> bool:
    return _sign(row.body) is None and len(_WORD.findall(row.body[:_LONGEST])) >= _WORDY


def _claimed(row: Row, text: str) -> OpenLine:
    valuation = {name: value.lower() in _TRUE for name, value in _VALUE.findall(text)}
    return OpenLine(branch=row.branch or (), valuation=valuation, line=row.line)


def _closing(row: Row, style: _Style, *, is_numbered: bool) -> CloseLine | None:
    """Read a row that closes its branch; `None` where it does something else."""
    match = _CLOSED.match(row.body)
    if match is None or (row.branch is None and style.has_branches):
        return None
    nodes = _references(match["rest"])
    soft = match["soft"]
    if soft and not _SAID.match(match["rest"]):
        return None
    # In unsigned tableaux `x 3` and `⊥ 3` may be formulas that come from line 3.
    if soft and not style.has_signs and len(nodes) == 1 and (soft == "⊥" or soft in style.marks):
        return None
    label = row.label if is_numbered or not style.is_numbered else None
    return CloseLine(label=label, branch=row.branch or (), nodes=nodes, line=row.line)


def _references(text: str) -> tuple[str, ...]:
    """Return the lines that a closure names; of more than three the first three."""
    return tuple(label_of(match[0]) for match in islice(_REFERENCE.finditer(text), 3))


def _formula_line(row: Row, style: _Style) -> Sequence[TableauLine]:
    after = _AFTERWARDS.search(row.body)
    body = row.body[: after.start()] if after and after.start() else row.body
    signed, told = _claim(body, row, style)
    if told.unknown:
        raise UnknownRule(f"tableaux have no rule `{told.unknown}`", line=row.line)
    if len(told.labels) > 1 and told.origin is None:
        text = f"a formula comes from one line, not from {len(told.labels)}"
        raise WrongPremises(text, line=row.line)
    origin = told.origin or next(iter(told.labels), "")
    branch = row.branch
    if branch is None:
        if style.has_branches and told.origin is None:
            raise UnreadableLine("the line does not say which branch it is on", line=row.line)
        branch = ()
    node = NodeLine(
        label=row.label or "",
        branch=branch,
        signed=signed,
        origin=origin,
        witness=_witness(told, row, style),
        line=row.line,
    )
    if after is None or not after.start():
        return (node,)
    nodes = _references(after[0])
    return node, CloseLine(label=None, branch=branch, nodes=nodes, line=row.line)


def _claim(body: str, row: Row, style: _Style) -> tuple[Signed, Justification]:
    """Read what a line claims, and its justification."""
    flaw: SyntaxFlaw | UnreadableLine | None = None
    for text, told in candidates(body, style.prefixes):
        try:
            return _signed(text, row, style), told
        except (SyntaxFlaw, UnreadableLine) as caught:
            flaw = flaw or caught
    text = flaw.message if flaw is not None else "expected a formula"
    raise UnreadableLine(text, line=row.line)


def _signed(text: str, row: Row, style: _Style) -> Signed:
    match = _sign(text)
    if style.has_signs:
        if match is None:
            raise UnreadableLine("the line has no sign `T` or `F`", line=row.line)
        formula = _formula(text[match.end() :], row, style)
        sign, world = match["sign"].lower() in _TRUE, match["world"] or match["boxed"]
        return Signed(sign=sign, formula=formula, world=_world(world))
    prefix = _WORLD.match(text)
    rest = text[prefix.end() :] if prefix else text
    formula = _formula(rest, row, style)
    world = _world(prefix[1] if prefix else None)
    if isinstance(formula, Not):
        return Signed(sign=False, formula=formula.body, world=world)
    return Signed(sign=True, formula=formula, world=world)


def _formula(text: str, row: Row, style: _Style) -> Formula:
    if text not in style.known:
        style.known[text] = reading.formula(text, style.limits, line=row.line)
    return style.known[text]


def _world(text: str | None) -> World:
    return tuple(map(int, text.split("."))) if text else ()


def _witness(told: Justification, row: Row, style: _Style) -> Term | None:
    """Return the term that the line says it takes; of `a/x` it is `a`, as of `x/a`."""
    if not told.terms:
        return None
    old, new = told.terms[0]
    try:
        term = reading.term(new, style.limits, line=row.line)
        if old is not None and isinstance(term, Variable):
            term = reading.term(old, style.limits, line=row.line)
    except SyntaxFlaw as flaw:
        raise UnreadableLine(flaw.message, line=row.line) from None
    return term
