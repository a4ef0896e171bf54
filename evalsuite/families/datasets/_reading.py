"""Sources and a mapping → items, after all records have been looked at.

What is wrong is told all at once, by line, before the first item is given out. Records pass one by
one; of each only twelve bytes are kept, to find an id that two have.
"""

import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from evalsuite import names
from evalsuite.errors import TaskMistake
from evalsuite.families.datasets import _mapping
from evalsuite.families.datasets._files import Source
from evalsuite.families.datasets._mapping import LETTERS, FieldMapping, Parsed, Reader, Record
from evalsuite.records import Draft, Item

LIMIT_BYTES = 1024**3
LIMIT_RECORDS = 1_000_000

_TOLD = 20  # mistakes that a message shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of a set."""

    question: str
    context: tuple[str, ...]
    options: tuple[str, ...]
    gold: int


@dataclass(slots=True)
class _Seen:
    """What has been seen of a set so far."""

    wrong: list[tuple[int, int, str]] = field(default_factory=list)  # (source, line, what)
    mistakes: int = 0
    lacking: dict[str, int] = field(default_factory=dict)  # told once -> how often more
    items: int = 0
    ids: "array[int]" = field(default_factory=lambda: array("q"))  # their hashes
    lines: "array[int]" = field(default_factory=lambda: array("I"))
    starts: list[int] = field(default_factory=list)  # how many ids are before each source

    def note(self, source: int, line: int, what: str) -> None:
        self.mistakes += 1
        said = _begins(what)
        if said in self.lacking:
            self.lacking[said] += 1
        elif len(self.wrong) < _TOLD:
            self.wrong.append((source, line, what))
            if what.startswith(_mapping.NO_FIELD):  # the mapping is wrong, and not each record
                self.lacking[said] = 0

    def more(self, what: str) -> str:
        """Say of how many other records the same is said."""
        count = self.lacking.get(_begins(what), 0)
        return f" (so in {count} more record{'s' if count > 1 else ''})" if count else ""


def _begins(what: str) -> str:
    """Return what is said of a record without the fields that it has."""
    return what.partition("; there are ")[0]


def items(sources: Sequence[Source], mapping: FieldMapping, limit_records: int) -> Iterator[Item]:
    """Yield the items of all sources, in their order.

    Raises:
        TaskMistake: a record does not fit; the message has all of them, each with its line.

    """
    reader = _mapping.reader(mapping)
    _check(sources, reader, limit_records)
    for source in sources:
        for line, record in source.read():
            for parsed in _parsed(record, reader):
                if isinstance(parsed, str):  # the file is another than it was a moment ago
                    raise TaskMistake(f"{source.name}:{line}: {parsed}")
                yield _item(parsed, mapping)


def canonical(problem: Asked) -> str:
    """Return a text that two questions share iff they have the same words."""
    options = sorted(map(_normal, problem.options))
    return names.digest(
        "asked", _normal(problem.question), [_normal(part) for part in problem.context], options
    )


def show(problem: Asked) -> str:
    """Write a question on one line."""
    said = " ".join([*problem.context, problem.question])
    return f"{' '.join(said.split())} [{' | '.join(problem.options)}]"


def _normal(text: str) -> str:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(plain.casefold().split())


def _item(parsed: Parsed, mapping: FieldMapping) -> Item:
    tags: dict[str, int | str] = {"rung": parsed.rung}
    if parsed.id is not None:
        tags["id"] = parsed.id
    problem = Asked(
        question=parsed.question,
        context=parsed.context,
        options=parsed.options,
        gold=parsed.gold,
    )
    draft = Draft(
        shown={
            "question": parsed.question,
            "context": list(parsed.context),
            "options": list(parsed.options),
        },
        choices=mapping.names() or tuple(LETTERS[: len(parsed.options)]),
        problem=problem,
        tags=tags,
    )
    return Item(draft=draft, gold=parsed.gold)


def _parsed(record: Any, reader: Reader) -> Sequence[Parsed | str]:
    """Return what a record says, or what is wrong with it, for each of its items."""
    if not isinstance(record, Mapping):
        return (str(record),)
    try:
        parts = _mapping.parts(reader.mapping, record)
    except TaskMistake as mistake:
        return (mistake.message,)
    found = (_part(part, reader) for part in parts)
    return [one for one in found if one is not None]


def _part(part: Record, reader: Reader) -> Parsed | str | None:
    try:
        return _mapping.parsed(reader, part) if _mapping.wanted(reader.mapping, part) else None
    except TaskMistake as mistake:
        return mistake.message


# ── all at once ─────────────────────────────────────────────────────────────────────────────────


def _check(sources: Sequence[Source], reader: Reader, limit_records: int) -> None:
    seen = _Seen()
    for number, source in enumerate(sources):
        seen.starts.append(len(seen.ids))
        _look(number, source, reader, seen, limit_records)
    place = sources[0].name if len(sources) == 1 else f"{sources[0].name} and others"
    if not seen.items and not seen.mistakes:
        hint = "no record passes `filter`" if reader.mapping.filter else None
        raise TaskMistake(f"{place}: no records", hint=hint)
    for source_at, line, what in _doubles(seen):
        seen.note(source_at, line, f"`{reader.mapping.id_field}` {what}")
    if not seen.mistakes:
        return
    told = [
        f"{sources[at].name}:{line}: {what}{seen.more(what)}"
        for at, line, what in sorted(seen.wrong)
    ]
    if len(told) == 1:
        raise TaskMistake(told[0], hint="mend the file, or `mapping` in the task's file")
    kinds = seen.mistakes - sum(seen.lacking.values())
    more = f", the first {_TOLD}" if kinds > _TOLD else ""
    head = f"{place}: {seen.mistakes} mistakes{more}:"
    raise TaskMistake(
        "\n".join([head, *told]), hint="mend the file, or `mapping` in the task's file"
    )


def _look(number: int, source: Source, reader: Reader, seen: _Seen, limit_records: int) -> None:
    for line, record in source.read():
        told: set[str] = set()  # parts of one record may share its id
        for parsed in _parsed(record, reader):
            if isinstance(parsed, str):
                seen.note(number, line, parsed)
                continue
            seen.items += 1
            if parsed.id is not None and parsed.id not in told:
                told.add(parsed.id)
                seen.ids.append(hash(parsed.id))
                seen.lines.append(line)
        if seen.items > limit_records:
            raise TaskMistake(
                f"{source.name}:{line}: over {limit_records} records",
                hint="raise `limit_records` in `params`",
            )


def _doubles(seen: _Seen) -> Iterator[tuple[int, int, str]]:
    """Yield where an id stands that stood before: by its hash, of 64 bits."""
    ids = np.frombuffer(seen.ids, dtype=np.int64) if seen.ids else np.empty(0, dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    again = np.flatnonzero(ids[order[1:]] == ids[order[:-1]]) + 1 if len(ids) else order
    seen.mistakes += max(0, len(again) - _TOLD)
    for later, before in islice(
        sorted((int(order[at]), int(order[at - 1])) for at in again), _TOLD
    ):
        at, first = (bisect_right(seen.starts, place) - 1 for place in (later, before))
        where = "" if at == first else " of another file"
        yield at, seen.lines[later], f"is the same as in line {seen.lines[before]}{where}"
