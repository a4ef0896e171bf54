"""What was drawn before is not drawn again, and is the very same."""

import pickle
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from evalsuite import drawn, instances, paths, tasks
from evalsuite.families import family
from evalsuite.records import Task


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path))
    return tmp_path / "instances"


def task(name: str = "resolvent") -> Task:
    return tasks.task(name, (paths.shipped("tasks"),))


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each draw."""
    kind = family(task().family)
    first = kind.draw  # type: ignore[union-attr]  # a family that draws
    counted: list[int] = []

    def counting(params: object, rung: int, gold: int, rng: Random) -> object:
        counted.append(rung)
        return first(params, rung, gold, rng)

    monkeypatch.setattr(kind, "draw", counting)
    return counted


@pytest.mark.parametrize("name", ["resolvent", "unification-mgu"])
def test_what_is_kept_is_what_would_be_drawn(name: str) -> None:
    asked = replace(task(name), size=12)
    first = instances.questions(asked)
    assert instances.questions(asked) == first
    assert first == tuple(islice(instances.each(asked, "question"), 12))
    assert instances.questions(asked, 5) == first[:5]


def test_nothing_is_drawn_twice_and_more_goes_on_where_it_stopped(draws: list[int]) -> None:
    asked = replace(task(), size=10)
    few = instances.questions(asked, 6)
    before = len(draws)
    assert instances.questions(asked, 6) == few
    assert instances.questions(asked, 3) == few[:3]
    assert len(draws) == before
    many = instances.questions(asked)
    assert many[:6] == few
    assert len(draws) > before
    assert many == tuple(islice(instances.each(asked, "question"), 10))
    assert {one.canonical for one in many}.isdisjoint(
        one.canonical for one in instances.pool(asked, 4)
    )


def test_another_task_or_other_code_draws_anew(
    draws: list[int], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = replace(task(), size=4)
    instances.questions(asked)
    others = (replace(asked, seed=asked.seed + 1), replace(asked, name="other"))
    for other in others:
        before = len(draws)
        instances.questions(other)
        assert len(draws) > before
    before = len(draws)
    monkeypatch.setattr(drawn, "_code", lambda: "other code")
    instances.questions(asked)
    assert len(draws) > before
    assert len(list(cache.iterdir())) == len(others) + 2


@pytest.mark.parametrize("content", [b"", b"garbage", pickle.dumps(5), pickle.dumps("text")])
def test_a_damaged_file_is_drawn_again(content: bytes, cache: Path) -> None:
    asked = replace(task(), size=4)
    first = instances.questions(asked)
    (file,) = cache.iterdir()
    file.write_bytes(content)
    assert instances.questions(asked) == first
    assert pickle.loads(file.read_bytes()) == first  # noqa: S301 - written a line before


def test_a_cache_that_cannot_be_written_is_done_without(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.parent.mkdir(exist_ok=True)
    cache.write_text("a file where the folder should be")
    asked = replace(task(), size=4)
    assert instances.questions(asked) == tuple(islice(instances.each(asked, "question"), 4))
    monkeypatch.setenv("EVALSUITE_CACHE", "/proc/none")
    assert len(instances.questions(asked)) == 4


def test_files_of_other_codes_do_not_pile_up(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(task(), size=2)
    for number in range(3 * drawn._KEPT):
        monkeypatch.setattr(drawn, "_code", lambda number=number: str(number))
        instances.questions(asked)
    assert len(list(cache.iterdir())) == drawn._KEPT
