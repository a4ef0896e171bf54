"""Which field of a record is the question, which its choices, which the answer.

A field is named by its key, or by a dotted path (`answers.0.text`); a question is a text with
`{field}` in it, and no other code.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final, Literal, TypeAlias

from evalsuite.errors import TaskMistake

Record: TypeAlias = Mapping[str, Any]
GoldBy: TypeAlias = Literal["index", "number", "letter", "text"]

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NO_FIELD: Final = "no field"  # so begins what is said of a field that a record lacks
_FEWEST, _MOST = 2, len(LETTERS)  # choices
_DEEPEST = 20  # lists in one another
_SHOWN = 60  # characters of a value in a message
_NAMED = 12  # fields in a message
_ABSENT: Final = object()
# `A) one`, `(b) two`, `3. three`; but no mark are the digits of `1.2` and `1:30`.
_MARKED = re.compile(
    r"\(?(?P<key>[A-Za-z]|\d{1,2})(?:\)|(?<=[A-Za-z])[.:]|[.:](?=\s))\s*(?P<text>\S.*)", re.DOTALL
)
_BULLET = re.compile(r"[-*•]\s*(?P<text>\S.*)", re.DOTALL)
_INK = "()[].: \t\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """How a record is read.

    Attributes:
        question: a text with `{field}` in it.
        question_until: the question ends before the first of this text in it.
        context: a field, or several: texts, or lists of texts.
        choices: the same for all records; else
        choices_field: a field with a list, a mapping from key to text, or a text with an option a
            line; or several fields, each an option.
        choices_after: the options stand behind this in the field's text.
        gold_field: the field with the answer.
        gold_by: it is an `index` from 0 (false and true are 0 and 1), a `number` from 1, the
            `letter` or key of a choice, or its `text`.
        labels: what a fixed choice is called in results, where not by its text.
        id_field: no two records have the same value here.
        rung_field: the difficulty: a whole number, or a list, whose length it is.
        each: a field with a list of mappings, each an item; the other fields belong to all.
        filter: field → values; other records are left out.

    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - an unknown key is a mistake here, too

    question: str = "{question}"
    question_until: str | None = None
    context: str | tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    choices_field: str | tuple[str, ...] | None = None
    choices_after: str | None = None
    gold_field: str = "answer"
    gold_by: GoldBy = "text"
    labels: dict[str, str] = field(default_factory=dict)
    id_field: str | None = None
    rung_field: str | None = None
    each: str | None = None
    filter: dict[str, tuple[bool | int | str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a mapping that no record can fit."""
        pieces(self.question)
        if bool(self.choices) == bool(self.choices_field):
            raise ValueError("either `choices` or `choices_field`")
        if self.choices and not _FEWEST <= len(self.choices) <= _MOST:
            raise ValueError(f"`choices`: {_FEWEST} to {_MOST}")
        if len({_plain(choice) for choice in self.choices}) < len(self.choices):
            raise ValueError("`choices`: two are the same")
        if self.choices_after is not None and not isinstance(self.choices_field, str):
            raise ValueError("`choices_after` is for a `choices_field` that is a text")
        if not set(self.labels) <= set(self.choices):
            raise ValueError("`labels` names what is none of `choices`")
        if len(set(self.names())) < len(self.choices):
            raise ValueError("`labels`: two choices have the same")
        if "" in (self.question_until, self.choices_after):
            raise ValueError("`question_until` and `choices_after` are no empty texts")

    def names(self) -> tuple[str, ...]:
        """Return what fixed choices are called in results."""
        return tuple(self.labels.get(choice, choice) for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a record says."""

    question: str
    context: tuple[str, ...]
    options: tuple[str, ...]
    gold: int
    rung: int
    id: str | None


def pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    """Split a question into (text, the field after it).

    Raises:
        ValueError: there is something else in braces than the name of a field, or no field at all.

    """
    try:
        parts = tuple(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"`question`: {error}; a brace is written twice: `{{{{`") from error
    for _, name, form, conversion in parts:
        if name is not None and (not name.strip() or form or conversion):
            raise ValueError("`question`: in braces stands the name of a field, and no more")
    if not any(name for _, name, _, _ in parts):
        raise ValueError("`question` names no field: write `{field}`")
    return tuple((text, name) for text, name, _, _ in parts)


def parts(mapping: FieldMapping, record: Record) -> Iterable[Record]:
    """Return a record's items.

    Raises:
        TaskMistake: there is no list of mappings where one should be.

    """
    if mapping.each is None:
        return (record,)
    inner = _there(record, mapping.each)
    if not _is_list(inner) or not all(isinstance(part, Mapping) for part in inner):
        raise TaskMistake(f"`{mapping.each}` is {shown(inner)}, not a list of mappings")
    return [{**record, **part} for part in inner]


def wanted(mapping: FieldMapping, record: Record) -> bool:
    """Say whether the filter lets a record through.

    Raises:
        TaskMistake: a field is missing.

    """
    return not mapping.filter or all(
        _plain(_text(record, name)) in {_plain(_word(value)) for value in allowed}
        for name, allowed in mapping.filter.items()
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """A mapping, with what is the same for all records made once."""

    mapping: FieldMapping
    template: tuple[tuple[str, str | None], ...]
    fixed: tuple[tuple[str, str], ...]  # key and text of each choice, where these are fixed
    golds: Mapping[object, int]  # what names a fixed choice, as it is most often written


def reader(mapping: FieldMapping) -> Reader:
    """Return what reads records by a mapping."""
    fixed = tuple(zip(LETTERS, mapping.choices, strict=False))
    column = {"text": mapping.choices, "letter": LETTERS[: len(fixed)]}.get(mapping.gold_by, ())
    golds: Mapping[object, int] = {name: index for index, name in enumerate(column)}
    return Reader(mapping, pieces(mapping.question), fixed, golds)


def parsed(reader: Reader, record: Record) -> Parsed:
    """Read a record.

    Raises:
        TaskMistake: it does not fit; the message says why, not where.

    """
    mapping = reader.mapping
    question = "".join(
        [text if name is None else text + _text(record, name) for text, name in reader.template]
    )
    if mapping.question_until is not None:
        question = _before(question, mapping.question_until)
    question = question.strip()
    if not question:
        raise TaskMistake("the question is empty")
    keyed = reader.fixed or _options(mapping, record)
    value = _there(record, mapping.gold_field)
    known = reader.golds.get(value) if type(value) is str else None
    return Parsed(
        question=question,
        context=tuple(_context(mapping, record)) if mapping.context else (),
        options=mapping.choices or tuple([text for _, text in keyed]),
        gold=_gold(mapping, keyed, value) if known is None else known,
        rung=_rung(record, mapping.rung_field),
        id=None if mapping.id_field is None else _text(record, mapping.id_field),
    )


def shown(value: object) -> str:
    """Return a value as messages show it."""
    text = repr(value)
    return f"`{text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}`"


# ── fields ──────────────────────────────────────────────────────────────────────────────────────


def _there(record: Record, name: str) -> Any:
    value = _at(record, name)
    if value is _ABSENT:
        there = ", ".join(f"`{repr(one)[1:-1][:_SHOWN]}`" for one in list(record)[:_NAMED])
        raise TaskMistake(f"{NO_FIELD} `{name}`; there are {there or 'none'}")
    if value is None:
        raise TaskMistake(f"field `{name}` is empty")
    return value


def _at(record: Record, name: str) -> Any:
    value: Any = record.get(name, _ABSENT)
    if value is not _ABSENT or "." not in name:
        return value
    value = record
    for key in name.split("."):
        if isinstance(value, Mapping):
            value = value.get(key, _ABSENT)
        elif _is_list(value) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _ABSENT
    return value


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _text(record: Record, name: str) -> str:
    value = _there(record, name)
    plain = type(value) is str and value.isascii() and "\0" not in value
    return value if plain else _read(value, name)


def _read(value: object, name: str, level: int = 0) -> str:
    if isinstance(value, list | tuple):
        if level >= _DEEPEST:
            raise TaskMistake(f"field `{name}` is lists of lists, over {_DEEPEST} deep")
        return "\n".join(_read(part, name, level + 1) for part in value)
    if not isinstance(value, str | int | float):
        raise TaskMistake(f"field `{name}` is {shown(value)}, not a text")
    text = _word(value)
    if "\0" in text or (isinstance(value, float) and not math.isfinite(value)):
        raise TaskMistake(f"field `{name}` is {shown(value)}, not a text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TaskMistake(f"field `{name}` is not UTF-8 at character {error.start}") from error
    return text


def _word(value: float | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _before(text: str, mark: str) -> str:
    before, found, _ = text.partition(mark)
    if not found:
        raise TaskMistake(f"no {shown(mark)} in the question")
    return before


def _context(mapping: FieldMapping, record: Record) -> Iterable[str]:
    names = (mapping.context,) if isinstance(mapping.context, str) else mapping.context
    for name in names:
        value = _there(record, name)
        for part in value if _is_list(value) else (value,):
            yield _read(part, name).strip()


# ── choices ─────────────────────────────────────────────────────────────────────────────────────


def _options(mapping: FieldMapping, record: Record) -> Sequence[tuple[str, str]]:
    """Return key and text of each choice of a record's own."""
    if mapping.choices_field is None:
        raise TypeError("the choices are fixed")
    if isinstance(mapping.choices_field, tuple):
        fields = [_text(record, name).strip() for name in mapping.choices_field]
        found: Sequence[tuple[str, str]] = tuple(zip(LETTERS, fields, strict=False))
        name = ", ".join(mapping.choices_field)
    else:
        name = mapping.choices_field
        found = _keyed(_there(record, name), name, mapping.choices_after)
    if not _FEWEST <= len(found) <= _MOST:
        many = "1 choice" if len(found) == 1 else f"{len(found)} choices"
        raise TaskMistake(f"`{name}` has {many}, not {_FEWEST} to {_MOST}")
    if not all(text for _, text in found):
        raise TaskMistake(f"`{name}` has an empty choice")
    # `x` and `X` may be two things; where the answer is a text, `_gold` takes them for one.
    texts = [" ".join(text.split()) for _, text in found]
    if len(set(texts)) < len(texts):
        twice = next(text for at, text in enumerate(texts) if text in texts[:at])
        raise TaskMistake(f"`{name}` has the choice {shown(twice)} twice")
    return found


def _keyed(value: object, name: str, after: str | None) -> Sequence[tuple[str, str]]:
    match value:
        case str():
            return _lines(_read(value, name), name, after)
        case {"text": list(texts), "label": list(keys)}:
            if len(texts) != len(keys):
                raise TaskMistake(f"`{name}` has {len(texts)} texts and {len(keys)} labels")
            pairs = zip(keys, texts, strict=True)
            return [(str(key), _read(text, name).strip()) for key, text in pairs]
        case Mapping():
            return [(str(key), _read(text, name).strip()) for key, text in value.items()]
        case list() | tuple():
            return _unmarked([_read(text, name).strip() for text in value])
        case _:
            raise TaskMistake(f"`{name}` is {shown(value)}, not choices")


def _lines(text: str, name: str, after: str | None) -> Sequence[tuple[str, str]]:
    if after is not None:
        _, found, text = text.partition(after)
        if not found:
            raise TaskMistake(f"no {shown(after)} in `{name}`")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    bullets = [_BULLET.fullmatch(line) for line in lines]
    if all(bullets):
        lines = [bullet["text"] for bullet in bullets if bullet]
    return _unmarked(lines)


def _unmarked(texts: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Take `A) ` off each text, where all have such a mark and the marks are in order."""
    marks = [_MARKED.fullmatch(text) for text in texts]
    keys = [mark["key"] for mark in marks if mark]
    numbers = [str(number) for number in range(1, len(texts) + 1)]
    if "".join(keys).upper() == LETTERS[: len(texts)] or keys == numbers:
        return [(mark["key"], mark["text"].strip()) for mark in marks if mark]
    return list(zip(LETTERS, texts, strict=False))


# ── gold and rung ───────────────────────────────────────────────────────────────────────────────


def _gold(mapping: FieldMapping, keyed: Sequence[tuple[str, str]], value: Any) -> int:
    match mapping.gold_by:
        case "index" | "number":
            number = _whole(value)
            if number is None:
                raise TaskMistake(f"`{mapping.gold_field}` is {shown(value)}, not a whole number")
            places = [number - (mapping.gold_by == "number")]
        case "letter":
            wanted = _word(value).strip(_INK).casefold() if _is_word(value) else None
            places = [at for at, (key, _) in enumerate(keyed) if key.casefold() == wanted]
        case "text":
            wanted = _plain(_word(value)) if _is_word(value) else None
            places = [at for at, (_, text) in enumerate(keyed) if _plain(text) == wanted]
    if len(places) > 1:
        raise TaskMistake(f"`{mapping.gold_field}` is {shown(value)}, and so are two choices")
    if not places or not 0 <= places[0] < len(keyed):
        among = (
            [key for key, _ in keyed] if mapping.gold_by == "letter" else list(dict(keyed).values())
        )
        raise TaskMistake(
            f"`{mapping.gold_field}` is {shown(value)}, which is none of the choices {shown(among)}"
        )
    return places[0]


def _is_word(value: object) -> bool:
    return isinstance(value, str | int | float)


def _whole(value: object) -> int | None:
    """Return a whole number, or a text of one; a truth value counts as 0 or 1."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"\s*[0-9]{1,6}\s*", value) else None
    return int(value) if isinstance(value, int) else None


def _rung(record: Record, name: str | None) -> int:
    if name is None:
        return 1
    value = _there(record, name)
    number = len(value) if _is_list(value) else _whole(value)
    if number is None:
        raise TaskMistake(f"`{name}` is {shown(value)}, not a whole number or a list")
    return number
