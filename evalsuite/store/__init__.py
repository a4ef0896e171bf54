"""What a run has asked and what came back: one SQLite file (WAL) and a manifest in a run folder.

A response is committed the moment it arrives, so a run that is killed at any instant loses only
what was still in the engine. One process writes a run at a time; a lock that the kernel gives back
at a crash sees to it.

Each row has its SHA-256, so that one that has changed is named. What came back is kept a second
time, in the ledger; opening a store brings the two level.
"""

import hashlib
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
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
    Spell,
    Usage,
)
from evalsuite.store import _rows
from evalsuite.store._lock import FILES, check_files, locked
from evalsuite.store._mending import Mended, mend
from evalsuite.store._rows import DATABASE, MANIFEST
from evalsuite.typed import typed

__all__ = ["DATABASE", "MANIFEST", "Audit", "Mended", "Store", "locked", "mend", "opened"]

_UNREADABLE = (
    *(ValueError, TypeError, KeyError, AttributeError),
    *(OverflowError, RecursionError),
)
_FIELDS: Mapping[type[Any], tuple[str, ...]] = MappingProxyType(
    {kind: tuple(one.name for one in fields(kind)) for kind in (LogLikelihoods, Completion, Usage)}
)
_CHANGED = "has changed since it was written"
_KEPT = "responses kept"  # in the facts of a spell: how many there were when it was written
_VOUCHING = ("plan", "manifest")  # lines of the ledger that are of what the database has not


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What of a store is still as it was written."""

    database: str | None  # what SQLite finds wrong with its file; None: nothing
    rows: Mapping[str, int]  # by table
    changed: Mapping[str, tuple[str, ...]]  # by table: the names of the rows that have changed
    planned: bool | None  # whether the questions are all there; None: not known
    vouched: bool  # whether the ledger has once had the lines of the plan and the manifest
    lines: int  # of the ledger
    spoiled: tuple[int, ...]  # numbers of its lines that have changed
    lost: tuple[str, ...]  # the rows that it had lost; the database has given them back
    late: tuple[str, ...]  # the rows that it had not yet, as after a kill, and has now
    gone: tuple[str, ...]  # which of the lines of the plan and the manifest it has no more
    manifest: bool | None  # whether it is as it was written; None: not known


class Store:
    """An open run folder."""

    def __init__(self, folder: Path, database: sqlite3.Connection, copy: Ledger) -> None:
        self.folder = folder
        self._database = database
        self._ledger = copy
        self._vouch()
        self.lost: tuple[str, ...] = ()  # rows that the ledger had lost
        self._late: tuple[str, ...] = ()
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
                _rows.insert("questions", "IGNORE"),
                (
                    _rows.sealed(
                        "questions", question.key, position, ledger.written(asdict(question))
                    )
                    for position, question in enumerate(questions)
                ),
            )
        self._copy(ledger.sealed(*self._planned()))
        self._vouch()

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
        digests = [one for (one,) in self._all("SELECT sha256 FROM questions ORDER BY position")]
        whole = hashlib.sha256("".join(digests).encode()).hexdigest()
        return ("plan", len(digests)), json.dumps(whole)

    def _lacks_questions(self) -> bool | None:
        """Say whether the questions are not those of the plan; None: not known."""
        planned = [line.text for line in self._ledger.of("plan")]
        return self._planned()[1] != planned[-1] if planned else None

    # ── responses ──

    def begin(self, model: str, engine: str, facts: Mapping[str, Json]) -> int:
        """Begin a spell of asking and return its number."""
        ((number,),) = self._all("SELECT COALESCE(MAX(number), 0) + 1 FROM spells")
        self._put("spells", number, model, engine, None, self._facts(facts))
        return int(number)

    def _facts(self, facts: Mapping[str, Json]) -> str:
        ((count,),) = self._all("SELECT COUNT(*) FROM responses")
        return ledger.written({**facts, _KEPT: count})

    def add(self, spell: int, response: Response, seconds: float) -> None:
        """Keep a response, `seconds` after its spell's first request."""
        kind = type(response).__name__
        told = {"kind": kind, **_flat(response), "usage": _flat(response.usage)}
        self._put("responses", response.key, spell, float(seconds), ledger.written(told))

    def end(self, spell: int, asked: int, facts: Mapping[str, Json] | None = None) -> None:
        """Note how many requests a spell handed to its engine, and what its facts have become."""
        query = f"SELECT model, engine, facts FROM spells WHERE number = {spell:d}"  # noqa: S608
        ((model, engine, text),) = self._all(query)
        told = self._read(dict, f"of spell {spell}", text) if facts is None else facts
        self._put("spells", spell, model, engine, asked, self._facts(told))

    def answered(self) -> frozenset[str]:
        """Return the keys that have a response."""
        return frozenset(key for (key,) in self._all("SELECT key FROM responses"))

    def missing(self) -> int:
        """Return how many responses are not there that the spells have acknowledged."""
        spells = self._whole("spells")
        told = (self._read(dict, f"of spell {row[0]}", row[-1]).get(_KEPT) for row in spells)
        kept = (one for one in told if isinstance(one, int))  # none before it was written
        return max(0, max(kept, default=0) - len(self.answered()))

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
                facts=self._read(_told, f"of spell {number}", facts),
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
        sealed = ledger.sealed(*_rows.split(table, *row))
        with self._writing() as database:
            new = database.execute(_rows.insert(table, again), (*row, sealed.digest)).rowcount
        if new:
            self._copy(sealed)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._database as database:
                yield database
        except _rows.FAULTS as error:  # damaged, or the disk is full
            raise _rows.unwritten(self.folder, str(error)) from error

    def _copy(self, row: ledger.Sealed) -> None:
        try:
            self._ledger.append(row)
        except OSError as error:
            raise _rows.unwritten(self.folder, f"{ledger.FILE}: {error.strerror}") from error

    def _whole(self, table: str, order: str = "") -> Iterator[tuple[Any, ...]]:
        """Yield a table's rows, each as it was written."""
        for *row, digest in self._all(_rows.select(table, order)):
            if _rows.digest(table, *row) != digest:
                raise _rows.damaged(self.folder, f"{_named(table, *row)} {_CHANGED}")
            yield tuple(row)

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        return list(self._each(query))

    def _each(self, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._database.execute(query)
        except _rows.FAULTS as error:
            raise _rows.faulty(self.folder, error) from error

    def _read(self, reader: Any, key: object, text: str) -> Any:
        try:
            return reader(json.loads(text))
        except _UNREADABLE as error:
            raise _rows.damaged(self.folder, f"entry {str(key)[:12]}: {error}") from error

    def _level(self) -> tuple[str, ...]:
        """Give each of the two files what only the other has; return what the database had lost."""
        here = {
            one
            for table in _rows.COPIED
            for (one,) in self._each(f"SELECT sha256 FROM {table}")  # noqa: S608
        }
        newest = self._newest()
        bare = not self._ledger.digests and not self._ledger.spoiled
        others = {line.digest for line in self._ledger.others}
        restored = self._restored(here) if self._ledger.digests - here - others else ()
        self._renew_spells()
        copied = self._copied() if here - self._ledger.digests else ()
        if not _rows.is_vouched(self._database) or len(copied) <= len(self._ledger.spoiled):
            pass  # it has never had them; or they are the lines that have changed
        elif bare:
            self.lost = ("all that it had",)
        elif self._ledger.torn or not newest.issuperset(copied):
            self.lost = copied
        else:
            self._late = copied
        return restored

    def _newest(self) -> set[str]:
        """Name the rows that were written last: a kill leaves them in the database alone."""
        queries = {
            "responses": "SELECT key FROM responses ORDER BY rowid DESC LIMIT 1",
            "spells": "SELECT number FROM spells ORDER BY number DESC LIMIT 1",
        }
        return {_named(table, *row) for table, one in queries.items() for row in self._each(one)}

    def _copied(self) -> tuple[str, ...]:
        """Give the ledger the rows that only the database has; name them."""
        names = []
        for table in _rows.COPIED:
            for *row, digest in self._each(_rows.select(table)):
                sealed = ledger.sealed(*_rows.split(table, *row))
                if sealed.digest == digest and digest not in self._ledger.digests:
                    self._copy(sealed)
                    names.append(_named(table, *row))
        return tuple(names)

    def _vouch(self) -> None:
        if not _rows.is_vouched(self._database) and all(map(self._ledger.of, _VOUCHING)):
            _rows.vouch(self._database)

    def _restored(self, here: set[str]) -> tuple[str, ...]:
        keys = []
        for line in self._ledger.lines(but=frozenset(here)):
            if not _rows.fits(line, "responses"):
                continue
            _, key, *cells = line.cells
            row = _rows.sealed("responses", key, *cells, line.text)
            with self._writing() as database:
                if database.execute(_rows.insert("responses", "IGNORE"), row).rowcount:
                    keys.append(str(key))
        return tuple(keys)

    def _renew_spells(self) -> None:
        known = dict(self._all("SELECT number, sha256 FROM spells"))
        lines = self._ledger.of("spells")
        latest = {line.cells[1]: line for line in lines if _rows.fits(line, "spells")}
        for number, line in latest.items():
            # One that the ledger has not is newer than all that it has.
            old = known.get(number)
            if old is None or (old != line.digest and old in self._ledger.digests):
                with self._writing() as database:
                    row = _rows.sealed("spells", *line.cells[1:], line.text)
                    database.execute(_rows.insert("spells", "REPLACE"), row)

    def audit(self) -> Audit:
        """Hold every row against its SHA-256, and the file against SQLite's own check."""
        faults: list[str] = []
        rows: dict[str, int] = {}
        changed: dict[str, tuple[str, ...]] = {}
        with suppress(RunMistake):
            faults = [one for (one,) in self._all("PRAGMA integrity_check(5)") if one != "ok"]
        for table in _rows.COLUMNS:
            try:
                found = self._all(_rows.select(table))
            except RunMistake as mistake:
                faults.append(mistake.message)
                continue
            rows[table] = len(found)
            changed[table] = tuple(
                str(row[0]) for *row, digest in found if _rows.digest(table, *row) != digest
            )
        lacking = None if faults else self._lacks_questions()
        manifests = [line.text for line in self._ledger.of("manifest")]
        path = self.folder / MANIFEST
        vouched = _rows.is_vouched(self._database)
        gone = tuple(one for one in _VOUCHING if not self._ledger.of(one)) if vouched else ()
        return Audit(
            database="; ".join(faults) or None,
            rows=rows,
            changed=changed,
            planned=None if lacking is None else not lacking,
            vouched=vouched,
            lines=len(self._ledger.digests) + len(self._ledger.spoiled),
            spoiled=tuple(self._ledger.spoiled),
            lost=self.lost,
            late=self._late,
            gone=gone,
            manifest=path.is_file() and _rows.file_digest(path.read_bytes()) in manifests
            if manifests or (vouched and not path.is_file())
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
            raise _rows.unusable(self.folder, str(error)) from error
        if not isinstance(value, dict):
            raise _rows.unusable(self.folder, "not an object")
        return value

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Replace the run's manifest, whole or not at all."""
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        # The ledger first: a process that dies in between leaves the one before, which is there.
        self._copy(ledger.sealed(("manifest",), _rows.file_digest(text.encode())))
        paths.replace(self.folder / MANIFEST, text)


@contextmanager
def opened(folder: Path, *, create: bool) -> Iterator[Store]:
    """Open a run folder, alone.

    Raises:
        RunMistake: it is no run folder, is damaged, is of another schema, or is in use.

    """
    path = folder / DATABASE
    if not create and not path.is_file():
        if (folder / ledger.FILE).is_file() and not path.exists():
            raise _rows.damaged(folder, f"{DATABASE} is not there, and {ledger.FILE} is")
        raise RunMistake(f"{folder}: no run is stored here", hint="see `results/runs/`")
    with locked(folder):
        check_files(folder, FILES)
        database = _rows.connected(path)
        try:
            copy = Ledger(folder / ledger.FILE)
        except OSError as error:
            database.close()
            raise _rows.unwritten(folder, f"{ledger.FILE}: {error.strerror}") from error
        try:
            yield Store(folder, database, copy)
        finally:
            copy.close()
            database.close()


def _flat(record: Response | Usage) -> dict[str, Any]:
    """Return a record's fields; `asdict` would copy them, and take longer than all the rest."""
    return {name: getattr(record, name) for name in _FIELDS[type(record)]}


def _named(table: str, name: object, *_: object) -> str:
    return f"{table.removesuffix('s')} {str(name)[:12]}"


def _told(facts: dict[str, Json]) -> dict[str, Json]:
    return {name: told for name, told in dict(facts).items() if name != _KEPT}


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
