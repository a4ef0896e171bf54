"""Runs of one model in a report: joined where they asked it alike, each something else."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalsuite import names, store
from evalsuite.cli import _runs
from evalsuite.loaded import LoadedRun
from evalsuite.records import Condition, Judged
from evalsuite.report import effects
from evalsuite.report.record import Report, report
from evalsuite.report.runs import curves, groups, origins, series_of
from tests import reporting
from tests.reporting import condition
from tests.test_report import assert_paired, assert_wilson, difference, figure, is_right, rows

TASK = "entailment"
THREE: Mapping[str, tuple[Condition, ...]] = {
    "english": (condition(0), condition(2)),
    "more": (condition(4),),
    "portuguese": (condition(0, "pt"), condition(2, "pt")),
}
APART = {"small-base (english)", "small-base (portuguese)"}


def made(
    home: Path,
    conditions: Mapping[str, Iterable[Condition]],
    limits: Mapping[str, int] | None = None,
    subjects: Iterable[Mapping[str, Any]] = reporting.SUBJECTS,
    changes: Mapping[str, Any] | None = None,
) -> tuple[LoadedRun, ...]:
    """Return runs on one task; of the last one, the manifest has changes."""
    for name, under in conditions.items():
        limit = (limits or {}).get(name, 6)
        place = home / "runs" / name
        reporting.written(
            place, tasks_=(TASK,), limit=limit, conditions=under, subjects=tuple(subjects)
        )
        with store.opened(place, create=False) as kept:
            last = name == tuple(conditions)[-1]
            kept.write_manifest(
                {**DECISIVE, **kept.manifest(), **((changes or {}) if last else {})}
            )
    return _runs.judged([], home, lambda _: None)


DECISIVE: Mapping[str, Any] = {
    "settings": {"seed": 0, "dtype": "auto", "max_context": 8192, "arguments": {}},
    "templates": {"en/any": "1", "pt/any": "2"},
    "forms": {"en/text": "1", "pt/text": "2"},
    "engines": {"small-base": {"dtype": "float32"}},
}
BASE = reporting.SUBJECTS[:1]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedRun, ...]:
    return made(tmp_path_factory.mktemp("results"), THREE)


@pytest.fixture(scope="module")
def whole(runs: tuple[LoadedRun, ...]) -> Report:
    return report(runs)


def asked(runs: Iterable[LoadedRun], row: Mapping[str, Any], language: str = "en") -> list[Judged]:
    return [
        one
        for run in runs
        for one in run.judged
        if (one.question.model, one.question.condition.k, one.question.condition.language)
        == (row["series"], row["k"], language)
    ]


def test_a_model_asked_in_three_runs_is_one_series(
    whole: Report, runs: tuple[LoadedRun, ...]
) -> None:
    assert [one.name for one in whole.subjects] == ["small-base", "small-chat", "random"]
    assert {one.runs for one in series_of(runs)} == {("english", "more", "portuguese")}
    found = rows(whole, "curves")
    assert [row["k"] for row in found if row["series"] == "small-base"] == [0, 2, 4]
    for row in found:
        held = [is_right(one) for one in asked(runs, row)]
        assert_wilson(held, row["value"], row["low"], row["high"])
    for name in ("ladder", "reliability", "calibration", "kinds", "slopes"):
        assert {row["k"] for row in rows(whole, name)} == {0, 4}


def test_what_two_runs_have_is_compared_on_the_same_instances(
    whole: Report, runs: tuple[LoadedRun, ...]
) -> None:
    found = rows(whole, "languages")
    assert {(row["series"], row["k"]) for row in found} == {
        (name, k) for name in ("small-base", "small-chat") for k in (0, 2)
    }
    for row in found:
        other, english = asked(runs, row, "pt"), asked(runs, row)
        assert row["n"] == len(other) == len(english) == 6
        assert_paired(difference(row), other, english, is_right)
    for row in rows(whole, "slopes"):
        if row["k"]:
            assert_paired(difference(row), asked(runs, row), asked(runs, {**row, "k": 0}), is_right)


def test_of_runs_of_other_sizes_what_all_have_is_compared(tmp_path: Path) -> None:
    limits = {"english": 6, "more": 4, "portuguese": 3}
    found = report(made(tmp_path, THREE, limits, BASE))
    assert {row["n"] for row in rows(found, "languages")} == {3}
    assert {row["n"] for row in rows(found, "slopes")} == {4}
    assert {row["n"] for row in rows(found, "curves")} == {4}


def test_the_leaderboard_and_the_samples_keep_their_run(
    whole: Report, runs: tuple[LoadedRun, ...]
) -> None:
    board = rows(whole, "leaderboard")
    assert len(board) == sum(len(run.board) for run in runs)
    assert {row["run"] for row in board} == set(THREE)
    held: Any = whole.samples
    told = {
        key: held.words["run"][run]
        for key, run in zip(held.columns["key"], held.columns["run"], strict=True)
    }
    assert told == {
        names.digest(run.name, one.question.key)[:16]: run.name
        for run in runs
        for one in run.judged
    }
    for place, run in origins(runs, series_of(runs)).items():
        group = groups(runs, series_of(runs))[place]
        assert set(map(id, group)) <= set(map(id, run.judged))


SUBJECT = dict(reporting.SUBJECTS[0])
TASKS = reporting.manifest({TASK: reporting.task(TASK)})["tasks"]
HINDERS: Mapping[str, Mapping[str, Any]] = {
    "weights": {"subjects": [{**SUBJECT, "weights_sha256": "f" * 64}]},
    "weights after": {"weights_sha256_after": {"small-base": "f" * 64}},
    "kind": {"subjects": [{**SUBJECT, "kind": "instruct"}]},
    **{
        name: {"settings": {**DECISIVE["settings"], name: other}}
        for name, other in (
            ("seed", 1),
            ("dtype", "float16"),
            ("max_context", 64),
            ("arguments", {"quantization": "fp8"}),
            ("servers", ["http://127.0.0.1:1"]),
        )
    },
    "what auto came to": {"engines": {"small-base": {"dtype": "bfloat16"}}},
    "sampling": {"sampling": {"samples": 5, "temperature": 0.7}},
    "task": {"tasks": {TASK: {**TASKS[TASK], "digest": "f" * 64}}},
    "task's metrics": {"tasks": {TASK: {**TASKS[TASK], "metrics": ["certified-accuracy"]}}},
}


@pytest.mark.parametrize("changes", HINDERS.values(), ids=HINDERS)
def test_what_decides_answers_keeps_runs_apart(tmp_path: Path, changes: Mapping[str, Any]) -> None:
    two = {name: THREE[name] for name in ("english", "portuguese")}
    found = report(made(tmp_path, two, subjects=BASE, changes=changes))
    assert {one.name for one in found.subjects} == APART
    assert "languages" not in {one.name for part in found.sections for one in part.figures}


@pytest.mark.parametrize("kind", ["templates", "forms"])
def test_a_layout_that_is_another_keeps_runs_apart(tmp_path: Path, kind: str) -> None:
    two = {"english": [condition(0)], "portuguese": [condition(2)]}
    changes = {kind: {**DECISIVE[kind], f"en/{'any' if kind == 'templates' else 'text'}": "9"}}
    found = report(made(tmp_path, two, subjects=BASE, changes=changes))
    assert {one.name for one in found.subjects} == APART


def test_a_version_or_a_layout_of_something_else_keeps_nothing_apart(tmp_path: Path) -> None:
    changes = {
        "versions": {"vllm": "9"},
        "environment": {"cores": 9},
        "templates": {**DECISIVE["templates"], "en/other": "9"},
    }
    found = report(made(tmp_path, THREE, subjects=BASE, changes=changes))
    assert [one.name for one in found.subjects] == ["small-base"]


def test_another_problem_of_the_same_name_keeps_runs_apart(tmp_path: Path) -> None:
    two = {name: THREE[name] for name in ("english", "portuguese")}
    english, other = made(tmp_path, two, subjects=BASE)
    altered = [replace(one, question=replace(one.question, twin="another")) for one in other.judged]
    other = replace(other, judged=tuple(altered))
    assert {one.name for one in series_of([english, other])} == APART


def test_runs_that_asked_the_same_stand_each_for_itself(tmp_path: Path) -> None:
    found = made(tmp_path, {**THREE, "zero": [condition(0)]}, subjects=BASE)
    together = {one.name: one.runs for one in series_of(found)}
    assert together == {
        "small-base (english)": ("english",),
        "small-base (more, portuguese)": ("more", "portuguese"),
        "small-base (zero)": ("zero",),
    }
    held = report(found)
    assert {row["series"] for row in rows(held, "outcomes")} == set(together)
    counted = sum(row["count"] for row in rows(held, "outcomes"))
    assert counted == sum(len(run.judged) for run in found)


def test_one_change_in_two_runs_names_them_in_its_setting(tmp_path: Path) -> None:
    two = {
        name: [replace(condition(2), shot_seed=seed, labels=labels) for labels in LABELS]
        for name, seed in (("one", 1), ("two", 2))
    }
    found = made(tmp_path, two, subjects=BASE)
    (series,) = series_of(found)
    held = effects.effects(found, [series])
    assert held is not None
    assert sorted(str(row[5]) for row in held.rows) == [
        f"text, en, 2 shots, {name}" for name in two
    ]


LABELS: tuple[Any, ...] = ("gold", "shuffled")


def test_a_report_of_one_run_is_as_it_was(runs: tuple[LoadedRun, ...]) -> None:
    (curve, *_) = curves(runs[:1], groups(runs[:1], series_of(runs[:1])))
    assert curve.series.runs == ("english",)
    assert figure(report(runs[:1]), "slopes").rows
