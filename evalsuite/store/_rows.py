"""The tables of a store, and their rows: what each is sealed with, and what a fault means."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evalsuite import ledger
from evalsuite.errors import RunMistake, StoreDamaged

SCHEMA = 4
_BEFORE_CHECKSUMS = 3  # the schema whose rows have no SHA-256
_VOUCHED = 0x65766C73  # the `application_id` of a store whose ledger has plan and manifest
DATABASE = "run.sqlite"
MANIFEST = "manifest.json"
FAULTS = (sqlite3.DatabaseError, UnicodeDecodeError)  # a message may quote the damaged bytes
_TABLES = """
CREATE TABLE IF NOT EXISTS questions (
    key TEXT PRIMARY KEY, position INTEGER NOT NULL, sha256 TEXT NOT NULL,
    json TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS spells (
    number INTEGER PRIMARY KEY, model TEXT NOT NULL, engine TEXT NOT NULL, asked INTEGER,
    sha256 TEXT NOT NULL, facts TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS responses (
    key TEXT PRIMARY KEY, spell INTEGER NOT NULL, seconds REAL NOT NULL, sha256 TEXT NOT NULL,
    json TEXT NOT NULL) STRICT;
"""
# The columns that a row's SHA-256 is of; the first names the row, the last is its text.
COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "questions": ("key", "position", "json"),
        "spells": ("number", "model", "engine", "asked", "facts"),
        "responses": ("key", "spell", "seconds", "json"),
    }
)
# Those that are copied into the ledger, with the types of their cells without the text.
# Questions can be rendered again.
_KINDS: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {"spells": (int, str, str, int | None), "responses": (str, int, int | float)}
)
COPIED = tuple(_KINDS)
_LARGEST = 2**63 - 1  # the largest integer of SQLite
_MEND = (
    "`evalsuite verify RUN --mend` builds it anew from what is whole; `--fresh` starts beside it"
)


def connected(path: Path) -> sqlite3.Connection:
    """Open a database of ours, made or upgraded where that is due."""
    try:
        database = sqlite3.connect(path)
    except FAULTS as error:
        raise damaged(path.parent, str(error)) from error
    try:
        database.execute("PRAGMA journal_mode = WAL")
        # A commit survives the death of the process; only a power cut can undo the last few.
        database.execute("PRAGMA synchronous = NORMAL")
        (schema,) = database.execute("PRAGMA user_version").fetchone()
        if schema not in {0, _BEFORE_CHECKSUMS, SCHEMA}:
            raise RunMistake(
                f"{path}: written with schema {schema}, this evalsuite reads {SCHEMA}",
                hint="use the evalsuite that wrote it",
            )
        _check_objects(database, path.parent)
        if schema == 0:
            database.executescript(_TABLES)
            database.execute(f"PRAGMA user_version = {SCHEMA}")
        if schema == _BEFORE_CHECKSUMS:
            _upgrade(database)
        _check_columns(database, path.parent)
    except RunMistake:
        database.close()
        raise
    except FAULTS as error:
        database.close()
        raise faulty(path.parent, error) from error
    return database


def _check_objects(database: sqlite3.Connection, folder: Path) -> None:
    """Refuse what is no table of ours: a trigger would undo what is written, a view lie."""
    query = "SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL"
    for kind, name in database.execute(query):
        if kind != "table" or name not in COLUMNS:
            raise damaged(folder, f"it has a {kind} `{name}`, which no store has")


def _check_columns(database: sqlite3.Connection, folder: Path) -> None:
    """Refuse tables that could hold other types than ours, or a row twice."""
    with closing(sqlite3.connect(":memory:")) as ours:
        ours.executescript(_TABLES)
        differing = _columns(database) ^ _columns(ours)
    if differing:
        raise damaged(folder, f"table `{min(differing)[0]}` has other columns than ours")


def _columns(database: sqlite3.Connection) -> set[tuple[Any, ...]]:
    return set(
        database.execute(
            'SELECT t.name, t.strict, c.name, c.type, c."notnull", c.pk, c.hidden'
            " FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c"
            " WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
    )


def _upgrade(database: sqlite3.Connection) -> None:
    """Give each row of a store from before there were checksums the one that it has now."""
    with database:
        # Python begins a transaction at an UPDATE, not at an ALTER: all of it, or nothing.
        database.execute("BEGIN IMMEDIATE")
        for table in COLUMNS:
            database.execute(f"ALTER TABLE {table} ADD COLUMN sha256 TEXT NOT NULL DEFAULT ''")
            for *row, _ in database.execute(select(table)).fetchall():
                database.execute(
                    f"UPDATE {table} SET sha256 = ? WHERE {COLUMNS[table][0]} = ?",  # noqa: S608
                    (sealed(table, *row)[-1], row[0]),
                )
        database.execute(f"PRAGMA user_version = {SCHEMA}")


def is_vouched(database: sqlite3.Connection) -> bool:
    """Say whether the ledger has once had the plan and the manifest: it lacks none since then."""
    with suppress(*FAULTS):
        return bool(database.execute("PRAGMA application_id").fetchone() != (0,))
    return False


def vouch(database: sqlite3.Connection) -> None:
    """Note that the ledger has the plan and the manifest, as far as that can be written."""
    with suppress(*FAULTS):
        database.execute(f"PRAGMA application_id = {_VOUCHED}")


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def select(table: str, order: str = "", *, sealed: bool = True) -> str:
    """Return the query of a table's rows, each with its SHA-256."""
    digest = "sha256" if sealed else "NULL"  # a store from before there were checksums
    return f"SELECT {', '.join(COLUMNS[table])}, {digest} FROM {table} {order}"  # noqa: S608


@cache
def insert(table: str, again: str) -> str:
    """Return the query that writes a row; `again`: what becomes of one that is there."""
    columns = (*COLUMNS[table], "sha256")
    marks = ", ".join("?" * len(columns))
    return f"INSERT OR {again} INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


def fits(line: ledger.Line, table: str) -> bool:
    """Say whether a line of the ledger is a row of the table."""
    kinds, cells = _KINDS[table], line.cells[1:]
    return (
        line.cells[0] == table
        and len(cells) == len(kinds)
        and all(map(isinstance, cells, kinds))
        and all(abs(cell) <= _LARGEST for cell in cells if isinstance(cell, int | float))
    )


def split(table: str, *row: Any) -> tuple[ledger.Cells, str]:
    """Return a row as its digest is taken: its cells, and its text."""
    *cells, text = row
    return (table, *cells), text


def sealed(table: str, *row: Any) -> tuple[Any, ...]:
    """Return a row with its SHA-256."""
    return (*row, digest(table, *row))


def digest(table: str, *row: Any) -> str:
    """Return a row's SHA-256."""
    return ledger.sealed(*split(table, *row)).digest


def file_digest(content: bytes) -> str:
    """Return a manifest's SHA-256 as the ledger has it."""
    return json.dumps(hashlib.sha256(content).hexdigest())


# ── faults ──────────────────────────────────────────────────────────────────────────────────────


def damaged(folder: Path, reason: str) -> StoreDamaged:
    """Return what a damaged store is refused with."""
    return StoreDamaged(f"{folder}: the store is damaged: {reason}", hint=_MEND)


def unusable(folder: Path, reason: str) -> StoreDamaged:
    """Return what a manifest that is none is refused with."""
    return StoreDamaged(
        f"{folder}: the store is damaged: {MANIFEST}: {reason}",
        hint="`evalsuite verify RUN --mend` sets it aside, and the same `evalsuite run` command"
        " writes it again; `--fresh` starts beside it",
    )


def faulty(folder: Path, error: Exception) -> RunMistake:
    """Return what SQLite's error means: what it reads is damaged, or it cannot write."""
    name = getattr(error, "sqlite_errorname", "")
    full = name.startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR"))
    if full and not name.endswith(("READ", "CORRUPTFS", "DATA")):
        return unwritten(folder, str(error))
    return damaged(folder, str(error))


def unwritten(folder: Path, reason: str) -> RunMistake:
    """Return what a store that cannot be written is refused with."""
    return RunMistake(
        f"{folder}: the store cannot be written: {reason}",
        hint="what was answered is kept: the same command goes on from there once it can",
    )
