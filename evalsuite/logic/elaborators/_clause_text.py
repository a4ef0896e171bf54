"""Find the steps of a refutation in a model's text, prose and headings around them.

A step may take two lines: its justification below it, or above it and ending in a colon. Numbered
prose is no step where no fence parts proof and prose, and it comes first or has a step's number.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from evalsuite.logic.elaborators._clause_lines import Read as LineRead
from evalsuite.logic.elaborators._clause_lines import read_line
from evalsuite.logic.elaborators._clause_reasons import LONGEST, Justification, justification
from evalsuite.logic.elaborators.lines import Found, Layout, Written, find, is_cut_off
from evalsuite.logic.flaws import CutOff, Flaw, UnknownRule, UnreadableLine
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.proofs import ClauseLine, Liberty


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
    numbers_taken = Counter(one.label for one in written)
    lines.shared = frozenset(label for label, count in numbers_taken.items() if count > 1)
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
    shared: frozenset[str | None] = frozenset()  # numbers that more than one line has
    announced: Justification | None = None  # `Resolve 1 and 2:`, before the clause
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
            if written.label is None or self._is_prose(written):
                self._pass(written)
                return True
            if is_cut_off(self.found, written):
                text = f"the text ends in the middle of a step: {error.message}"
                error = CutOff(text, line=written.line)
            self.flaw = None if self.ended else error
            return False
        if written.label is None:
            is_step = one.why is not None
        else:
            is_step = _says_enough(one.why) or not self._is_prose(written)
        if not is_step:
            self._pass(written)
            return True
        self.count += 1
        self._add(written, one)
        self.ended = self.ended or not one.clause
        return True

    def _is_prose(self, written: Written) -> bool:
        """Say whether a numbered line is prose, where no fence parts proof and prose.

        It comes before the proof, or it has the number of another line, as headings do.
        """
        return (
            not self.found.fenced
            and (not self.read or written.label in self.shared)
            and _PROSE.match(written.body) is not None
        )

    def _pass(self, written: Written) -> None:
        """Leave out a line that is no step, unless it justifies the step before or after it."""
        self.announced = None
        last = self.read[-1] if self.read else None
        why = justification(written.body.lstrip("-*•–→ "), self.limits)
        if not _says_enough(why):
            why = None
        if why is not None and written.body.endswith(":"):
            self.announced = why
            return
        if why is not None and last is not None and last.rule is None and not last.parents:
            self.read[-1] = _justified(last, why)
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
        line = ClauseLine(label=label, clause=one.clause, rule=None, line=written.line)
        why, self.announced = one.why or self.announced, None
        if why is not one.why:
            self.note("a step takes two lines", written.line)
        self.read.append(line if why is None else _justified(line, why))


def _says_enough(why: Justification | None) -> bool:
    """Say whether this is what a step follows from, and no mere heading."""
    return why is not None and (why.rule == "given" or bool(why.parents))


def _justified(line: ClauseLine, why: Justification) -> ClauseLine:
    return replace(
        line,
        rule=why.rule,
        parents=why.parents,
        substitutions=why.substitutions,
        pivot=why.pivot,
    )
