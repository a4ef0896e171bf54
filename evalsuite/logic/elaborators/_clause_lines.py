"""Read one line of a refutation: a clause, and what it follows from.

~P | Q   [given]        {~P, Q} from 1 and 2        From 1 and 2: Q        Q   1,2
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from evalsuite.logic.clauses import EMPTY, Clause
from evalsuite.logic.elaborators._clause_reasons import (
    LONGEST,
    STARTS,
    Justification,
    justification,
)
from evalsuite.logic.elaborators.lines import Written
from evalsuite.logic.flaws import LogicError, SyntaxFlaw, UnknownRule, UnreadableLine
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.text import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a line says: `why` is `None` where it does not say what it follows from."""

    clause: Clause
    why: Justification | None
    remark: str | None = None  # how it is not as it was asked for


_START = re.compile(
    r"[\[({]|(?<!\w)(?:" + "|".join(sorted(STARTS, key=len, reverse=True)) + r")(?!\w)"
    r"|\s(?:--|//|[—–;:%#←])|<-|\sC\d|\s(?=#?\d{1,9}\s*(?:,|and\s|e\s|&)\s*#?\d)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"(?<![\w'])(?:\[[^\[\]]{1,200}\]|\([^()]{1,200}\))")
_GAP = re.compile(r"\s{2,}")
_WAITING = re.compile(
    r"(?:[|∨~¬!&(]|\\(?:lor|vee|neg|lnot)|(?<=[\w)']\s)v|(?<!\w)(?:or|ou|not|não))\s*$"
)
_TAIL = re.compile(r"(?:\s*(?:--|[,;:—–%#←/.]|<-|(?<=\s)-))+\s*$")
_HEAD = re.compile(
    r"(?:(?:new\s+|nova\s+)?(?:clause|cl[aá]usula|resolvent[e]?)|derive[ds]?|therefore|logo|∴|⊢)"
    r"\s*(?::|(?<=[∴⊢]))\s*",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"(?:the\s+|a\s+)?(?:empty\s+clause|cl[aá]usula\s+vazia|contradiction|contradi[cç][aã]o|nil|falso"
    r"|∅|■|⬜|◻|▢|⟂|\\(?:square|Box|emptyset|varnothing|bot|blacksquare)|\{\s*\}|\[\s*\]|\(\s*\))",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\s*\(\s*(?:the\s+)?(?:empty(?:\s+clause)?|contradiction|cl[aá]usula\s+vazia|vazia"
    r"|contradi[cç][aã]o|false|falso)\s*!?\s*\)\s*$",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\s*(?::|⊢|(?<!\w)(?:to get|we get|gives|yields|get|obtain|derive|produces|d[aá]|obtemos"
    r"|temos)(?!\w)\s*:?)\s*(?=\S)",
    re.IGNORECASE,
)
_NAME = re.compile(r"\w+")
_REMARK = re.compile(r"\s*(?:$|--|//|<-|[—–#%/;.,:(←→\[]|-\s)")


def read_line(written: Written, limits: Limits = DEFAULT, *, numbers: bool = False) -> Read:
    """Read a line.

    Raises:
        UnreadableLine: it has no clause that can be read.
        UnknownRule: it has one, and a rule that is not known.
        TooLarge: it goes beyond the limits.

    """
    if written.cells:
        return _from_cells(written, limits, numbers=numbers)
    whole = written.body
    wrong: LogicError | None = None
    for clause, why, remark in _splits(whole, limits, numbers=numbers):
        try:
            return Read(clause=_clause(clause, limits, numbers=numbers), why=why, remark=remark)
        except SyntaxFlaw as error:
            wrong = wrong or error
    try:
        return Read(clause=_clause(whole, limits, numbers=numbers), why=None)
    except SyntaxFlaw as error:
        raise _unread(written, wrong or error, limits, numbers=numbers) from None


def _splits(
    body: str, limits: Limits, *, numbers: bool
) -> Iterator[tuple[str, Justification, str | None]]:
    """Yield the ways to split a line into a clause and a justification, the likeliest first."""
    yield from _first(body, limits)
    earliest = max(len(body) - LONGEST, 1)
    for start in _START.finditer(body, earliest):
        at = start.start()
        if _is_argument(body, at):
            continue
        before = body[max(at - 20, 0) : at]
        if not before.strip() or _WAITING.search(before):
            continue
        if (why := justification(body[at:], limits)) is not None:
            yield body[:at], why, None
            break
    for gap in _GAP.finditer(body, earliest):
        before = body[max(gap.start() - 20, 0) : gap.start()]
        if _WAITING.search(before) or (numbers and not before.endswith(" 0")):
            continue
        if (why := justification(body[gap.end() :], limits)) is not None:
            yield body[: gap.start()], why, None
            break
    yield from _bracket_first(body, limits)
    yield from _remarked(body, limits)


def _is_argument(body: str, at: int) -> bool:
    """Say whether the arguments of a predicate begin here."""
    return body[at] in "({" and (body[at - 1].isalnum() or body[at - 1] in "_'")


def _first(body: str, limits: Limits) -> Iterator[tuple[str, Justification, str | None]]:
    """Yield the split of `From 1 and 2: Q`."""
    for match in islice(_FIRST.finditer(body[:LONGEST], 1), 4):
        if (why := justification(body[: match.start()], limits)) is not None:
            yield body[match.end() :], why, "the justification comes first"


def _bracket_first(body: str, limits: Limits) -> Iterator[tuple[str, Justification, str | None]]:
    """Yield the split of `[1,2] Q`."""
    bracket = re.match(r"[\[(][^\])]{1,100}[\])]\s+", body)
    if bracket and (why := justification(bracket[0], limits)) is not None:
        yield body[bracket.end() :], why, "the justification comes first"


def _remarked(body: str, limits: Limits) -> Iterator[tuple[str, Justification, str | None]]:
    """Yield the splits with a remark after the justification, which is not read."""
    for group in islice(_BRACKETED.finditer(body), 8):
        before = body[max(group.start() - 20, 0) : group.start()]
        if not before.strip() or _WAITING.search(before) or not _REMARK.match(body, group.end()):
            continue
        if (why := justification(group[0], limits)) is not None:
            yield body[: group.start()], why, "there is more after the justification"


def _from_cells(written: Written, limits: Limits, *, numbers: bool) -> Read:
    rest = " ".join(written.cells[1:])
    why = justification(rest, limits) if rest.strip(" -–—") else None
    for at in range(2, len(written.cells)):  # a last column may hold remarks
        why = why or justification(" ".join(written.cells[1:at]), limits)
    try:
        clause = _clause(written.cells[0], limits, numbers=numbers)
    except SyntaxFlaw as error:
        raise UnreadableLine(_said(error), line=written.line) from None
    if why is None and rest.strip(" -–—"):
        raise UnknownRule(f"`{rest[:60]}` is no justification", line=written.line)
    return Read(clause=clause, why=why)


def _clause(text: str, limits: Limits, *, numbers: bool) -> Clause:
    text = _HEAD.sub("", text.strip(), count=1)
    head, end = text[:-40], text[-40:]
    text = (head + _ASIDE.sub("", _TAIL.sub("", end))).strip() or text
    if len(text) > limits.size:
        within(len(_NAME.findall(text)), limits.size, "names in one clause")
    if _EMPTY.fullmatch(text[:40]):
        return EMPTY
    return reading.clause(text, limits, numbers=numbers)


def _unread(written: Written, error: LogicError, limits: Limits, *, numbers: bool) -> LogicError:
    """Say what is wrong with a line: its justification, where the rest is a clause."""
    body = written.body[: 4 * LONGEST]
    for start in islice(_START.finditer(body, 1), 50):
        at = start.start()
        if _is_argument(body, at):
            continue
        rest = body[at:].strip()
        try:
            _clause(body[:at], limits, numbers=numbers)
        except SyntaxFlaw:
            continue
        if re.search(r"[^\W\d]{2}", rest) and _is_closed(rest):
            return UnknownRule(f"`{rest[:60]}` is no rule of resolution", line=written.line)
    return UnreadableLine(_said(error), line=written.line)


def _is_closed(text: str) -> bool:
    return all(text.count(left) <= text.count(right) for left, right in ("()", "[]", "{}"))


def _said(error: LogicError) -> str:
    return error.message if isinstance(error, SyntaxFlaw) else str(error)
