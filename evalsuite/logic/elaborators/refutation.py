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

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.elaborators import _resolving as resolving
from evalsuite.logic.elaborators._clause_lines import Read as LineRead
from evalsuite.logic.elaborators._clause_lines import read_line
from evalsuite.logic.elaborators._clause_reasons import LONGEST, justification
from evalsuite.logic.elaborators._references import References
from evalsuite.logic.elaborators._resolving import Builder
from evalsuite.logic.elaborators._shapes import is_variant, shown
from evalsuite.logic.elaborators.lines import Found, Layout, Written, find, is_cut_off
from evalsuite.logic.flaws import (
    CutOff,
    DuplicateNumber,
    Flaw,
    LogicError,
    NoEmptyClause,
    NoJustification,
    NoProof,
    UnknownRule,
    UnreadableLine,
    WrongInstance,
    WrongPremises,
)
from evalsuite.logic.kernels import refutation as kernel
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.proofs import ClauseLine, Liberty, Step, Verdict
from evalsuite.logic.writing import show as show_formula
from evalsuite.logic.writing import show_term


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The lines of a refutation's text, up to the first that cannot be read.

    Attributes:
        lines: the lines.
        liberties: how the text is not as it was asked for, all of kind "ink".
        flaw: why reading stopped before the empty clause; `None` where it did not.
        answer: what the last line `Answer: …` says; `None` where there is none.
        count: how many steps the text has, those that were not read among them.
        last: the last line of the text that is not blank.
        open_fence: whether the text ends before the proof's block is closed.

    """

    lines: tuple[ClauseLine, ...]
    liberties: tuple[Liberty, ...]
    flaw: Flaw | None
    answer: str | None
    count: int
    last: int
    open_fence: bool


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


# ── reading ─────────────────────────────────────────────────────────────────────────────────────

_JUSTIFIED = re.compile(r"[\[(][^\[\]()]{1,80}[\])]\s*$")
_REASON = re.compile(
    r"[\])]\s*$|(?<!\w)(?:given|from|premis|by|res|dad[ao]|de|factor)", re.IGNORECASE
)
_PROSE = re.compile(r"[^\W\d]{2,}[,:]?\s+[^\W\d]{2,}")


def read(text: str, limits: Limits = DEFAULT, *, numbers: bool = False) -> Read:
    """Read the lines of a refutation; with `numbers` a clause may be written as in DIMACS.

    A proof without numbers is numbered by order. A list of clauses without justifications that
    comes before the proof, numbered from the same number, is no part of it.

    Raises:
        TooLarge: the text goes beyond the limits.

    """
    found = find(text, limits, is_step=_is_step, layout=Layout(square=True))
    written = _without_list(found.lines)
    lines = _Lines(found=found, limits=limits, numbers=numbers)
    lines.plain = all(one.label is None for one in written)
    for place, one in enumerate(written):
        if lines.is_complete(one):
            lines.note("what comes after the empty clause is not judged", one.line)
        if not lines.take(one):
            lines.count += sum(other.label is not None for other in written[place:])
            break
    return Read(
        lines=tuple(lines.read),
        liberties=(*found.liberties, *lines.liberties.values()),
        flaw=lines.flaw,
        answer=found.answer,
        count=lines.count,
        last=found.last,
        open_fence=found.open_fence,
    )


def _is_step(written: Written) -> bool:
    return written.label is not None or (
        _JUSTIFIED.search(written.body[-90:]) is not None and len(written.body) < 4 * LONGEST
    )


def _is_justified(written: Written) -> bool:
    match = _JUSTIFIED.search(written.body[-90:])
    return match is not None and justification(match[0]) is not None


def _without_list(lines: Sequence[Written]) -> Sequence[Written]:
    """Leave out a numbered list of bare clauses before the proof."""
    places = [place for place, line in enumerate(lines) if line.label is not None]
    if not places:
        return lines
    start = max(place for place in places if lines[place].label == lines[places[0]].label)
    before = [lines[place].body[-90:] for place in places if place < start]
    bare = (_PROSE.match(body) or not _REASON.search(body) for body in before)
    return lines[start:] if all(bare) else lines


@dataclass(slots=True)
class _Lines:
    """The lines read so far."""

    found: Found
    limits: Limits
    numbers: bool
    plain: bool = False  # no line of the proof has a number
    read: list[ClauseLine] = field(default_factory=list)
    liberties: dict[str, Liberty] = field(default_factory=dict)
    flaw: Flaw | None = None
    count: int = 0
    tried: int = 0  # lines that looked like steps
    ended: bool = False  # the empty clause is among the lines

    def note(self, message: str, line: int) -> None:
        """Note a liberty of kind "ink", of each sort the first."""
        self.liberties.setdefault(message, Liberty(kind="ink", message=message, line=line))

    def is_complete(self, written: Written) -> bool:
        """Say whether the empty clause is there, and this is a step after it."""
        return self.ended and written.label is not None

    def take(self, written: Written) -> bool:
        """Take a line; say whether it could be read."""
        if not _is_step(written) or (written.label is None and not _is_justified(written)):
            self._pass(written)
            return True
        self.tried += 1
        within(self.tried, self.limits.steps, "steps")
        try:
            one = read_line(written, self.limits, numbers=self.numbers)
        except (UnreadableLine, UnknownRule) as flaw:
            error: Flaw = flaw
            if written.label is None or self._is_prelude(written):
                self._pass(written)
                return True
            if is_cut_off(self.found, written):
                text = f"the text ends in the middle of a step: {error.message}"
                error = CutOff(text, line=written.line)
            self.flaw = None if self.ended else error
            return False
        if written.label is None and one.why is None:
            self._pass(written)
            return True
        self.count += 1
        self._add(written, one)
        self.ended = self.ended or not one.clause
        return True

    def _is_prelude(self, written: Written) -> bool:
        """Say whether a numbered line is prose before the proof, where no fence parts the two."""
        return not self.found.fenced and not self.read and _PROSE.match(written.body) is not None

    def _pass(self, written: Written) -> None:
        """Leave out a line that is no step, unless it justifies the step before."""
        last = self.read[-1] if self.read else None
        if last is not None and last.rule is None and not last.parents:
            why = justification(written.body.lstrip("-*•–→ "), self.limits)
            if why is not None:
                self.read[-1] = replace(
                    last,
                    rule=why.rule,
                    parents=why.parents,
                    substitutions=why.substitutions,
                    pivot=why.pivot,
                )
                self.note("a step takes two lines", written.line)
                return
        if not self.ended:
            self.note("lines that are no steps are not read", written.line)

    def _add(self, written: Written, one: LineRead) -> None:
        label = written.label
        if label is None:
            label = str(len(self.read) + 1) if self.plain else f"U{written.line}"
            self.note("a step has no number", written.line)
        if one.remark is not None:
            self.note(one.remark, written.line)
        why = one.why
        self.read.append(
            ClauseLine(
                label=label,
                clause=one.clause,
                rule=None if why is None else why.rule,
                parents=() if why is None else why.parents,
                substitutions=() if why is None else why.substitutions,
                pivot=None if why is None else why.pivot,
                line=written.line,
            )
        )


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
    builder = Builder(given, limits)
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
