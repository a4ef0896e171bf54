"""Read a completion up to where it goes on with a question of its own.

Pretrained models write the next exercise when they have answered. What they answer themselves is no
answer to what was asked: a text is read as if it ended where, an answer given, a question begins as
the one that was asked does, or asks the same. Where nothing can be read up to there, all of it is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from evalsuite.records import Completion, Outcome, Question, Score
from evalsuite.scorers import _parts

_CHAT = "chat"  # so begin the names of the forms whose parts are messages
_LONGEST_HEAD = 60  # characters of how a question begins


def read_first(
    question: Question, response: Completion, read: Callable[[Completion], Score]
) -> Score:
    """Read the part of a completion that answers what was asked, or else all of it."""
    part = _before(question, response.text)
    if part is not None:
        score = read(replace(response, text=part, finish="stop"))
        if score.outcome is not Outcome.UNREAD:
            return score
    return read(response)


def _before(question: Question, text: str) -> str | None:
    """Return the text up to where, an answer given, a question of its own begins; else `None`."""
    if question.condition.form.startswith(_CHAT):
        return None
    asked = question.prompt.rstrip().rpartition("\n\n")[2]
    is_open = len(question.labels) == 1
    # Behind a cue stands the answer; elsewhere steps may, which ask the question once more.
    is_cued = _parts.answer_line(asked) is not None
    said, answered = len(text) - len(text.lstrip()), _parts.answer_line(text)
    for begins in _questions(asked, text):
        first = said if is_cued or (is_open and begins["head"]) else answered
        if first is not None and first < begins.start():
            return text[: begins.start()]
    return None


def _questions(asked: str, text: str) -> Iterator[re.Match[str]]:
    """Yield where the text asks what was asked, or begins as that does."""
    head, colon, _ = asked.partition("\n")[0].partition(":")
    heads = [head + colon] if head and len(head) <= _LONGEST_HEAD else []
    lines = [line for line in asked.splitlines() if line.endswith("?")]
    if heads or lines:
        first, whole = ("|".join(map(re.escape, some)) or r"(?!)" for some in (heads, lines))
        begins = rf"\n\s{{0,9}}(?:(?P<head>{first})|(?:{whole})$)"
        yield from re.finditer(begins, text, re.MULTILINE)
