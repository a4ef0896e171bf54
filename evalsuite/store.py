"""What a run has asked and what came back: one SQLite file (WAL) and a manifest in a run folder.

A response is committed the moment it arrives, so a run that is killed at any instant loses only
what was still in the engine. One process writes a run at a time; a lock that the kernel gives back
at a crash sees to it.

Each row has its SHA-256, so that one that has changed is named. What came back is kept a second
time, in the ledger; opening a store brings the two level.
"""

import fcntl
import hashlib
import json
import sqlite3
import stat
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evalsuite import ledger, paths
from evalsuite.errors import RunMistake, StoreDamaged
from evalsuite.ledger import Ledger
from evalsuite.records import (
    Completion,
    Condition,
    Json,
    LogLikelihoods,
    Question,
    Response,
    Usage,
)
from evalsuite.typed import typed

SCHEMA = 4
_BEFORE_CHECKSUMS = 3  # the schema whose rows have no SHA-256
DATABASE = "run.sqlite"
_FAULTS = (sqlite3.DatabaseError, UnicodeDecodeError)  # a message may quote the damaged bytes
_UNREADABLE = (
    *(ValueError, TypeError, KeyError, AttributeError),
    *(OverflowError, RecursionError),
)
MANIFEST = "manifest.json"
_LOCK = "lock"
_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", ledger.FILE, MANIFEST, _LOCK)
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
_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
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
_COPIED = tuple(_KINDS)
_LARGEST = 2**63 - 1  # the largest integer of SQLite
_FIELDS: Mapping[type[Any], tuple[str, ...]] = MappingProxyType(
    {kind: tuple(one.name for one in fields(kind)) for kind in (LogLikelihoods, Completion, Usage)}
)
_CHANGED = "has changed since it was written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One stretch of asking one model, from an engine's start to its end."""

    model: str
    engine: str
    facts: Mapping[str, Json]
    asked: int | None  # requests handed to the engine; None where the run was killed
    answered: int
    seconds: float  # from the first request to the last response
    usage: Usage = field(default_factory=Usage)  # summed over its responses


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What of a store is still as it was written."""

    database: str | None  # what SQLite finds wrong with its file; None: nothing
    rows: Mapping[str, int]  # by table
    changed: Mapping[str, tuple[str, ...]]  # by table: the names of the rows that have changed
    planned: bool | None  # whether the questions are all there; None: not known
    lines: int  # of the ledger
    spoiled: tuple[int, ...]  # numbers of its lines that have changed
    manifest: bool | None  # whether it is as it was written; None: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What a damaged store was built anew from."""

    rows: Mapping[str, int]  # by table
    lost: tuple[str, ...]  # keys of the responses that neither file has whole
    aside: tuple[Path, ...]  # where the damaged files are now


class Store:
    """An open run folder."""

    def __init__(self, folder: Path, database: sqlite3.Connection, copy: Ledger) -> None:
        self.folder = folder
        self._database = database
        self._ledger = copy
        self.restored = self._level()  # keys of responses that the database had lost

    @property
    def name(self) -> str:
        """The run's name: its folder's, whether that was given as `.` or as a link."""
        return self.folder.resolve().name

    # ── questions ──

    def plan(self, questions: Iterable[Question]) -> None:
        """Write down what the run asks, once."""
        with self._writing() as database:
            database.executemany(
                _insert("questions", "IGNORE"),
                (
                    _sealed("questions", question.key, position, ledger.written(asdict(question)))
                    for position, question in enumerate(questions)
                ),
            )
        self._copy(ledger.sealed(*self._planned()))

    def questions(self) -> Iterator[Question]:
        """Return what the run asks, in the order of the plan.

        Raises:
            StoreDamaged: some are missing.

        """
        for key, *_, text in self._whole("questions", "ORDER BY position"):
            yield self._read(_question, key, text)
        if self._lacks_questions():
            raise StoreDamaged(
                f"{self.folder}: the store is damaged: questions are missing",
                hint="the same `evalsuite run` command renders them again, and asks nothing anew",
            )

    def question_keys(self) -> frozenset[str]:
        """Return the keys of what the run asks."""
        return frozenset(key for (key,) in self._each("SELECT key FROM questions"))

    def _planned(self) -> tuple[ledger.Cells, str]:
        """Return what vouches for the questions together: that none is missing."""
        digests = [one for (one,) in self._rows("SELECT sha256 FROM questions ORDER BY position")]
        whole = hashlib.sha256("".join(digests).encode()).hexdigest()
        return ("plan", len(digests)), json.dumps(whole)

    def _lacks_questions(self) -> bool | None:
        """Say whether the questions are not those of the plan; None: not known."""
        planned = [line.text for line in self._ledger.of("plan")]
        return self._planned()[1] != planned[-1] if planned else None

    # ── responses ──

    def begin(self, model: str, engine: str, facts: Mapping[str, Json]) -> int:
        """Begin a spell of asking and return its number."""
        ((number,),) = self._rows("SELECT COALESCE(MAX(number), 0) + 1 FROM spells")
        self._put("spells", number, model, engine, None, ledger.written(dict(facts)))
        return int(number)

    def add(self, spell: int, response: Response, seconds: float) -> None:
        """Keep a response, `seconds` after its spell's first request."""
        kind = type(response).__name__
        told = {"kind": kind, **_flat(response), "usage": _flat(response.usage)}
        self._put("responses", response.key, spell, float(seconds), ledger.written(told))

    def end(self, spell: int, asked: int, facts: Mapping[str, Json] | None = None) -> None:
        """Note how many requests a spell handed to its engine, and what its facts have become."""
        query = f"SELECT model, engine, facts FROM spells WHERE number = {spell:d}"  # noqa: S608
        ((model, engine, text),) = self._rows(query)
        told = text if facts is None else ledger.written(dict(facts))
        self._put("spells", spell, model, engine, asked, told)

    def answered(self) -> frozenset[str]:
        """Return the keys that have a response."""
        return frozenset(key for (key,) in self._rows("SELECT key FROM responses"))

    def responses(self) -> dict[str, Response]:
        """Return every response by its key."""
        return {key: self._read(_response, key, text) for key, *_, text in self._whole("responses")}

    def spells(self) -> tuple[Spell, ...]:
        """Return the spells of asking so far."""
        answered: Counter[int] = Counter()
        seconds: dict[int, float] = {}
        tokens: dict[int, Counter[str]] = defaultdict(Counter)
        # Python reads the JSON: SQLite before 3.42 knows no infinity, and a score may be one.
        query = "SELECT key, spell, seconds, json FROM responses"
        for key, number, after, text in self._each(query):
            answered[number] += 1
            seconds[number] = max(seconds.get(number, 0.0), after)
            tokens[number].update(self._read(_tokens, key, text))
        return tuple(
            Spell(
                model=model,
                engine=engine,
                facts=self._read(dict, f"of spell {number}", facts),
                asked=asked,
                answered=answered[number],
                seconds=seconds.get(number, 0.0),
                usage=Usage(**tokens[number]),
            )
            for number, model, engine, asked, facts in self._whole("spells", "ORDER BY number")
        )

    # ── rows ──

    def _put(self, table: str, *row: Any) -> None:
        """Write a row in both files. A spell may be written again; else what came first stands."""
        again = "REPLACE" if table == "spells" else "IGNORE"
        sealed = ledger.sealed(*_split(table, *row))
        with self._writing() as database:
            new = database.execute(_insert(table, again), (*row, sealed.digest)).rowcount
        if new:
            self._copy(sealed)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._database as database:
                yield database
        except _FAULTS as error:  # damaged, or the disk is full
            raise _unwritten(self.folder, str(error)) from error

    def _copy(self, row: ledger.Sealed) -> None:
        try:
            self._ledger.append(row)
        except OSError as error:
            raise _unwritten(self.folder, f"{ledger.FILE}: {error.strerror}") from error

    def _whole(self, table: str, order: str = "") -> Iterator[tuple[Any, ...]]:
        """Yield a table's rows, each as it was written."""
        for *row, digest in self._rows(_select(table, order)):
            if _digest(table, *row) != digest:
                what = f"{table.removesuffix('s')} {str(row[0])[:12]}"
                raise _damaged(self.folder, f"{what} {_CHANGED}")
            yield tuple(row)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(self._each(query))

    def _each(self, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._database.execute(query)
        except _FAULTS as error:
            raise _faulty(self.folder, error) from error

    def _read(self, reader: Any, key: object, text: str) -> Any:
        try:
            return reader(json.loads(text))
        except _UNREADABLE as error:
            raise _damaged(self.folder, f"entry {str(key)[:12]}: {error}") from error

    def _level(self) -> tuple[str, ...]:
        """Give each of the two files what only the other has; return what the database had lost."""
        here = {one for table in _COPIED for (one,) in self._each(f"SELECT sha256 FROM {table}")}  # noqa: S608
        others = {line.digest for line in self._ledger.others}
        restored = self._restored(here) if self._ledger.digests - here - others else ()
        self._renew_spells()
        if here - self._ledger.digests:
            for table in _COPIED:
                for *row, digest in self._each(_select(table)):
                    sealed = ledger.sealed(*_split(table, *row))
                    if sealed.digest == digest:
                        self._copy(sealed)
        return restored

    def _restored(self, here: set[str]) -> tuple[str, ...]:
        keys = []
        for line in self._ledger.lines(but=frozenset(here)):
            if not _fits(line, "responses"):
                continue
            _, key, *cells = line.cells
            row = _sealed("responses", key, *cells, line.text)
            with self._writing() as database:
                if database.execute(_insert("responses", "IGNORE"), row).rowcount:
                    keys.append(str(key))
        return tuple(keys)

    def _renew_spells(self) -> None:
        known = dict(self._rows("SELECT number, sha256 FROM spells"))
        lines = self._ledger.of("spells")
        latest = {line.cells[1]: line for line in lines if _fits(line, "spells")}
        for number, line in latest.items():
            # One that the ledger has not is newer than all that it has.
            old = known.get(number)
            if old is None or (old != line.digest and old in self._ledger.digests):
                with self._writing() as database:
                    row = _sealed("spells", *line.cells[1:], line.text)
                    database.execute(_insert("spells", "REPLACE"), row)

    def audit(self) -> Audit:
        """Hold every row against its SHA-256, and the file against SQLite's own check."""
        faults: list[str] = []
        rows: dict[str, int] = {}
        changed: dict[str, tuple[str, ...]] = {}
        with suppress(RunMistake):
            faults = [one for (one,) in self._rows("PRAGMA integrity_check(5)") if one != "ok"]
        for table in _COLUMNS:
            try:
                found = self._rows(_select(table))
            except RunMistake as mistake:
                faults.append(mistake.message)
                continue
            rows[table] = len(found)
            changed[table] = tuple(
                str(row[0]) for *row, digest in found if _digest(table, *row) != digest
            )
        lacking = None if faults else self._lacks_questions()
        manifests = [line.text for line in self._ledger.of("manifest")]
        path = self.folder / MANIFEST
        return Audit(
            database="; ".join(faults) or None,
            rows=rows,
            changed=changed,
            planned=None if lacking is None else not lacking,
            lines=len(self._ledger.digests) + len(self._ledger.spoiled),
            spoiled=tuple(self._ledger.spoiled),
            manifest=path.is_file() and _file_digest(path.read_bytes()) in manifests
            if manifests
            else None,
        )

    # ── manifest ──

    def manifest(self) -> dict[str, Any]:
        """Return the run's manifest; empty before it was first written."""
        path = self.folder / MANIFEST
        if not path.exists():
            return {}
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
            json.dumps(value, ensure_ascii=False).encode()  # no half of a surrogate pair in it
        except OSError as error:
            raise RunMistake(
                f"{self.folder}: {MANIFEST} cannot be read: {error.strerror}"
            ) from error
        except (ValueError, RecursionError) as error:
            raise _damaged(self.folder, f"{MANIFEST}: {error}") from error
        if not isinstance(value, dict):
            raise _damaged(self.folder, f"{MANIFEST}: not an object")
        return value

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Replace the run's manifest, whole or not at all."""
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        # The ledger first: a process that dies in between leaves the one before, which is there.
        self._copy(ledger.sealed(("manifest",), _file_digest(text.encode())))
        paths.replace(self.folder / MANIFEST, text)


@contextmanager
def opened(folder: Path, *, create: bool) -> Iterator[Store]:
    """Open a run folder, alone.

    Raises:
        RunMistake: it is no run folder, is damaged, is of another schema, or is in use.

    """
    path = folder / DATABASE
    if not create and not path.is_file():
        raise RunMistake(f"{folder}: no run is stored here", hint="see `results/runs/`")
    with locked(folder):
        _check_files(folder, _FILES)
        database = _database(path)
        try:
            copy = Ledger(folder / ledger.FILE)
        except OSError as error:
            database.close()
            raise _unwritten(folder, f"{ledger.FILE}: {error.strerror}") from error
        try:
            yield Store(folder, database, copy)
        finally:
            copy.close()
            database.close()


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Keep other processes off a folder, whatever state its files are in.

    Raises:
        RunMistake: another process is at work on it and is not to be waited for, or the folder
            cannot be written or locked.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_files(folder, (_LOCK,))
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise RunMistake(
            f"{folder}: cannot be written: {error.strerror}",
            hint="work where you may write: a run that is only to be read has to be copied there",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise RunMistake(
                f"{folder}: another process is at work on this run", hint="wait for it to end"
            ) from error
        except OSError as error:
            raise RunMistake(
                f"{folder}: cannot be locked: {error.strerror}",
                hint="keep results where files can be locked, such as on a local disk",
            ) from error
        yield


def _check_files(folder: Path, names: Iterable[str]) -> None:
    """Refuse a link, a pipe or a folder in a file's place: what it leads to is not the run's."""
    for name in names:
        with suppress(FileNotFoundError):
            if not stat.S_ISREG((folder / name).lstat().st_mode):
                raise StoreDamaged(
                    f"{folder}: the store is damaged: `{name}` is no ordinary file",
                    hint="put the file itself there; `--fresh` starts beside it",
                )


def _database(path: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path)
    except _FAULTS as error:
        raise _damaged(path.parent, str(error)) from error
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
    except _FAULTS as error:
        database.close()
        raise _faulty(path.parent, error) from error
    return database


def _check_objects(database: sqlite3.Connection, folder: Path) -> None:
    """Refuse what is no table of ours: a trigger would undo what is written, a view lie."""
    query = "SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL"
    for kind, name in database.execute(query):
        if kind != "table" or name not in _COLUMNS:
            raise _damaged(folder, f"it has a {kind} `{name}`, which no store has")


def _check_columns(database: sqlite3.Connection, folder: Path) -> None:
    """Refuse tables that could hold other types than ours, or a row twice."""
    with closing(sqlite3.connect(":memory:")) as ours:
        ours.executescript(_TABLES)
        differing = _columns(database) ^ _columns(ours)
    if differing:
        raise _damaged(folder, f"table `{min(differing)[0]}` has other columns than ours")


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
        for table in _COLUMNS:
            database.execute(f"ALTER TABLE {table} ADD COLUMN sha256 TEXT NOT NULL DEFAULT ''")
            for *row, _ in database.execute(_select(table)).fetchall():
                database.execute(
                    f"UPDATE {table} SET sha256 = ? WHERE {_COLUMNS[table][0]} = ?",  # noqa: S608
                    (_sealed(table, *row)[-1], row[0]),
                )
        database.execute(f"PRAGMA user_version = {SCHEMA}")


# ── mend ────────────────────────────────────────────────────────────────────────────────────────


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
        _check_files(folder, _FILES)
        found, seen = _salvaged(path)
        ledger.without_spoiled(folder / ledger.FILE)
        copied, manifests = _copied(folder / ledger.FILE)
        rows = {table: {**found[table], **copied.get(table, {})} for table in _COLUMNS}
        if not any(rows.values()):
            raise _damaged(folder, "nothing of it can be read")
        draft = folder / f"{DATABASE}.part"
        draft.unlink(missing_ok=True)
        database = _database(draft)
        try:
            with database:
                for table, mine in rows.items():
                    sealed = (_sealed(table, *row) for row in mine.values())
                    database.executemany(_insert(table, "IGNORE"), sealed)
            database.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
        except _FAULTS as error:
            raise _unwritten(folder, str(error)) from error
        finally:
            database.close()
        aside = _set_aside(folder, manifests)
        draft.replace(path)
        return Mended(
            rows={table: len(mine) for table, mine in rows.items()},
            lost=tuple(sorted(seen - set(map(str, rows["responses"])))),
            aside=aside,
        )


def _salvaged(path: Path) -> tuple[dict[str, dict[Any, tuple[Any, ...]]], set[str]]:
    """Return the whole rows of a damaged database by name, and the keys of all responses seen."""
    found: dict[str, dict[Any, tuple[Any, ...]]] = {table: {} for table in _COLUMNS}
    seen: set[str] = set()
    if not path.is_file():
        return found, seen
    with suppress(*_FAULTS):
        database = sqlite3.connect(path)
        try:
            for table in _COLUMNS:
                with suppress(*_FAULTS):
                    if not _is_table(database, table):
                        continue
                    columns = database.execute(f"PRAGMA table_info({table})").fetchall()
                    sealed = any(name == "sha256" for _, name, *_ in columns)
                    for *row, digest in database.execute(_select(table, sealed=sealed)):
                        if table == "responses":
                            key = row[0]
                            seen.add(
                                key.decode(errors="replace") if isinstance(key, bytes) else str(key)
                            )
                        if digest is None or _digest(table, *row) == digest:
                            found[table][row[0]] = tuple(row)
        finally:
            database.close()
    return found, seen


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
            if any(_fits(line, one) for one in _COPIED):
                found.setdefault(str(table), {})[cells[0]] = (*cells, line.text)
            if table == "manifest":
                manifests.add(line.text)
        copy.close()
    return found, manifests


def _set_aside(folder: Path, manifests: set[str]) -> tuple[Path, ...]:
    """Move a database out of the way, and a manifest that is none of these."""
    try:
        content = (folder / MANIFEST).read_bytes()
        json.loads(content)
        whole = not manifests or _file_digest(content) in manifests
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


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def _select(table: str, order: str = "", *, sealed: bool = True) -> str:
    digest = "sha256" if sealed else "NULL"  # a store from before there were checksums
    return f"SELECT {', '.join(_COLUMNS[table])}, {digest} FROM {table} {order}"  # noqa: S608


@cache
def _insert(table: str, again: str) -> str:
    columns = (*_COLUMNS[table], "sha256")
    marks = ", ".join("?" * len(columns))
    return f"INSERT OR {again} INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


def _fits(line: ledger.Line, table: str) -> bool:
    """Say whether a line of the ledger is a row of the table."""
    kinds, cells = _KINDS[table], line.cells[1:]
    return (
        line.cells[0] == table
        and len(cells) == len(kinds)
        and all(map(isinstance, cells, kinds))
        and all(abs(cell) <= _LARGEST for cell in cells if isinstance(cell, int | float))
    )


def _split(table: str, *row: Any) -> tuple[ledger.Cells, str]:
    """Return a row as its digest is taken: its cells, and its text."""
    *cells, text = row
    return (table, *cells), text


def _sealed(table: str, *row: Any) -> tuple[Any, ...]:
    """Return a row with its SHA-256."""
    return (*row, _digest(table, *row))


def _digest(table: str, *row: Any) -> str:
    return ledger.sealed(*_split(table, *row)).digest


def _flat(record: Response | Usage) -> dict[str, Any]:
    """Return a record's fields; `asdict` would copy them, and take longer than all the rest."""
    return {name: getattr(record, name) for name in _FIELDS[type(record)]}


def _file_digest(content: bytes) -> str:
    return json.dumps(hashlib.sha256(content).hexdigest())


_MEND = (
    "`evalsuite verify RUN --mend` builds it anew from what is whole; `--fresh` starts beside it"
)


def _damaged(folder: Path, reason: str) -> StoreDamaged:
    return StoreDamaged(f"{folder}: the store is damaged: {reason}", hint=_MEND)


def _faulty(folder: Path, error: Exception) -> RunMistake:
    """Return what SQLite's error means: what it reads is damaged, or it cannot write."""
    name = getattr(error, "sqlite_errorname", "")
    full = name.startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR"))
    if full and not name.endswith(("READ", "CORRUPTFS", "DATA")):
        return _unwritten(folder, str(error))
    return _damaged(folder, str(error))


def _unwritten(folder: Path, reason: str) -> RunMistake:
    return RunMistake(
        f"{folder}: the store cannot be written: {reason}",
        hint="what was answered is kept: the same command goes on from there once it can",
    )


def _question(value: dict[str, Any]) -> Question:
    condition = Condition(**value.pop("condition"))
    for name in ("labels", "answers", "shots", "choice_tokens", "choice_bytes"):
        value[name] = tuple(value[name])
    question = typed(Question(condition=condition, **value))
    if not 0 <= question.gold < len(question.labels):
        raise ValueError("`gold` is none of its labels")
    names = (question.model, question.engine, question.task, question.instance, question.rung)
    # They go into tables and digests: half of a surrogate pair, which ends here, cannot.
    "".join((*names, condition.template, condition.language, condition.form)).encode()
    return question


def _tokens(value: dict[str, Any]) -> dict[str, int]:
    return _flat(typed(Usage(**value["usage"])))


def _response(value: dict[str, Any]) -> Response:
    usage = Usage(**value.pop("usage"))
    kind = value.pop("kind")
    if kind == "LogLikelihoods":
        values = tuple(map(float, value["values"]))
        return typed(LogLikelihoods(key=value["key"], values=values, usage=usage))
    if kind == "Completion":
        return typed(Completion(**value, usage=usage))
    raise ValueError(f"unknown kind `{kind}`")
