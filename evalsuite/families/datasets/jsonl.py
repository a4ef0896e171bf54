"""Any file of records: JSON Lines, JSON, CSV, TSV or Parquet; what is what, the task's file says.

The file stays where it is: its name is looked up beside the task's file and then in the folders of
the environment variable `EVALSUITE_DATA`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evalsuite.errors import TaskMistake
from evalsuite.families.datasets import _files, _reading
from evalsuite.families.datasets._mapping import FieldMapping
from evalsuite.families.datasets._reading import LIMIT_BYTES, LIMIT_RECORDS, Asked
from evalsuite.records import Item

LABELS: Final = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Which file, and how its records are read."""

    file: str = ""  # a path, or a pattern such as `rules/*.json`
    records: str = ""  # of a JSON document: where its list is, as in `data.examples`
    mapping: FieldMapping = field(default_factory=lambda: FieldMapping(choices_field="choices"))
    limit_bytes: int = LIMIT_BYTES
    limit_records: int = LIMIT_RECORDS

    def __post_init__(self) -> None:
        """Refuse limits that let nothing through."""
        if self.limit_bytes < 1 or self.limit_records < 1:
            raise ValueError("`limit_bytes` and `limit_records` are at least 1")


def items(params: Params, folder: Path) -> Iterator[Item]:
    """Yield the file's items in their order.

    Raises:
        TaskMistake: there is no such file, or records that do not fit: all of them, by line.

    """
    if not params.file:
        raise TaskMistake(f"{folder}: the task names no `file`", hint="name one in `params`")
    paths = _files.found(params.file, folder)
    sources = _files.sources(paths, params.records, params.limit_bytes)
    yield from _reading.items(sources, params.mapping, params.limit_records)


def decide(problem: Asked) -> tuple[int, ...]:  # noqa: ARG001
    """Return nothing: the answer is the set's own."""
    return ()


def canonical(problem: Asked) -> str:
    """Return a text that two questions share iff they have the same words."""
    return _reading.canonical(problem)


def show(problem: Asked) -> str:
    """Write a question on one line, for messages."""
    return _reading.show(problem)


def certificate(params: Params, problem: Asked) -> None:
    """Return nothing: the set has an answer, and nothing that certifies it."""
