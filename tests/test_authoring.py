"""What authors of templates are shown: prompts part by part, and what is wrong with a template."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from evalsuite import authoring, defects, instances, models, paths, prompts, sandbox, shots, tasks
from evalsuite.authoring import Part, Preview
from evalsuite.defects import Finding
from evalsuite.errors import DataAbsent, ModelMistake, TaskMistake, TemplateMistake
from evalsuite.records import Condition, Instance, Labels, Task
from tests.calling import Call, Ran, caller

FOLDERS = (paths.shipped("prompts"),)
TASKS = (paths.shipped("tasks"),)
MODELS = ("smollm2-135m-instruct", "gemma3-270m")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in this process."""
    return caller(capsys, monkeypatch)


@cache
def task(name: str = "entailment") -> Task:
    return tasks.task(name, TASKS)


@cache
def drawn(name: str = "entailment", count: int = 8) -> tuple[Instance, ...]:
    return tuple(islice(instances.each(task(name), "question"), count))


@cache
def tokenizer(name: str) -> models.Tokenizer:
    return models.tokenizer(models.ready(name))


class Letters:
    """A tokenizer of letters whose BOS is `<bos>`, with a chat template that trims."""

    bos = "<bos>"

    def encode(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        return [(0, *map(ord, text.removeprefix(self.bos))) for text in texts]

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        if messages[0]["role"] == "system":
            raise ModelMistake("the model's chat template: no system message")
        turns = "".join(f"[{one['role']}]{one['content'].strip()}" for one in messages)
        return f"<bos>{turns}[assistant]"


# ── preview ─────────────────────────────────────────────────────────────────────────────────────


def condition(form: str, k: int, labels: Labels = "gold", *, description: bool = True) -> Condition:
    return Condition(
        template="entailment",
        language="en",
        form=form,
        k=k,
        description=description,
        labels=labels,
        shot_mode="fixed",
        shot_seed=0,
    )


def layout(form: str, *, description: bool = True, reader: Any = None) -> prompts.Layout:
    return prompts.Layout(
        template=prompts.template("entailment", "en", FOLDERS),
        form=prompts.form(form, "en", FOLDERS),
        description=description,
        tokenizer=reader,
        room=None,
        answer_tokens=0,
    )


@cache
def pool() -> tuple[Instance, ...]:
    return instances.pool(task(), 8)


def previewed(
    form: str,
    k: int,
    labels: Labels = "gold",
    *,
    description: bool = True,
    reader: Any = None,
    bos: str | None = None,
) -> tuple[Preview, prompts.Rendered]:
    """Return a prompt taken apart, and the prompt as it is sent."""
    one = layout(form, description=description, reader=reader)
    asked = drawn()[0]
    worked = shots.shots(task(), pool(), condition(form, k, labels), asked.id)
    return authoring.preview_of(one, asked, worked, bos), prompts.render(one, asked, worked)


def kinds(preview: Preview) -> list[str]:
    return [part.kind for part in preview.parts]


@pytest.mark.parametrize(
    ("form", "k", "labels", "description"),
    list(product(("text", "alpaca", "chat"), (0, 2), ("gold", "shuffled", "none"), (True, False))),
)
def test_the_parts_joined_are_what_is_sent(
    form: str, k: int, labels: Labels, description: bool
) -> None:
    seen, sent = previewed(form, k, labels, description=description, reader=Letters(), bos="<bos>")
    assert "".join(part.text for part in seen.parts) == seen.text == sent.prompt.text
    assert kinds(seen).count("description") == description
    assert kinds(seen).count("query") == 1
    assert kinds(seen).count("answer") == (0 if labels == "none" else k)
    if form != "chat" or labels != "none":  # there, shots without answers are no turns
        assert kinds(seen).count("shot") == k
    assert seen.tokens == sum(part.tokens or 0 for part in seen.parts)
    assert sent.prompt.token_ids is not None
    assert seen.tokens == len(sent.prompt.token_ids)


def test_a_bos_that_the_text_does_not_show_is_named_once() -> None:
    seen, _ = previewed("text", 1, reader=Letters(), bos="<bos>")
    assert seen.parts[0] == Part(kind="special", text="", tokens=1, name="<bos>")
    assert [part.name for part in seen.parts if part.name] == ["<bos>"]


def test_a_bos_that_the_chat_template_writes_is_shown_as_text_alone() -> None:
    seen, _ = previewed("chat", 1, reader=Letters(), bos="<bos>")
    assert seen.parts[0].text == "<bos>[user]"
    assert not [part.name for part in seen.parts if part.name]


def test_without_a_tokenizer_nothing_is_counted() -> None:
    seen, _ = previewed("text", 1)
    assert (seen.tokens, seen.room) == (None, None)
    assert {part.tokens for part in seen.parts} == {None}


@pytest.mark.engine
@pytest.mark.parametrize(("model", "form"), [(MODELS[0], "chat"), (MODELS[1], "text")])
def test_a_models_prompt_is_taken_apart_to_the_token(model: str, form: str) -> None:
    seen, sent = previewed(form, 2, reader=tokenizer(model), bos=tokenizer(model).bos)
    assert sent.prompt.token_ids is not None
    assert "".join(part.text for part in seen.parts) == sent.prompt.text
    assert sum(part.tokens or 0 for part in seen.parts) == len(sent.prompt.token_ids)
    assert kinds(seen)[0] == "special"


def test_an_instance_that_there_is_not_is_the_users_mistake() -> None:
    with pytest.raises(TaskMistake, match="numbered from 0"):
        authoring.instance(task(), task().size)


# ── findings ────────────────────────────────────────────────────────────────────────────────────

DESCRIPTION = "{% block description %}Does it follow? Answer yes or no.{% endblock %}"
QUERY = """{% block query %}
{% for premise in premises %}
{{ loop.index }}. {{ premise }}
{% endfor %}
Conclusion: {{ conclusion }}
Does the conclusion follow?{% endblock %}"""
ANSWER = '{% block answer %}{{ {"follows": "yes", "does-not-follow": "no"}[choice] }}{% endblock %}'
OPENING = "{% block opening %}{{ description }}{% endblock %}"
QUESTION = "{% block question %}{{ query }}\nAnswer:{% endblock %}"
REPLY = "{% block reply %} {{ answer }}{% endblock %}"


def text(
    description: str = DESCRIPTION, query: str = QUERY, answer: str = ANSWER, *, after: str = ""
) -> str:
    """Return a template: line 1, lines 2 to 7, line 8."""
    return f"{description}\n{query}\n{answer}\n{after}"


def form_text(opening: str = OPENING, question: str = QUESTION, reply: str = REPLY) -> str:
    """Return a form: line 1, lines 2 and 3, line 4."""
    return f"{opening}\n{question}\n{reply}\n"


def asked(last: str) -> str:
    """Return a query with another last line."""
    return QUERY.replace("Does the conclusion follow?", last)


def labelled(follows: str, does_not: str) -> str:
    labels = json.dumps({"follows": follows, "does-not-follow": does_not}, ensure_ascii=False)
    return f"{{% block answer %}}{{{{ {labels}[choice] }}}}{{% endblock %}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A file with a defect of a kind in a line, and what else that brings about."""

    text: str
    kind: str
    line: int
    language: str = "en"
    form: bool = False
    models: bool = False  # only a tokenizer tells
    also: frozenset[str] = frozenset()


TERSE = "{% block query %}{{ premises | join(', ') }} => {{ conclusion }}?{% endblock %}"
PT_DESCRIPTION = "{% block description %}A conclusão decorre? Responda sim ou não.{% endblock %}"
PT_QUERY = "{% block query %}{{ premises | join(', ') }}\nDecorre {{ conclusion }}?{% endblock %}"
BAD = {
    "undefined name": Bad(
        text=text(query=QUERY.replace("{{ conclusion", "{{ hypothesis")),
        kind="undefined-name",
        line=6,
    ),
    "undefined name that is never reached": Bad(
        text=text(query=asked("{% if false %}{{ nothing }}{% endif %}So?")),
        kind="undefined-name",
        line=7,
    ),
    "description that shows the instance": Bad(
        text=text("{% block description %}{{ premises }}: yes or no?{% endblock %}"),
        kind="undefined-name",
        line=1,
    ),
    "unused variable": Bad(
        text=text(query=QUERY.replace(": {{ conclusion }}", "")), kind="unused-variable", line=2
    ),
    "one premise of many": Bad(
        text=text(query="{% block query %}{{ premises[0] }}, so {{ conclusion }}?{% endblock %}"),
        kind="partly-shown",
        line=2,
    ),
    "the choice in the query": Bad(
        text=text(query=asked("{{ choice }}?")), kind="shows-gold", line=7
    ),
    "the gold in the query": Bad(
        text=text(query=asked("Does it? {{ gold }}")), kind="shows-gold", line=7
    ),
    "an answer line in the query": Bad(
        text=text(query=asked("Answer: yes\nDoes it follow?")), kind="shows-gold", line=7
    ),
    "a query that ends in an answer": Bad(
        text=text(query=asked("The conclusion follows: yes.")), kind="shows-gold", line=2
    ),
    "a space at the end of a line": Bad(
        text=text(query=QUERY.replace("{{ premise }}\n", "{{ premise }} \n")),
        kind="trailing-space",
        line=4,
    ),
    "a space at the end of the query": Bad(
        text=text(query=asked("Does it follow? ")), kind="trailing-space", line=2
    ),
    "a space at the end of the description": Bad(
        text=text("{% block description %}Yes or no? {% endblock %}"),
        kind="trailing-space",
        line=1,
    ),
    "a new line at the end of the query": Bad(
        text=text(query=asked("Does it follow?\n")), kind="blank-line", line=2
    ),
    "an empty line in the query": Bad(
        text=text(query=asked("\nDoes it follow?")), kind="blank-line", line=2
    ),
    "an empty description": Bad(
        text=text("{% block description %}{% endblock %}"),
        kind="empty",
        line=1,
        also=frozenset({"unnamed-label"}),
    ),
    "a cue of the query's own": Bad(
        text=text(query=asked("Does it follow? Answer:")), kind="answer-cue", line=7
    ),
    "a cue of the answer's own": Bad(
        text=text(answer=labelled("Answer: yes", "Answer: no")),
        kind="answer-cue",
        line=8,
        also=frozenset({"unnamed-label"}),
    ),
    "a label that begins another": Bad(
        text=text(answer=labelled("yes", "yes not")),
        kind="label-prefix",
        line=8,
        also=frozenset({"unnamed-label"}),
    ),
    "labels with and without a capital": Bad(
        text=text(answer=labelled("Yes", "no")), kind="label-shape", line=8
    ),
    "labels with and without a full stop": Bad(
        text=text(answer=labelled("yes", "no.")), kind="label-shape", line=8
    ),
    "one label for two choices": Bad(
        text=text(answer=labelled("yes", "yes")), kind="same-labels", line=8
    ),
    "labels of different length": Bad(
        text=text(
            "{% block description %}Answer yes or nonconformity.{% endblock %}",
            answer=labelled("yes", "nonconformity"),
        ),
        kind="label-tokens",
        line=8,
        models=True,
    ),
    "labels that nothing names": Bad(
        text=text(answer=labelled("valid", "absurd")), kind="unnamed-label", line=8
    ),
    "a BOS token": Bad(
        text=text("{% block description %}<bos>Yes or no?{% endblock %}"),
        kind="double-bos",
        line=1,
    ),
    "chat markers": Bad(
        text=text("{% block description %}<|im_start|>Yes or no?{% endblock %}"),
        kind="special-token",
        line=1,
    ),
    "a query that differs from a shot": Bad(
        text=text(query=asked("{% if premises | length > 3 %}Mind them all. {% endif %}So?")),
        kind="shape",
        line=7,
    ),
    "English in Portuguese": Bad(
        text=text(
            PT_DESCRIPTION,
            "{% block query %}{{ premises | join(', ') }}\nDoes the last one"
            " follow: {{ conclusion }}?{% endblock %}",
            labelled("sim", "não"),
        ),
        kind="language-mix",
        line=3,
        language="pt",
    ),
    "Portuguese in English": Bad(
        text=text("{% block description %}Responda: yes or no?{% endblock %}"),
        kind="language-mix",
        line=1,
    ),
    "English labels in Portuguese": Bad(
        text=text(PT_DESCRIPTION, PT_QUERY, "{% block answer %}{{ choice }}{% endblock %}"),
        kind="language-mix",
        line=4,
        language="pt",
        also=frozenset({"unnamed-label"}),
    ),
    "a space that does not break": Bad(
        text=text("{% block description %}Yes\xa0or no?{% endblock %}"),
        kind="odd-character",
        line=1,
    ),
    "a tag that is not closed as it was opened": Bad(
        text=text(query=asked("Does { conclusion }} follow?")), kind="stray-tag", line=7
    ),
    "words outside the blocks": Bad(
        text=text(after="Answer briefly.\n"), kind="outside-blocks", line=9
    ),
    "a missing block": Bad(
        text=text(answer=ANSWER.replace("answer", "anser")), kind="missing-block", line=1
    ),
    "a syntax error": Bad(text=text(query=asked("{% if %}So?")), kind="syntax", line=7),
    "front matter": Bad(text=f"---\nabuot: a\n---\n{text()}", kind="front-matter", line=1),
    "a query without the instance": Bad(
        text=text(query="{% block query %}Does it follow?{% endblock %}"),
        kind="same-query",
        line=2,
        also=frozenset({"unused-variable"}),
    ),
    "what fails when it is written": Bad(
        text=text(query=asked("{{ premises.nothing }}")), kind="fails", line=7
    ),
    "form: a space at the prompt's end": Bad(
        text=form_text(question=QUESTION.replace("Answer:", "Answer: ")),
        kind="trailing-space",
        line=3,
        form=True,
    ),
    "form: no new line after the query": Bad(
        text=form_text(question="{% block question %}{{ query }} Answer:{% endblock %}"),
        kind="no-newline",
        line=2,
        form=True,
    ),
    "form: no space after the colon": Bad(
        text=form_text(reply="{% block reply %}{{ answer }}{% endblock %}"),
        kind="no-space",
        line=4,
        form=True,
    ),
    "form: no cue": Bad(
        text=form_text(question="{% block question %}{{ query }}{% endblock %}"),
        kind="no-cue",
        line=2,
        form=True,
    ),
    "form: an answer that merges with the prompt": Bad(
        text=form_text(
            question="{% block question %}{{ query }}\nAnswer:\n{% endblock %}",
            reply="{% block reply %}{{ '\\n' }}{{ answer }}{% endblock %}",
        ),
        kind="token-merge",
        line=5,
        form=True,
        models=True,
    ),
    "form: an opening without the description": Bad(
        text=form_text(opening="{% block opening %}Hello.{% endblock %}"),
        kind="unused-variable",
        line=1,
        form=True,
    ),
    "form: a reply that asks": Bad(
        text=form_text(reply="{% block reply %} {{ answer }}{{ query }}{% endblock %}"),
        kind="undefined-name",
        line=4,
        form=True,
    ),
}


def planted(folder: Path, bad: Bad) -> Path:
    place = folder / bad.language / ("forms" if bad.form else "") / "mine.jinja"
    place.parent.mkdir(parents=True)
    place.write_text(bad.text, encoding="utf-8")
    return place


def checked(
    path: Path, language: str, readers: Mapping[str, prompts.Tokenizer]
) -> tuple[Finding, ...]:
    try:
        one = prompts.opened(path, language)
    except TemplateMistake as error:
        return (defects.mistake(path, error),)
    forms = [prompts.form(name, language, FOLDERS) for name in ("text", "alpaca", "chat")]
    questions = () if prompts.is_form(one) else drawn()
    return defects.found(one, questions, forms, readers)


WITHOUT_MODEL = {name: bad for name, bad in BAD.items() if not bad.models}


@pytest.mark.parametrize("bad", WITHOUT_MODEL.values(), ids=WITHOUT_MODEL)
def test_a_planted_defect_is_found_in_its_line_and_nothing_else(tmp_path: Path, bad: Bad) -> None:
    path = planted(tmp_path, bad)
    found = checked(path, bad.language, {})
    assert (bad.kind, bad.line) in [(one.kind, one.line) for one in found]
    assert {one.kind for one in found} - {bad.kind} <= bad.also
    assert all(one.path == path and one.message and one.hint for one in found)


@pytest.mark.engine
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_with_tokenizers_a_planted_defect_is_found_all_the_same(tmp_path: Path, bad: Bad) -> None:
    found = checked(
        planted(tmp_path, bad), bad.language, {name: tokenizer(name) for name in MODELS}
    )
    assert (bad.kind, bad.line) in [(one.kind, one.line) for one in found]


def test_a_sound_template_and_a_sound_form_have_nothing(tmp_path: Path) -> None:
    for bad in (
        Bad(text=text(), kind="", line=0),
        Bad(text=form_text(), kind="", line=0, form=True),
    ):
        assert checked(planted(tmp_path / str(bad.form), bad), "en", {}) == ()


@pytest.mark.engine
def test_what_a_trailing_space_costs_is_said_in_tokens(tmp_path: Path) -> None:
    bad = BAD["form: a space at the prompt's end"]
    found = checked(planted(tmp_path, bad), "en", {"gemma3-270m": tokenizer("gemma3-270m")})
    assert {"trailing-space", "token-merge"} <= {one.kind for one in found}


@pytest.mark.engine
def test_a_bos_is_that_of_the_model(tmp_path: Path) -> None:
    bad = BAD["a BOS token"]
    (one,) = checked(planted(tmp_path, bad), "en", {"gemma3-270m": tokenizer("gemma3-270m")})
    assert "which `gemma3-270m` has already" in one.message


def test_without_a_task_the_text_is_checked_all_the_same(tmp_path: Path) -> None:
    path = planted(tmp_path, BAD["a space at the end of a line"])
    found = authoring.findings(None, prompts.opened(path, "en"), (), {})
    assert [one.kind for one in found] == ["trailing-space"]


@pytest.fixture(scope="module")
def every() -> list[tuple[Task, tuple[Instance, ...]]]:
    """Return every shipped task whose problems are here, with its first instance."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    found = []
    for name in tasks.task_names(TASKS):
        try:
            found.append((task(name), drawn(name, 1)))
        except DataAbsent:
            continue
    return found


@pytest.mark.engine
@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_shipped_templates_and_forms_are_sound(
    every: list[tuple[Task, tuple[Instance, ...]]], language: str
) -> None:
    readers = {name: tokenizer(name) for name in MODELS}
    names = prompts.form_names(language, FOLDERS)
    forms = [prompts.form(name, language, FOLDERS) for name in names]
    found = [one for form in forms for one in defects.found(form, (), (), readers)]
    for asks, questions in every:
        one = prompts.template(asks.template, language, FOLDERS)
        needed = tuple(sandbox.names(one.source, "query"))
        found += defects.found(one, questions, forms, readers, answer=asks.answer, needed=needed)
    assert [one for one in found if one.kind != "label-tokens"] == []
    assert {one.severity for one in found} <= {"note"}


def test_on_eight_instances_of_a_task_its_template_is_sound() -> None:
    for name, language in product(("entailment", "resolvent", "syllogism"), ("en", "pt")):
        one = prompts.template(task(name).template, language, FOLDERS)
        assert authoring.findings(task(name), one, (), {}) == ()
