"""The stops of a run, in order: read, draw, render, ask, judge, sum up, post.

Everything up to `ask` either succeeds or ends the command before an engine is started.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any, Protocol

from evalsuite import (
    __version__,
    engines,
    instances,
    leaderboard,
    metrics,
    models,
    names,
    prompts,
    shots,
    store,
    tasks,
)
from evalsuite.errors import CheckFailed, ModelMistake, RunMistake, UserMistake
from evalsuite.records import (
    Choices,
    Condition,
    Generate,
    Instance,
    Json,
    Judged,
    Model,
    Oracle,
    Outcome,
    Question,
    Request,
    Response,
    Row,
    Score,
    Settings,
    Suite,
    Task,
    Usage,
)
from evalsuite.scorers import scorer

_AUTO = "auto"
_STOP = ("\n\n",)  # where a generated answer of a `text` prompt ends
_RUNS = "runs"
_ROWS = "leaderboard.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may ask of a run; None: what the suite says."""

    suite: str
    tasks: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    engine: str | None = None
    template: str | None = None
    language: str | None = None
    form: str | None = None
    shots: tuple[int, ...] = ()
    limit: int | None = None  # instances of each task
    baselines: bool = True
    fresh: bool = False
    settings: Settings = Settings()
    recording: Path | None = None
    results: Path
    task_folders: tuple[Path, ...]
    prompt_folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model with the engine that asks it, or a baseline."""

    name: str
    engine: str
    model: Model | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with its request."""

    question: Question
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run before it asks anything."""

    name: str
    folder: Path
    suite: Suite
    tasks: tuple[Task, ...]
    subjects: tuple[Subject, ...]
    asked: tuple[Asked, ...]
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a run came to."""

    name: str
    folder: Path
    rows: tuple[Row, ...]
    asked: int  # requests handed to engines just now
    answered_before: int
    unanswered: int


class Listener(Protocol):
    """Who wants to know how a run goes."""

    def say(self, text: str) -> None:
        """Hear of a step, or of something that the user should know."""

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Hear that a subject is about to be asked; `done` of `total` are already answered."""

    def step(self, subject: Subject, response: Response) -> None:
        """Hear of a response that has been kept."""


def run(options: Options, listener: Listener) -> Finished:
    """Do all the stops; what is already answered is not asked again.

    Raises:
        UserMistake: something cannot be used as it is; nothing was asked.
        EngineFailure: an engine stopped; what finished is kept.
        CheckFailed: a model's weights changed during the run.

    """
    made = plan(options, listener)
    if options.fresh:
        _set_aside(made.folder)
    with store.opened(made.folder, create=True) as kept:
        if not kept.manifest():
            kept.write_manifest(made.manifest)
        kept.plan(one.question for one in made.asked)
        before = len(kept.answered())
        asked = ask(made, kept, options, listener)
        _check_weights(made)
        rows = judged_rows(kept)
        unanswered = _unanswered(kept)
    post(options.results, made.folder, rows)
    return Finished(
        name=made.name,
        folder=made.folder,
        rows=rows,
        asked=asked,
        answered_before=before,
        unanswered=unanswered,
    )


def score(folder: Path, results: Path) -> Finished:
    """Judge a stored run anew, without a model, and post it.

    Raises:
        RunMistake: the folder holds no run that can be read.

    """
    with store.opened(folder, create=False) as kept:
        rows = judged_rows(kept)
        finished = Finished(
            name=folder.name,
            folder=folder,
            rows=rows,
            asked=0,
            answered_before=len(kept.answered()),
            unanswered=_unanswered(kept),
        )
    post(results, folder, rows)
    return finished


# ── read, draw, render ──────────────────────────────────────────────────────────────────────────


def plan(options: Options, listener: Listener) -> Plan:
    """Read, draw and render all that a run will ask."""
    suite = _with_options(tasks.suite(options.suite, options.task_folders), options)
    chosen = tuple(tasks.task(name, options.task_folders) for name in suite.tasks)
    for name in suite.baselines:
        engines.engine(name)
    engine = options.engine or default_engine(listener)
    engines.engine(engine)
    drawn = {task.name: _draw(task, options.limit, suite) for task in chosen}
    layouts = _check_templates(suite, chosen, drawn, options)
    subjects = _subjects(suite, engine, options, listener)
    for subject in subjects:
        _check_form(suite, subject)
    listener.say("rendering prompts")
    asked = tuple(
        one
        for subject in subjects
        for one in _rendered(subject, suite, chosen, drawn, layouts, options)
    )
    manifest = _manifest(suite, chosen, subjects, layouts, drawn, options)
    name = f"{suite.name}-{manifest['digest'][:10]}"
    return Plan(
        name=name,
        folder=options.results / _RUNS / name,
        suite=suite,
        tasks=chosen,
        subjects=subjects,
        asked=asked,
        manifest=manifest,
    )


def default_engine(listener: Listener) -> str:
    """Return `vllm`, or, where it is not installed, `transformers`, and say so."""
    if find_spec("vllm") is not None:
        return "vllm"
    listener.say("vllm is not installed: using the `transformers` engine (slower)")
    return "transformers"


def _with_options(suite: Suite, options: Options) -> Suite:
    return replace(
        suite,
        tasks=options.tasks or suite.tasks,
        models=options.models or suite.models,
        baselines=suite.baselines if options.baselines else (),
        language=options.language or suite.language,
        form=options.form or suite.form,
        shots=tuple(sorted(set(options.shots))) or suite.shots,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    questions: tuple[Instance, ...]
    pool: tuple[Instance, ...]
    majority: int


def _draw(task: Task, limit: int | None, suite: Suite) -> _Drawn:
    everything = instances.questions(task)
    golds = Counter(instance.gold for instance in everything)
    most = max(golds.values())
    return _Drawn(
        questions=everything[:limit],
        pool=instances.pool(task) if max(suite.shots) else (),
        majority=min(gold for gold, count in golds.items() if count == most),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layouts:
    templates: Mapping[str, prompts.Template]  # by task
    forms: Mapping[str, prompts.Template]  # by name


def _check_templates(
    suite: Suite, chosen: Sequence[Task], drawn: Mapping[str, _Drawn], options: Options
) -> _Layouts:
    folders = options.prompt_folders
    templates = {
        task.name: prompts.template(options.template or task.template, suite.language, folders)
        for task in chosen
    }
    for task in chosen:
        prompts.check(templates[task.name], drawn[task.name].questions[0])
    wanted = {"text", "chat"} if suite.form == _AUTO else {suite.form, "text"}
    forms = {name: prompts.form(name, suite.language, folders) for name in sorted(wanted)}
    return _Layouts(templates=templates, forms=forms)


def _subjects(
    suite: Suite, engine: str, options: Options, listener: Listener
) -> tuple[Subject, ...]:
    if engines.engine(engine).ANSWERS_FROM == "oracle":
        return (Subject(name=engine, engine=engine, model=None),)
    if engine == "replay" and options.recording is None:
        raise UserMistake(
            "engine `replay` needs a recording", hint="name a run folder with `--recording`"
        )
    if not suite.models and not suite.baselines:
        raise UserMistake(f"suite `{suite.name}` names no model", hint="name one with `--model`")
    found = []
    for name in dict.fromkeys(suite.models):
        entry = models.embedded(name)
        if entry is not None and not models.is_ready(entry):
            listener.say(f"preparing `{name}` (once)")
        found.append(Subject(name=name, engine=engine, model=models.ready(name)))
    baselines = (Subject(name=name, engine=name, model=None) for name in suite.baselines)
    return (*found, *baselines)


def form_of(suite_form: str, model: Model | None) -> str:
    """Return the form that a suite's form means for a model."""
    if model is None:
        return "text"
    if suite_form == _AUTO:
        return "chat" if model.kind == "instruct" and model.chat else "text"
    return suite_form


def _check_form(suite: Suite, subject: Subject) -> None:
    if subject.model and form_of(suite.form, subject.model) == "chat" and not subject.model.chat:
        raise ModelMistake(
            f"model `{subject.name}` has no chat template, so it has no form `chat`",
            hint="it is a pretrained model: use `--form text` or `--form alpaca`",
        )


def conditions(suite: Suite, template: str, form: str) -> Iterator[Condition]:
    """Return every condition of a suite for a template and a form."""
    for k, described, seed in product(suite.shots, suite.description, suite.shot_seeds):
        if k == 0 and seed != suite.shot_seeds[0]:
            continue  # without shots, their seed says nothing
        yield Condition(
            template=template,
            language=suite.language,
            form=form,
            k=k,
            description=described,
            shot_mode=suite.shot_mode,
            shot_seed=seed,
        )


def _rendered(  # noqa: PLR0913 - the one place where all meet
    subject: Subject,
    suite: Suite,
    chosen: Sequence[Task],
    drawn: Mapping[str, _Drawn],
    layouts: _Layouts,
    options: Options,
) -> Iterator[Asked]:
    model = subject.model
    tokenizer = None if model is None else models.tokenizer(model)
    room = None if model is None else min(model.context_length, options.settings.max_context)
    form = layouts.forms[form_of(suite.form, model)]
    for task in chosen:
        template = layouts.templates[task.name]
        for condition in conditions(suite, template.name, form.name):
            layout = prompts.Layout(
                template=template,
                form=form,
                description=condition.description,
                tokenizer=tokenizer,
                room=room,
                answer_tokens=task.max_tokens if task.answer == "generate" else 0,
            )
            for instance in drawn[task.name].questions:
                examples = shots.shots(task, drawn[task.name].pool, condition, instance.id)
                rendered = prompts.render(layout, instance, examples)
                oracle = Oracle(problem=instance.problem, majority=drawn[task.name].majority)
                yield _asked(subject, task, condition, instance, rendered, oracle)


def _asked(  # noqa: PLR0913 - likewise
    subject: Subject,
    task: Task,
    condition: Condition,
    instance: Instance,
    rendered: prompts.Rendered,
    oracle: Oracle,
) -> Asked:
    prompt = rendered.prompt
    key = names.digest(
        subject.name,
        task.answer,
        task.max_tokens if task.answer == "generate" else 0,
        instance.id,
        asdict(condition),
        prompt.text,
        prompt.token_ids,
        [(choice.text, choice.token_ids) for choice in rendered.choices],
    )
    question = Question(
        key=key,
        model=subject.name,
        engine=subject.engine,
        task=task.name,
        condition=condition,
        instance=instance.id,
        rung=str(instance.tags["rung"]),
        gold=instance.gold,
        labels=instance.choices,
        answers=rendered.answers,
        answer=task.answer,
        scorer=task.scorer,
        prompt=prompt.text,
        prompt_sha256=names.digest(prompt.token_ids or prompt.text),
        shots=prompt.shots,
        dropped=prompt.dropped,
        too_long=rendered.too_long,
    )
    match task.answer:
        case "choices":
            request: Request = Choices(
                key=key, prompt=prompt, choices=rendered.choices, oracle=oracle
            )
        case "generate":
            request = Generate(
                key=key,
                prompt=prompt,
                choices=rendered.choices,
                max_tokens=task.max_tokens,
                stop=() if condition.form == "chat" else _STOP,
                seed=names.seed_of("generate", task.seed, instance.id) % 2**31,
                oracle=oracle,
            )
    return Asked(question=question, request=request)


def _manifest(  # noqa: PLR0913 - a manifest names everything
    suite: Suite,
    chosen: Sequence[Task],
    subjects: Sequence[Subject],
    layouts: _Layouts,
    drawn: Mapping[str, _Drawn],
    options: Options,
) -> dict[str, Any]:
    """Return all that decides what a run asks and how, and the digest of it."""
    settings = options.settings
    decides: dict[str, Any] = {
        "suite": {**asdict(suite), "path": suite.path.name},
        "limit": options.limit,
        "tasks": {
            task.name: {
                "digest": task.digest,
                "version": task.version,
                "seed": task.seed,
                "answer": task.answer,
                "max_tokens": task.max_tokens,
                "scorer": task.scorer,
                "metrics": list(task.metrics),
                "instances": names.digest(
                    [(one.canonical, one.gold) for one in drawn[task.name].questions]
                ),
            }
            for task in chosen
        },
        "templates": {name: one.digest for name, one in layouts.templates.items()},
        "forms": {name: one.digest for name, one in layouts.forms.items()},
        "subjects": [_subject_facts(subject) for subject in subjects],
        "settings": {
            "seed": settings.seed,
            "dtype": settings.dtype,
            "max_context": settings.max_context,
            "arguments": dict(settings.arguments),
        },
        "versions": {"evalsuite": __version__, **_versions(subjects)},
    }
    return {"schema": store.SCHEMA, "digest": names.digest(decides), **decides}


def _subject_facts(subject: Subject) -> dict[str, Json]:
    facts: dict[str, Json] = {"name": subject.name, "engine": subject.engine}
    if subject.model is not None:
        facts |= {
            "kind": subject.model.kind,
            "parameters": subject.model.parameters,
            "bos": subject.model.bos,
            "context_length": subject.model.context_length,
            "licence": subject.model.licence,
            "about": subject.model.about,
            "weights_sha256": subject.model.weights_sha256,
        }
    return facts


def _versions(subjects: Sequence[Subject]) -> dict[str, str]:
    used = {"transformers", "torch"} if any(one.model for one in subjects) else set()
    return {name: version(name) for name in sorted(used)}


# ── ask ─────────────────────────────────────────────────────────────────────────────────────────


def ask(made: Plan, kept: store.Store, options: Options, listener: Listener) -> int:
    """Ask what is not yet answered, one subject after the other; return how many were asked."""
    return sum(_ask_subject(made, subject, kept, options, listener) for subject in made.subjects)


def _ask_subject(
    made: Plan, subject: Subject, kept: store.Store, options: Options, listener: Listener
) -> int:
    mine = [
        one
        for one in made.asked
        if one.question.model == subject.name and not one.question.too_long
    ]
    answered = kept.answered()
    pending = [one.request for one in mine if one.request.key not in answered]
    listener.begin(subject, len(mine), len(mine) - len(pending))
    if not pending:
        return 0
    module = engines.engine(subject.engine)
    if module.ANSWERS_FROM != "oracle":
        pending = [replace(request, oracle=None) for request in pending]
    # In the order of the prefix trie, what two prompts share is still in the cache.
    pending.sort(key=lambda request: (request.prompt.token_ids or (), request.prompt.text))
    settings = replace(options.settings, recording=_recording(options))
    log = kept.folder / "logs" / f"{_file_name(subject.name)}.log"
    handed = 0

    def handing() -> Iterator[Request]:
        nonlocal handed
        for request in pending:
            handed += 1
            yield request

    with engines.started(subject.engine, subject.model, settings, log) as engine:
        spell = kept.begin(subject.name, subject.engine, engine.facts)
        started = time.monotonic()
        try:
            for response in engine.ask(handing()):
                kept.add(spell, response, time.monotonic() - started)
                listener.step(subject, response)
        finally:
            kept.end(spell, handed)
    return handed


def _recording(options: Options) -> Mapping[str, Response]:
    if options.recording is None:
        return {}
    with store.opened(options.recording, create=False) as recorded:
        return recorded.responses()


def _file_name(name: str) -> str:
    plain = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in name)
    return f"{plain[-60:]}-{names.digest(name)[:6]}"


def _check_weights(made: Plan) -> None:
    for subject in made.subjects:
        if subject.model is None:
            continue
        after = models.weights_sha256(subject.model.path)
        if after != subject.model.weights_sha256:
            raise CheckFailed(
                f"model `{subject.name}`: its weights changed during the run: SHA-256"
                f" {subject.model.weights_sha256[:12]} before, {after[:12]} after",
                hint="run again with `--fresh` once nothing writes to the model's folder",
            )


# ── judge, sum up, post ─────────────────────────────────────────────────────────────────────────


def judged(kept: store.Store) -> Iterator[Judged]:
    """Judge every response of a store, and every question that was too long to ask."""
    responses = kept.responses()
    for question in kept.questions():
        response = responses.get(question.key)
        if question.too_long:
            score_of = Score(outcome=Outcome.TOO_LONG)
            yield Judged(question=question, score=score_of, usage=Usage())
        elif response is not None:
            yield Judged(
                question=question,
                score=scorer(question.scorer).score(question, response),
                usage=response.usage,
            )


def judged_rows(kept: store.Store) -> tuple[Row, ...]:
    """Return the rows of a stored run.

    Raises:
        RunMistake: its manifest lacks something.

    """
    manifest = kept.manifest()
    try:
        return metrics.rows(
            run=kept.folder.name,
            suite=manifest["suite"]["name"],
            judged=judged(kept),
            metrics={name: tuple(one["metrics"]) for name, one in manifest["tasks"].items()},
            seconds=_seconds(kept),
            weights={one["name"]: one.get("weights_sha256") for one in manifest["subjects"]},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise RunMistake(
            f"{kept.folder}: its manifest cannot be used: {error}",
            hint="the same run with `--fresh` starts anew",
        ) from error


def _seconds(kept: store.Store) -> dict[str, float]:
    seconds: Counter[str] = Counter()
    for spell in kept.spells():
        seconds[spell.model] += spell.seconds  # type: ignore[assignment]  # a Counter adds floats too
    return dict(seconds)


def _unanswered(kept: store.Store) -> int:
    answered = kept.answered()
    return sum(1 for one in kept.questions() if not one.too_long and one.key not in answered)


def post(results: Path, folder: Path, rows: Iterable[Row]) -> None:
    """Write a run's leaderboard, and that of all runs in the results folder."""
    leaderboard.write(tuple(rows), folder / _ROWS)
    everything = (
        leaderboard.read(path)
        for path in sorted(results.glob(f"{_RUNS}/*/{_ROWS}"))
        if "~" not in path.parent.name
    )
    leaderboard.write(leaderboard.merge(everything), results / _ROWS)


def _set_aside(folder: Path) -> None:
    """Keep an earlier run of the same name beside the new one, out of the leaderboard."""
    if not folder.exists():
        return
    number = 1
    while (aside := folder.with_name(f"{folder.name}~{number}")).exists():
        number += 1
    with store.opened(folder, create=True):  # refused while another process writes it
        folder.rename(aside)
