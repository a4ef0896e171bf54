"""What is stored comes back, once; what is damaged is named; two never write at once."""

import errno
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import paths, store
from evalsuite.errors import RunMistake, StoreDamaged
from evalsuite.records import (
    Completion,
    Condition,
    LogLikelihoods,
    Question,
    Response,
    Spell,
    Usage,
)
from tests.conditions import PLAIN

counts = st.integers(min_value=0, max_value=2**40)
texts = st.text(max_size=40)
keys = st.text("0123456789abcdef", min_size=4, max_size=4)
usages = st.builds(Usage, prompt_tokens=counts, cached_tokens=counts, generated_tokens=counts)
conditions = st.builds(
    Condition,
    template=texts,
    language=texts,
    form=texts,
    k=counts,
    description=st.booleans(),
    labels=st.sampled_from(("gold", "shuffled", "none")),
    shot_mode=st.sampled_from(("fixed", "per-item")),
    shot_seed=st.integers(),
)
names = st.lists(texts, max_size=4).map(tuple)
labels = st.lists(texts, min_size=1, max_size=4).map(tuple)
questions = st.builds(
    Question,
    key=keys,
    model=texts,
    engine=texts,
    task=texts,
    condition=conditions,
    instance=texts,
    rung=texts,
    twin=texts,
    formal=st.dictionaries(texts, st.lists(texts, max_size=3), max_size=2),
    gold=st.just(0),
    labels=labels,
    answers=names,
    answer=st.sampled_from(("choices", "generate", "certificate")),
    scorer=texts,
    prompt=texts,
    prompt_sha256=texts,
    shots=names,
    dropped=counts,
    too_long=st.booleans(),
)
responses: st.SearchStrategy[Response] = st.one_of(
    st.builds(
        LogLikelihoods,
        key=keys,
        values=st.lists(st.floats(allow_nan=False), min_size=1, max_size=4).map(tuple),
        usage=usages,
    ),
    st.builds(
        Completion,
        key=keys,
        text=texts,
        finish=st.sampled_from(("stop", "length")),
        usage=usages,
    ),
)


def question(key: str, prompt: str = "Is it so?") -> Question:
    condition = replace(PLAIN, template="plain")
    return Question(
        key=key,
        model="some",
        engine="random",
        task="small",
        condition=condition,
        instance=f"small/{key}",
        rung="3",
        twin="",
        formal={},
        gold=0,
        labels=("yes", "no"),
        answers=(" yes", " no"),
        answer="choices",
        scorer="label",
        prompt=prompt,
        prompt_sha256="0" * 64,
        shots=(),
        dropped=0,
        too_long=False,
    )


def scored(key: str, value: float = -1.0) -> LogLikelihoods:
    return LogLikelihoods(key=key, values=(value, -2.0))


def filled(folder: Path) -> None:
    """Make a run folder with forty questions, twenty of them answered."""
    with store.opened(folder, create=True) as kept:
        kept.write_manifest({"suite": {"name": "some"}})
        kept.plan(question(f"{number:04}") for number in range(40))
        spell = kept.begin("some", "random", {"dtype": "float32"})
        for number in range(20):
            kept.add(spell, scored(f"{number:04}"), number / 10)
        kept.end(spell, 20)


def used(folder: Path) -> None:
    """Read all that is in a run folder, and write to it."""
    with store.opened(folder, create=False) as kept:
        kept.manifest()
        list(kept.questions())
        kept.answered()
        kept.responses()
        kept.spells()
        kept.plan([question("fffe")])
        spell = kept.begin("some", "random", {})
        kept.add(spell, scored("ffff"), 1.0)
        kept.end(spell, 1)


# ── what is stored comes back ───────────────────────────────────────────────────────────────────


@given(st.lists(questions, max_size=8, unique_by=lambda one: one.key))
@settings(max_examples=40, deadline=None)
def test_questions_come_back_as_they_were_in_the_order_of_the_plan(asked: list[Question]) -> None:
    with TemporaryDirectory() as name:
        with store.opened(Path(name), create=True) as kept:
            kept.plan(asked)
        with store.opened(Path(name), create=False) as kept:
            assert list(kept.questions()) == asked


@given(st.lists(responses, max_size=8, unique_by=lambda one: one.key))
@settings(max_examples=40, deadline=None)
def test_responses_come_back_as_they_were(given_back: list[Response]) -> None:
    with TemporaryDirectory() as name:
        with store.opened(Path(name), create=True) as kept:
            spell = kept.begin("some", "random", {})
            for one in given_back:
                kept.add(spell, one, 1.0)
        with store.opened(Path(name), create=False) as kept:
            assert kept.responses() == {one.key: one for one in given_back}
            assert kept.answered() == {one.key for one in given_back}


def test_what_is_stored_first_stands(tmp_path: Path) -> None:
    with store.opened(tmp_path, create=True) as kept:
        kept.plan([question("a", "first?"), question("b")])
        kept.plan([question("b"), question("a", "second?"), question("c")])
        assert {one.key: one.prompt for one in kept.questions()}["a"] == "first?"
        assert len(list(kept.questions())) == 3
        spell = kept.begin("some", "random", {})
        kept.add(spell, scored("a", -1.0), 1.0)
        kept.add(spell, scored("a", -9.0), 2.0)
        assert kept.responses() == {"a": scored("a", -1.0)}


def test_a_spell_counts_what_it_asked_and_how_long_it_took(tmp_path: Path) -> None:
    with store.opened(tmp_path, create=True) as kept:
        first = kept.begin("some", "transformers", {"dtype": "bfloat16"})
        kept.add(first, scored("a"), 0.5)
        kept.add(first, scored("b"), 2.5)
        second = kept.begin("other", "random", {})
        kept.end(second, 7)
        killed, empty = kept.spells()
    assert killed == Spell(
        model="some",
        engine="transformers",
        facts={"dtype": "bfloat16"},
        asked=None,
        answered=2,
        seconds=2.5,
    )
    assert (empty.asked, empty.answered, empty.seconds) == (7, 0, 0.0)


def test_a_response_is_kept_at_once(tmp_path: Path) -> None:
    filled(tmp_path)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with store.opened(tmp_path, create=False) as kept:
            kept.add(kept.begin("some", "random", {}), scored("new"), 1.0)
            os.write(writer, b".")
            time.sleep(60)
        os._exit(0)
    assert os.read(reader, 1) == b"."
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with store.opened(tmp_path, create=False) as kept:
        assert "new" in kept.answered()
        assert kept.spells()[-1].asked is None


# ── what is damaged is named ────────────────────────────────────────────────────────────────────


def in_database(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / "run.sqlite") as database:
            database.execute(statement)
        database.close()

    return change


def in_file(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


def cut_in_half(folder: Path) -> None:
    path = folder / "run.sqlite"
    os.truncate(path, path.stat().st_size // 2)


def made_a_folder(folder: Path) -> None:
    (folder / "run.sqlite").unlink()
    (folder / "run.sqlite" / "inner").mkdir(parents=True)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "cut in half": cut_in_half,
    "no database": in_file("run.sqlite", b"what is this? " * 1000),
    "a short file": in_file("run.sqlite", b"SQLite format 3\0"),
    "a folder in its place": made_a_folder,
    "no tables": in_database("DROP TABLE responses"),
    "another schema": in_database("PRAGMA user_version = 99"),
    "a response that is no JSON": in_database("UPDATE responses SET json = '{'"),
    "a response that is a list": in_database("UPDATE responses SET json = '[1]'"),
    "a response without usage": in_database("UPDATE responses SET json = '{}'"),
    "a response of no kind": in_database(
        """UPDATE responses SET json = '{"kind": "Guess", "usage": {}}'"""
    ),
    "a response that is a number": in_database("UPDATE responses SET json = '7'"),
    "a response nested too deep": in_database(
        "UPDATE responses SET json = replace(hex(zeroblob(50000)), '0', '[')"
    ),
    "a question that is no JSON": in_database("UPDATE questions SET json = 'no'"),
    "a question that lacks fields": in_database(
        """UPDATE questions SET json = '{"condition": {}}'"""
    ),
    "a text that is no UTF-8": in_database("UPDATE questions SET json = CAST(x'ff' AS TEXT)"),
    "facts that are no JSON": in_database("UPDATE spells SET facts = 'x'"),
    "facts that are no object": in_database("UPDATE spells SET facts = '3'"),
    "a manifest that is no JSON": in_file("manifest.json", b"{"),
    "a manifest that is a list": in_file("manifest.json", b"[]"),
    "a manifest that is no UTF-8": in_file("manifest.json", b'{"a": "\xff"}'),
    "a manifest with half of a character": in_file("manifest.json", b'{"a": "\\ud800"}'),
    "a manifest nested too deep": in_file("manifest.json", b"[" * 100_000),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_store_is_the_users_to_mend_and_is_named(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    filled(folder)
    used(folder)
    DAMAGE[kind](folder)
    with pytest.raises(RunMistake, match=r"damaged|schema|no run") as caught:
        used(folder)
    assert caught.value.message.startswith(str(folder))
    assert caught.value.hint is not None


def with_field(record: Question | Response, place: str, value: Any) -> Any:
    """Return a record with a value that its type forbids; `place` may be in a record of its own."""
    name, _, inner = place.partition(".")
    if inner:
        value = with_field(getattr(record, name), inner, value)
    return replace(record, **{name: value})


WRONG_IN_A_QUESTION: dict[str, tuple[Any, ...]] = {
    "gold": ("x", True, 0.0, None, -1, 2, 2**70),
    "labels": ([None], 3, [["a"]]),
    "choice_tokens": ([None], ["1"]),
    "formal": ([], "x", None),
    "instance": (7, {}, None),
    "too_long": (0, "false", None),
    "answer": ("guess", []),
    "condition.k": ("x", 1.5, []),
    "condition.labels": ("other", {}),
    "condition.form": (None, "a\ud800"),
    "model": (7, "a\ud800"),
}


@pytest.mark.parametrize(
    ("place", "value"),
    [(place, value) for place, values in WRONG_IN_A_QUESTION.items() for value in values],
)
def test_a_question_of_wrong_types_is_named_whatever_its_checksum(
    place: str, value: Any, tmp_path: Path
) -> None:
    with store.opened(tmp_path, create=True) as kept:
        kept.plan([with_field(question("some"), place, value)])
        with pytest.raises(StoreDamaged, match=f"^{tmp_path}: .* entry some: "):
            list(kept.questions())


COMPLETED = Completion(key="some", text="yes", finish="stop")
WRONG_IN_A_RESPONSE: list[tuple[Response, str, tuple[Any, ...]]] = [
    (COMPLETED, "text", (7, None, ["yes"])),
    (COMPLETED, "finish", ("never", None, {})),
    (COMPLETED, "usage.prompt_tokens", ("7", 1.5, None, True)),
    (scored("some"), "values", (["x"], [None], 3, None)),
]


@pytest.mark.parametrize(
    ("record", "place", "value"),
    [(record, place, one) for record, place, values in WRONG_IN_A_RESPONSE for one in values],
)
def test_a_response_of_wrong_types_is_named_whatever_its_checksum(
    record: Response, place: str, value: Any, tmp_path: Path
) -> None:
    with store.opened(tmp_path, create=True) as kept:
        kept.add(kept.begin("some", "random", {}), with_field(record, place, value), 1.0)
        with pytest.raises(StoreDamaged, match=f"^{tmp_path}: .* entry "):
            kept.responses()
        if place.startswith("usage"):
            with pytest.raises(StoreDamaged, match=f"^{tmp_path}: .* entry some: "):
                kept.spells()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    filled(folder)
    return folder


@given(
    place=st.floats(min_value=0, max_value=1, exclude_max=True),
    bits=st.integers(min_value=1, max_value=255),
    length=st.sampled_from((1, 1, 16, 4096)),
)
@settings(max_examples=80, deadline=None)
def test_flipped_bytes_end_in_a_message_or_in_nothing_worse(
    whole: Path, place: float, bits: int, length: int
) -> None:
    content = bytearray((whole / "run.sqlite").read_bytes())
    start = int(place * len(content))
    for position in range(start, min(start + length, len(content))):
        content[position] ^= bits
    with TemporaryDirectory() as name:
        (Path(name) / "run.sqlite").write_bytes(content)
        try:
            used(Path(name))
        except RunMistake as mistake:
            assert mistake.message.startswith(name)  # noqa: PT017 - it may also go well


def test_a_folder_without_a_run_is_no_run(tmp_path: Path) -> None:
    with (
        pytest.raises(RunMistake, match="no run is stored here"),
        store.opened(tmp_path / "nothing", create=False),
    ):
        pass
    assert not (tmp_path / "nothing").exists()


def test_a_run_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(RunMistake, match=f"{tmp_path}/file/run: cannot be written"),
        store.opened(tmp_path / "file" / "run", create=True),
    ):
        pass


# ── one at a time ───────────────────────────────────────────────────────────────────────────────

_OPEN = """
import sys
from pathlib import Path
from evalsuite import errors, store
try:
    with store.opened(Path(sys.argv[1]), create=True):
        print("open", flush=True)
        sys.stdin.read()
except errors.RunMistake as mistake:
    print(mistake.message, flush=True)
"""


def opener(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _OPEN, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_is_refused_until_the_first_ends_even_if_killed(tmp_path: Path) -> None:
    refusal = f"{tmp_path}: another process is at work on this run"
    holder = opener(tmp_path)
    assert first_line(holder) == "open"
    with opener(tmp_path) as second:
        assert first_line(second) == refusal
    with pytest.raises(RunMistake, match=refusal), store.locked(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with opener(tmp_path) as third:
        assert first_line(third) == "open"
        third.communicate("")


def test_a_folder_that_cannot_be_locked_is_not_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuses)
    with (
        pytest.raises(RunMistake, match="cannot be locked: No locks available") as caught,
        store.locked(tmp_path),
    ):
        pass
    assert "local disk" in str(caught.value.hint)


# ── whole or not at all ─────────────────────────────────────────────────────────────────────────


def replacing(path: Path, texts_in_turn: tuple[str, ...]) -> int:
    """Start a process that replaces the file's text for ever."""
    child = os.fork()
    if child == 0:
        try:
            while True:
                for text in texts_in_turn:
                    paths.replace(path, text)
        finally:
            os._exit(1)
    return child


def reads(path: Path, until: float) -> Iterator[str]:
    while time.monotonic() < until:
        yield path.read_text(encoding="utf-8")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    versions = ("a" * 300_000, "b" * 200_000)
    paths.replace(path, versions[0])
    rng = Random(5)
    for _ in range(20):
        child = replacing(path, versions)
        try:
            until = time.monotonic() + rng.uniform(0.0, 0.1)
            assert all(text in versions for text in reads(path, until))
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert path.read_text(encoding="utf-8") in versions


def test_a_text_that_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    paths.replace(path, "old")
    with pytest.raises(UnicodeEncodeError):
        paths.replace(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_manifest_may_be_read_by_whoever_may_read_any_other_file(tmp_path: Path) -> None:
    (tmp_path / "any").write_text("")
    with store.opened(tmp_path, create=True) as kept:
        kept.write_manifest({"some": "thing"})
        assert kept.manifest() == {"some": "thing"}
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("any", "manifest.json")}
    assert len(modes) == 1
    assert json.loads((tmp_path / "manifest.json").read_text()) == {"some": "thing"}


@pytest.mark.parametrize("name", ["lock", "run.sqlite", "responses.log", "manifest.json"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
@pytest.mark.usefixtures("promptly")
def test_what_stands_in_a_files_place_is_refused_and_left_alone(
    name: str, kind: str, tmp_path: Path
) -> None:
    folder, other = tmp_path / "run", tmp_path / "other"
    filled(folder)
    other.write_bytes(b"someone else's, without a line feed")
    (folder / name).unlink()
    make = {"link": lambda path: path.symlink_to(other), "pipe": os.mkfifo, "folder": Path.mkdir}
    make[kind](folder / name)
    for use in (used, store.mend):
        with pytest.raises(RunMistake, match=f"`{name}` is no ordinary file|no run is stored"):
            use(folder)
    assert other.read_bytes() == b"someone else's, without a line feed"
