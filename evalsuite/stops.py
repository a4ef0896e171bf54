"""The stops of a run, in order: read, draw, render (all in `plan`), ask, judge, sum up, post.

Asking is the one effect: what is planned either stands before an engine is started, or ends the
command.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from evalsuite import (
    conditioning,
    engines,
    forecast,
    judging,
    leaderboard,
    ledger,
    models,
    names,
    paths,
    speed,
    store,
)
from evalsuite.errors import KEPT, CheckFailed, EngineFailure, RunMistake
from evalsuite.plan import PREFERRED, Options, Plan, Subject, default_engine, plan
from evalsuite.records import (
    Effect,
    Json,
    Judged,
    Request,
    Response,
    Row,
    Settings,
    Spread,
)
from evalsuite.report import conditioning as report
from evalsuite.report import pictures

CONDITIONING = "conditioning.md"  # beside it the same as CSV, and as a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditioned:
    """What the prompts of a run did to its models."""

    effects: tuple[Effect, ...]
    spreads: tuple[Spread, ...]
    weights: report.Weights
    metrics: Mapping[str, str]  # by task: its first, which says what is right

    @property
    def sections(self) -> tuple[report.Section, ...]:
        """The tables for people."""
        return report.sections(self.effects, self.spreads)

    @property
    def tables(self) -> Mapping[str, str]:
        """The text of each of its files, by the file's name."""
        return {
            "conditioning.csv": report.to_csv(self.effects),
            CONDITIONING: report.to_markdown(self.sections, self.metrics, self.weights),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a run came to."""

    name: str
    folder: Path
    rows: tuple[Row, ...]
    conditioned: Conditioned | None  # where the suite has slices
    asked: int  # requests handed to engines just now
    answered_before: int
    unanswered: int
    speeds: tuple[speed.Speed, ...]


class Listener(Protocol):
    """Who wants to know how a run goes."""

    def say(self, text: str) -> None:
        """Hear of a step."""

    def warn(self, text: str) -> None:
        """Hear of something that the user must know."""

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Hear that a subject is about to be asked; `done` of `total` are already answered."""

    def step(self, subject: Subject, response: Response) -> None:
        """Hear of a response that has been kept."""


def run(options: Options, listener: Listener) -> Finished:
    """Do all the stops; what is already answered is not asked again.

    Raises:
        UserMistake: something cannot be used as it is; nothing was asked.
        EngineFailure: an engine stopped or left something out; what finished is kept.
        CheckFailed: a model's weights changed during the run.
        SoundnessAlarm: a label or a checker is wrong; nothing is posted.

    """
    if options.engine is None and default_engine() != PREFERRED:
        listener.warn(f"{PREFERRED} is not installed: using the `{default_engine()}` engine")
    made = plan(options, listener.say)
    folder = paths.runs(options.results) / made.name
    if options.fresh:
        _set_aside(folder)
    with store.opened(folder, create=True) as kept:
        _check_questions(made, kept)
        if not kept.manifest():
            kept.write_manifest(made.manifest)
        kept.plan(one.question for one in made.asked)
        _tell_restored(kept, listener.warn)
        before = len(kept.answered())
        asked = ask(made, kept, options.settings, listener)
        _check_weights(made, kept)
        everything = tuple(judging.judged(kept))
        rows = judging.rows(kept, everything)
        found = varied(kept, everything)
        unanswered = judging.unanswered(kept)
        speeds = _post_speed(kept)
    post(options.results, folder, rows, listener.warn)
    if found is not None:
        post_conditioned(folder, found, rows)
    return Finished(
        name=made.name,
        folder=folder,
        rows=rows,
        conditioned=found,
        asked=asked,
        answered_before=before,
        unanswered=unanswered,
        speeds=speeds,
    )


def foresee(
    options: Options, prices: forecast.Prices, listener: Listener
) -> tuple[forecast.Forecast, ...]:
    """Return what a run would ask, take and cost; nothing is asked, and nothing written.

    Raises:
        UserMistake: something cannot be used as it is.

    """
    made = plan(options, listener.say)
    return forecast.forecasts(made, options.settings, prices, options.results)


def score(folder: Path, results: Path, warn: Callable[[str], None]) -> Finished:
    """Judge a stored run anew, without a model, and post it.

    Raises:
        RunMistake: the folder holds no run that can be read.

    """
    with store.opened(folder, create=False) as kept:
        _tell_restored(kept, warn)
        everything = tuple(judging.judged(kept))
        rows = judging.rows(kept, everything)
        finished = Finished(
            name=kept.name,
            folder=folder,
            rows=rows,
            conditioned=varied(kept, everything),
            asked=0,
            answered_before=len(kept.answered()),
            unanswered=judging.unanswered(kept),
            speeds=_post_speed(kept),
        )
    post(results, folder, rows, warn)
    if finished.conditioned is not None:
        post_conditioned(folder, finished.conditioned, rows)
    return finished


def _check_questions(made: Plan, kept: store.Store) -> None:
    """Refuse to go on with a run that asked other prompts: theirs would count as samples of these.

    A run's name covers what is asked, and not how a tokenizer or this program writes it.
    """
    if kept.question_keys() - {one.question.key for one in made.asked}:
        raise RunMistake(
            f"{kept.folder}: it asked other prompts: tokenizer, chat template or evalsuite have"
            " changed",
            hint="`--fresh` starts anew beside it",
        )


def _tell_restored(kept: store.Store, warn: Callable[[str], None]) -> None:
    """Say what one of a run's two files had lost, as by a power cut, and has back; or both have."""
    lost = {
        "the database": [f"response {key[:12]}" for key in kept.restored],
        f"`{ledger.FILE}`": kept.lost,
    }
    for file, names_of in lost.items():
        if names_of:
            first, *others = names_of
            more = f" and {len(others)} more" if others else ""
            warn(f"{kept.folder}: {file} had lost {first}{more}: put back")
    if missing := kept.missing():
        warn(f"{kept.folder}: {missing} responses that were acknowledged are not there")


# ── ask ─────────────────────────────────────────────────────────────────────────────────────────


def ask(made: Plan, kept: store.Store, settings: Settings, listener: Listener) -> int:
    """Ask what is not yet answered, one subject after the other; return how many were asked."""
    settings = replace(settings, recording=made.recording)
    return sum(_ask_subject(made, subject, kept, settings, listener) for subject in made.subjects)


def _ask_subject(
    made: Plan, subject: Subject, kept: store.Store, settings: Settings, listener: Listener
) -> int:
    mine = [
        one
        for one in made.asked
        if one.question.model == subject.name and not one.question.too_long
    ]
    answered = kept.answered()
    unasked = {one.request.key: one.request for one in mine if one.request.key not in answered}
    pending = list(unasked.values())
    listener.begin(subject, len(mine), len(mine) - len(pending))
    if not pending:
        return 0
    module = engines.engine(subject.engine)
    if module.ANSWERS_FROM != "oracle":
        pending = [replace(request, oracle=None) for request in pending]
    # In the order of the prefix trie, what two prompts share is still in the cache.
    pending.sort(key=lambda request: (request.prompt.token_ids or (), request.prompt.text))
    log = kept.folder / "logs" / f"{_file_name(subject.name)}.log"
    handed = 0

    def handing() -> Iterator[Request]:
        nonlocal handed
        for request in pending:
            handed += 1
            yield request

    with engines.started(subject.engine, subject.model, settings, log) as engine:
        shape = speed.model_facts(subject.model)
        spell = kept.begin(subject.name, subject.engine, {**engine.facts, **shape})
        _note(kept, "engines", subject.name, dict(engine.facts))
        started = time.monotonic()
        try:
            for response in engine.ask(handing()):
                kept.add(spell, response, time.monotonic() - started)
                listener.step(subject, response)
        finally:
            kept.end(spell, handed, {**engine.facts, **shape})
            _note(kept, "engines", subject.name, dict(engine.facts))  # with what it came to
    left = len({request.key for request in pending} - kept.answered())
    if left:
        raise EngineFailure(
            f"engine `{subject.engine}` left {left} requests unanswered",
            hint=f"{KEPT}; its log is {log}",
        )
    return handed


def _file_name(name: str) -> str:
    plain = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in name)
    return f"{plain[-60:]}-{names.digest(name)[:6]}"


def _check_weights(made: Plan, kept: store.Store) -> None:
    for subject in made.subjects:
        if subject.model is None or subject.model.path is None:
            continue
        if subject.model.weights_sha256 is None:
            continue
        after = models.weights_sha256(subject.model.path)
        _note(kept, "weights_sha256_after", subject.name, after)
        if after != subject.model.weights_sha256:
            raise CheckFailed(
                f"model `{subject.name}`: its weights changed during the run: SHA-256"
                f" {subject.model.weights_sha256[:12]} before, {after[:12]} after",
                hint="run again with `--fresh` once nothing writes to the model's folder",
            )


def _note(kept: store.Store, what: str, subject: str, value: Json) -> None:
    """Add to the manifest what is known only once a subject is asked."""
    manifest = kept.manifest()
    kept.write_manifest({**manifest, what: {**manifest.get(what, {}), subject: value}})


# ── sum up, post ─────────────────────────────────────────────────────────────────────────


def conditioned(kept: store.Store, everything: Sequence[Judged]) -> Conditioned:
    """Return what the prompts of a stored run did, as far as its conditions can show it.

    Raises:
        RunMistake: its manifest lacks something.

    """
    with judging.manifest_of(kept) as manifest:
        subjects = {one["name"]: one for one in manifest["subjects"] if "kind" in one}
        headline = {name: one["metrics"][0] for name, one in manifest["tasks"].items()}
        after = manifest.get("weights_sha256_after", {})
        kinds = {name: one["kind"] for name, one in subjects.items()}
        return Conditioned(
            effects=conditioning.effects(everything, kinds, headline),
            spreads=conditioning.spreads(everything, kinds, headline),
            metrics=headline,
            weights={
                name: (one["weights_sha256"], after.get(name)) for name, one in subjects.items()
            },
        )


def varied(kept: store.Store, everything: Sequence[Judged]) -> Conditioned | None:
    """Return what the prompts did, if the suite varies more of them than the number of shots."""
    slices = kept.manifest().get("suite", {}).get("slices", ())
    varied = any(
        len(levels) > 1 for one in slices for factor, levels in one.items() if factor != "shots"
    )
    found = conditioned(kept, everything) if varied or len(slices) > 1 else None
    return found if found is not None and (found.effects or found.spreads) else None


def post_conditioned(folder: Path, found: Conditioned, rows: Sequence[Row]) -> None:
    """Write what the prompts did: as CSV, as Markdown and as a picture."""
    for name, text in found.tables.items():
        paths.replace(folder / name, text)
    if found.effects:
        drawn = pictures.conditioning(found.effects, rows)
        paths.replace(folder / "conditioning.svg", drawn)


def _post_speed(kept: store.Store) -> tuple[speed.Speed, ...]:
    """Write how fast a run was into its folder."""
    found = speed.speeds(kept.spells())
    speed.write(found, kept.folder)
    return found


def post(results: Path, folder: Path, rows: Iterable[Row], warn: Callable[[str], None]) -> None:
    """Write a run's leaderboard, and that of all runs in the results folder.

    A damaged leaderboard of another run is left out, with a warning.
    """
    leaderboard.write(tuple(rows), folder / leaderboard.FILE)
    with store.locked(results, wait=True):  # else a run that posts meanwhile could be left out
        everything = []
        for path in sorted(paths.runs(results).glob(f"*/{leaderboard.FILE}")):
            if "~" in path.parent.name:
                continue
            try:
                everything.append(leaderboard.read(path))
            except RunMistake as mistake:
                warn(f"left out of the leaderboard: {mistake.message}")
        leaderboard.write(leaderboard.merge(everything), results / leaderboard.FILE)


def _set_aside(folder: Path) -> None:
    """Keep an earlier run of the same name beside the new one, out of the leaderboard."""
    if not folder.exists():
        return
    number = 1
    while (aside := folder.with_name(f"{folder.name}~{number}")).exists():
        number += 1
    with store.locked(folder):  # damaged or not, but refused while another process writes it
        folder.rename(aside)
