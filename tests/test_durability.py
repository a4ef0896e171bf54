"""Whatever befalls a run, what was acknowledged is there, once, and what is damaged is named.

The faults are those of `bench/faults.py`, which tries each a few hundred times; SIGKILL in asking
and in posting stands in `test_run`.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from bench import faults
from evalsuite import ledger, stops, store
from evalsuite.errors import RunMistake, StoreDamaged
from evalsuite.records import Completion, LogLikelihoods
from tests.test_store import filled, question, scored

COUNTS = {
    "kill-store": 6,
    "kill-score": 2,
    "kill-upgrade": 3,
    "file-limit": 4,
    "read-only": 3,
    "two-at-once": 2,
    "two-post": 2,
    "clock-jumps": 2,
    "truncated": 5,
    "flipped": 7,
}


@pytest.fixture(scope="module")
def world() -> Iterator[faults.World]:
    with faults.world() as made:
        yield made


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_is_lost_doubled_or_missed(name: str, world: faults.World) -> None:
    fault, usual = faults.FAULTS[name]
    assert usual >= 100
    for number in range(COUNTS[name]):
        tally = fault(world, Random(f"{name} {number}"), sum(map(ord, name)) * 100 + number)
        assert tally.tried == 1
        assert tally.good, (number, tally)


# ── each row vouches for itself ─────────────────────────────────────────────────────────────────


def changed(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "run.sqlite") as database:
        assert database.execute(statement).rowcount > 0
    database.close()


def read(folder: Path) -> tuple[object, ...]:
    with store.opened(folder, create=False) as kept:
        return kept.responses(), list(kept.questions()), kept.spells()


CHANGES = {
    "response 0003": "UPDATE responses SET json = replace(json, '-2.0', '-2.5') WHERE key = '0003'",
    "response 0004": "UPDATE responses SET seconds = 9 WHERE key = '0004'",
    "question 0007": "UPDATE questions SET json = replace(json, 'so?', 'go?') WHERE key = '0007'",
    "question 0008": "UPDATE questions SET position = 99 WHERE key = '0008'",
    "spell 1": "UPDATE spells SET asked = 21",
}


@pytest.mark.parametrize("named", CHANGES)
def test_a_row_that_is_valid_and_not_as_it_was_written_is_named(named: str, tmp_path: Path) -> None:
    filled(tmp_path)
    whole = read(tmp_path)
    changed(tmp_path, CHANGES[named])
    with pytest.raises(StoreDamaged, match=f"{named} has changed since it was written") as caught:
        read(tmp_path)
    assert "--mend" in str(caught.value.hint)
    mended = store.mend(tmp_path)
    assert mended.lost == ()
    assert [place.name for place in mended.aside] == ["run.sqlite~1"]
    if named.startswith("question"):  # it is rendered again by the same run
        with pytest.raises(StoreDamaged, match="questions are missing"):
            read(tmp_path)
        with store.opened(tmp_path, create=False) as kept:
            kept.plan(question(f"{number:04}") for number in range(40))
    assert read(tmp_path) == whole


def test_answers_that_the_database_has_lost_are_put_back_and_named(tmp_path: Path) -> None:
    filled(tmp_path)
    whole = read(tmp_path)
    changed(tmp_path, "DELETE FROM responses WHERE key IN ('0005', '0006')")
    changed(tmp_path, "DELETE FROM spells")
    with store.opened(tmp_path, create=False) as kept:
        assert set(kept.restored) == {"0005", "0006"}
    assert read(tmp_path) == whole
    with store.opened(tmp_path, create=False) as kept:
        assert kept.restored == ()


def test_a_run_says_what_it_had_lost(world: faults.World) -> None:
    options = world.at(900)
    folder = stops.run(options, faults.Heard()).folder
    ((key,),) = _rows(folder, "SELECT key FROM responses LIMIT 1")
    changed(folder, f"DELETE FROM responses WHERE key = '{key}'")  # noqa: S608
    warnings: list[str] = []
    stops.score(folder, options.results, warnings.append)
    assert len(warnings) == 1
    assert f"had lost response {key[:12]}: put back" in warnings[0]
    assert faults.timeless(options.results) == world.board


def _rows(folder: Path, query: str) -> list[tuple[str, ...]]:
    with sqlite3.connect(folder / "run.sqlite") as database:
        rows = database.execute(query).fetchall()
    database.close()
    return rows


def test_a_ledger_that_is_empty_or_cut_is_written_again(tmp_path: Path) -> None:
    filled(tmp_path)
    whole = read(tmp_path)
    place = tmp_path / ledger.FILE
    lines = sorted(place.read_bytes().splitlines())
    answers = [line for line in lines if b'["responses"' in line]
    for length in (0, place.stat().st_size // 2):
        os.truncate(place, length)
        assert read(tmp_path) == whole
        assert [one for one in sorted(place.read_bytes().splitlines()) if one in answers] == answers


def test_an_answer_that_neither_file_has_whole_is_lost_and_named(tmp_path: Path) -> None:
    filled(tmp_path)
    changed(tmp_path, CHANGES["response 0003"])
    place = tmp_path / ledger.FILE
    place.write_bytes(place.read_bytes().replace(b'"0003"', b'"0033"'))
    mended = store.mend(tmp_path)
    assert mended.lost == ("0003",)
    assert mended.rows["responses"] == 19
    with store.opened(tmp_path, create=False) as kept:
        assert "0003" not in kept.answered()  # so the run asks it again


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"\x00" * 5000),
        lambda path: path.unlink(),
        lambda path: os.truncate(path, 700),
    ],
    ids=["zeros", "gone", "cut"],
)
def test_a_database_that_is_no_more_is_built_from_the_ledger(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    filled(tmp_path)
    whole = read(tmp_path)
    spoil(tmp_path / "run.sqlite")
    assert store.mend(tmp_path).lost == ()
    with store.opened(tmp_path, create=False) as kept:
        assert kept.responses() == whole[0]
        assert kept.spells() == whole[2]


def test_what_holds_nothing_cannot_be_mended(tmp_path: Path) -> None:
    with pytest.raises(RunMistake, match="no run is stored here"):
        store.mend(tmp_path / "nothing")
    (tmp_path / "run.sqlite").write_bytes(b"what is this?")
    with pytest.raises(RunMistake, match="nothing of it can be read"):
        store.mend(tmp_path)
    assert (tmp_path / "run.sqlite").read_bytes() == b"what is this?"


# ── a store of before there were checksums ──────────────────────────────────────────────────────

_SCHEMA_3 = """
CREATE TABLE questions (
    key TEXT PRIMARY KEY, position INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
CREATE TABLE spells (
    number INTEGER PRIMARY KEY, model TEXT NOT NULL, engine TEXT NOT NULL, facts TEXT NOT NULL,
    asked INTEGER) STRICT;
CREATE TABLE responses (
    key TEXT PRIMARY KEY, spell INTEGER NOT NULL, seconds REAL NOT NULL, json TEXT NOT NULL) STRICT;
INSERT INTO spells VALUES (1, 'some', 'random', '{}', 2);
PRAGMA user_version = 3;
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a run folder of schema 3, with twenty responses."""
    filled(tmp_path / "new")
    rows = _rows(tmp_path / "new", "SELECT key, json FROM responses ORDER BY key")
    folder = tmp_path / "old"
    folder.mkdir()
    with sqlite3.connect(folder / "run.sqlite") as database:
        database.executescript(_SCHEMA_3)
        database.executemany("INSERT INTO responses VALUES (?, 1, 0.5, ?)", rows)
    database.close()
    return folder


def test_a_store_of_schema_3_is_read_and_has_checksums_from_then_on(old: Path) -> None:
    with store.opened(old, create=False) as kept:
        assert len(kept.responses()) == 20
        assert kept.restored == ()
        kept.add(1, scored("ffff"), 1.0)
        assert kept.audit().planned is None
    changed(old, CHANGES["response 0003"])
    with pytest.raises(StoreDamaged, match="response 0003 has changed"):
        read(old)
    assert store.mend(old).lost == ()
    assert len(read(old)[0]) == 21  # type: ignore[arg-type]


def test_a_store_of_schema_3_that_is_mended_loses_nothing(old: Path) -> None:
    mended = store.mend(old)
    assert (mended.rows["responses"], mended.lost) == (20, ())
    with store.opened(old, create=False) as kept:
        assert len(kept.responses()) == 20
        assert [spell.answered for spell in kept.spells()] == [20]


# ── the ledger ──────────────────────────────────────────────────────────────────────────────────


def test_a_ledger_from_which_nothing_is_to_be_restored_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    readings = []
    bodies = ledger._bodies

    def counted(path: Path) -> Iterator[tuple[int, tuple[str, bytes] | None]]:
        readings.append(path)
        return bodies(path)

    monkeypatch.setattr(ledger, "_bodies", counted)
    with store.opened(tmp_path, create=False) as kept:
        assert len(kept.responses()) == 20
    assert len(readings) == 1


def test_a_line_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    filled(tmp_path)
    place = tmp_path / ledger.FILE
    before = place.read_bytes()
    with place.open("ab") as file:
        file.write(b"0123 [torn")
    with store.opened(tmp_path, create=False):
        pass
    assert place.read_bytes() == before


def test_what_cannot_be_encoded_is_kept_as_it_came(tmp_path: Path) -> None:
    texts = (
        "a\ud800b",
        "NUL \x00 and \x1b[31m",
        "\u202egnp.exe",
        "line\u2028end\r\n\t",
        "\udfff" * 9,
    )
    given = [
        Completion(key=f"{number:04}", text=text, finish="stop")
        for number, text in enumerate(texts)
    ]
    with store.opened(tmp_path, create=True) as kept:
        spell = kept.begin("some", "random", {"said": "\udc00"})
        for one in given:
            kept.add(spell, one, 0.0)
        kept.end(spell, len(given))
    with store.opened(tmp_path, create=False) as kept:
        assert list(kept.responses().values()) == given
        assert kept.spells()[0].facts == {"said": "\udc00"}
    changed(tmp_path, "DELETE FROM responses")
    with store.opened(tmp_path, create=False) as kept:
        assert list(kept.responses().values()) == given


def test_infinite_values_are_kept(tmp_path: Path) -> None:
    one = LogLikelihoods(key="a", values=(float("-inf"), -1e-300))
    with store.opened(tmp_path, create=True) as kept:
        kept.add(kept.begin("some", "random", {}), one, 0.0)
        assert kept.responses() == {"a": one}
        assert kept.spells()[0].answered == 1
    assert json.loads(_rows(tmp_path, "SELECT json FROM responses")[0][0])["values"][0] < -1e308


# ── what a store is not ─────────────────────────────────────────────────────────────────────────

_LOOSE = "UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'responses'"
_ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n)"
FOREIGN = {
    "it has a trigger `gone`": (
        "DELETE FROM responses WHERE key < '0009'",
        "CREATE TRIGGER gone AFTER INSERT ON responses BEGIN DELETE FROM responses; END",
    ),
    "it has a table `kept`": (
        "ALTER TABLE responses RENAME TO kept",
        f"CREATE VIEW responses AS {_ENDLESS} SELECT kept.* FROM kept, n",  # noqa: S608
    ),
    "table `responses` has other columns": (
        "CREATE TABLE twice (key TEXT, spell INTEGER, seconds REAL, sha256 TEXT, json TEXT) STRICT",
        "INSERT INTO twice SELECT * FROM responses UNION ALL SELECT * FROM responses",
        "DROP TABLE responses",
        "ALTER TABLE twice RENAME TO responses",
    ),
    "table `spells` has other columns": ("ALTER TABLE spells ADD COLUMN more TEXT",),
}


@pytest.mark.parametrize("told", FOREIGN)
@pytest.mark.usefixtures("promptly")
def test_a_schema_that_is_not_a_stores_is_named_and_mended(told: str, tmp_path: Path) -> None:
    filled(tmp_path)
    whole = read(tmp_path)
    with sqlite3.connect(tmp_path / "run.sqlite") as database:
        for statement in FOREIGN[told]:
            database.execute(statement)
    database.close()
    with pytest.raises(StoreDamaged, match=told):
        read(tmp_path)
    assert store.mend(tmp_path).lost == ()
    assert read(tmp_path) == whole


def test_a_text_that_a_flipped_bit_made_bytes_is_named(tmp_path: Path) -> None:
    filled(tmp_path)
    whole = read(tmp_path)
    with sqlite3.connect(tmp_path / "run.sqlite") as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(_LOOSE)
    database.close()
    with sqlite3.connect(tmp_path / "run.sqlite") as database:
        database.execute("UPDATE responses SET key = CAST(key AS BLOB) WHERE key = '0003'")
        database.execute("PRAGMA writable_schema = ON")
        database.execute(_LOOSE.replace("' STRICT', ''", "'L)', 'L) STRICT'"))
    database.close()
    with pytest.raises(StoreDamaged, match="has changed since it was written"):
        read(tmp_path)
    assert store.mend(tmp_path).lost == ()
    assert read(tmp_path) == whole


@pytest.mark.parametrize(
    "cells",
    [
        *(("responses", "0099", number, 0.5) for number in (10**30, "x", None)),
        ("responses", "0099", 1, float("nan")),
        ("spells", "x", "m", "e", 1),
    ],
)
def test_a_line_of_the_ledger_that_is_no_row_is_left_there(
    cells: ledger.Cells, tmp_path: Path
) -> None:
    filled(tmp_path)
    whole = read(tmp_path)
    row = ledger.sealed(cells, "{}")
    with (tmp_path / ledger.FILE).open("ab") as file:
        file.write(b"%b %b\n" % (row.digest.encode(), row.body))
    assert read(tmp_path) == whole
    store.mend(tmp_path)
    assert read(tmp_path) == whole


def test_a_run_that_has_lost_questions_is_not_judged_without_them(world: faults.World) -> None:
    options = world.at(901)
    folder = stops.run(options, faults.Heard()).folder
    board = (folder / "leaderboard.csv").read_bytes()
    changed(folder, "DELETE FROM questions WHERE position % 2")
    with pytest.raises(StoreDamaged, match="questions are missing") as caught:
        stops.score(folder, options.results, lambda _text: None)
    assert "renders them again" in str(caught.value.hint)
    assert (folder / "leaderboard.csv").read_bytes() == board
    assert stops.run(options, faults.Heard()).asked == 0
    stops.score(folder, options.results, lambda _text: None)
    assert (folder / "leaderboard.csv").read_bytes() == board
