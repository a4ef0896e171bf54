"""Read, draw and render: from what the user asked for to every request, before any is sent.

All that can be wrong with names, files, templates and models comes to light here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from evalsuite import catalogue, engines, instances, models, names, prompts, store, tasks, templates
from evalsuite.errors import ModelMistake, TaskMistake, UserMistake
from evalsuite.plan._given import RANGES
from evalsuite.plan._manifest import digest_of, manifest_for
from evalsuite.plan._records import (
    FALLBACK,
    PREFERRED,
    Asked,
    Drawn,
    Layouts,
    Options,
    Plan,
    Subject,
    default_engine,
)
from evalsuite.plan._rendering import AUTO, form_of, rendered
from evalsuite.records import Response, Slice, Suite, Task

__all__ = [
    "PREFERRED",
    "RANGES",
    "Asked",
    "Options",
    "Plan",
    "Subject",
    "default_engine",
    "digest_of",
    "form_of",
    "plan",
]

_CHAT = "chat"  # the protocol of a server that takes messages
_MAJORITY = "majority"


def plan(options: Options, say: Callable[[str], None]) -> Plan:
    """Read, draw and render all that a run will ask.

    Raises:
        UserMistake: a name, a file, a model or an option cannot be used as it is.
        SoundnessAlarm: two deciders disagree about an instance.

    """
    if options.samples > 1 and not options.temperature:
        raise UserMistake(
            f"`--samples {options.samples}`: without a temperature all samples are the same",
            hint="give one, such as `--temperature 0.7`",
        )
    suite = _with_options(_suite(options), options)
    for name in suite.models:
        names.check_utf8("model", name)
    chosen = tuple(tasks.task(name, options.task_folders) for name in suite.tasks)
    engine = options.engine or default_engine()
    if options.settings.servers and engines.engine(engine).ANSWERS_FROM != "server":
        raise UserMistake(
            f"`--base-url`: engine `{engine}` asks no server", hint="add `--engine openai`"
        )
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
        for one in rendered(subject, suite, chosen, drawn, layouts, options)
    )
    if options.samples > 1 and not any(one.question.sample for one in asked):
        raise UserMistake(
            "`--samples`: nothing is written that could be sampled: choices are scored",
            hint="name tasks whose answers are generated: `evalsuite tasks list`",
        )
    for subject in subjects:
        mine = frozenset(one.question.answer for one in asked if one.question.model == subject.name)
        engines.check(subject.engine, options.settings, mine)
    manifest = manifest_for(suite, chosen, subjects, layouts, drawn, recording, options)
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


def _recording(engine: str, options: Options) -> Mapping[str, Response]:
    if engines.engine(engine).ANSWERS_FROM != "recording":
        if options.recording is not None:
            raise UserMistake(
                f"`--recording`: engine `{engine}` asks anew", hint="add `--engine replay`"
            )
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


def _draw(task: Task, limit: int | None, suite: Suite, engine: str) -> Drawn:
    counted = _MAJORITY in {engine, *suite.baselines}  # it goes by the whole task
    wanted = task.size if counted or limit is None else min(limit, task.size)
    everything = instances.questions(task, wanted)
    if not everything:
        raise TaskMistake(f"task `{task.name}`: no instance", hint=instances.NONE_TO_ASK)
    golds = Counter(instance.gold for instance in everything)
    most = max(golds.values())
    return Drawn(
        questions=everything[:limit],
        pool=instances.pool(task) if any(max(one.shots) for one in suite.slices) else (),
        majority=min(gold for gold, count in golds.items() if count == most),
    )


def _check_templates(
    suite: Suite, chosen: Sequence[Task], drawn: Mapping[str, Drawn], options: Options
) -> Layouts:
    folders = options.prompt_folders
    wanted = {
        (task.name, name or task.template, language)
        for task in chosen
        for part in suite.slices
        for name, language in product(part.template, part.language)
    }
    asked = {
        (name, language): templates.template(name, language, folders)
        for name, language in sorted({one[1:] for one in wanted})
    }
    for task, name, language in sorted(wanted):
        prompts.check(asked[name, language], drawn[task].questions[0])
    forms = {
        (name, language): templates.form(name, language, folders)
        for name, language in sorted(set(_forms(suite)))
    }
    return Layouts(templates=asked, forms=forms)


def _forms(suite: Suite) -> Iterator[tuple[str, str]]:
    """Yield each form that may be needed, with its language."""
    for part in suite.slices:
        for form, language in product(part.form, part.language):
            names_of = ("text", "chat") if form == AUTO else (form, "text")
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
        entry = catalogue.embedded(name)
        if entry is not None and not catalogue.is_ready(entry):
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
    if model.encoder_decoder and options.engine is None and engine != FALLBACK:
        say(f"`{name}` has an encoder: it is asked by the `{FALLBACK}` engine")
        engine = FALLBACK
    return Subject(name=name, engine=engine, model=model)


def _check_forms(suite: Suite, layouts: Layouts, subject: Subject) -> tuple[str, ...]:
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
