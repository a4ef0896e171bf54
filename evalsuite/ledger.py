"""The second copy of what a run keeps: a file that is only ever added to, a line a row.

    <SHA-256 of the rest> <the row's cells, as a JSON list>⇥<its text, as JSON>

SQLite drops what follows the first damaged frame of its log without a word, and reads a text with a
flipped bit as if it had been written so. Here each row vouches for itself, and what one of the two
files has lost, the other still has.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from evalsuite import paths
from evalsuite.records import Json

FILE = "responses.log"
# A flipped bit may turn a text of SQLite's into bytes: these are not the text, and no error either.
_CELLS = json.JSONEncoder(default=lambda cell: {"no cell": repr(cell)}).encode
_MANY = b'["responses"'  # how a line begins of which there may be a hundred thousand
_CELL = (int, float, str, type(None))
Cells: TypeAlias = tuple[int | float | str | None, ...]  # the row's table first


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row as the file has it, unchanged since it was written."""

    digest: str
    cells: Cells
    text: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A row as it is written: what its digest is of, and that."""

    body: bytes
    digest: str


def sealed(cells: Cells, text: str) -> Sealed:
    """Return a row with its SHA-256 (hex); `text` is JSON."""
    body = f"{_CELLS(cells)}\t{text}".encode()
    return Sealed(body, hashlib.sha256(body).hexdigest())


def written(value: Json | Mapping[str, object], *, indent: int | None = None) -> str:
    """Return a value as JSON that can be written as UTF-8: a lone surrogate stays an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


class Ledger:
    """An open ledger: what it holds is read once, then it is added to.

    Of the responses only the digests stay in memory, of all else the lines.
    """

    def __init__(self, path: Path) -> None:
        """Open a ledger, an empty one where there is none.

        Raises:
            OSError: it cannot be read or written.

        """
        self._path = path
        self._file = path.open("ab", buffering=0)
        self.torn = _cut_torn_line(path)  # whether its last line had no end
        self.digests: set[str] = set()
        self.others: list[Line] = []  # all but responses
        self.spoiled: list[int] = []  # numbers of the lines that have changed, from 1
        for number, found in _bodies(path):
            if found is None:
                self.spoiled.append(number)
            else:
                self._add(*found)

    def _add(self, digest: str, body: bytes) -> None:
        self.digests.add(digest)
        line = None if body.startswith(_MANY) else _line(digest, body)
        if line is not None:
            self.others.append(line)

    def append(self, row: Sealed) -> None:
        """Add a row, unless it is there.

        Raises:
            OSError: it cannot be written, as where the disk is full; nothing is added.

        """
        if row.digest in self.digests:
            return
        line = b"%b %b\n" % (row.digest.encode(), row.body)
        written = 0
        try:
            while written < len(line):
                written += self._file.write(line[written:] if written else line) or 0
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._file.tell() - written)
            raise
        self._add(row.digest, row.body)

    def lines(self, *, but: frozenset[str] = frozenset()) -> Iterator[Line]:
        """Read the file again; yield the whole lines in turn whose digests are not in `but`."""
        for _, found in _bodies(self._path):
            if found is not None and found[0] not in but:
                line = _line(*found)
                if line is not None:
                    yield line

    def of(self, table: str) -> list[Line]:
        """Return the lines of a table in turn, which is not that of the responses."""
        return [line for line in self.others if line.cells[0] == table]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def without_spoiled(path: Path) -> None:
    """Write a ledger anew, without the lines that have changed; there may be no ledger."""
    if path.exists():
        whole = (found for _, found in _bodies(path) if found is not None)
        paths.replace(path, b"".join(b"%b %b\n" % (name.encode(), body) for name, body in whole))


def _bodies(path: Path) -> Iterator[tuple[int, tuple[str, bytes] | None]]:
    """Yield each line's number with its digest and body; with None where they do not agree."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            name, _, body = raw.removesuffix(b"\n").partition(b" ")
            found = hashlib.sha256(body).hexdigest()
            yield number, (found, body) if found.encode() == name else None


def _line(name: str, body: bytes) -> Line | None:
    """Return a line; nothing where it vouches for what is no row."""
    try:
        head, _, text = body.decode().partition("\t")
        cells = json.loads(head)
    except (ValueError, RecursionError):
        return None
    if not isinstance(cells, list) or not cells or not all(isinstance(one, _CELL) for one in cells):
        return None
    return Line(digest=name, cells=tuple(cells), text=text)


def _cut_torn_line(path: Path) -> bool:
    """Take off a last line that was not written to its end, and say whether there was one.

    Nobody was told that it was written.
    """
    with path.open("r+b") as file:
        end = place = file.seek(0, 2)
        while place:
            start = max(place - 65_536, 0)
            file.seek(start)
            found = file.read(place - start).rfind(b"\n")
            if found >= 0:
                place = start + found + 1
                break
            place = start
        if place < end:
            file.truncate(place)
        return place < end
