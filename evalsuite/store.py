"""What a run has asked and what came back: one SQLite file (WAL) and a manifest in a run folder.

A response is committed the moment it arrives, so a run that is killed at any instant loses only
what was still in the engine. One process writes a run at a time; a lock that the kernel gives back
at a crash sees to it.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evalsuite import paths
from evalsuite.errors import RunMistake
from evalsuite.records import (
    Completion,
    Condition,
    Json,
    LogLikelihoods,
    Question,
    Response,
    Usage,
)

SCHEMA = 3
_DATABASE = "run.sqlite"
_FAULTS = (sqlite3.DatabaseError, UnicodeDecodeError)  # a message may quote the damaged bytes
_MANIFEST = "manifest.json"
_TABLES = """
CREATE TABLE IF NOT EXISTS questions (
    key TEXT PRIMARY KEY, position INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS spells (
    number INTEGER PRIMARY KEY, model TEXT NOT NULL, engine TEXT NOT NULL, facts TEXT NOT NULL,
    asked INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS responses (
    key TEXT PRIMARY KEY, spell INTEGER NOT NULL, seconds REAL NOT NULL, json TEXT NOT NULL) STRICT;
"""


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


class Store:
    """An open run folder."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self.folder = folder
        self._database = database

    # ── questions ──

    def plan(self, questions: Iterable[Question]) -> None:
        """Write down what the run asks, once."""
        with self._writing() as database:
            database.executemany(
                "INSERT OR IGNORE INTO questions VALUES (?, ?, ?)",
                (
                    (question.key, position, json.dumps(asdict(question), ensure_ascii=False))
                    for position, question in enumerate(questions)
                ),
            )

    def questions(self) -> Iterator[Question]:
        """Return what the run asks, in the order of the plan."""
        for key, text in self._rows("SELECT key, json FROM questions ORDER BY position"):
            yield self._read(_question, key, text)

    # ── responses ──

    def begin(self, model: str, engine: str, facts: Mapping[str, Json]) -> int:
        """Begin a spell of asking and return its number."""
        with self._writing() as database:
            cursor = database.execute(
                "INSERT INTO spells (model, engine, facts) VALUES (?, ?, ?)",
                (model, engine, json.dumps(dict(facts))),
            )
        return int(cursor.lastrowid or 0)

    def add(self, spell: int, response: Response, seconds: float) -> None:
        """Keep a response, `seconds` after its spell's first request."""
        kind = type(response).__name__
        text = json.dumps({"kind": kind, **asdict(response)}, ensure_ascii=False)
        with self._writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO responses VALUES (?, ?, ?, ?)",
                (response.key, spell, seconds, text),
            )

    def end(self, spell: int, asked: int, facts: Mapping[str, Json] | None = None) -> None:
        """Note how many requests a spell handed to its engine, and what its facts have become."""
        with self._writing() as database:
            database.execute("UPDATE spells SET asked = ? WHERE number = ?", (asked, spell))
            if facts is not None:
                text = json.dumps(dict(facts))
                database.execute("UPDATE spells SET facts = ? WHERE number = ?", (text, spell))

    def answered(self) -> frozenset[str]:
        """Return the keys that have a response."""
        return frozenset(key for (key,) in self._rows("SELECT key FROM responses"))

    def responses(self) -> dict[str, Response]:
        """Return every response by its key."""
        return {
            key: self._read(_response, key, text)
            for key, text in self._rows("SELECT key, json FROM responses")
        }

    def spells(self) -> tuple[Spell, ...]:
        """Return the spells of asking so far."""
        rows = self._rows(
            "SELECT number, model, engine, facts, asked, COUNT(key), COALESCE(MAX(seconds), 0),"
            " COALESCE(SUM(json_extract(json, '$.usage.prompt_tokens')), 0),"
            " COALESCE(SUM(json_extract(json, '$.usage.cached_tokens')), 0),"
            " COALESCE(SUM(json_extract(json, '$.usage.generated_tokens')), 0)"
            " FROM spells LEFT JOIN responses ON spell = number GROUP BY number ORDER BY number"
        )
        return tuple(
            Spell(
                model=model,
                engine=engine,
                facts=self._read(dict, f"of spell {number}", facts),
                asked=asked,
                answered=answered,
                seconds=seconds,
                usage=self._read(_usage, f"of spell {number}", json.dumps(tokens)),
            )
            for number, model, engine, facts, asked, answered, seconds, *tokens in rows
        )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._database as database:
                yield database
        except _FAULTS as error:  # damaged, or the disk is full
            raise RunMistake(f"{self.folder}: the store cannot be written: {error}") from error

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(query).fetchall()
        except _FAULTS as error:
            raise _damaged(self.folder, str(error)) from error

    def _read(self, reader: Any, key: object, text: str) -> Any:
        try:
            return reader(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _damaged(self.folder, f"entry {str(key)[:12]}: {error}") from error

    # ── manifest ──

    def manifest(self) -> dict[str, Any]:
        """Return the run's manifest; empty before it was first written."""
        path = self.folder / _MANIFEST
        if not path.exists():
            return {}
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise _damaged(self.folder, f"{_MANIFEST}: {error}") from error
        if not isinstance(value, dict):
            raise _damaged(self.folder, f"{_MANIFEST}: not an object")
        return value

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Replace the run's manifest, whole or not at all."""
        paths.replace(
            self.folder / _MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        )


@contextmanager
def opened(folder: Path, *, create: bool) -> Iterator[Store]:
    """Open a run folder, alone.

    Raises:
        RunMistake: it is no run folder, is damaged, is of another schema, or is in use.

    """
    path = folder / _DATABASE
    if not create and not path.is_file():
        raise RunMistake(f"{folder}: no run is stored here", hint="see `results/runs/`")
    with locked(folder):
        database = _database(path)
        try:
            yield Store(folder, database)
        finally:
            database.close()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes off a run folder, whatever state its files are in.

    Raises:
        RunMistake: another process is at work on it, or it cannot be written.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise RunMistake(f"{folder}: cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunMistake(
                f"{folder}: another process is at work on this run", hint="wait for it to end"
            ) from error
        yield


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
        if schema == 0:
            database.executescript(_TABLES)
            database.execute(f"PRAGMA user_version = {SCHEMA}")
    except _FAULTS as error:
        database.close()
        raise _damaged(path.parent, str(error)) from error
    if schema not in {0, SCHEMA}:
        database.close()
        raise RunMistake(
            f"{path}: written with schema {schema}, this evalsuite reads {SCHEMA}",
            hint="use the evalsuite that wrote it",
        )
    return database


def _damaged(folder: Path, reason: str) -> RunMistake:
    return RunMistake(
        f"{folder}: the store is damaged: {reason}", hint="`--fresh` starts anew beside it"
    )


def _question(value: dict[str, Any]) -> Question:
    condition = Condition(**value.pop("condition"))
    for name in ("labels", "answers", "shots", "choice_tokens", "choice_bytes"):
        value[name] = tuple(value[name])
    return Question(condition=condition, **value)


def _usage(tokens: list[Any]) -> Usage:
    prompt, cached, generated = map(int, tokens)
    return Usage(prompt_tokens=prompt, cached_tokens=cached, generated_tokens=generated)


def _response(value: dict[str, Any]) -> Response:
    usage = Usage(**value.pop("usage"))
    kind = value.pop("kind")
    if kind == "LogLikelihoods":
        return LogLikelihoods(
            key=value["key"], values=tuple(map(float, value["values"])), usage=usage
        )
    if kind == "Completion":
        return Completion(**value, usage=usage)
    raise ValueError(f"unknown kind `{kind}`")
