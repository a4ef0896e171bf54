"""Judge a verdict with its certificate: what all the scorers of certificates share.

    ```
    1. ~P | Q   [given]      the certificate: the last fenced block before the last answer line,
    ...                      or, without one, all that stands before that line
    ```
    Answer: unsatisfiable    the verdict, read as the scorer `label` reads it

Where nothing in that block can be read as a certificate, the ones before it, the text around, what
stands behind the answer and what else its line says are looked at. The first part that can be read
is the certificate, and it alone is judged: of several attempts none is picked because it is right.

Where the answer is open (a single choice), the certificate is the answer: what the last answer line
says with the lines directly under it, or the paragraph below it, or the last fenced block, or the
first paragraph. Of a paragraph as many lines are taken, from the first on, as can be read together;
prose ends it. The first answer that can be read is judged, and no other.

Lines that repeat the description are passed over; what a model asks itself (`_continued`) is not
read.

A verdict that is wrong cannot be certified: if it is, the checker or the label is broken, and the
run stops.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile
from typing import TypeAlias

from evalsuite.errors import SoundnessAlarm
from evalsuite.records import Completion, Json, Outcome, Question, Response, Score
from evalsuite.scorers import _continued, _parts, label
from evalsuite.scorers._parts import Part, Parts

LONGEST = 1_000_000  # characters of a completion that are looked at

_INK = "*_` \t"
_MARKS = frozenset({"$$", r"\[", r"\]"})  # in a line of their own they set a formula apart
_PROSE_WORD = re.compile(r"[^\W\d_]{2,30}")
_FEWEST_WORDS = 10  # of a line of prose
_BLOCKS = 3  # that are looked at, on each side of the answer
_FEWER = 8  # lines of a paragraph that cannot be read as a whole
_HEAD = re.compile(r"^[^:]{0,60}:")  # `Clauses 2 and 4: ~P`
# Two words together, or one alone, that logic does not use.
_WORD = (
    r"(?!(?:and|or|not|is|are|true|false|implies|iff|xor|box|dia|forall|all|exists|some|none"
    r"|ou|não|são|verdadeir[oa]s?|fals[oa]s?|nenhum|nenhuma)(?!\w))[^\W\d_]"
)
_PROSE = re.compile(
    rf"(?<![\w\\{{]){_WORD}{{2,30}}(?:\s\d{{1,3}})?\s{{1,9}}{_WORD}{{2,30}}(?![\w(])"
    rf"|^{_WORD}{{3,30}}[.!]?$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"[&|∧∨→↔⋀⋁]|<?[-=]>|/\\|\\/|\\(?:land|lor|wedge|vee|to)(?![a-zA-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of a certificate.

    Attributes:
        accepted: it shows what the verdict claims.
        readable: something of it could be read as a certificate.
        strict: it is accepted without a liberty of logic.
        flaw: the class of its first error, such as `NotAResolvent`.
        message: that error in words.
        line: where the error is in the certificate, from 1.

    """

    accepted: bool
    readable: bool = True
    strict: bool = True
    flaw: str = ""
    message: str = ""
    line: int | None = None


Check: TypeAlias = Callable[[Mapping[str, Json], int, str], Checked]
"""(the formal problem, the verdict that is claimed, the certificate's text) -> what became of it.

It never accepts a certificate for a verdict that is wrong, nor raises, whatever the text is.
"""


def refused(flaw: str, message: str, *, readable: bool = True, line: int | None = None) -> Checked:
    """Return what became of a certificate that is not accepted."""
    return Checked(accepted=False, readable=readable, flaw=flaw, message=message, line=line)


def known_spelling(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Map names that are not known to the known one that differs in case alone, if it is one."""
    known = set(known)
    folded: dict[str, set[str]] = {}
    for name in known:
        folded.setdefault(name.casefold(), set()).add(name)
    return {
        name: next(iter(folded[name.casefold()]))
        for name in names
        if name not in known and len(folded.get(name.casefold(), ())) == 1
    }


def judge(question: Question, response: Response, check: Check) -> Score:
    """Judge the response to a question that asks for a certificate.

    Raises:
        SoundnessAlarm: a wrong verdict has a certificate that is accepted.

    """
    if not isinstance(response, Completion):
        return Score(outcome=Outcome.UNREAD, note="a certificate is read from a text")
    if len(response.text) > LONGEST:
        return Score(outcome=Outcome.UNREAD, note=f"longer than {LONGEST} characters")
    return _continued.read_first(question, response, lambda one: _judged(question, one, check))


def _without_echo(prompt: str, text: str) -> str:
    """Empty the lines of prose that repeat the prompt's: its example is no certificate."""
    known = set(_runs(_PROSE_WORD.findall(prompt)))

    def is_echo(line: str) -> bool:
        words = _PROSE_WORD.findall(line)
        runs = _runs(words) if len(words) >= _FEWEST_WORDS else []
        return bool(runs) and 2 * sum(run in known for run in runs) > len(runs)

    return "\n".join("" if is_echo(line) else line for line in text.splitlines())


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return each few words that follow one another."""
    return list(zip(words, words[1:], words[2:], words[3:], strict=False))


def _judged(question: Question, response: Completion, check: Check) -> Score:
    parts = _parts.parts(_without_echo(question.prompt, response.text))
    if len(question.labels) == 1:
        return _open(question, response, parts, check)
    said = _verdict(parts, question.answers)
    read = label.named(question, replace(response, text=said))
    verdict = read.verdict
    if verdict is None:
        return read
    checked, part = _first_readable(
        _certificates(parts, question.answers[verdict]),
        lambda certificate: check(question.formal, verdict, certificate),
    )
    if verdict != question.gold:
        if checked.accepted:
            raise SoundnessAlarm(
                f"{question.instance}: a certificate for `{question.labels[verdict]}` is"
                f" accepted, and the answer is `{question.labels[question.gold]}`",
                hint="a label or a checker is wrong: do not use the results of this task",
            )
        return replace(read, certificate=part.text)
    return _certified(read, checked, part, response)


def _verdict(parts: Parts, answers: Iterable[str]) -> str:
    """Return where the verdict stands: outside the blocks, or all alone in the only one."""
    alone = parts.blocks[0].text.strip() if len(parts.blocks) == 1 else ""
    is_verdict = alone.strip(".").casefold() in {answer.casefold() for answer in answers}
    return alone if is_verdict and not parts.outside.strip() else parts.outside


def _first_readable(found: Iterable[Part], check: Callable[[str], Checked]) -> tuple[Checked, Part]:
    """Return what became of the first part that can be read; of the first one, if none can."""
    first: tuple[Checked, Part] | None = None
    for part in found:
        checked = check(part.text)
        if checked.accepted or checked.readable:
            return checked, part
        first = first or (checked, part)
    return first or (check(""), Part(text="", is_last=False))


def _certificates(parts: Parts, answer: str) -> Iterator[Part]:
    """Yield the parts that may be the certificate, the likeliest first."""
    blocks, later = parts.blocks[:_BLOCKS], parts.later[:_BLOCKS]
    around = (parts.before, *later) if blocks else (*later, parts.before)
    found = (*blocks, *around, parts.after, _beside(parts, answer))
    return (part for part in found if part.text.strip())


def _beside(parts: Parts, answer: str) -> Part:
    """Return what the answer line says besides the answer that it begins with."""
    said = (parts.answer or "").strip(_INK)
    if said.casefold().startswith(answer.casefold()):
        said = said[len(answer) :].lstrip(f"{_INK},.;:–—-")
    return Part(text=said, is_last=not parts.after.text.strip())


def _certified(read: Score, checked: Checked, part: Part, response: Completion) -> Score:
    if checked.accepted:
        return replace(read, outcome=Outcome.RIGHT, strict=checked.strict, certificate=part.text)
    cut = response.finish == "length" and (read.note != "strict" or part.is_last)
    outcome = Outcome.CUT if cut else Outcome.INVALID
    if not checked.readable:
        outcome = Outcome.CUT if cut else Outcome.UNREAD
    return replace(
        read,
        outcome=outcome,
        note=checked.message,
        flaw=checked.flaw,
        line=checked.line,
        certificate=part.text,
    )


# ── open answers ────────────────────────────────────────────────────────────────────────────────


def _open(question: Question, response: Completion, parts: Parts, check: Check) -> Score:
    checked, part = _first_readable(
        (Part(text=told, is_last=_ends_in(response.text, told)) for told in _answers(parts)),
        lambda told: check(question.formal, question.gold, told),
    )
    if checked.accepted:
        return Score(
            outcome=Outcome.RIGHT,
            verdict=question.gold,
            strict=checked.strict,
            certificate=part.text,
        )
    if response.finish == "length" and (part.is_last or not checked.readable):
        outcome = Outcome.CUT
    else:
        outcome = Outcome.WRONG if checked.readable else Outcome.UNREAD
    note = checked.message if part.text else "no answer"
    return Score(
        outcome=outcome,
        note=note,
        flaw=checked.flaw,
        line=checked.line,
        certificate=part.text,
    )


def _ends_in(text: str, told: str) -> bool:
    return text.rstrip().endswith(told.rpartition("\n")[2])


def _answers(parts: Parts) -> Iterator[str]:
    """Yield what may be the answer, the likeliest first."""
    blocks = [text for part in parts.blocks[:_BLOCKS] if (text := part.text.strip())]
    if parts.answer is None:
        yield from blocks
        yield from _readings(_below(parts.outside))
        return
    if _bare(parts.answer):
        yield from _readings(_paragraph(_plain("\n".join((parts.answer, *parts.under)))))
    yield from _readings(_below(parts.after.text))
    yield from blocks


def _readings(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines as one text, and then ever fewer of them; none ends before an operator."""
    if lines:
        yield "\n".join(lines)
    for end in range(min(len(lines) - 1, _FEWER), 0, -1):
        if _GOES_ON.match(lines[end]) is None:
            yield "\n".join(lines[:end])


def _below(text: str) -> list[str]:
    """Return the first paragraph, without the lines that announce it."""
    return _paragraph(dropwhile(lambda line: not line or line.endswith(":"), _plain(text)))


def _paragraph(lines: Iterable[str]) -> list[str]:
    """Return the first line and those that go on with it, down to a blank one or to prose."""
    first, *others = (*lines, "")
    return [first, *takewhile(lambda line: line and not _is_prose(line), others)] if first else []


def _plain(text: str) -> list[str]:
    return [_bare(line) for line in text.splitlines() if line.strip() not in _MARKS]


def _is_prose(line: str) -> bool:
    if _GOES_ON.match(line):
        return False
    return line.endswith(":") or _PROSE.search(_HEAD.sub("", line).strip()) is not None


def _bare(text: str) -> str:
    """Take off what Markdown and LaTeX put around an answer."""
    return _parts.unboxed(text).strip(_INK)
