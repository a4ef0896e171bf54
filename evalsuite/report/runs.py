"""What a report is made of: series over its runs, as they were judged, and their curves over k."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from evalsuite.loaded import BASELINE, LoadedRun
from evalsuite.records import Condition, Judged
from evalsuite.report.joining import joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One model by one engine, in the runs that are joined: what has a colour of its own."""

    name: str  # for people: the model's, and what else tells it apart
    runs: tuple[str, ...]
    model: str
    engine: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A series on a task in its main setting: what was judged, by the number of shots."""

    series: Series
    task: str
    metric: str  # the headline
    setting: str  # in words
    points: Mapping[int, tuple[Judged, ...]]

    @property
    def ends(self) -> tuple[int, ...]:
        """The fewest and the most shots: one or two numbers."""
        return tuple(sorted({min(self.points), max(self.points)}))


Place: TypeAlias = tuple[Series, str, Condition]  # a series, on a task, under a condition
Groups: TypeAlias = Mapping[Place, tuple[Judged, ...]]  # each out of one run

_Points: TypeAlias = dict[int, tuple[Judged, ...]]


def series_of(runs: Sequence[LoadedRun]) -> tuple[Series, ...]:
    """Return every series, models first, in the order of the runs."""
    kinds: dict[tuple[str, str], str] = {}
    for run in runs:
        for one in run.judged:
            asked = one.question
            kinds.setdefault((asked.model, asked.engine), run.kind(asked.model))
    models = [model for model, _ in kinds]
    made = []
    for (model, engine), kind in kinds.items():
        name = model if models.count(model) == 1 else f"{model}, {engine}"
        held = tuple(joined(runs, model, engine))
        for those in held:
            told = name if len(held) == 1 else f"{name} ({', '.join(those)})"
            made.append(Series(name=told, runs=those, model=model, engine=engine, kind=kind))
    return tuple(sorted(made, key=lambda one: (one.kind == BASELINE, one.name)))


def groups(runs: Sequence[LoadedRun], series: Iterable[Series]) -> Groups:
    """Return what was judged of each series on a task under a condition, in the series' order."""
    series = tuple(series)
    found: dict[Place, list[Judged]] = {}
    for _, place, one in _placed(runs, series):
        found.setdefault(place, []).append(one)
    order = {one: number for number, one in enumerate(series)}
    return {key: tuple(found[key]) for key in sorted(found, key=lambda key: order[key[0]])}


def origins(runs: Sequence[LoadedRun], series: Iterable[Series]) -> Mapping[Place, LoadedRun]:
    """Return the run that each group is of."""
    return {place: run for run, place, _ in _placed(runs, series)}


def _placed(
    runs: Sequence[LoadedRun], series: Iterable[Series]
) -> Iterator[tuple[LoadedRun, Place, Judged]]:
    known = {(run, one.model, one.engine): one for one in series for run in one.runs}
    for run in runs:
        for one in run.judged:
            asked = one.question
            mine = known[run.name, asked.model, asked.engine]
            yield run, (mine, asked.task, asked.condition), one


def headlines(runs: Sequence[LoadedRun], grouped: Groups) -> Mapping[tuple[Series, str], str]:
    """Return the headline of each task that a series was asked: its runs have the same."""
    named = {run.name: run for run in runs}
    found: dict[tuple[Series, str], str] = {}
    for series, task, _ in grouped:
        mine = [named[one] for one in series.runs]
        asked = next((run for run in mine if task in run.manifest.get("tasks", {})), mine[0])
        found[series, task] = asked.headline(task)
    return found


def curves(runs: Sequence[LoadedRun], grouped: Groups) -> tuple[Curve, ...]:
    """Return the curve of each series on each task, in the setting with most numbers of shots.

    Plain conditions come first: with the description, shots that are right and the same for all
    questions. Among settings with as many, English and the first one asked come first.
    """
    headline, among = headlines(runs, grouped), conditions_of(grouped)
    found: dict[tuple[Series, str], dict[Condition, tuple[Judged, ...]]] = {}
    for (series, task, condition), members in grouped.items():
        found.setdefault((series, task), {})[condition] = members
    made = []
    for (series, task), conditions in found.items():
        settings = _settings(conditions)
        setting = max(
            settings, key=lambda one: (is_plain(one), len(settings[one]), one.language == "en")
        )
        points = settings[setting]
        shown = replace(setting, k=max(points))
        made.append(
            Curve(
                series=series,
                task=task,
                metric=headline[series, task],
                setting=setting_of(shown, among[task]),
                points={k: points[k] for k in sorted(points)},
            )
        )
    order = {
        series: place for place, series in enumerate(dict.fromkeys(one for one, *_ in grouped))
    }
    return tuple(sorted(made, key=lambda one: (one.task, order[one.series])))


def _settings(conditions: Mapping[Condition, tuple[Judged, ...]]) -> Mapping[Condition, _Points]:
    """Return the points of each setting, which is a condition but for its number of shots.

    Without shots, nothing about them makes a difference: what was asked so belongs to all.
    """
    found: dict[Condition, _Points] = {}
    for condition, members in conditions.items():
        found.setdefault(replace(condition, k=0), {})[condition.k] = members
    for setting, points in found.items():
        bare = replace(setting, labels="gold", shot_mode="fixed", shot_seed=0)
        if bare in conditions:
            points.setdefault(0, conditions[bare])
    return found


def of_models(curves: Sequence[Curve]) -> tuple[Curve, ...]:
    """Return the curves of models; those of baselines where there are no others."""
    return tuple(one for one in curves if one.series.kind != BASELINE) or tuple(curves)


# ── conditions in words ─────────────────────────────────────────────────────────────────────────


def conditions_of(grouped: Groups) -> Mapping[str, frozenset[Condition]]:
    """Return the conditions that each task was asked under."""
    found: dict[str, set[Condition]] = {}
    for _, task, condition in grouped:
        found.setdefault(task, set()).add(condition)
    return {task: frozenset(conditions) for task, conditions in found.items()}


def setting_of(condition: Condition, among: Iterable[Condition]) -> str:
    """Put a condition but for its number of shots in words, as far as it is not usual.

    Template and shot seed are told where `among`, all that a task was asked under, has several.
    """
    form, *rest = words_of(condition, among)
    return ", ".join((form, condition.language, *rest))


def words_of(condition: Condition, among: Iterable[Condition]) -> tuple[str, ...]:
    """Return the words of a setting, the form first, but for its language."""
    alike = [one for one in among if one.language == condition.language]
    k = condition.k
    told = (
        (f"template {condition.template}", len({one.template for one in alike}) > 1),
        ("no description", not condition.description),
        (f"labels {condition.labels}", k and condition.labels != "gold"),
        (f"shots {condition.shot_mode}", k and condition.shot_mode != "fixed"),
        (f"seed {condition.shot_seed}", k and len({one.shot_seed for one in alike if one.k}) > 1),
    )
    return (condition.form, *(word for word, holds in told if holds))


def is_plain(condition: Condition) -> bool:
    """Say whether a prompt has its description, and shots that are right and the same for all."""
    return condition.description and condition.labels == "gold" and condition.shot_mode == "fixed"
