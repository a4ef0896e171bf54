"""From a resolution refutation as models write it to kernel steps, and a verdict.

    1. ~P | Q    [given]
    2. P         [given]
    3. Q         [1,2]
    4. ~Q        [given]
    5. []        [3,4]

Spellings are taken as they come, and noted as liberties of kind "ink"; steps are taken as the rules
state them, and what only a lenient reading takes is noted as a liberty of kind "logic". Every step
that is accepted, strictly or not, is a consequence: the kernel has checked it. What comes after the
empty clause is not judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.elaborators import _resolving as resolving
from evalsuite.logic.elaborators._capitals import as_variables
from evalsuite.logic.elaborators._clause_text import Read, read
from evalsuite.logic.elaborators._references import References
from evalsuite.logic.elaborators._resolving import Builder
from evalsuite.logic.elaborators._shapes import is_variant, shown
from evalsuite.logic.flaws import (
    CutOff,
    DuplicateNumber,
    Flaw,
    LogicError,
    NoEmptyClause,
    NoJustification,
    NoProof,
    UnknownRule,
    WrongInstance,
    WrongPremises,
)
from evalsuite.logic.kernels import refutation as kernel
from evalsuite.logic.limits import DEFAULT, Limits
from evalsuite.logic.proofs import ClauseLine, Liberty, Step, Verdict
from evalsuite.logic.writing import show as show_formula
from evalsuite.logic.writing import show_term

__all__ = ["Elaborated", "Read", "check", "elaborate", "read", "show"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elaborated:
    """What became of the lines, up to the empty clause or the first that is wrong.

    Attributes:
        steps: the kernel steps.
        liberties: what the lines were allowed.
        flaw: what is wrong with the line after the last good one; `None` where nothing is.
        valid: how many lines are right.
        unused: the labels of lines that the last one does not need.

    """

    steps: tuple[Step, ...]
    liberties: tuple[Liberty, ...]
    flaw: LogicError | None
    valid: int
    unused: tuple[str, ...]


def check(
    given: Sequence[Clause], text: str, limits: Limits = DEFAULT, *, numbers: bool = False
) -> Verdict:
    """Judge the text of a refutation of the given clauses.

    It is accepted where the verdict has no flaw, and strictly where it has no liberty of kind
    "logic" either. With `numbers` a clause may be written as in DIMACS.
    """
    try:
        found = read(text, limits, numbers=numbers)
    except LogicError as error:
        return Verdict(flaw=error)
    made = elaborate(given, found.lines, limits)
    flaw = made.flaw or found.flaw or _ending(found, made.valid)
    if isinstance(made.flaw, NoJustification) and _ends_at(found, made.flaw.line):
        flaw = CutOff("the text ends in the middle of a step", line=made.flaw.line)
    rejected = _rejected(given, made.steps, whole=flaw is None)
    return Verdict(
        flaw=flaw if rejected is None else rejected,
        liberties=tuple(sorted((*found.liberties, *made.liberties), key=lambda one: one.line)),
        lines=found.count,
        valid_prefix=made.valid,
        unused=made.unused if flaw is None else (),
    )


def show(lines: Sequence[ClauseLine]) -> str:
    """Write lines in the format that models are asked for."""
    numbers = [f"{line.label}." for line in lines]
    clauses = [show_clause(line.clause) for line in lines]
    margin = max(map(len, numbers), default=0)
    width = min(max(map(len, clauses), default=0), 60)
    rows = (
        f"{number:<{margin}} {clause:<{width}}  {_why(line)}".rstrip()
        for number, clause, line in zip(numbers, clauses, lines, strict=True)
    )
    return "".join(f"{row}\n" for row in rows)


def _why(line: ClauseLine) -> str:
    parents = ",".join(line.parents)
    pivot = "" if line.pivot is None else f" on {show_formula(line.pivot)}"
    is_plain = line.rule is None or (line.rule == "resolve" and len(line.parents) > 1)
    named = "" if is_plain else f"{line.rule} "
    inside = "given" if line.rule == "given" else f"{named}{parents}{pivot}"
    bindings = (
        ", ".join(f"{name} -> {show_term(term)}" for name, term in one.items())
        for one in line.substitutions
    )
    parts = [f"[{inside}]" if inside.strip() else "", *(f"{{{one}}}" for one in bindings)]
    return " ".join(part for part in parts if part)


def _ends_at(found: Read, line: int | None) -> bool:
    return found.open_fence and line == found.last


def _ending(found: Read, valid: int) -> Flaw | None:
    """Return what is wrong with how the text ends, where each line is right."""
    if valid and not found.lines[valid - 1].clause:
        return None
    if found.open_fence:
        return CutOff("the text ends before the empty clause", line=found.last)
    if not found.lines:
        return NoProof("no line of the text is a step")
    return NoEmptyClause("the last clause is not the empty clause", line=found.lines[-1].line)


# ── elaborating ─────────────────────────────────────────────────────────────────────────────────


def elaborate(
    given: Sequence[Clause], lines: Sequence[ClauseLine], limits: Limits = DEFAULT
) -> Elaborated:
    """Make kernel steps of lines, up to the empty clause or the first line that is wrong."""
    builder, written = Builder(given, limits), lines
    lines = tuple(as_variables(given, written))
    for line, old in zip(lines, written, strict=True):
        if line is not old:
            builder.note("capital letters are variables", line, kind="ink")
            break
    references = References.of(lines)
    flaw, valid = None, 0
    for line in lines:
        try:
            references.name(line, _step(builder, references, line))
        except LogicError as error:
            flaw = error
            break
        valid += 1
        if not line.clause:
            break
    return Elaborated(
        steps=tuple(builder.steps),
        liberties=tuple(builder.liberties),
        flaw=flaw,
        valid=valid,
        unused=references.unused(lines[:valid]),
    )


def _step(builder: Builder, references: References, line: ClauseLine) -> int:
    """Add the kernel steps of one line; return the last."""
    if references.is_repeated(line):
        raise DuplicateNumber(f"there is a step {line.label} already", line=line.line)
    if line.rule == "given":
        return resolving.given(builder, line)
    if line.rule is None and not line.parents:
        if builder.place(line.clause) is None:
            text = f"`{shown(line.clause)}` does not say what it follows from"
            raise NoJustification(text, line=line.line)
        builder.note("a given clause is not said to be given", line, kind="ink")
        return resolving.given(builder, line)
    if line.rule is None and references.is_clause_number(line.parents):
        return resolving.given(builder, line)
    needed = {"resolve": 2, "factor": 1, "instance": 1, None: 1}.get(line.rule)
    if needed is None:
        raise UnknownRule(f"`{line.rule}` is no rule of resolution", line=line.line)
    parents = [references.find(builder, name, line) for name in line.parents]
    if len(parents) != needed:
        text = f"this takes {needed} step{'s' * (needed > 1)}, not {len(parents)}"
        raise WrongPremises(text, line=line.line)
    if line.rule == "resolve":
        return resolving.resolved(builder, line, *parents)
    if line.rule == "factor":
        return resolving.factored(builder, line, *parents)
    if line.rule == "instance":
        return resolving.instantiated(builder, line, *parents)
    return _unnamed(builder, line, *parents)


def _unnamed(builder: Builder, line: ClauseLine, of: int) -> int:
    """Add the steps of a line that names one line and no rule."""
    if not is_variant(builder.steps[of].clause, line.clause):
        try:
            step = resolving.factored(builder, line, of)
        except Flaw:
            pass
        else:
            builder.note("the rule is not named", line, kind="ink")
            return step
    try:
        return resolving.instantiated(builder, line, of)
    except WrongInstance:
        raise WrongPremises("resolution takes 2 steps, not 1", line=line.line) from None


def _rejected(given: Sequence[Clause], steps: Sequence[Step], *, whole: bool) -> Flaw | None:
    """Let the kernel judge the steps; return what it has against them."""
    try:
        if whole:
            kernel.check(given, steps)
        else:
            for place in range(len(steps)):
                kernel.check_step(given, steps, place)
    except Flaw as flaw:
        return flaw
    return None
