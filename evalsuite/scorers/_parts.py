"""Take a completion apart: its fenced blocks, its last answer line, and what stands around them.

An answer line inside a block counts only where there is none outside. Fences are taken as models
write them: with a language, with the first line behind the opening one (three backticks and `1. P`)
or the closing one at the end of the last line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

_FENCE = re.compile(r"^[ \t>]{0,8}(?:`{3,}(?P<rest>[^`\n]*)|~{3,}\s{0,9}(?:[a-z]{3,20})?\s{0,9})$")
_TAG = re.compile(r"\s*(?:[\w+#.-]{1,20}(?:\s*[{(].{0,40}|\s+\w+=.{0,40})?)?\s*$")  # a language
_CLOSED = re.compile(r"(?<!`)`{3,}\s*$")  # at the end of a block's last line
_ANSWER = re.compile(
    r"^[\s#>*_`-]{0,12}(?:final\s{1,4})?(?:answer|resposta)(?:\s{1,4}final)?[\s*_`]{0,4}:(?P<rest>.*)$",
    re.IGNORECASE,
)

_GROUP = r"(?:[^{}]++|\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\})*+"  # braces in pairs
_BOX = re.compile(
    r"(?:[\s$*]|\\[()\[\]])*+\\(?:boxed|text(?:bf|it|rm)?|math(?:bf|it|rm))\s*+"
    rf"\{{(?P<inside>{_GROUP})\}}(?:[\s$*.]|\\[()\[\]])*+"
)
_BOXES = 3  # in one another


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a completion that may be the certificate."""

    text: str
    is_last: bool  # nothing comes after it that would have ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A completion in its parts; the lines that fence a block are in none."""

    blocks: tuple[Part, ...]  # fenced, that begin before the answer line, the last of them first
    before: Part  # all before the answer line; the whole text where there is none
    answer: str | None  # what the line says; `None` where there is none
    under: tuple[str, ...]  # the lines directly under it, down to a blank one or a fence
    later: tuple[Part, ...]  # blocks that begin behind it, in order
    after: Part  # all behind it
    outside: str  # the text without the fenced blocks


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    block: int | None  # the number of the block that it stands in


def parts(text: str) -> Parts:
    """Take a completion apart."""
    rows, is_open = _rows(text)
    answer = _answer(rows)
    end = len(rows) if answer is None else answer
    places: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        if row.block is not None:
            places.setdefault(row.block, []).append(place)
    last = max(places, default=None) if is_open else None
    earlier: list[Part] = []
    later: list[Part] = []
    for block, inside in places.items():
        # In a block with the answer line, what stands before that, or else what stands behind.
        head = [place for place in inside if place < end]
        kept = head if any(rows[place].text.strip() for place in head) else inside
        kept = [place for place in kept if place != answer]
        part = _part(rows, kept, is_open=block == last)
        (earlier if inside[0] < end else later).append(part)
    found = None if answer is None else _ANSWER.match(rows[answer].text)
    return Parts(
        blocks=tuple(reversed(earlier)),
        before=_part(rows, range(end), is_open=True),
        answer=found["rest"] if found else None,
        under=() if answer is None else _under(rows, answer),
        later=tuple(later),
        after=_part(rows, range(end + 1, len(rows)), is_open=True),
        outside="\n".join(
            row.text for place, row in enumerate(rows) if row.block is None or place == answer
        ),
    )


def answer_line(text: str) -> int | None:
    """Return where the first line `Answer: …` of a text begins."""
    at = 0
    for line in text.splitlines(keepends=True):
        if _ANSWER.match(line):
            return at
        at += len(line)
    return None


def unboxed(text: str) -> str:
    r"""Return what is in LaTeX's `\boxed{…}` or `\text{…}`, where the text is nothing else."""
    for _ in range(_BOXES):
        box = _BOX.fullmatch(text)
        if box is None:
            break
        text = box["inside"]
    return text


def _under(rows: Sequence[_Row], answer: int) -> tuple[str, ...]:
    block = rows[answer].block
    below = takewhile(lambda row: row.block == block and row.text.strip(), rows[answer + 1 :])
    return tuple(row.text for row in below)


def _part(rows: Sequence[_Row], places: Sequence[int], *, is_open: bool) -> Part:
    text = "\n".join(rows[place].text for place in places)
    return Part(text=text, is_last=is_open and bool(places) and places[-1] == len(rows) - 1)


def _answer(rows: Sequence[_Row]) -> int | None:
    found = [place for place, row in enumerate(rows) if _ANSWER.match(row.text)]
    outside = [place for place in found if rows[place].block is None]
    return next(reversed(outside or found), None)


def _rows(text: str) -> tuple[list[_Row], bool]:
    """Return the lines that are no fences, and whether the last block is never closed."""
    rows: list[_Row] = []
    block: int | None = None
    count = 0
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if fence is None:
            closed = _CLOSED.search(line) if block is not None and line.count("```") == 1 else None
            rows.append(_Row(line[: closed.start()] if closed else line, block))
            block = None if closed else block
            continue
        rest = (fence["rest"] or "").strip()
        is_tag = _TAG.match(rest) is not None
        if block is None or (rest and is_tag):  # the end of the block before was forgotten
            count += 1
            block = count
        else:
            block = None
        if not is_tag:
            rows.append(_Row(rest, block))
    return rows, block is not None
