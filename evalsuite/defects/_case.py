"""A template with instances: what all its checks look at."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from evalsuite.records import AnswerKind, Instance, Json
from evalsuite.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A template, and what it writes for some instances."""

    template: Template
    drawn: tuple[Instance, ...]
    queries: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    answer: AnswerKind
    needed: Collection[str] | None


def leaves(value: Json) -> Iterator[str]:
    """Yield every text in a value, however deep."""
    match value:
        case dict():
            yield from (leaf for part in value.values() for leaf in leaves(part))
        case list():
            yield from (leaf for part in value for leaf in leaves(part))
        case str() if value:
            yield value
        case _:
            return


def holds(text: str, word: str) -> bool:
    """Say whether a word stands in a text as a word."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
