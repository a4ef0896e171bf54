"""Problem files: our own text, DIMACS and TPTP.

    logic: S4                      P -> Q, P |- Q                 clause: ~P | Q
    premise: [](P -> Q)                                           clause: P
    conclusion: []P -> []Q                                        clause: ~Q

A line `key: …` states one thing; a line with `|-`, `⊢`, `|=`, `⊨`, `∴` or `therefore` states an
inference at once. A line that begins with `#` is a comment. Keys may be Portuguese: lógica,
premissa, conclusão, cláusula. Without a conclusion it is asked whether the premises contradict each
other. Variables of clauses are universally quantified, formulas have none that is free, and a
predicate or a function has as many arguments everywhere.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal, TypeAlias, TypeVar

from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.flaws import SyntaxFlaw, Unsupported
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.syntax import Formula, free_variables, functions, predicates
from evalsuite.logic.tableau import LOGICS, Logic
from evalsuite.logic.text import dimacs, reading, tptp
from evalsuite.logic.text.complaints import WIDTH, flaw_at, found
from evalsuite.logic.text.names import plain
from evalsuite.logic.text.stated import ClauseSet, Inference, Stated
from evalsuite.logic.writing import show

__all__ = ["ClauseSet", "Format", "Inference", "Stated", "read", "write"]

Format: TypeAlias = Literal["text", "dimacs", "tptp"]

_KEY = re.compile(r"\s*(?P<key>[^\W\d]+)\s*:(?!=)")
_KEYS = {
    **dict.fromkeys(("logic", "lógica", "logica"), "logic"),
    **dict.fromkeys(("premise", "premissa", "axiom", "axioma"), "premise"),
    **dict.fromkeys(("conclusion", "conclusão", "conclusao", "goal", "objetivo"), "conclusion"),
    **dict.fromkeys(("clause", "cláusula", "clausula"), "clause"),
}
_TURNSTILE = re.compile(r"\|[-=]|[⊢⊨∴]|(?<![\w'])(?:therefore|portanto|logo)(?![\w'])")
_LOGICS: Mapping[str, Logic] = {
    **{logic.lower(): logic for logic in LOGICS},
    "clássica": "classical",
    "classica": "classical",
    "intuicionista": "intuitionistic",
}
_HINT = "write `premise: …`, `conclusion: …`, `clause: …`, `logic: …` or `A, B |- C`"
_T = TypeVar("_T")

# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def read(
    text: str,
    limits: Limits = DEFAULT,
    *,
    format: Format | None = None,  # noqa: A002 - what the word is
) -> Stated:
    """Read a problem; without a format, in the one that it begins like.

    Raises:
        TooLarge: the text goes beyond the limits.
        SyntaxFlaw: it is not in the language.
        Unsupported: it has what we do not read.

    """
    within(len(text), limits.characters, "characters")
    match format or _recognised(text):
        case "dimacs":
            return ClauseSet(clauses=dimacs.read(text, limits))
        case "tptp":
            stated = tptp.read(text, limits)
            _check_arities(stated)
            return stated
        case "text":
            return _read(plain(text), limits)


def _recognised(text: str) -> Format:
    if dimacs.is_dimacs(text):
        return "dimacs"
    return "tptp" if tptp.is_tptp(text) else "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line of the text; what it states stands from `start` to `end`."""

    text: str
    start: int
    end: int
    number: int


@dataclass(slots=True, kw_only=True)
class _Found:
    """What has been stated so far."""

    limits: Limits
    logic: Logic | None = None
    premises: list[Formula] = field(default_factory=list)
    conclusions: list[Formula] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    sequent: bool = False
    arities: dict[tuple[str, str], int] = field(default_factory=dict)


def _read(text: str, limits: Limits) -> Stated:
    lines = (
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    )
    rows = [
        _Row(text=line, start=0, end=len(line), number=number)
        for number, line in islice(lines, limits.steps + 1)
    ]
    within(len(rows), limits.steps, "lines or more that state something")
    so_far = _Found(limits=limits)
    for row in rows:
        key = _KEY.match(row.text)
        if key:
            stating = replace(row, start=key.end())
            _state(so_far, _KEYS.get(key["key"].lower()), stating, key["key"])
        else:
            _state_sequent(so_far, row)
    if so_far.clauses:
        return ClauseSet(clauses=tuple(so_far.clauses))
    if not (so_far.premises or so_far.conclusions or so_far.sequent):
        raise flaw_at(f"nothing is stated: {_HINT}", text, len(text.rstrip()), 1)
    return Inference(
        premises=tuple(so_far.premises),
        conclusion=so_far.conclusions[0] if so_far.conclusions else None,
        logic=so_far.logic or "classical",
    )


def _state(so_far: _Found, key: str | None, row: _Row, named: str) -> None:
    """Add what a line `key: …` states."""
    match key:
        case "logic":
            logic = _LOGICS.get(row.text[row.start :].strip().lower())
            if logic is None:
                raise _flaw(row, f"expected one of {', '.join(LOGICS)}")
            if so_far.logic is not None:
                raise _flaw(row, "a second logic")
            so_far.logic = logic
        case "premise":
            so_far.premises.append(_formula(so_far, row))
        case "conclusion":
            _conclude(so_far, row)
        case "clause":
            so_far.clauses.append(_clause(so_far, row))
        case _:
            raise _flaw(replace(row, start=0), f"no key {found(named, 0)} is known: {_HINT}")
    if so_far.clauses and (so_far.premises or so_far.conclusions or so_far.sequent):
        raise _flaw(row, "clauses and formulas in one problem")
    if so_far.clauses and so_far.logic not in {None, "classical"}:
        raise _flaw(row, f"clauses are of classical logic, not of {so_far.logic}")


def _state_sequent(so_far: _Found, row: _Row) -> None:
    """Add what a line `A, B |- C` states; both sides may be empty."""
    sign = _TURNSTILE.search(row.text)
    if sign is None:
        raise _flaw(row, f"this states nothing: {_HINT}")
    if so_far.sequent:
        raise _flaw(row, "a second inference")
    if so_far.clauses:
        raise _flaw(row, "clauses and formulas in one problem")
    so_far.sequent = True
    left, right = replace(row, end=sign.start()), replace(row, start=sign.end())
    if row.text[: sign.start()].strip():
        read = _reading(left, lambda text: reading.formulas(text, so_far.limits, line=row.number))
        for formula in read:
            _check(so_far, formula, left)
        so_far.premises.extend(read)
    if row.text[sign.end() :].strip(" \t\r."):
        _conclude(so_far, right)


def _conclude(so_far: _Found, row: _Row) -> None:
    if so_far.conclusions:
        raise _flaw(row, "a second conclusion")
    so_far.conclusions.append(_formula(so_far, row))


def _formula(so_far: _Found, row: _Row) -> Formula:
    formula = _reading(row, lambda text: reading.formula(text, so_far.limits, line=row.number))
    _check(so_far, formula, row)
    return formula


def _clause(so_far: _Found, row: _Row) -> Clause:
    clause = _reading(row, lambda text: reading.clause(text, so_far.limits, line=row.number))
    for literal in clause:
        _check_symbols(so_far, literal.atom, row)
    return clause


def _reading(row: _Row, read: Callable[[str], _T]) -> _T:
    """Read what a line states; a flaw shows the whole line."""
    try:
        return read(" " * row.start + row.text[row.start : row.end])
    except SyntaxFlaw as flaw:
        if len(row.text) > WIDTH:
            raise
        raise flaw_at(flaw.message, row.text, flaw.column, row.number) from None


# ── what must hold of the whole ─────────────────────────────────────────────────────────────────


def _check(so_far: _Found, formula: Formula, row: _Row) -> None:
    """Refuse free variables, and symbols that have had another number of arguments."""
    for name in sorted(free_variables(formula)):
        message = f"the variable `{name}` is free: bind it, or call a constant a to t"
        raise _flaw(row, message, name)
    _check_symbols(so_far, formula, row)


def _check_symbols(so_far: _Found, formula: Formula, row: _Row) -> None:
    for what, name, arity in _symbols(formula):
        before = so_far.arities.setdefault((what, name), arity)
        if before != arity:
            message = f"the {what} `{name}` has {arity} arguments here and {before} elsewhere"
            raise _flaw(row, message, name)


def _check_arities(stated: Stated) -> None:
    arities: dict[tuple[str, str], int] = {}
    for formula in _formulas(stated):
        for what, name, arity in _symbols(formula):
            if arities.setdefault((what, name), arity) != arity:
                raise Unsupported(f"the {what} `{name}` has not always as many arguments")


def _formulas(stated: Stated) -> Iterator[Formula]:
    match stated:
        case ClauseSet(clauses=clauses):
            yield from (literal.atom for clause in clauses for literal in clause)
        case Inference(premises=premises, conclusion=conclusion):
            yield from premises
            if conclusion is not None:
                yield conclusion


def _symbols(formula: Formula) -> Iterator[tuple[str, str, int]]:
    yield from (("predicate", name, arity) for name, arity in sorted(predicates(formula)))
    yield from (("function", name, arity) for name, arity in sorted(functions(formula)))


def _flaw(row: _Row, message: str, name: str | None = None) -> SyntaxFlaw:
    """Return a flaw at what a line states, or at the name where it stands there."""
    stated = row.text[row.start : row.end]
    at = row.start + len(stated) - len(stated.lstrip())
    if name is not None:
        whole = re.compile(rf"(?<![\w']){re.escape(name)}(?![\w'])")
        place = whole.search(row.text, row.start, row.end)
        at = place.start() if place else at
    return flaw_at(message, row.text, at, row.number)


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def write(
    stated: Stated,
    format: Format = "text",  # noqa: A002 - as above
) -> str:
    """Write a problem.

    Raises:
        Unsupported: the format cannot say it.

    """
    match format, stated:
        case "tptp", _:
            return tptp.write(stated)
        case "dimacs", ClauseSet(clauses=clauses):
            return dimacs.write(clauses)
        case "dimacs", _:
            raise Unsupported("DIMACS has clauses alone, no formulas")
        case _:
            return "".join(f"{line}\n" for line in _lines(stated))


def _lines(stated: Stated) -> Iterator[str]:
    match stated:
        case ClauseSet(clauses=clauses):
            if not clauses:
                raise Unsupported("our own text has no empty set of clauses")
            yield from (f"clause: {show_clause(clause)}" for clause in clauses)
        case Inference(premises=premises, conclusion=conclusion, logic=logic):
            if logic != "classical":
                yield f"logic: {logic}"
            yield from (f"premise: {show(premise)}" for premise in premises)
            if conclusion is not None:
                yield f"conclusion: {show(conclusion)}"
            elif not premises:
                yield "|-"
