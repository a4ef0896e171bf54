"""The data of a report: what was run, the figures, and the samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalsuite import __version__
from evalsuite.loaded import LoadedRun
from evalsuite.report import board, effects, ladders, shots, surety, verdicts
from evalsuite.report.figures import Section, section
from evalsuite.report.gold import gold
from evalsuite.report.runs import (
    Groups,
    Series,
    conditions_of,
    curves,
    groups,
    headlines,
    of_models,
    series_of,
    setting_of,
)
from evalsuite.report.samples import Samples, samples
from evalsuite.report.visible import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a run before its figures."""

    name: str
    suite: str
    about: str
    date: str
    unanswered: int
    weights: str  # whether they are as they were


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A series, as it is told of."""

    name: str
    model: str
    kind: str
    engine: str
    parameters: int | None
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that the page shows. Every statistic in it is computed already."""

    version: str
    runs: tuple[Told, ...]
    subjects: tuple[Subject, ...]
    tasks: int
    settings: int  # that were asked; a figure shows one of them for each series and task
    sections: tuple[Section, ...]
    samples: Samples


def report(runs: Sequence[LoadedRun]) -> Report:
    """Return the report of runs that were judged."""
    series = series_of(runs)
    grouped = groups(runs, series)
    among = conditions_of(grouped)
    return Report(
        version=__version__,
        runs=tuple(map(_told, runs)),
        subjects=tuple(_subject(runs, one) for one in series),
        tasks=len(among),
        settings=len({setting_of(one, each) for each in among.values() for one in each}),
        sections=_sections(runs, series, grouped),
        samples=samples(runs, series, grouped, gold(runs)),
    )


def _sections(
    runs: Sequence[LoadedRun], series: Sequence[Series], grouped: Groups
) -> tuple[Section, ...]:
    everyone = curves(runs, grouped)
    lines = of_models(everyone)
    headline = headlines(runs, grouped)
    made = (
        section("proofs", "Verdict against proof", [verdicts.gap(lines)]),
        section("leaderboard", "Leaderboard", [board.leaderboard(runs)]),
        section("shots", "What shots change", [shots.slopes(lines), shots.over_k(lines)]),
        section("prompt", "What the prompt changes", [effects.effects(runs, series)]),
        section("ladder", "Difficulty", [ladders.ladder(lines)]),
        section(
            "errors",
            "Errors",
            [
                verdicts.outcomes(grouped),
                verdicts.flaws(grouped),
                verdicts.places(grouped),
                verdicts.confusion(everyone),
            ],
        ),
        section("surety", "Calibration", [surety.diagram(lines), surety.measures(lines)]),
        section(
            "beside",
            "Side by side",
            [shots.kinds(lines), shots.languages(grouped, headline)],
        ),
        section("speed", "Speed and cost", [board.speed(runs)]),
    )
    return tuple(one for one in made if one is not None)


def _told(run: LoadedRun) -> Told:
    suite = run.manifest.get("suite", {})
    return Told(
        name=visible(run.name),
        suite=visible(str(suite.get("name", ""))),
        about=visible(str(suite.get("about", ""))),
        date=run.date,
        unanswered=run.unanswered,
        weights=_weights(run.manifest),
    )


def _weights(manifest: Mapping[str, object]) -> str:
    """Say whether the weights after the run are those before it; empty where nobody knows."""
    after = manifest.get("weights_sha256_after")
    subjects = manifest.get("subjects")
    if not isinstance(after, dict) or not isinstance(subjects, list) or not after:
        return ""
    before = {one.get("name"): one.get("weights_sha256") for one in subjects}
    alike = all(before.get(name) == digest for name, digest in after.items())
    return "no weight changed" if alike else "WEIGHTS CHANGED"


def _subject(runs: Sequence[LoadedRun], series: Series) -> Subject:
    run = next(one for one in runs if one.name in series.runs)
    told = run.subject(series.model)
    parameters = told.get("parameters")
    return Subject(
        name=visible(series.name),
        model=visible(series.model),
        kind=visible(series.kind),
        engine=visible(series.engine),
        parameters=parameters if isinstance(parameters, int) else None,
        about=visible(str(told.get("about", ""))),
    )
