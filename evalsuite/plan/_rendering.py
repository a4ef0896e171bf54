"""Conditions → prompts: every question that a subject is asked, with its request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product

from evalsuite import names, prompts, shots, templates, tokenizing
from evalsuite.calibration import BLANKS
from evalsuite.families import family
from evalsuite.plan._records import Asked, Drawn, Layouts, Options, Subject
from evalsuite.records import (
    AnswerKind,
    Choices,
    Condition,
    Generate,
    Instance,
    Model,
    Oracle,
    Question,
    Request,
    Shot,
    Slice,
    Suite,
    Task,
)

AUTO = "auto"
_STOP = ("\n\n",)  # where a generated answer ends, unless it is a message


def form_of(suite_form: str, model: Model | None) -> str:
    """Return the form that a suite's form means for a model."""
    if model is None:
        return "text"
    if suite_form == AUTO:
        return "chat" if model.kind == "instruct" and model.chat else "text"
    return suite_form


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


def rendered(  # noqa: PLR0913 - the one place where all meet
    subject: Subject,
    suite: Suite,
    chosen: Sequence[Task],
    drawn: Mapping[str, Drawn],
    layouts: Layouts,
    options: Options,
) -> Iterator[Asked]:
    model = subject.model
    served = model is not None and model.path is None
    tokenizer = None if model is None or served else tokenizing.tokenizer(model)
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
    form: templates.Template


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


def _answer_tokens(task: Task, form: templates.Template, options: Options) -> int:
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


def _stop(form: templates.Template, answer: AnswerKind, head: str) -> tuple[str, ...]:
    """Return what ends a completion: the next question of its own that a text would go on with."""
    if form.messages:
        return ()
    if answer == "generate" and not form.reasons:
        return _STOP
    return (_STOP[0] + head,)
