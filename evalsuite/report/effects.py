"""What each factor of the prompt changes, as a figure: the effects of a run that varies them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evalsuite import conditioning
from evalsuite.loaded import BASELINE, LoadedRun
from evalsuite.records import Condition, ModelKind
from evalsuite.report.conditioning import words
from evalsuite.report.figures import Cell, Figure, counts, figure, shares, texts
from evalsuite.report.runs import Series

_SETTING = 5  # where it stands in a row
_SLOPE = "shots slope"  # points a doubling of k + 1, which are no difference


def effects(runs: Sequence[LoadedRun], series: Sequence[Series]) -> Figure | None:
    """Every effect of the runs that vary more of the prompt than the number of shots."""
    return figure(
        "effects",
        "What each part of the prompt changes",
        "A dot is the share right after the change minus that before, on the same questions with"
        " all else alike, in points with its 95 % bootstrap interval; it is filled where p (Holm's"
        " correction over all effects of the run, slopes over k among them) is below 0.05.",
        "effects",
        (
            *texts("series", "task", "factor", "before", "after", "setting"),
            *counts("n"),
            *shares("base", "difference", "low", "high"),
            *shares("p", "p_holm", digits=4),
            *shares("detectable"),
            *texts("in_words"),
        ),
        _named_apart([(run, row) for run in runs if _varies(run) for row in _rows(run, series)]),
    )


def _named_apart(held: Sequence[tuple[LoadedRun, Sequence[Cell]]]) -> Iterator[Sequence[Cell]]:
    """Yield the rows; where two runs of a series have one change, its setting names the run."""
    several = Counter(tuple(row[: _SETTING + 1]) for _, row in held)
    for run, row in held:
        if several[tuple(row[: _SETTING + 1])] > 1:
            setting = f"{row[_SETTING]}, {run.name}"
            yield (*row[:_SETTING], setting, *row[_SETTING + 1 :])
        else:
            yield row


def _varies(run: LoadedRun) -> bool:
    """Say whether a model was asked a task under conditions that differ in more than their shots.

    How many shots there are, and which, have figures of their own; the effects take a while.
    """
    found: dict[tuple[str, str], set[Condition]] = {}
    for one in run.judged:
        asked = one.question
        if run.kind(asked.model) != BASELINE:
            setting = replace(asked.condition, k=0, shot_seed=0)
            found.setdefault((asked.model, asked.task), set()).add(setting)
    return any(len(settings) > 1 for settings in found.values())


def _rows(run: LoadedRun, series: Sequence[Series]) -> Iterator[Sequence[Cell]]:
    named = {(one.model, one.engine): one for one in series if run.name in one.runs}
    kinds: dict[str, ModelKind] = {
        one.model: "instruct" if one.kind == "instruct" else "pretrained"
        for one in named.values()
        if one.kind != BASELINE
    }
    headline = {one.question.task: run.headline(one.question.task) for one in run.judged}
    for one in conditioning.effects(run.judged, kinds, headline):
        if one.factor == _SLOPE:
            continue
        yield (
            *(named[one.model, one.engine].name, one.task, one.factor, one.before, one.after),
            *(one.setting, one.n, one.base, one.difference, one.low, one.high, one.p, one.p_holm),
            *(one.detectable, words(one)),
        )
