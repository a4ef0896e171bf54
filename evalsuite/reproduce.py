"""Do a stored run again from its manifest alone, and state what differs, bit by bit.

    instances    the same problems with the same labels
    prompts      the same token ids
    responses    log-likelihoods to the last bit, and the largest difference; texts
    scores       the same outcomes and verdicts
    leaderboard  the same rows, but for the columns of time

Versions and hardware that differ are listed: they may be why. What an engine has measured, such as
how long it worked, is not: it differs in every run.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from evalsuite import judging, leaderboard, names, paths, recorded, stops, store
from evalsuite.errors import RunMistake, UserMistake
from evalsuite.plan import default_engine, digest_of
from evalsuite.records import (
    Completion,
    Json,
    Judged,
    LogLikelihoods,
    Question,
    Response,
    Row,
)

_Identity: TypeAlias = tuple[object, ...]
# What of a question comes from its instance, and not from how that is asked.
_INSTANCE = ("instance", "gold", "labels", "formal", "twin", "rung")
# What a row of the leaderboard is of.
_ROW = (
    *("run", "model", "engine", "task", "language", "template", "form", "k", "description"),
    *("labels", "shot_mode", "shot_seed", "metric"),
)
_CAUSES = ("versions", "environment", "engines", "subjects", "settings")
# Facts of an engine that it measures, or counts as it asks.
_MEASURED = frozenset(
    (
        *("worked_seconds", "computed_tokens", "attended_tokens", "head_rows"),
        *("peak_flops", "peak_source", "energy_joules", "energy_source"),
        *("requests", "retries", "prompt_tokens", "cached_tokens", "generated_tokens", "cost"),
    )
)
_ENGINES = ("versions", "engines", "settings")  # parts with what only some engines have
_NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What became of one kind of thing."""

    name: str
    compared: int
    same: int
    differing: tuple[str, ...]  # each named
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduced:
    """What became of a run that was done again."""

    run: str
    before: Path
    after: Path
    asked: int
    answered_before: int
    differences: tuple[Difference, ...]
    causes: tuple[str, ...]  # versions and hardware that differ

    @property
    def same(self) -> bool:
        """Say whether the leaderboard is the same, but for the columns of time."""
        (rows,) = (one for one in self.differences if one.name == "leaderboard")
        return rows.compared > 0 and not rows.differing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """All of a run that is compared."""

    manifest: Mapping[str, Any]
    questions: Mapping[_Identity, Question]
    responses: Mapping[str, Response]
    judged: Mapping[_Identity, Judged]  # of several samples, whichever stands for their vote
    rows: tuple[Row, ...]


def reproduce(  # noqa: PLR0913 - what may be another than it was
    folder: Path,
    into: Path,
    listener: stops.Listener,
    *,
    engine: str | None = None,
    limit: int | None = None,
    servers: tuple[str, ...] = (),
) -> Reproduced:
    """Do the run in a folder again, into another results folder, and compare the two.

    Raises:
        RunMistake: its manifest has changed or cannot be used, or it would be done into itself.
        UserMistake, EngineFailure, CheckFailed: as for a run.

    """
    with store.opened(folder, create=False) as kept, judging.manifest_of(kept) as manifest:
        pass
    if paths.runs(into).resolve() == folder.parent.resolve():
        raise RunMistake(f"{into}: the run itself is there", hint="name another results folder")
    with recorded.options(manifest, folder, into) as options:
        _check_servers(manifest, engine, servers)
        _check_digest(folder, manifest)
        settings = replace(options.settings, servers=servers)
        another = engine not in {None, options.engine or default_engine()}
        if another:
            settings = replace(settings, arguments={})  # they are another engine's
        finished = stops.run(
            replace(
                options,
                engine=engine or options.engine,
                recording=None if another else options.recording,
                limit=min(filter(None, (limit, options.limit)), default=None),
                settings=settings,
            ),
            listener,
        )
    after = _side(finished.folder, None)
    before = _side(folder, frozenset(after.questions))
    return Reproduced(
        run=folder.resolve().name,
        before=folder,
        after=finished.folder,
        asked=finished.asked,
        answered_before=finished.answered_before,
        differences=(
            _instances(before, after),
            _prompts(before, after),
            *_responses(before, after),
            _scores(before, after),
            _rows(before, after, apart=("run", *(("engine",) if engine else ()))),
        ),
        causes=tuple(_causes(before.manifest, after.manifest)),
    )


def _check_servers(manifest: Mapping[str, Any], engine: str | None, given: Sequence[str]) -> None:
    """Refuse to send anything to a server that a manifest names, and not the user."""
    named = manifest["settings"].get("servers", ())
    if named and not given and engine is None:
        raise UserMistake(
            f"the run asked the server `{named[0]}`",
            hint="name it, or another of the same model, with `--base-url`",
        )


def _check_digest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse to do again what was not done: a manifest that says something else by now."""
    digest = str(manifest.get("digest"))
    if digest_of(manifest) != digest:
        raise RunMistake(
            f"{folder}: what `{store.MANIFEST}` says has changed: its digest is not"
            f" `{digest[:12]}`",
            hint="`evalsuite verify RUN` tells what else has changed",
        )


# ── two sides ───────────────────────────────────────────────────────────────────────────────────


def _side(folder: Path, wanted: frozenset[_Identity] | None) -> _Side:
    """Read a run, or the part of it that is in both."""
    with store.opened(folder, create=False) as kept:
        questions = _identified(tuple(kept.questions()))
        mine = {name: one for name, one in questions.items() if wanted is None or name in wanted}
        asked = {_of(one) for one in mine.values() if not one.blank}
        judged = {_of(one.question): one for one in judging.judged(kept)}
        everything = {name: one for name, one in judged.items() if name in asked}
        return _Side(
            manifest=kept.manifest(),
            questions=mine,
            responses=kept.responses(),
            judged=everything,
            rows=judging.rows(kept, everything.values()),
        )


def _of(one: Question) -> _Identity:
    return one.model, one.task, one.condition, one.instance


def _identified(questions: Sequence[Question]) -> dict[_Identity, Question]:
    """Return questions by what they ask of whom, however the prompt is written."""
    found: dict[_Identity, Question] = {}
    for one in questions:
        # A blank is asked once for all instances of its setting.
        about = one.setting if one.blank else one.instance
        name = (one.model, one.task, one.condition, about, one.blank, one.proof)
        number = 0
        while (*name, number) in found:  # there are several blanks
            number += 1
        found[*name, number] = one
    return found


def _in_both(before: _Side, after: _Side) -> Iterator[tuple[Question, Question]]:
    for name, one in after.questions.items():
        if name in before.questions:
            yield before.questions[name], one


def _named(one: Question) -> str:
    shots = f", {one.condition.k} shots" if one.condition.k else ""
    return f"{one.instance} for `{one.model}` in `{one.condition.form}`{shots}"


# ── bit by bit ──────────────────────────────────────────────────────────────────────────────────


def _instances(before: _Side, after: _Side) -> Difference:
    mine: dict[str, bool] = {}
    for old, new in _in_both(before, after):
        if new.blank:  # it stands for whichever instance came last
            continue
        same = all(
            names.digest(getattr(old, name)) == names.digest(getattr(new, name))
            for name in _INSTANCE
        )
        mine[new.instance] = mine.get(new.instance, True) and same
    for one in after.questions.values():
        mine.setdefault(one.instance, False)
    return Difference(
        name="instances",
        compared=len(mine),
        same=sum(mine.values()),
        differing=tuple(name for name, same in mine.items() if not same),
    )


def _prompts(before: _Side, after: _Side) -> Difference:
    differing = []
    compared = 0
    for old, new in _in_both(before, after):
        compared += 1
        if (old.prompt_sha256, old.answers) != (new.prompt_sha256, new.answers):
            told = "its text" if old.prompt != new.prompt else "its token ids, not its text"
            differing.append(f"{_named(new)}: {told}")
    strays = [_named(one) for name, one in after.questions.items() if name not in before.questions]
    return Difference(
        name="prompts",
        compared=compared + len(strays),
        same=compared - len(differing),
        differing=(*differing, *(f"{one}: it was not asked" for one in strays)),
    )


def _responses(before: _Side, after: _Side) -> Iterator[Difference]:
    values: list[tuple[str, float]] = []
    texts: list[tuple[str, bool]] = []
    for old, new in _in_both(before, after):
        pair = before.responses.get(old.key), after.responses.get(new.key)
        match pair:
            case LogLikelihoods(values=mine), LogLikelihoods(values=others):
                values.append((_named(new), _apart(mine, others)))
            case Completion(text=mine), Completion(text=others):
                texts.append((_named(new), mine == others))
            case None, None:
                pass
            case _:
                texts.append((f"{_named(new)}: one side has no such answer", False))
    if values:
        largest = max(apart for _, apart in values)
        yield Difference(
            name="log-likelihoods",
            compared=len(values),
            same=sum(apart == 0 for _, apart in values),
            differing=tuple(f"{name}: by {apart:.3g}" for name, apart in values if apart),
            note=f"largest difference {largest:.3g}",
        )
    if texts:
        yield Difference(
            name="texts",
            compared=len(texts),
            same=sum(same for _, same in texts),
            differing=tuple(name for name, same in texts if not same),
        )


def _apart(mine: Sequence[float], others: Sequence[float]) -> float:
    """Return how far two responses are apart at most; infinity, where they cannot be compared."""
    if len(mine) != len(others):
        return math.inf
    gaps = (0.0 if a == b else abs(a - b) for a, b in zip(mine, others, strict=True))
    return max((math.inf if math.isnan(gap) else gap for gap in gaps), default=0.0)


def _scores(before: _Side, after: _Side) -> Difference:
    differing = []
    compared = 0
    for name, new in after.judged.items():
        old = before.judged.get(name)
        if old is None:
            continue
        compared += 1
        told = (old.score.outcome, old.score.verdict), (new.score.outcome, new.score.verdict)
        if told[0] != told[1]:
            was, now = old.score.outcome.value, new.score.outcome.value
            differing.append(f"{_named(new.question)}: {was} then, {now} now")
    return Difference(
        name="scores",
        compared=compared,
        same=compared - len(differing),
        differing=tuple(differing),
    )


def _rows(before: _Side, after: _Side, apart: tuple[str, ...]) -> Difference:
    old, new = (_cells(side.rows, apart) for side in (before, after))
    every = [*new, *(name for name in old if name not in new)]
    differing = []
    for name in every:
        if name not in old or name not in new:
            differing.append(f"{' '.join(name)}: not in the {'new' if name in old else 'old'} one")
            continue
        changed = [
            f"`{column}` {value or 'none'} then, {new[name][column] or 'none'} now"
            for column, value in old[name].items()
            if value != new[name][column]
        ]
        if changed:
            differing.append(f"{' '.join(name)}: {', '.join(changed)}")
    return Difference(
        name="leaderboard",
        compared=len(every),
        same=len(every) - len(differing),
        differing=tuple(differing),
        note="but for the columns of time",
    )


def _cells(rows: Sequence[Row], apart: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, str]]:
    """Return the cells of a leaderboard as written, by what each row is of."""
    left_out = {*apart, *leaderboard.TIME_COLUMNS}
    header, *lines = csv.reader(io.StringIO(leaderboard.to_csv(rows), newline=""))
    found = {}
    for line in lines:
        told = {name: cell for name, cell in zip(header, line, strict=True) if name not in left_out}
        found[tuple(told[name] for name in _ROW if name in told)] = told
    return found


def _causes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs of what the answers may depend on.

    Of an engine in another's place that is said once, and not what only one of the two tells.
    """
    sides = [_flat({part: side.get(part) for part in _CAUSES}) for side in (before, after)]
    old, new = (
        {name: told for name, told in side if name[0] != "engines" or name[-1] not in _MEASURED}
        for side in sides
    )
    exchanged = any(
        told != new.get(name)
        for name, told in old.items()
        if name[0] == "subjects" and name[-1] == "engine" and name in new
    )
    for name in dict.fromkeys((*old, *new)):
        one_sided = name not in old or name not in new
        if old.get(name) == new.get(name) or (exchanged and one_sided and name[0] in _ENGINES):
            continue
        then, now = (str(side.get(name, _NOT_TOLD))[:60] for side in (old, new))
        yield f"{'.'.join(name)}: {then} then, {now} now"


def _flat(value: Json, *name: str) -> Iterator[tuple[tuple[str, ...], Json]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _flat(inner, *name, str(key))
        case list():
            for number, inner in enumerate(value):
                label = inner.get("name", number) if isinstance(inner, dict) else number
                yield from _flat(inner, *name, str(label))
        case None:
            return
        case _:
            yield name, value
