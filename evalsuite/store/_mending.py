"""A damaged store built anew from what is whole of its two files."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalsuite import ledger
from evalsuite.errors import RunMistake
from evalsuite.ledger import Ledger
from evalsuite.store import _rows
from evalsuite.store._lock import FILES, check_files, locked
from evalsuite.store._rows import DATABASE, MANIFEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What a damaged store was built anew from."""

    rows: Mapping[str, int]  # by table
    lost: tuple[str, ...]  # keys of the responses that neither file has whole
    aside: tuple[Path, ...]  # where the damaged files are now


def mend(folder: Path) -> Mended:
    """Build a damaged store anew from the rows that one of its two files has whole.

    The damaged files stay beside it. Questions that are lost are rendered again by the same run.

    Raises:
        RunMistake: there is no run, nothing of it can be read, or it cannot be written.

    """
    path = folder / DATABASE
    if not folder.is_dir():
        raise RunMistake(f"{folder}: no run is stored here", hint="see `results/runs/`")
    with locked(folder):
        check_files(folder, FILES)
        found, seen, vouched = _salvaged(path)
        ledger.without_spoiled(folder / ledger.FILE)
        copied, manifests = _copied(folder / ledger.FILE)
        rows = {table: {**found[table], **copied.get(table, {})} for table in _rows.COLUMNS}
        if not any(rows.values()):
            raise _rows.damaged(folder, "nothing of it can be read")
        draft = folder / f"{DATABASE}.part"
        draft.unlink(missing_ok=True)
        database = _rows.connected(draft)
        try:
            with database:
                for table, mine in rows.items():
                    sealed = (_rows.sealed(table, *row) for row in mine.values())
                    database.executemany(_rows.insert(table, "IGNORE"), sealed)
            if vouched:
                _rows.vouch(database)
            database.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
        except _rows.FAULTS as error:
            raise _rows.unwritten(folder, str(error)) from error
        finally:
            database.close()
        aside = _set_aside(folder, manifests, vouched=vouched)
        draft.replace(path)
        _copy(folder / ledger.FILE, rows)
        return Mended(
            rows={table: len(mine) for table, mine in rows.items()},
            lost=tuple(sorted(seen - set(map(str, rows["responses"])))),
            aside=aside,
        )


def _copy(path: Path, rows: Mapping[str, Mapping[Any, tuple[Any, ...]]]) -> None:
    """Give the ledger what only the database had."""
    try:
        copy = Ledger(path)
        for table in _rows.COPIED:
            for row in rows[table].values():
                copy.append(ledger.sealed(*_rows.split(table, *row)))
        copy.close()
    except OSError as error:
        raise _rows.unwritten(path.parent, f"{path.name}: {error.strerror}") from error


def _salvaged(path: Path) -> tuple[dict[str, dict[Any, tuple[Any, ...]]], set[str], bool]:
    """Return the whole rows of a damaged database by name, and the keys of all responses seen.

    The last says whether its ledger has once had the plan and the manifest.
    """
    found: dict[str, dict[Any, tuple[Any, ...]]] = {table: {} for table in _rows.COLUMNS}
    seen: set[str] = set()
    vouched = False
    if not path.is_file():
        return found, seen, vouched
    with suppress(*_rows.FAULTS):
        database = sqlite3.connect(path)
        try:
            vouched = _rows.is_vouched(database)
            for table in _rows.COLUMNS:
                with suppress(*_rows.FAULTS):
                    if not _is_table(database, table):
                        continue
                    columns = database.execute(f"PRAGMA table_info({table})").fetchall()
                    sealed = any(name == "sha256" for _, name, *_ in columns)
                    for *row, digest in database.execute(_rows.select(table, sealed=sealed)):
                        if table == "responses":
                            key = row[0]
                            seen.add(
                                key.decode(errors="replace") if isinstance(key, bytes) else str(key)
                            )
                        if digest is None or _rows.digest(table, *row) == digest:
                            found[table][row[0]] = tuple(row)
        finally:
            database.close()
    return found, seen, vouched


def _is_table(database: sqlite3.Connection, name: str) -> bool:
    """Say whether a name is a table's: a view may have no end."""
    query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
    return database.execute(query, (name,)).fetchone() is not None


def _copied(path: Path) -> tuple[dict[str, dict[Any, tuple[Any, ...]]], set[str]]:
    """Return the rows of a ledger by table and name, and the digests of the run's manifests.

    Of a spell that is the last row.
    """
    found: dict[str, dict[Any, tuple[Any, ...]]] = {}
    manifests: set[str] = set()
    if path.exists():
        copy = Ledger(path)
        for line in copy.lines():
            table, *cells = line.cells
            if any(_rows.fits(line, one) for one in _rows.COPIED):
                found.setdefault(str(table), {})[cells[0]] = (*cells, line.text)
            if table == "manifest":
                manifests.add(line.text)
        copy.close()
    return found, manifests


def _set_aside(folder: Path, manifests: set[str], *, vouched: bool) -> tuple[Path, ...]:
    """Move a database out of the way, and a manifest that is none of these.

    Where there are none, the ledger has lost them if it was `vouched` for.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
        json.loads(content)
        whole = not (manifests or vouched) or _rows.file_digest(content) in manifests
    except (OSError, ValueError, RecursionError):
        whole = False
    names = [DATABASE] if whole else [DATABASE, MANIFEST]
    number = 1
    while list(folder.glob(f"*~{number}*")):
        number += 1
    moved = []
    for name in names:
        for end in ("", "-wal", "-shm"):
            place = folder / f"{name}{end}"
            if place.exists():
                moved.append(place.rename(folder / f"{name}~{number}{end}"))
    return tuple(moved)
