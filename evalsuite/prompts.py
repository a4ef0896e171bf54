"""Instance + shots + condition → prompt.

The loop over the shots is here, so that a shot and the query cannot differ in shape, and a query
sees an instance's `shown` alone, so that it cannot show the gold.

Templates are untrusted: they run in `sandbox`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import takewhile
from typing import Protocol

from evalsuite import sandbox
from evalsuite.errors import ModelMistake, TemplateMistake, quoted
from evalsuite.records import Choice, Instance, Json, Message, Prompt, Shot, Task
from evalsuite.templates import Template

_LANGUAGES = {"en", "pt"}  # in which families say things
_BEGINNING = re.compile(r"[^\d:]+:?")  # of a question that its template leaves open
_SEPARATOR = "\n\n"  # between the opening, the shots and the query
_REASONING_TOKENS = 512  # for steps and the answer after them, unless the task gives more


class Tokenizer(Protocol):
    """What rendering needs of a model's tokenizer."""

    @property
    def separate(self) -> bool:
        """Whether an answer's tokens stand alone: a decoder writes what no encoder has read."""

    def encode(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """Return each text's token ids, BOS included where the model wants one."""

    def encode_answers(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the token ids of texts that nothing stands before and nothing after."""

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        """Return the messages in the model's chat template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A prompt with the choices that may follow it."""

    prompt: Prompt
    choices: tuple[Choice, ...]
    opening: str | None  # the description as the form lays it out
    turns: tuple[tuple[str, str], ...]  # what each shot asks and replies, in the order of the text
    query: str
    head: str  # how its question begins, and any other that a text may go on with
    answers: tuple[str, ...]  # the text of each choice, without the form's space around it
    too_long: bool  # it does not fit the context even without shots


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All that is the same for the prompts of one condition."""

    template: Template
    form: Template
    description: bool
    tokenizer: Tokenizer | None  # None: the engine takes text
    room: int | None  # tokens for prompt and answer; None: not known
    answer_tokens: int  # tokens kept for the answer beyond its choices
    certified: bool = False  # whether a certificate is asked for
    served: bool = False  # a server lays messages out, and no tokenizer here
    turns: dict[object, tuple[str, str]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )  # the shots rendered so far


def check(template: Template, instance: Instance) -> None:
    """Refuse a template that uses a name that the instance does not give.

    Raises:
        TemplateMistake: it names file and line.

    """
    shown = set(instance.shown)
    sandbox.check_names(template.source, "description", set())
    sandbox.check_names(template.source, "query", shown)
    sandbox.check_names(template.source, "answer", shown | {"choice", "index"})
    answers(template, instance)


def query(template: Template, instance: Instance) -> str:
    """Return the question, from what the instance shows and nothing else."""
    return sandbox.rendered(template.source, "query", localised(instance.shown, template.language))


def localised(shown: Mapping[str, Json], language: str) -> dict[str, Json]:
    """Return what an instance shows, each `{"en": …, "pt": …}` as its part in the language."""
    return {name: _in_language(value, language) for name, value in shown.items()}


def _in_language(value: Json, language: str) -> Json:
    match value:
        case dict() if set(value) == _LANGUAGES:
            return value.get(language, value["en"])
        case dict():
            return {name: _in_language(part, language) for name, part in value.items()}
        case list():
            return [_in_language(part, language) for part in value]
        case _:
            return value


def answers(template: Template, instance: Instance) -> tuple[str, ...]:
    """Return the text of each choice.

    Raises:
        TemplateMistake: a text is empty, or two choices have the same.

    """
    texts = tuple(
        sandbox.rendered(
            template.source,
            "answer",
            {**localised(instance.shown, template.language), "choice": choice, "index": index},
        ).strip()
        for index, choice in enumerate(instance.choices)
    )
    if not all(texts) or len(set(texts)) < len(texts):
        raise TemplateMistake(
            f"{template.path}: block `answer` gives the choices {quoted(instance.choices)}"
            f" the texts {quoted(texts)}",
            hint="each choice needs a text of its own",
        )
    return texts


def render(
    layout: Layout, instance: Instance, shots: Sequence[Shot], content: str | None = None
) -> Rendered:
    """Render an instance after its shots (in the order in which they stand in the text).

    Shots that do not fit are dropped whole, the farthest from the query first. `content` stands in
    the place of the query, where it is given: a query that asks nothing calibrates the choices.
    """
    texts = answers(layout.template, instance)
    replies = [_reply(layout, text) for text in texts]
    if layout.form.messages:  # an answer begins its message; in a shot it may follow a colon
        replies = [reply.lstrip() for reply in replies]
    turns = [turn(layout, shot) for shot in shots]
    question = _question(layout, instance, content)
    opening = _opening(layout)
    for first in range(len(turns) + 1):
        messages = _messages(layout, opening, turns[first:], question)
        text = joined(layout, opening, turns[first:], question)
        context, continuations = _tokens(layout.tokenizer, text, replies)
        fits = _fits(layout, context, continuations)
        if fits:
            break
    return Rendered(
        prompt=Prompt(
            text=text,
            token_ids=context,
            messages=messages,
            shots=tuple(shot.asked.id for shot in shots[first:]),
            dropped=first,
        ),
        choices=tuple(
            Choice(text=reply, token_ids=ids)
            for reply, ids in zip(replies, continuations, strict=True)
        ),
        opening=opening,
        turns=tuple(turns[first:]),
        query=question,
        head=_head(layout, question),
        answers=texts,
        too_long=not fits,
    )


def gold(layout: Layout, instance: Instance, shots: Sequence[Shot]) -> Rendered:
    """Render an instance with its gold answer, proof included, as the one choice.

    It reads as the answer of a shot does. `shots` are those that the question itself has.
    """
    question, reply = turn(layout, Shot(asked=instance, answered=instance))
    reply = reply.lstrip() if layout.form.messages else reply
    opening, turns = _opening(layout), [turn(layout, shot) for shot in shots]
    text = joined(layout, opening, turns, question)
    context, (ids,) = _tokens(layout.tokenizer, text, [reply])
    return Rendered(
        prompt=Prompt(
            text=text,
            token_ids=context,
            messages=_messages(layout, opening, turns, question),
            shots=tuple(shot.asked.id for shot in shots),
        ),
        choices=(Choice(text=reply, token_ids=ids),),
        opening=opening,
        turns=tuple(turns),
        query=question,
        head=_head(layout, question),
        answers=(reply,),
        too_long=not _fits(layout, context, [ids]),
    )


def answer_tokens(task: Task, form: Template) -> int:
    """Return how many tokens a generated answer may take; 0: the choices are scored."""
    if form.reasons:
        return max(_REASONING_TOKENS, task.max_tokens)
    return task.max_tokens if task.answer != "choices" else 0


def _opening(layout: Layout) -> str | None:
    if not layout.description:
        return None
    description = sandbox.rendered(layout.template.source, "description", {})
    return sandbox.rendered(layout.form.source, "opening", {"description": description})


def _question(layout: Layout, instance: Instance, content: str | None = None) -> str:
    asked = query(layout.template, instance) if content is None else content
    return sandbox.rendered(
        layout.form.source,
        "question",
        {"query": asked, "certified": _is_fenced(layout, instance)},
    )


def _head(layout: Layout, question: str) -> str:
    """Return how every question begins, in one line: up to a colon, or to what differs."""
    form = sandbox.lead(layout.form.source, "question").lstrip()
    lead = form or sandbox.lead(layout.template.source, "query").lstrip()
    fixed, colon, _ = lead.partition("\n")[0].partition(":")
    if fixed:
        return fixed + colon
    first = question.lstrip().partition("\n")[0]
    found = _BEGINNING.match(first)
    return found[0] if found else first


def turn(layout: Layout, shot: Shot) -> tuple[str, str]:
    """Return what a shot asks and what it replies: an answer, with its certificate, or nothing."""
    key = (shot.asked.id, shot.answered and (shot.answered.id, shot.answered.gold))
    if key not in layout.turns:
        reply = "" if shot.answered is None else _answer(layout, shot.answered)
        layout.turns[key] = (_question(layout, shot.asked), reply)
    return layout.turns[key]


def _answer(layout: Layout, one: Instance) -> str:
    answer = answers(layout.template, one)[one.gold]
    if _is_fenced(layout, one):  # of some verdicts there is none, as of `not unifiable`
        return _reply(layout, answer, (one.certificate or "").rstrip(), certified=True)
    if layout.certified and one.certificate is not None:
        answer = one.certificate.strip()
    return _reply(layout, answer)


def _reply(layout: Layout, answer: str, certificate: str = "", *, certified: bool = False) -> str:
    values: dict[str, Json] = {
        "answer": answer,
        "certificate": certificate,
        "certified": certified,
    }
    return sandbox.rendered(layout.form.source, "reply", values)


def _is_fenced(layout: Layout, instance: Instance) -> bool:
    """Say whether a certificate may stand before the answer; an open answer is one itself."""
    return layout.certified and len(instance.choices) > 1


def joined(
    layout: Layout, opening: str | None, turns: Sequence[tuple[str, str]], question: str
) -> str:
    """Return the parts of a prompt as one text: running text, or the model's chat template.

    Raises:
        TemplateMistake: the form wants a chat template, and there is no model.
        ModelMistake: the model's chat template refuses the messages.

    """
    if layout.form.messages:
        return _chat(layout, _messages(layout, opening, turns, question))
    return _running(([] if opening is None else [opening]), turns, question)


def _running(parts: Sequence[str], turns: Sequence[tuple[str, str]], question: str) -> str:
    return _SEPARATOR.join([*parts, *(asked + reply for asked, reply in turns), question])


def _messages(
    layout: Layout, opening: str | None, turns: Sequence[tuple[str, str]], question: str
) -> tuple[Message, ...]:
    """Return the parts of a prompt as messages, where its form has messages."""
    if not layout.form.messages:
        return ()
    # A turn without a reply is none: models know only questions that are answered.
    if layout.form.one_turn or not all(reply for _, reply in turns):
        turns, question = (), _running((), turns, question)
    return (
        *(() if opening is None else (Message(role="system", content=opening),)),
        *(
            message
            for asked, reply in turns
            for message in (
                Message(role="user", content=asked),
                Message(role="assistant", content=reply),
            )
        ),
        Message(role="user", content=question),
    )


def _chat(layout: Layout, messages: Sequence[Message]) -> str:
    if layout.served:
        return _SEPARATOR.join(f"{one.role}: {one.content}" for one in messages)
    if layout.tokenizer is None:
        raise TemplateMistake(
            f"form `{layout.form.name}` needs a model's chat template", hint="use form `text`"
        )
    try:
        return layout.tokenizer.chat([asdict(one) for one in messages])
    except ModelMistake:
        system, first, *others = messages
        if system.role != "system":
            raise
    # Some chat templates know no system message.
    told = replace(first, content=system.content + _SEPARATOR + first.content)
    return layout.tokenizer.chat([asdict(one) for one in (told, *others)])


def _tokens(
    tokenizer: Tokenizer | None, text: str, replies: Sequence[str]
) -> tuple[tuple[int, ...] | None, list[tuple[int, ...] | None]]:
    """Return the context's token ids and those that each reply adds.

    Where the text's last token merges with a reply's first, the context ends before it: all
    replies are scored from the same token on.
    """
    if tokenizer is None:
        return None, [None] * len(replies)
    if tokenizer.separate:
        (context,) = tokenizer.encode([text])
        return context, [*tokenizer.encode_answers(replies)]
    context, *wholes = tokenizer.encode([text, *(text + reply for reply in replies)])
    columns = zip(context, *wholes, strict=False)
    shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    shared = min(shared, *(len(whole) - 1 for whole in wholes))
    return context[:shared], [whole[shared:] for whole in wholes]


def _fits(
    layout: Layout,
    context: tuple[int, ...] | None,
    continuations: Sequence[tuple[int, ...] | None],
) -> bool:
    if layout.room is None or context is None:
        return True
    answer = max((len(ids or ()) for ids in continuations), default=0) + 1
    return len(context) + max(answer, layout.answer_tokens) <= layout.room
