"""Recompute all that a stored run says: every hash, label, prompt, score and table.

    database        SQLite's own check of the file, and what it had lost and was given back
    questions, spells, responses
                    each row has the SHA-256 that was written with it
    plan            no question is missing
    ledger          so has each line of the second copy of what came back; none was lost
    answers         each response answers a question, and none that was acknowledged is missing
    manifest file   is as it was written
    manifest        its digest is that of what it says
    labels          each instance, drawn anew and decided anew, has the label that was judged by
    prompts         each question, rendered anew from the recorded files, has the same token ids
    weights         of the models that are on this machine
    leaderboard.csv and the other tables, by their names
                    each response judged anew: they are the same byte for byte

What cannot be checked, as without a model's tokenizer, is said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from evalsuite import (
    instances,
    judging,
    leaderboard,
    models,
    names,
    recorded,
    speed,
    stops,
    store,
    tasks,
)
from evalsuite.errors import RunMistake, StoreDamaged, UserMistake
from evalsuite.plan import Options, digest_of, plan
from evalsuite.records import Instance, Judged, Question

_LONGEST = 1 << 28  # bytes of a table
_MEND = "`evalsuite verify RUN --mend` builds the store anew"
_AGAIN = "the same `evalsuite run` command"
_IMPORTED = "the run was imported, and asked elsewhere"
_SETTINGS = "settings"  # the manifest of a run that evalsuite has not asked has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What became of one check."""

    name: str
    of: str  # what was checked
    checked: int
    differing: tuple[str, ...] = ()  # each named
    unchecked: tuple[str, ...] = ()  # what could not be checked, and why
    remedy: str | None = None  # what helps where it differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What became of a run."""

    run: str
    folder: Path
    checks: tuple[Check, ...]

    @property
    def good(self) -> bool:
        """Say whether nothing differs."""
        return not any(check.differing for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What is read of a store before anything is recomputed."""

    manifest: Mapping[str, Any]
    questions: tuple[Question, ...]
    judged: tuple[Judged, ...]
    answered: frozenset[str]
    unanswered: int
    missing: int  # responses that were acknowledged
    tables: Mapping[str, str]


def verify(folder: Path, say: Callable[[str], None]) -> Verified:
    """Check a stored run.

    Raises:
        RunMistake: there is no run, another process is at work on it, or its manifest cannot be
            used.
        SoundnessAlarm: a label is contradicted, or a wrong verdict has an accepted certificate.

    """
    say("reading the store")
    checks, read = _stored(folder)
    if read is not None:
        checks += [_answers(read), _manifest(folder, read.manifest)]
        checks += _anew(folder, read, say)
        say("hashing the weights")
        checks.append(_weights(read.manifest))
        checks += _tables(folder, read)
    return Verified(run=folder.resolve().name, folder=folder, checks=tuple(checks))


# ── as it was written ───────────────────────────────────────────────────────────────────────────


def _stored(folder: Path) -> tuple[list[Check], _Read | None]:
    """Check the rows; where all of them are whole, return what they say."""
    checks: list[Check] = []
    try:
        with store.opened(folder, create=False) as kept:
            audit = kept.audit()
            checks = _audited(folder, audit, kept.restored)
            # What was lost is there again, and a spoiled copy is only a copy.
            bad = _audited(folder, audit, ())
            if any(check.differing for check in bad if check.name != "ledger"):
                return checks, None
            everything = tuple(judging.judged(kept))
            return checks, _Read(
                manifest=kept.manifest(),
                questions=tuple(kept.questions()),
                judged=everything,
                answered=kept.answered(),
                unanswered=judging.unanswered(kept),
                missing=kept.missing(),
                tables=_texts(kept, everything),
            )
    except StoreDamaged as damage:
        found = Check(
            name="database",
            of="the file, by SQLite's own check",
            checked=1,
            differing=(damage.message.removeprefix(f"{folder}: "),),
            remedy=damage.hint,
        )
        return [*(check for check in checks if check.name != "database"), found], None


def _audited(folder: Path, audit: store.Audit, restored: Sequence[str]) -> list[Check]:
    faults = [] if audit.database is None else [audit.database]
    faults += [f"response {key[:12]} was lost; it is put back from the ledger" for key in restored]
    unknown = (
        "written before rows had checksums, or `responses.log` was lost: theirs are of later on",
    )
    there = (folder / store.MANIFEST).is_file()
    set_aside = f"`evalsuite verify RUN --mend` sets it aside, and {_AGAIN} writes it again"
    return [
        Check(
            name="database",
            of="the file, by SQLite's own check",
            checked=1,
            differing=tuple(faults),
            remedy=None if audit.database is None else _MEND,
        ),
        *(
            Check(
                name=table,
                of="rows, each by its SHA-256",
                checked=audit.rows[table],
                differing=tuple(
                    f"{table.removesuffix('s')} {key[:12]} has changed since it was written"
                    for key in audit.changed[table]
                ),
                unchecked=unknown
                if audit.planned is None and not audit.vouched and table == "questions"
                else (),
                remedy=_MEND,
            )
            for table in audit.rows
        ),
        Check(
            name="plan",
            of="questions, that none is missing",
            checked=audit.rows.get("questions", 0) if audit.planned is not None else 0,
            differing=("the questions are not those that were planned",)
            if audit.planned is False
            else (),
            unchecked=_gone("plan", audit),
            remedy=f"{_AGAIN} renders them again",
        ),
        _ledger(audit, set_aside),
        Check(
            name="manifest file",
            of="the file, by its SHA-256",
            checked=int(audit.manifest is not None),
            differing=(
                "`manifest.json` has changed since it was written"
                if there
                else "`manifest.json` is not there",
            )
            if audit.manifest is False
            else (),
            unchecked=_gone("manifest", audit),
            remedy=set_aside if there else f"{_AGAIN} writes it again",
        ),
    ]


def _ledger(audit: store.Audit, set_aside: str) -> Check:
    spoiled = (
        f"line {number} of `responses.log` has changed since it was written"
        for number in audit.spoiled
    )
    lost = (
        f"`responses.log` had lost {one}; it is put back from the database" for one in audit.lost
    )
    gone = (f"`responses.log` has lost the line of the {one}" for one in audit.gone)
    remedy = set_aside if "manifest" in audit.gone else f"{_AGAIN} writes it again"
    return Check(
        name="ledger",
        of="lines, each by its SHA-256",
        checked=audit.lines,
        differing=(*spoiled, *lost, *gone),
        unchecked=tuple(
            f"`responses.log` had not yet {one}, as after a kill; it has now" for one in audit.late
        ),
        remedy=_MEND if audit.spoiled else remedy if audit.gone else None,
    )


def _gone(what: str, audit: store.Audit) -> tuple[str, ...]:
    return (f"`responses.log` has lost the line of the {what}",) if what in audit.gone else ()


def _answers(read: _Read) -> Check:
    strays = read.answered - {question.key for question in read.questions}
    differing = [f"response {key[:12]} answers no question" for key in sorted(strays)]
    if read.missing:
        total = len(read.answered) + read.missing
        differing.append(f"{read.missing} of {total} responses that were kept are not there")
    return Check(
        name="answers",
        of="responses, that each answers a question and none is missing",
        checked=len(read.answered),
        differing=tuple(differing),
        unchecked=(f"{read.unanswered} questions without an answer",) if read.unanswered else (),
        remedy=f"{_AGAIN} asks them again" if read.missing else None,
    )


def _manifest(folder: Path, manifest: Mapping[str, Any]) -> Check:
    check = Check(name="manifest", of="what it says, by its digest", checked=1)
    if _SETTINGS not in manifest:
        return replace(check, checked=0, unchecked=(_IMPORTED,))
    digest = str(manifest.get("digest"))
    if digest_of(manifest) != digest:
        told = f"its digest is not `{digest[:12]}`: what it says has changed"
        return replace(check, differing=(told,))
    if not folder.name.partition("~")[0].endswith(digest[:10]):
        renamed = f"`{folder.name}` is not named after its digest `{digest[:10]}`: it was renamed"
        return replace(check, unchecked=(renamed,))
    return check


# ── drawn, rendered and judged anew ─────────────────────────────────────────────────────────────


def _anew(folder: Path, read: _Read, say: Callable[[str], None]) -> list[Check]:
    if _SETTINGS not in read.manifest:
        return [
            Check(name=name, of="", checked=0, unchecked=(_IMPORTED,))
            for name in ("labels", "prompts")
        ]
    with recorded.options(read.manifest, folder, folder.parent.parent) as options:
        say("drawing and deciding the instances again")
        labels = _labels(read, options)
        say("rendering the prompts again")
        return [labels, _prompts(read, options, say)]


def _labels(read: _Read, options: Options) -> Check:
    differing: list[str] = []
    unchecked: list[str] = []
    asked: dict[str, dict[str, list[Question]]] = {}
    for question in read.questions:
        if not question.blank and not question.proof:
            asked.setdefault(question.task, {}).setdefault(question.instance, []).append(question)
    checked = 0
    for name, mine in asked.items():
        try:
            task = tasks.task(name, options.task_folders)
            drawn = {one.id: one for one in islice(instances.each(task, "question"), len(mine))}
        except UserMistake as mistake:
            unchecked.append(f"task `{name}`: {mistake.message}")
            continue
        if read.manifest["tasks"].get(name, {}).get("digest") != task.digest:
            differing.append(f"task `{name}`: its file does not have the digest that was recorded")
        checked += len(mine)
        for instance, questions in mine.items():
            told = _labelled(drawn.get(instance), task.family, questions)
            differing += [f"{instance}: {told}"] if told else []
    return Check(
        name="labels",
        of="instances, drawn anew and decided anew",
        checked=checked,
        differing=tuple(differing),
        unchecked=tuple(unchecked),
    )


def _labelled(drawn: Instance | None, family: str, questions: Iterable[Question]) -> str | None:
    """Return what of an instance is not as it was judged by; nothing where all of it is."""
    if drawn is None:
        return "it is not drawn"
    twin = names.digest(family, drawn.canonical)[:16]
    for one in questions:
        if one.gold != drawn.gold or one.labels != drawn.choices:
            found, stored = drawn.choices[drawn.gold], one.labels[one.gold : one.gold + 1]
            return f"the label is `{found}`, and it was judged by `{''.join(stored)}`"
        if one.twin != twin or names.digest(one.formal) != names.digest(drawn.formal):
            return "it is another problem"
    return None


def _prompts(read: _Read, options: Options, say: Callable[[str], None]) -> Check:
    suite = options.suite
    assert not isinstance(suite, str)  # noqa: S101 - `recorded` gives the suite itself
    here = tuple(name for name in suite.models if models.is_here(name))
    absent = [f"model `{name}` is not on this machine" for name in suite.models if name not in here]
    rendered: dict[str, Question] = {}
    if here or suite.baselines:
        try:
            made = plan(replace(options, suite=replace(suite, models=here)), say)
            rendered = {one.key: one for one in _grouped(one.question for one in made.asked)}
        except UserMistake as mistake:
            absent.append(mistake.message)
    subjects = {one.model for one in rendered.values()}
    mine = _grouped(one for one in read.questions if one.model in subjects)
    return Check(
        name="prompts",
        of="questions, rendered anew: their token ids and all else",
        checked=len(mine),
        differing=tuple(
            f"{one.instance} for `{one.model}`: {told}"
            for one in mine
            if (told := _rendered(one, rendered.get(one.key)))
        ),
        unchecked=tuple(absent),
    )


def _grouped(questions: Iterable[Question]) -> list[Question]:
    """Name each setting after its first question: which are together counts, and not their name."""
    first: dict[str, str] = {}
    return [
        replace(one, setting=first.setdefault(one.setting, one.key)) if one.setting else one
        for one in questions
    ]


def _rendered(stored: Question, anew: Question | None) -> str | None:
    if anew is None:
        return f"question {stored.key[:12]} is not rendered again"
    before, after = asdict(stored), asdict(anew)
    fields = [name for name in before if names.digest(before[name]) != names.digest(after[name])]
    return f"`{'`, `'.join(fields)}` differs" if fields else None


def _weights(manifest: Mapping[str, Any]) -> Check:
    differing, unchecked, checked = [], [], 0
    after = manifest.get("weights_sha256_after", {})
    for subject in manifest["subjects"]:
        name, told = str(subject["name"]), subject.get("weights_sha256")
        if told is None:
            continue
        if after.get(name, told) != told:
            differing.append(f"model `{name}`: its weights changed during the run")
        if not models.is_here(name):
            unchecked.append(f"model `{name}` is not on this machine")
            continue
        checked += 1
        found = models.ready(name).weights_sha256
        if found != told:
            differing.append(
                f"model `{name}`: SHA-256 {str(told)[:12]} then, {str(found)[:12]} now"
            )
    return Check(
        name="weights",
        of="models, by their files' SHA-256",
        checked=checked,
        differing=tuple(differing),
        unchecked=tuple(unchecked),
    )


# ── tables ──────────────────────────────────────────────────────────────────────────────────────


def _texts(kept: store.Store, everything: Sequence[Judged]) -> dict[str, str]:
    """Return the text of each table of a run, by its file's name, as it ought to be."""
    name = _posted_as(kept)
    rows = [replace(row, run=name) for row in judging.rows(kept, everything)]
    found = {leaderboard.FILE: leaderboard.to_csv(rows)}
    speeds = speed.speeds(kept.spells())
    if speeds:
        found[speed.FILE] = speed.to_csv(speeds)
    told = stops.varied(kept, everything)
    if told is not None:
        found |= told.tables
    return found


def _posted_as(kept: store.Store) -> str:
    """Return the run's name when its table was written: its folder may have another since."""
    try:
        names_of = {row.run for row in leaderboard.read(kept.folder / leaderboard.FILE)}
    except RunMistake:
        names_of = set()
    return names_of.pop() if len(names_of) == 1 else kept.name


def _tables(folder: Path, read: _Read) -> Iterator[Check]:
    for name, text in read.tables.items():
        path = folder / name
        lines = text.splitlines()
        scores = f", from {len(read.judged)} scores" if name == leaderboard.FILE else ""
        check = Check(name=name, of=f"lines{scores}, byte for byte", checked=len(lines))
        if not path.is_file():
            why = "the run has not posted" if read.unanswered else "`evalsuite score RUN` writes it"
            yield replace(check, checked=0, unchecked=(f"it is not there: {why}",))
        elif path.stat().st_size > _LONGEST:
            yield replace(check, differing=(f"larger than {_LONGEST} bytes",))
        else:
            stored = path.read_text(encoding="utf-8", errors="replace")
            yield replace(check, differing=tuple(_changes(stored, text)))


def _changes(stored: str, anew: str) -> Iterator[str]:
    """Yield what of a table is not as it is recomputed, by the line."""
    if stored == anew:
        return
    pairs = zip_longest(stored.splitlines(), anew.splitlines())
    found = False
    for number, (before, after) in enumerate(pairs, start=1):
        if before != after:
            found = True
            was, now = _around(before, after), _around(after, before)
            yield f"line {number}: `{was}`, recomputed `{now}`"
    if not found:
        yield "its line ends"


def _around(line: str | None, other: str | None) -> str:
    """Return a line from a little before where it differs from the other."""
    if line is None:
        return "no line"
    same = next((at for at, (a, b) in enumerate(zip(line, other or "", strict=False)) if a != b), 0)
    begin = max(same - 20, 0)
    return line[begin : begin + 60]
