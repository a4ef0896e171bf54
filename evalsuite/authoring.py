"""What an author of a template wants to see: the prompt part by part, and what is wrong with it.

`previews` take apart the very prompt that `prompts.render` sends; `findings` are from `defects`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice, pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from evalsuite import defects, instances, prompts, sandbox, shots, templates, tokenizing
from evalsuite.defects import Finding
from evalsuite.errors import TaskMistake, TemplateMistake, UnknownName, quoted
from evalsuite.prompts import Layout, Rendered, Tokenizer
from evalsuite.records import Choice, Condition, Instance, Model, Settings, Shot, Task
from evalsuite.templates import Template

Kind: TypeAlias = Literal["special", "description", "shot", "query", "answer"]

_FIRST_MARK = 0xE000  # of the letters that Unicode leaves for private use
_LAST_MARK = 0xF8FF
CHECKED = 8  # instances that a template is checked on
_SECONDS = 5.0  # of the processor, for all that a check writes with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a prompt, with the space that sets it apart from the next."""

    kind: Kind  # `answer`: what stands after a shot; `special`: what the chat template writes
    text: str
    tokens: int | None = None  # None without a tokenizer
    name: str = ""  # of a token that the text does not show: the BOS that a tokenizer adds


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A prompt taken apart: the texts of the parts, joined, are its text."""

    text: str
    parts: tuple[Part, ...]
    choices: tuple[Choice, ...]
    gold: int
    tokens: int | None
    room: int | None  # tokens of the context that the prompt leaves; None without a model
    dropped: int  # shots that do not fit


# ── preview ─────────────────────────────────────────────────────────────────────────────────────


def previews(
    task: Task,
    pairs: Sequence[tuple[Template, Template]],
    condition: Condition,
    model: Model | None,
    index: int,
) -> tuple[Preview, ...]:
    """Take the prompt that each template and form make of the same instance and shots apart.

    Raises:
        TaskMistake: the task has no such instance.
        TemplateMistake: a template or a form cannot be used.
        UserMistake: the pool is too small for the condition's shots.

    """
    asked = instance(task, index)
    for template, _ in pairs:
        prompts.check(template, asked)
    reader = None if model is None else tokenizing.tokenizer(model)
    pool = instances.pool(task) if condition.k else ()
    worked = shots.shots(task, pool, condition, asked.id)
    return tuple(
        preview_of(
            layout_of(task, template, form, condition, model, reader),
            asked,
            worked,
            None if reader is None else reader.bos,
        )
        for template, form in pairs
    )


def instance(task: Task, index: int) -> Instance:
    """Return one instance of a task.

    Raises:
        TaskMistake: it has none of that number.

    """
    drawn = instances.questions(task, index + 1) if index < task.size else ()
    if index >= len(drawn):
        count = len(drawn) or task.size
        raise no_instance(task, index, count)
    return drawn[index]


def no_instance(task: Task, index: int, count: int, named: str = "`--index`") -> TaskMistake:
    """Return what is wrong with the number of an instance, of so many; `named` is what gave it."""
    return TaskMistake(
        f"task `{task.name}` has {count} instances, numbered from 0",
        hint=f"no instance {index}: give a smaller {named}",
    )


def layout_of(  # noqa: PLR0913 - all that decides a layout
    task: Task,
    template: Template,
    form: Template,
    condition: Condition,
    model: Model | None,
    tokenizer: Tokenizer | None,
) -> Layout:
    """Return how a run lays out the prompts of a condition."""
    return Layout(
        template=template,
        form=form,
        description=condition.description,
        tokenizer=tokenizer,
        room=None if model is None else min(model.context_length, Settings().max_context),
        answer_tokens=prompts.answer_tokens(task, form),
        certified=task.answer == "certificate",
    )


def preview_of(layout: Layout, one: Instance, worked: Sequence[Shot], bos: str | None) -> Preview:
    """Take the prompt of an instance apart; `bos` is how its BOS token is written."""
    rendered = prompts.render(layout, one, worked)
    ids = rendered.prompt.token_ids
    tokens = None if ids is None else len(ids)
    return Preview(
        text=rendered.prompt.text,
        parts=_counted(layout.tokenizer, _parts(layout, rendered), tokens, bos),
        choices=rendered.choices,
        gold=one.gold,
        tokens=tokens,
        room=None if layout.room is None or tokens is None else layout.room - tokens,
        dropped=rendered.prompt.dropped,
    )


def _parts(layout: Layout, rendered: Rendered) -> tuple[Part, ...]:
    """Find the parts by laying out marks in their place: what is not a mark is the form's."""
    pieces = list(_pieces(rendered))
    marks = [chr(code) for code in range(_FIRST_MARK, _FIRST_MARK + len(pieces))]
    if ord(marks[-1]) > _LAST_MARK:
        raise TemplateMistake("too many shots to tell apart", hint="ask for fewer shots")
    left = iter(marks)
    opening = next(left) if rendered.opening else rendered.opening
    turns = [(next(left), next(left) if reply else "") for _, reply in rendered.turns]
    marked = prompts.joined(layout, opening, turns, next(left))
    spans = re.split(f"([{marks[0]}-{marks[-1]}])", marked)
    for trimmed in (False, True):  # some chat templates take the space around a message off
        parts = _merged(spans, dict(zip(marks, pieces, strict=True)), trimmed=trimmed)
        if "".join(part.text for part in parts) == rendered.prompt.text:
            return parts
    return (Part(kind="query", text=rendered.prompt.text),)


def _pieces(rendered: Rendered) -> list[Part]:
    found = [Part(kind="description", text=rendered.opening)] if rendered.opening else []
    for asked, reply in rendered.turns:
        found.append(Part(kind="shot", text=asked))
        if reply:
            found.append(Part(kind="answer", text=reply))
    return [*found, Part(kind="query", text=rendered.query)]


def _merged(spans: Sequence[str], pieces: Mapping[str, Part], *, trimmed: bool) -> tuple[Part, ...]:
    """Return the parts, each with the empty lines that set it apart from the next."""
    found: list[Part] = []
    for span in filter(None, spans):
        piece = pieces.get(span)
        if piece is not None:
            text = piece.text.strip() if trimmed else piece.text
            found.append(Part(kind=piece.kind, text=text))
        elif found and not span.strip():
            found[-1] = Part(kind=found[-1].kind, text=found[-1].text + span)
        else:
            found.append(Part(kind="special", text=span))
    return tuple(found)


def _counted(
    tokenizer: Tokenizer | None, parts: Sequence[Part], total: int | None, bos: str | None
) -> tuple[Part, ...]:
    """Count tokens up to the end of each part: one that reaches over an end is the next one's."""
    if tokenizer is None or total is None:
        return tuple(parts)
    ends = ["".join(part.text for part in parts[:count]) for count in range(len(parts))]
    counts = [min(len(ids), total) for ids in tokenizer.encode(ends)]
    counts = [max(counts[: place + 1]) for place in range(len(counts))]
    steps = [after - before for before, after in pairwise([*counts, total])]
    counted = [
        Part(kind=part.kind, text=part.text, tokens=step)
        for part, step in zip(parts, steps, strict=True)
    ]
    if counts[0] and bos and parts[0].text.startswith(bos):  # the text shows it
        first = counted[0]
        counted[0] = Part(kind=first.kind, text=first.text, tokens=(first.tokens or 0) + counts[0])
    elif counts[0]:
        counted.insert(0, Part(kind="special", text="", tokens=counts[0], name=bos or "BOS"))
    return tuple(counted)


# ── findings ────────────────────────────────────────────────────────────────────────────────────


def findings(
    task: Task | None,
    template: Template,
    forms: Sequence[Template],
    tokenizers: Mapping[str, Tokenizer],
    *,
    usual: Template | None = None,
) -> tuple[Finding, ...]:
    """Return what is wrong with a template or a form, on some instances of a task.

    Without a task, only its text is looked at. `tokenizers` are by the model's name. What the
    usual template of the task does not show, this one need not show either.

    Raises:
        TaskMistake: the task has no instances.

    """
    if task is None or templates.is_form(template):
        return defects.found(template, (), forms, tokenizers)
    drawn = tuple(islice(instances.each(task, "question"), CHECKED))
    try:
        with sandbox.limited(template.path, _SECONDS):
            return findings_of(task, template, drawn, forms, tokenizers, usual=usual)
    except TemplateMistake as error:
        return (defects.mistake(template.path, error),)


def findings_of(  # noqa: PLR0913 - as above
    task: Task,
    template: Template,
    drawn: Sequence[Instance],
    forms: Sequence[Template],
    tokenizers: Mapping[str, Tokenizer],
    *,
    usual: Template | None,
) -> tuple[Finding, ...]:
    """Return what is wrong with a template on some instances of a task, as `findings` does."""
    return defects.found(
        template,
        drawn,
        forms,
        tokenizers,
        answer=task.answer,
        needed=None if usual is None else tuple(sandbox.names(usual.source, "query")),
    )


def usual(task: Task, language: str, folders: Sequence[Path]) -> Template | None:
    """Return the shipped template of a task: it is in the last of the folders."""
    try:
        return templates.template(task.template, language, folders[-1:])
    except UnknownName:
        return None


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def written(  # noqa: PLR0913 - the parts of a template
    begun: Template,
    one: Instance,
    *,
    task: str,
    about: str,
    description: str | None = None,
    question: str | None = None,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the text of a new template, which begins as another one; None leaves a part as it is.

    Raises:
        TemplateMistake: the question cannot be put in, or the labels are not those of the choices.

    """
    _, _, body = _halves(templates.written(begun.path))
    if description is not None:
        body = _with_block(begun, body, "description", lambda _: description)
    if question is not None:
        body = _with_block(begun, body, "query", lambda query: _asking(begun, query, question))
    if labels:
        if set(labels) != set(one.choices):
            raise TemplateMistake(
                f"labels for {quoted(labels)}, and the choices are {quoted(one.choices)}",
                hint="give one for each: `--label choice=text`",
            )
        texts = json.dumps({choice: labels[choice] for choice in one.choices}, ensure_ascii=False)
        body = _with_block(begun, body, "answer", lambda _: f"{{{{ {texts}[choice] }}}}")
    matter = "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in (("about", about), ("task", task))
    )
    return f"---\n{matter}---\n{body}"


def _halves(text: str) -> tuple[str, str, str]:
    """Split a template's text after its front matter."""
    if not text.startswith("---\n"):
        return "", "", text
    return text.partition("\n---\n")


def _with_block(begun: Template, body: str, block: str, change: Callable[[str], str]) -> str:
    tags = re.compile(
        rf"(\{{%-?\s*block\s+{block}\s*-?%\}})(.*?)(\{{%-?\s*endblock\b[^%]*%\}})", re.DOTALL
    )
    found = tags.search(body)
    if found is None:
        raise TemplateMistake(f"{begun.path}: no block `{block}` to change", hint="edit the file")
    return body[: found.start(2)] + change(found[2]) + body[found.end(2) :]


def _asking(begun: Template, query: str, question: str) -> str:
    """Put a question in the place of a query's last line."""
    before, line_feed, last = query.rpartition("\n")
    if "{" in last or not line_feed:
        raise TemplateMistake(
            f"{begun.path}: the query does not end with a line of words alone",
            hint="write the template without `--question`, and change the question in the file",
        )
    return f"{before}\n{question}"


# ── differences ─────────────────────────────────────────────────────────────────────────────────


def difference(before: str, after: str, names: tuple[str, str]) -> tuple[str, ...]:
    """Return the lines of a unified diff of two texts; none where they are the same."""
    return tuple(
        unified_diff(before.splitlines(), after.splitlines(), names[0], names[1], lineterm="")
    )
