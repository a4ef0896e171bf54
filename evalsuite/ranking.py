"""Ranks by significance and not by digits.

    rank of an entrant = 1 + how many entrants are significantly better

An entrant is a model in one form; those of one task under one condition are ranked together. Two
are compared by McNemar's exact test on the instances that both were asked, where those are all that
one of them was asked, else by Fisher's exact test of the two shares; p is corrected by Holm over
all pairs of a task. So who shares a rank was not told apart, and ranks may be left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal, TypeAlias

from evalsuite import stats
from evalsuite.metrics import METRICS, metric
from evalsuite.records import Condition, Judged, Row

ALPHA: Final = 0.05

By: TypeAlias = Literal["instances", "shares", "both", ""]  # empty: there is nobody else
Key: TypeAlias = tuple[str, str, str, str, Condition]  # run, model, engine, task, condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A row with its place."""

    row: Row
    rank: int
    better: int  # entrants significantly better
    worse: int
    of: int  # entrants
    by: By  # what it was compared by: the same instances, the two shares


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    better: int  # index of the row with the larger share
    worse: int
    paired: bool
    p: float


def key_of(one: Judged, run: str) -> Key:
    """Return which row of a run a judged question belongs to."""
    asked = one.question
    return (run, asked.model, asked.engine, asked.task, asked.condition)


def ranked(rows: Sequence[Row], judged: Mapping[Key, Sequence[Judged]]) -> tuple[Ranked, ...]:
    """Return the rows whose metric counts questions, ranked, the best first.

    `judged` has what is known of the rows' questions; a row that it lacks is compared by its share.
    """
    tasks: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.metric in METRICS and row.estimate.n:
            tasks.setdefault((row.task, row.metric), []).append(row)
    return tuple(one for found in tasks.values() for one in _in_task(found, judged))


def _in_task(rows: Sequence[Row], judged: Mapping[Key, Sequence[Judged]]) -> Iterator[Ranked]:
    groups: dict[Condition, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(replace(row.condition, form=""), []).append(index)
    answers = [_answers(row, judged) for row in rows]
    tests = [
        _test(rows, answers, first, second)
        for members in groups.values()
        for first, second in combinations(members, 2)
    ]
    corrected = stats.holm([one.p for one in tests])
    shown = [one for one, p in zip(tests, corrected, strict=True) if p < ALPHA]
    for members in groups.values():
        found = [_place(rows, index, len(members), tests, shown) for index in members]
        yield from sorted(found, key=lambda one: (one.rank, -one.row.estimate.value))


def _place(
    rows: Sequence[Row], index: int, of: int, tests: Sequence[_Test], shown: Sequence[_Test]
) -> Ranked:
    better = sum(one.worse == index for one in shown)
    kinds = {one.paired for one in tests if index in {one.better, one.worse}}
    by: By = "" if not kinds else "both" if len(kinds) > 1 else "instances"
    if kinds == {False}:
        by = "shares"
    return Ranked(
        row=rows[index],
        rank=1 + better,
        better=better,
        worse=sum(one.better == index for one in shown),
        of=of,
        by=by,
    )


_Answers: TypeAlias = Mapping[tuple[str, str], bool]  # by instance and problem: is it right?


def _answers(row: Row, judged: Mapping[Key, Sequence[Judged]]) -> _Answers:
    counts = metric(row.metric)
    found = judged.get((row.run, row.model, row.engine, row.task, row.condition), ())
    return {(one.question.instance, one.question.twin): counts(one) for one in found}


def _test(rows: Sequence[Row], answers: Sequence[_Answers], first: int, second: int) -> _Test:
    mine, theirs = answers[first], answers[second]
    shared = mine.keys() & theirs.keys()
    paired = bool(shared) and len(shared) == min(len(mine), len(theirs))
    if paired:
        gains = sum(theirs[each] and not mine[each] for each in shared)
        losses = sum(mine[each] and not theirs[each] for each in shared)
        p, ahead = stats.mcnemar(gains, losses), gains - losses
    else:
        (right, n), (others, m) = _counts(rows[first]), _counts(rows[second])
        p, ahead = stats.fisher(right, n, others, m), others * n - right * m
    better, worse = (second, first) if ahead > 0 else (first, second)
    return _Test(better=better, worse=worse, paired=paired, p=p)


def _counts(row: Row) -> tuple[int, int]:
    return round(row.estimate.value * row.estimate.n), row.estimate.n
