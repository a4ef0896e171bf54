"""Judge a verdict with its certificate: what all the scorers of certificates share.

    ```
    1. ~P | Q   [given]      the certificate: the last fenced block before the last answer line,
    ...                      or, without one, all that stands before that line
    ```
    Answer: unsatisfiable    the verdict, read as the scorer `label` reads it

Where nothing in that block can be read as a certificate, the ones before it, the text around and
what stands behind the answer are looked at. The first part that can be read is the certificate, and
it alone is judged: of several attempts none is picked because it is right.

Where the answer is open (a single choice), the certificate is the answer: what the last answer
line says or what stands below it, or the last fenced block, or the first line.

A text that goes on with a question of its own is read as if it ended there, where it has an answer.

A verdict that is wrong cannot be certified: if it is, the checker or the label is broken, and the
run stops.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile
from typing import TypeAlias

from evalsuite.errors import SoundnessAlarm
from evalsuite.records import Completion, Json, Outcome, Question, Response, Score
from evalsuite.scorers import _parts, label
from evalsuite.scorers._parts import Part, Parts

LONGEST = 1_000_000  # characters of a completion that are looked at

_INK = "*_` \t"
_BOXED = re.compile(r"[\s$*]*\\boxed\s*\{(?P<inside>.*)\}[\s$*.]*$")
_MARKS = frozenset({"$$", r"\[", r"\]"})  # in a line of their own they set a formula apart
_LONGEST_HEAD = 60  # characters of how a question begins
_BLOCKS = 3  # that are looked at, on each side of the answer


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


def judge(question: Question, response: Response, check: Check) -> Score:
    """Judge the response to a question that asks for a certificate.

    Raises:
        SoundnessAlarm: a wrong verdict has a certificate that is accepted.

    """
    if not isinstance(response, Completion):
        return Score(outcome=Outcome.UNREAD, note="a certificate is read from a text")
    if len(response.text) > LONGEST:
        return Score(outcome=Outcome.UNREAD, note=f"longer than {LONGEST} characters")
    own = _own(question, response.text)
    if own is not None:
        score = _judged(question, replace(response, text=own, finish="stop"), check)
        if score.outcome is not Outcome.UNREAD:
            return score
    return _judged(question, response, check)


def _own(question: Question, text: str) -> str | None:
    """Return the text up to where, an answer given, a question of its own begins; else `None`.

    Pretrained models go on so; such a question begins as the one that was asked.
    """
    if question.condition.form == "chat":
        return None
    asked = question.prompt.rstrip().rpartition("\n\n")[2]
    head, colon, _ = asked.partition("\n")[0].partition(":")
    if not colon or not head or len(head) > _LONGEST_HEAD:
        return None
    has_answer = _parts.has_answer_line if len(question.labels) > 1 else str.strip
    for begins in re.finditer(rf"\n\s{{0,9}}{re.escape(head)}:", text):
        if has_answer(text[: begins.start()]):
            return text[: begins.start()]
    return None


def _judged(question: Question, response: Completion, check: Check) -> Score:
    parts = _parts.parts(response.text)
    if len(question.labels) == 1:
        return _open(question, response, parts, check)
    read = label.score(question, replace(response, text=parts.outside))
    verdict = read.verdict
    if verdict is None:
        return read
    checked, part = _first_readable(
        parts, lambda certificate: check(question.formal, verdict, certificate)
    )
    if verdict != question.gold:
        if checked.accepted:
            raise SoundnessAlarm(
                f"{question.instance}: a certificate for `{question.labels[verdict]}` is"
                f" accepted, and the answer is `{question.labels[question.gold]}`",
                hint="a label or a checker is wrong: do not use the results of this task",
            )
        return read
    return _certified(read, checked, part, response)


def _first_readable(parts: Parts, check: Callable[[str], Checked]) -> tuple[Checked, Part]:
    """Return what became of the first part that can be read; of the first one, if none can."""
    first: tuple[Checked, Part] | None = None
    for part in _certificates(parts):
        checked = check(part.text)
        if checked.accepted or checked.readable:
            return checked, part
        first = first or (checked, part)
    return first or (check(""), parts.before)


def _certificates(parts: Parts) -> Iterator[Part]:
    """Yield the parts that may be the certificate, the likeliest first."""
    blocks, later = parts.blocks[:_BLOCKS], parts.later[:_BLOCKS]
    around = (parts.before, *later) if blocks else (*later, parts.before)
    return (part for part in (*blocks, *around, parts.after) if part.text.strip())


def _certified(read: Score, checked: Checked, part: Part, response: Completion) -> Score:
    if checked.accepted:
        return replace(read, outcome=Outcome.RIGHT, strict=checked.strict)
    cut = response.finish == "length" and (read.note != "strict" or part.is_last)
    outcome = Outcome.CUT if cut else Outcome.INVALID
    if not checked.readable:
        outcome = Outcome.CUT if cut else Outcome.UNREAD
    return replace(
        read, outcome=outcome, note=checked.message, flaw=checked.flaw, line=checked.line
    )


# ── open answers ────────────────────────────────────────────────────────────────────────────────


def _open(question: Question, response: Completion, parts: Parts, check: Check) -> Score:
    is_cut = response.finish == "length"
    first: tuple[Checked, str] | None = None
    for place in _answers(parts):
        found = [(check(question.formal, question.gold, told), told) for told in place]
        accepted = next((checked for checked, _ in found if checked.accepted), None)
        if accepted is not None:
            return Score(outcome=Outcome.RIGHT, verdict=question.gold, strict=accepted.strict)
        readable = next((one for one in found if one[0].readable), None)
        if readable is not None:
            first = readable
            break
        first = first or next(iter(found), None)
    if first is None:
        return Score(outcome=Outcome.CUT if is_cut else Outcome.UNREAD, note="no answer")
    checked, told = first
    ends_in_it = is_cut and response.text.rstrip().endswith(told)
    if not checked.readable or ends_in_it:
        outcome = Outcome.CUT if is_cut else Outcome.UNREAD
    else:
        outcome = Outcome.WRONG
    return Score(outcome=outcome, note=checked.message, flaw=checked.flaw, line=checked.line)


def _answers(parts: Parts) -> Iterator[tuple[str, ...]]:
    """Yield the places where the answer may stand, the likeliest first, each as it may be read."""
    blocks = [(part.text.strip(),) for part in parts.blocks[:_BLOCKS] if part.text.strip()]
    if parts.answer is None:
        yield from blocks
        yield _below(parts.outside)
        return
    if told := _bare(parts.answer):
        yield (told,)
    yield _below(parts.after.text)
    yield from blocks


def _below(text: str) -> tuple[str, ...]:
    """Return the first line that does not announce another, and all lines down to a blank one."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line not in _MARKS]
    lines = list(dropwhile(lambda line: not line.strip(_INK) or line.endswith(":"), lines))
    paragraph = list(takewhile(bool, lines))
    if not paragraph:
        return ()
    return tuple(dict.fromkeys((_bare(paragraph[0]), "\n".join(paragraph))))


def _bare(text: str) -> str:
    """Take off what Markdown and LaTeX put around an answer."""
    boxed = _BOXED.match(text)
    return (boxed["inside"] if boxed else text).strip(_INK)
