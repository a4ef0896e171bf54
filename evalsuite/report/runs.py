"""What a report is made of: runs as they were judged, and the curves over k that they hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from evalsuite.records import Condition, Judged, Response, Row
from evalsuite.speed import Speed

BASELINE = "baseline"  # what a subject is that is no model


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stored run with all that its report shows."""

    name: str
    date: str  # of its last response, as 2026-11-27
    manifest: Mapping[str, Any]
    rows: tuple[Row, ...]
    judged: tuple[Judged, ...]
    responses: Mapping[str, Response]  # by the key of the question
    speeds: tuple[Speed, ...]
    unanswered: int

    def kind(self, model: str) -> str:
        """Return what a subject is: pretrained, instruct, or a baseline."""
        return str(self.subject(model).get("kind") or BASELINE)

    def headline(self, task: str) -> str:
        """Return the metric that says what is right in a task: its first."""
        metrics = self.manifest.get("tasks", {}).get(task, {}).get("metrics") or ("accuracy",)
        return str(metrics[0])

    def subject(self, model: str) -> Mapping[str, Any]:
        """Return what the manifest tells of a subject; empty where it tells nothing."""
        subjects = self.manifest.get("subjects", ())
        return next((one for one in subjects if one.get("name") == model), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One model by one engine in one run: what has a colour of its own."""

    name: str  # for people: the model's, and what else tells it apart
    run: str
    model: str
    engine: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A series on a task in its main setting: what was judged, by the number of shots."""

    series: Series
    task: str
    metric: str  # the headline
    setting: str
    points: Mapping[int, tuple[Judged, ...]]

    @property
    def ends(self) -> tuple[int, ...]:
        """The fewest and the most shots: one or two numbers."""
        return tuple(sorted({min(self.points), max(self.points)}))


Groups: TypeAlias = Mapping[tuple[Series, str, Condition], tuple[Judged, ...]]

_Setting: TypeAlias = tuple[str, str, str]  # language, form, template


def series_of(runs: Sequence[Run]) -> tuple[Series, ...]:
    """Return every series, models first, in the order of the runs."""
    found: dict[tuple[str, str, str], str] = {}
    for run in runs:
        for one in run.judged:
            asked = one.question
            found.setdefault((run.name, asked.model, asked.engine), run.kind(asked.model))
    models = [model for _, model, _ in found]
    engines = {(model, engine) for _, model, engine in found}
    made = []
    for (run_name, model, engine), kind in found.items():
        name = model
        if sum(one == model for one, _ in engines) > 1:
            name += f", {engine}"
        if models.count(model) > sum(one == model for one, _ in engines):
            name += f" ({run_name})"
        made.append(Series(name=name, run=run_name, model=model, engine=engine, kind=kind))
    return tuple(sorted(made, key=lambda one: (one.kind == BASELINE, one.name)))


def groups(runs: Sequence[Run], series: Iterable[Series]) -> Groups:
    """Return what was judged of each series on a task under a condition."""
    known = {(one.run, one.model, one.engine): one for one in series}
    found: dict[tuple[Series, str, Condition], list[Judged]] = {}
    for run in runs:
        for one in run.judged:
            asked = one.question
            mine = known[run.name, asked.model, asked.engine]
            found.setdefault((mine, asked.task, asked.condition), []).append(one)
    return {key: tuple(members) for key, members in found.items()}


def curves(runs: Sequence[Run], grouped: Groups) -> tuple[Curve, ...]:
    """Return the curve of each series on each task in the setting with most numbers of shots.

    Only plain conditions count: with the description, shots that are right and the same for all
    questions. Among settings with as many, English and the first one asked come first.
    """
    named = {run.name: run for run in runs}
    found: dict[tuple[Series, str], dict[_Setting, dict[int, tuple[Judged, ...]]]] = {}
    for (series, task, condition), members in grouped.items():
        if is_plain(condition):
            setting = (condition.language, condition.form, condition.template)
            held = found.setdefault((series, task), {}).setdefault(setting, {})
            held.setdefault(condition.k, members)
    made = []
    for (series, task), settings in found.items():
        setting = max(settings, key=lambda one: (len(settings[one]), one[0] == "en"))
        points = settings[setting]
        made.append(
            Curve(
                series=series,
                task=task,
                metric=named[series.run].headline(task),
                setting=f"{setting[1]}, {setting[0]}",
                points={k: points[k] for k in sorted(points)},
            )
        )
    order = {
        series: place for place, series in enumerate(dict.fromkeys(one for one, *_ in grouped))
    }
    return tuple(sorted(made, key=lambda one: (one.task, order[one.series])))


def is_plain(condition: Condition) -> bool:
    """Say whether a prompt has its description, and shots that are right and the same for all."""
    return condition.description and condition.labels == "gold" and condition.shot_mode == "fixed"
