"""Judge a verdict with its certificate: what all the scorers of certificates share.

    ```
    1. ~P | Q   [given]      the certificate: the last fenced block before the last answer line,
    ...                      or, without one, all that stands before that line
    ```
    Answer: unsatisfiable    the verdict, read as the scorer `label` reads it

Where the answer is open (a single choice), the certificate is the answer: what the last answer
line says, or the last fenced block, or the first line.

A verdict that is wrong cannot be certified: if it is, the checker or the label is broken, and the
run stops.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from evalsuite.errors import SoundnessAlarm
from evalsuite.records import Completion, Json, Outcome, Question, Response, Score
from evalsuite.scorers import label

LONGEST = 1_000_000  # characters of a completion that are looked at

_FENCE = re.compile(r"^[ \t>]{0,8}(?:`{3,}|~{3,})[^`\n]{0,40}$")
_ANSWER = re.compile(
    r"^[\s#>*_`-]{0,12}(?:final\s{1,4})?(?:answer|resposta)(?:\s{1,4}final)?[\s*_`]{0,4}:(?P<rest>.*)$",
    re.IGNORECASE,
)
_INK = "*_` \t"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """A completion in its parts; `None` where a part is not there."""

    block: str | None  # the last fenced block before the last answer line
    before: str  # all before that line
    answer: str | None  # what the line says
    after: str  # all behind that line
    outside: str  # the text without the fenced blocks


def judge(question: Question, response: Response, check: Check) -> Score:
    """Judge the response to a question that asks for a certificate.

    Raises:
        SoundnessAlarm: a wrong verdict has a certificate that is accepted.

    """
    if not isinstance(response, Completion):
        return Score(outcome=Outcome.UNREAD, note="a certificate is read from a text")
    if len(response.text) > LONGEST:
        return Score(outcome=Outcome.UNREAD, note=f"longer than {LONGEST} characters")
    split = _split(response.text)
    if len(question.labels) == 1:
        return _open(question, response, split, check)
    told = replace(response, text=split.outside)
    read = label.score(question, told)
    if read.verdict is None:
        return read
    certificate = split.block if split.block is not None else split.before
    checked = check(question.formal, read.verdict, certificate)
    if read.verdict != question.gold:
        if checked.accepted:
            raise SoundnessAlarm(
                f"{question.instance}: a certificate for `{question.labels[read.verdict]}` is"
                f" accepted, and the answer is `{question.labels[question.gold]}`",
                hint="a label or a checker is wrong: do not use the results of this task",
            )
        return read
    return _certified(read, checked, response)


def _certified(read: Score, checked: Checked, response: Completion) -> Score:
    if checked.accepted:
        return replace(read, outcome=Outcome.RIGHT, strict=checked.strict)
    cut = response.finish == "length" and read.note != "strict"
    outcome = Outcome.CUT if cut else Outcome.INVALID
    if not checked.readable:
        outcome = Outcome.CUT if cut else Outcome.UNREAD
    return replace(
        read, outcome=outcome, note=checked.message, flaw=checked.flaw, line=checked.line
    )


def _open(question: Question, response: Completion, split: _Split, check: Check) -> Score:
    certificate = _open_answer(response.text, split)
    if not certificate:
        outcome = Outcome.CUT if response.finish == "length" else Outcome.UNREAD
        return Score(outcome=outcome, note="no answer")
    checked = check(question.formal, question.gold, certificate)
    if checked.accepted:
        return Score(outcome=Outcome.RIGHT, verdict=question.gold, strict=checked.strict)
    ends_in_it = response.finish == "length" and response.text.rstrip().endswith(certificate)
    if not checked.readable or ends_in_it:
        outcome = Outcome.CUT if response.finish == "length" else Outcome.UNREAD
    else:
        outcome = Outcome.WRONG
    return Score(outcome=outcome, note=checked.message, flaw=checked.flaw, line=checked.line)


def _open_answer(text: str, split: _Split) -> str:
    if split.answer is not None and split.answer.strip(_INK):
        return split.answer.strip(_INK)
    if split.block is not None:
        return split.block.strip()
    if split.answer is not None:  # the answer stands under its heading
        text = split.after
    return next((line.strip(_INK) for line in text.splitlines() if line.strip(_INK)), "")


def _split(text: str) -> _Split:
    lines = text.splitlines()
    inside = False
    blocks: list[list[str]] = []
    fenced: list[bool] = []  # whether a line belongs to a block, fences included
    last_answer: int | None = None
    blocks_before = 0
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced.append(True)
            inside = not inside
            if inside:
                blocks.append([])
            continue
        fenced.append(inside)
        if inside:
            blocks[-1].append(line)
        elif _ANSWER.match(line):
            last_answer, blocks_before = number, len(blocks)
    if inside and blocks and last_answer is None:
        # A block that is never closed may hold the answer line as its last.
        for number in range(len(lines) - 1, -1, -1):
            if fenced[number] and _ANSWER.match(lines[number]):
                last_answer, blocks_before = number, len(blocks)
                fenced[number] = False
                blocks[-1] = [line for line in blocks[-1] if line != lines[number]]
                break
    kept = blocks[:blocks_before] or blocks
    before = lines if last_answer is None else lines[:last_answer]
    found = None if last_answer is None else _ANSWER.match(lines[last_answer])
    return _Split(
        block="\n".join(kept[-1]) if kept else None,
        before="\n".join(before),
        answer=found["rest"] if found else None,
        after="" if last_answer is None else "\n".join(lines[last_answer + 1 :]),
        outside="\n".join(line for line, within in zip(lines, fenced, strict=True) if not within),
    )
