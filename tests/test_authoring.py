"""What authors of templates are shown: prompts part by part, and what is wrong with a template."""

import io
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from evalsuite import (
    authoring,
    defects,
    instances,
    models,
    paths,
    prompts,
    sandbox,
    shots,
    tasks,
    templates,
    tokenizing,
)
from evalsuite.authoring import Part, Preview
from evalsuite.defects import Finding
from evalsuite.errors import ModelMistake, TaskMistake, TemplateMistake
from evalsuite.records import Condition, Instance, Labels, Task
from tests.calling import Call, Ran
from tests.conditions import PLAIN

FOLDERS = (paths.shipped("prompts"),)
TASKS = (paths.shipped("tasks"),)
MODELS = ("smollm2-135m-instruct", "gemma3-270m")


@cache
def task(name: str = "entailment") -> Task:
    return tasks.task(name, TASKS)


@cache
def drawn(name: str = "entailment", count: int = 8) -> tuple[Instance, ...]:
    return tuple(islice(instances.each(task(name), "question"), count))


@cache
def tokenizer(name: str) -> tokenizing.Tokenizer:
    return tokenizing.tokenizer(models.ready(name))


class Letters:
    """A tokenizer of letters whose BOS is `<bos>`, with a chat template that trims."""

    bos = "<bos>"
    separate = False

    def encode(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        return [(0, *map(ord, text.removeprefix(self.bos))) for text in texts]

    def encode_answers(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        return [tuple(map(ord, text)) for text in texts]

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        if messages[0]["role"] == "system":
            raise ModelMistake("the model's chat template: no system message")
        turns = "".join(f"[{one['role']}]{one['content'].strip()}" for one in messages)
        return f"<bos>{turns}[assistant]"


# ── preview ─────────────────────────────────────────────────────────────────────────────────────


def condition(form: str, k: int, labels: Labels = "gold", *, description: bool = True) -> Condition:
    return replace(PLAIN, form=form, k=k, description=description, labels=labels)


def layout(form: str, *, description: bool = True, reader: Any = None) -> prompts.Layout:
    return prompts.Layout(
        template=templates.template("entailment", "en", FOLDERS),
        form=templates.form(form, "en", FOLDERS),
        description=description,
        tokenizer=reader,
        room=None,
        answer_tokens=0,
    )


@cache
def pool() -> tuple[Instance, ...]:
    return instances.pool(task(), 8)


def previewed(  # noqa: PLR0913 - all that decides a prompt
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
    ("form", "k", "labels", "described"),
    list(product(("text", "alpaca", "chat"), (0, 2), ("gold", "shuffled", "none"), (1, 0))),
)
def test_the_parts_joined_are_what_is_sent(
    form: str, k: int, labels: Labels, described: int
) -> None:
    description = bool(described)
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


@pytest.mark.tokenizers
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
    "labels of several lines": Bad(
        text=text(answer=labelled("yes\nindeed", "no\nindeed")),
        kind="label-lines",
        line=8,
        also=frozenset({"unnamed-label"}),
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
    "words that depend on how many premises there are": Bad(
        text=text(query=asked("{{ 'Think. ' if premises | length > 99 else 'Be quick. ' }}So?")),
        kind="shape",
        line=7,
    ),
    "words that depend on what is concluded": Bad(
        text=text(query=asked("{% if 'nothing' in conclusion %}Mind it. {% endif %}So?")),
        kind="shape",
        line=7,
    ),
    "a loop that leaves out": Bad(
        text=text(query=QUERY.replace("in premises", "in premises if premise != 'x'")),
        kind="shape",
        line=3,
    ),
    "labels that change with the instance": Bad(
        text=text(
            answer="{% block answer %}{{ 'yes' if (choice == 'follows') == (premises | length > 3)"
            " else 'no' }}{% endblock %}"
        ),
        kind="label-varies",
        line=8,
    ),
    "a hint in the query": Bad(
        text=text(query=asked("(Hint: yes)\nDoes it follow?")), kind="shows-gold", line=7
    ),
    "a verdict in the query": Bad(
        text=text(query=asked("The verdict is always no.\nDoes it follow?")),
        kind="shows-gold",
        line=7,
    ),
    "an answer in the description": Bad(
        text=text("{% block description %}Yes or no?\nThe answer is yes.{% endblock %}"),
        kind="shows-gold",
        line=2,
    ),
    "an answer in a Portuguese description": Bad(
        text=text(
            "{% block description %}Sim ou não? Gabarito: sim{% endblock %}",
            PT_QUERY,
            labelled("sim", "não"),
        ),
        kind="shows-gold",
        line=1,
        language="pt",
    ),
    "one more English word": Bad(
        text=text(PT_DESCRIPTION, PT_QUERY.replace("Decorre", "Therefore"), labelled("sim", "não")),
        kind="language-mix",
        line=3,
        language="pt",
    ),
    "one more Portuguese word": Bad(
        text=text(query=asked("Logo, does it follow?")), kind="language-mix", line=7
    ),
    "a name in single braces": Bad(
        text=text(query=asked("Does {conclusion} follow?")), kind="stray-tag", line=7
    ),
    "a BOS token that is put together": Bad(
        text=text("{% block description %}{{ '<b' ~ 'os>' }}Yes or no?{% endblock %}"),
        kind="double-bos",
        line=1,
    ),
    "chat markers that are put together": Bad(
        text=text(query=asked("{{ '<|im_' ~ 'end|>' }}So?")), kind="special-token", line=2
    ),
    "chat markers of other letters": Bad(
        text=text("{% block description %}<｜User｜>Yes or no?{% endblock %}"),
        kind="special-token",
        line=1,
    ),
    "an attribute that nothing has": Bad(
        text=text(query=asked("{{ premises | map(attribute='nothing') | list }} So?")),
        kind="undefined-name",
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
        text=text(query=asked("{{ conclusion + 1 }}")), kind="fails", line=7
    ),
    "a part that nothing has": Bad(
        text=text(query=asked("{{ premises.nothing }}")), kind="undefined-name", line=7
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
    "form: a reply that begins a line with a space": Bad(
        text=form_text(question=QUESTION.replace("Answer:", "Answer:\n")),
        kind="odd-space",
        line=5,
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
    "form: a space at the opening's end": Bad(
        text=form_text(opening="{% block opening %}{{ description }} {% endblock %}"),
        kind="trailing-space",
        line=1,
        form=True,
    ),
    "form: a reply that begins with two spaces": Bad(
        text=form_text(reply="{% block reply %}  {{ answer }}{% endblock %}"),
        kind="odd-space",
        line=4,
        form=True,
    ),
    "form: a space at the end where a certificate is asked for": Bad(
        text=form_text(
            question="{% block question %}{{ query }}\n"
            "{{ 'Solution: ' if certified else 'Answer:' }}{% endblock %}"
        ),
        kind="trailing-space",
        line=3,
        form=True,
    ),
    "form: a space after a certificate": Bad(
        text=form_text(
            reply="{% block reply %} {{ answer }}{{ ' ' if certificate else '' }}{% endblock %}"
        ),
        kind="trailing-space",
        line=4,
        form=True,
    ),
    "form: a certificate that leaves nothing of the reply": Bad(
        text=form_text(
            reply="{% block reply %}{% if not certificate %} {{ answer }}{% endif %}{% endblock %}"
        ),
        kind="empty",
        line=4,
        form=True,
    ),
    "form: a space before a certificate in a line of its own": Bad(
        text=form_text(
            question="{% block question %}{{ query }}\n"
            "{{ 'Solution:\\n' if certified else 'Answer:' }}{% endblock %}"
        ),
        kind="odd-space",
        line=4,
        form=True,
    ),
    "form: a name in single braces": Bad(
        text=form_text(question=QUESTION.replace("Answer:", "{query} Answer:")),
        kind="stray-tag",
        line=3,
        form=True,
    ),
    "form: a special token that is put together": Bad(
        text=form_text(reply="{% block reply %} {{ answer }}{{ '<' ~ '/s>' }}{% endblock %}"),
        kind="special-token",
        line=4,
        form=True,
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
        one = templates.opened(path, language)
    except TemplateMistake as error:
        return (defects.mistake(path, error),)
    forms = [templates.form(name, language, FOLDERS) for name in ("text", "alpaca", "chat")]
    questions = () if templates.is_form(one) else drawn()
    return defects.found(one, questions, forms, readers)


WITHOUT_MODEL = {name: bad for name, bad in BAD.items() if not bad.models}


@pytest.mark.parametrize("bad", WITHOUT_MODEL.values(), ids=WITHOUT_MODEL)
def test_a_planted_defect_is_found_in_its_line_and_nothing_else(tmp_path: Path, bad: Bad) -> None:
    path = planted(tmp_path, bad)
    found = checked(path, bad.language, {})
    assert (bad.kind, bad.line) in [(one.kind, one.line) for one in found]
    assert {one.kind for one in found} - {bad.kind} <= bad.also
    assert all(one.path == path and one.message and one.hint for one in found)


@pytest.mark.tokenizers
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


SOUND = {
    "a question that ends in the word of a cue": text(query=asked("Is this the correct solution?")),
    "a question for the label": text(query=asked("What is its label?")),
    "a question that ends in an answer": text(query=asked("Is the answer yes?")),
    "all the answers after a colon": text(
        "{% block description %}Answer: yes or no.{% endblock %}"
    ),
    "a line for each answer": text(
        "{% block description %}End with `Answer: yes` or `Answer: no`.{% endblock %}"
    ),
    "an answer for each case": text(
        "{% block description %}If it does, say yes, otherwise answer no.{% endblock %}"
    ),
    "words that depend on presence": text(
        query=asked("{% if premises %}Mind them all. {% endif %}So?")
    ),
    "words that depend on the loop": text(
        query=QUERY.replace("{{ premise }}", "{{ premise }}{{ '' if loop.index > 0 else '.' }}")
    ),
    "braces around no name": text(query=asked("Does {P} follow?")),
}


@pytest.mark.parametrize("sound", SOUND.values(), ids=SOUND)
def test_what_is_sound_is_not_accused(tmp_path: Path, sound: str) -> None:
    assert checked(planted(tmp_path, Bad(text=sound, kind="", line=0)), "en", {}) == ()


def test_a_file_that_is_no_text_is_a_finding(tmp_path: Path) -> None:
    path = planted(tmp_path, Bad(text="", kind="", line=0))
    path.write_bytes(b"\xff")
    (one,) = checked(path, "en", {})
    assert (one.kind, one.line) == ("unreadable", 1)


def test_the_page_names_every_kind_that_is_planted_and_no_other() -> None:
    page = (Path(__file__).parents[1] / "docs" / "authoring.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (`.+`)(?: \(note\))? \| ", page.partition("### What is")[2], re.MULTILINE
    )
    named = {kind for row in rows for kind in re.findall(r"`([a-z-]+)`", row)}
    assert named == {bad.kind for bad in BAD.values()} | {"unreadable"}


@pytest.mark.tokenizers
def test_what_a_trailing_space_costs_is_said_in_tokens(tmp_path: Path) -> None:
    bad = BAD["form: a space at the prompt's end"]
    found = checked(planted(tmp_path, bad), "en", {"gemma3-270m": tokenizer("gemma3-270m")})
    assert {"trailing-space", "token-merge"} <= {one.kind for one in found}


@pytest.mark.tokenizers
def test_a_bos_is_that_of_the_model(tmp_path: Path) -> None:
    bad = BAD["a BOS token"]
    (one,) = checked(planted(tmp_path, bad), "en", {"gemma3-270m": tokenizer("gemma3-270m")})
    assert "which `gemma3-270m` has already" in one.message


def test_without_a_task_the_text_is_checked_all_the_same(tmp_path: Path) -> None:
    path = planted(tmp_path, BAD["a space at the end of a line"])
    found = authoring.findings(None, templates.opened(path, "en"), (), {})
    assert [one.kind for one in found] == ["trailing-space"]


@cache
def every() -> tuple[tuple[Task, tuple[Instance, ...]], ...]:
    """Return every shipped task with an instance; the fixed sets' problems may not be here."""
    found = map(task, tasks.task_names(TASKS))
    return tuple(
        (one, () if one.path.parent.name == "datasets" else drawn(one.name, 1)) for one in found
    )


@pytest.mark.tokenizers
@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_shipped_templates_and_forms_are_sound(language: str) -> None:
    readers = {name: tokenizer(name) for name in MODELS}
    names = templates.form_names(language, FOLDERS)
    forms = [templates.form(name, language, FOLDERS) for name in names]
    found = [one for form in forms for one in defects.found(form, (), (), readers)]
    for asks, questions in every():
        one = templates.template(asks.template, language, FOLDERS)
        needed = tuple(sandbox.names(one.source, "query"))
        found += defects.found(one, questions, forms, readers, answer=asks.answer, needed=needed)
    assert [one for one in found if one.kind != "label-tokens"] == []
    assert {one.severity for one in found} <= {"note"}


def test_on_eight_instances_of_a_task_its_template_is_sound() -> None:
    for name, language in product(("entailment", "resolvent", "syllogism"), ("en", "pt")):
        one = templates.template(task(name).template, language, FOLDERS)
        assert authoring.findings(task(name), one, (), {}) == ()


# ── the commands ────────────────────────────────────────────────────────────────────────────────


def shown(ran: Ran) -> str:
    assert ran.status == 0, ran.err
    return ran.out


def test_without_a_terminal_a_preview_is_the_prompt_as_it_is_sent(call: Call) -> None:
    words = ("evaluate", "--shots", "2", "--language", "pt")
    assert shown(call("prompts", "preview", *words)) == shown(call("prompts", "show", *words))


def test_in_a_terminal_a_preview_is_the_same_text_in_colours(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = shown(call("prompts", "preview", "evaluate", "--shots", "1"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    coloured = shown(call("prompts", "preview", "evaluate", "--shots", "1"))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_a_preview_as_json_has_the_parts_of_the_text(call: Call) -> None:
    words = ("evaluate", "--shots", "2", "--labels", "none", "--no-description", "--form", "text")
    said = json.loads(shown(call("prompts", "preview", *words, "--json")))
    assert "".join(part["text"] for part in said["parts"]) == said["text"]
    assert [part["kind"] for part in said["parts"]] == ["shot", "shot", "query"]
    assert (said["task"], said["form"], said["tokens"]) == ("evaluate", "text", None)


@pytest.mark.tokenizers
def test_a_preview_with_a_model_shows_its_bos_once_and_counts(call: Call) -> None:
    ran = call("prompts", "preview", "evaluate", "--model", "gemma3-270m", "--shots", "1")
    assert shown(ran).startswith("<bos>Decide whether")
    assert ran.out.count("<bos>") == 1
    assert "left of the context" in ran.err


@pytest.mark.tokenizers
def test_a_preview_of_a_chat_shows_its_markers(call: Call) -> None:
    ran = call("prompts", "preview", "entailment", "--model", "smollm2-135m-instruct")
    assert shown(ran).startswith("<|im_start|>system\nDecide whether")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Return the file of a template of one's own, which is sound."""
    return planted(tmp_path / "prompts", Bad(text=text(), kind="", line=0))


REFUSED = {
    "no such file": (("preview", "no/such.jinja"), "cannot be read"),
    "unknown template": (("preview", "entailmnt"), "did you mean `entailment`?"),
    "template to check": (("check", "entailmnt"), "did you mean `entailment`?"),
    "no task": (("preview", "MINE"), "name one with `--task`"),
    "unknown task": (("preview", "MINE", "--task", "entailmnt"), "did you mean `entailment`?"),
    "no instance": (("preview", "entailment", "--index", "100000"), "numbered from 0"),
    "too many shots": (("preview", "evaluate", "--shots", "65"), "fewer shots"),
    "chat": (("preview", "entailment", "--form", "chat"), "use form `text`"),
    "labels": (("preview", "entailment", "--labels", "wrong"), "shuffled"),
    "another": (("diff", "entailment", "entailmnt"), "did you mean `entailment`?"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_told_with_what_mends_it(
    call: Call, mine: Path, words: tuple[str, ...], said: str
) -> None:
    ran = call("prompts", *(str(mine) if word == "MINE" else word for word in words))
    assert ran.status == 2
    assert said in re.sub(r"[\s│]+", " ", ran.err)


def test_a_file_is_checked_with_the_task_that_it_names(call: Call, tmp_path: Path) -> None:
    named = Bad(text=f"---\ntask: entailment\n---\n{text()}", kind="", line=0)
    ran = call("prompts", "check", planted(tmp_path, named))
    assert (ran.status, ran.out) == (0, "")
    assert ran.err == "no error in 1 files, 0 notes\n"


def test_an_error_ends_a_check_with_status_1_and_its_place(call: Call, tmp_path: Path) -> None:
    path = planted(tmp_path, BAD["a cue of the query's own"])
    ran = call("prompts", "check", path, "--task", "entailment")
    assert ran.status == 1
    assert ran.out.startswith(f"{path}:7: error: the query ends with a cue of its own")
    assert "[answer-cue]\n  hint: end with the question" in ran.out
    assert "1 found in 1 of 1 files" in ran.err


def test_a_note_alone_does_not(call: Call, tmp_path: Path) -> None:
    path = planted(tmp_path, BAD["labels that nothing names"])
    ran = call("prompts", "check", path, "--task", "entailment", "--json")
    (one,) = json.loads(shown(ran))
    assert (one["path"], one["kind"], one["severity"]) == (str(path), "unnamed-label", "note")


def test_a_folder_is_checked_with_its_forms_and_what_cannot_be_loaded(
    call: Call, tmp_path: Path
) -> None:
    planted(tmp_path, BAD["a syntax error"])
    planted(tmp_path, BAD["form: no cue"])
    ran = call("prompts", "check", "--prompts", tmp_path)
    assert ran.status == 1
    assert re.findall(r"\[([a-z-]+)\]$", ran.out, flags=re.MULTILINE) == ["syntax", "no-cue"]


def test_a_difference_is_told_in_source_and_prompt(call: Call, mine: Path) -> None:
    ran = call("prompts", "diff", "entailment", mine, "--task", "entailment")
    out = shown(ran)
    assert out.count("\n@@ ") >= 2
    assert "+Does it follow? Answer yes or no." in out.splitlines()
    assert re.search(r"entailment: \d+ characters", ran.err)


def test_a_template_does_not_differ_from_itself(call: Call) -> None:
    ran = call("prompts", "diff", "entailment", "entailment")
    assert (ran.status, ran.out) == (0, "")
    assert "no difference" in ran.err


# ── new ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_template_works_and_is_sound(call: Call, tmp_path: Path) -> None:
    labels = ("--label", "follows=true", "--label", "does-not-follow=false")
    words = (
        *("--description", 'Is it "true" or false?', "--question", "True or false?"),
        *("--about", "true: or false?", *labels),
    )
    ran = call("prompts", "new", "mine", "--task", "entailment", "--prompts", tmp_path, *words)
    path = Path(shown(ran).strip())
    assert path == tmp_path / "en" / "mine.jinja"
    one = templates.opened(path, "en")
    assert (one.task, one.about) == ("entailment", "true: or false?")
    assert prompts.answers(one, drawn()[0]) == ("true", "false")
    assert prompts.query(one, drawn()[0]).endswith("\nTrue or false?")
    assert call("prompts", "check", path).status == 0


def test_a_new_template_begins_as_another(call: Call, tmp_path: Path) -> None:
    words = ("--language", "pt", "--from", "tableau-verdict", "--prompts", tmp_path)
    path = shown(call("prompts", "new", "mine", "--task", "entailment", *words)).strip()
    made, base = (
        templates.opened(Path(path), "pt"),
        templates.template("tableau-verdict", "pt", FOLDERS),
    )
    assert prompts.query(made, drawn()[0]) == prompts.query(base, drawn()[0])


NOT_MADE = {
    "a name of no file": (("../mine",), "small letters"),
    "labels of other choices": (("mine", "--label", "yes=ja"), "`does-not-follow`"),
    "no label": (("mine", "--label", "yes"), "`choice=text`"),
    "one label for both": (
        ("mine", "--label", "follows=a", "--label", "does-not-follow=a"),
        "a text of its own",
    ),
    "a name that nothing gives": (("mine", "--question", "{{ gold }}?"), "undefined name `gold`"),
    "another task's": (("mine", "--from", "resolvent"), "undefined name"),
    "unknown language": (("mine", "--language", "enn"), "did you mean `en`?"),
}


@pytest.mark.parametrize(("words", "said"), NOT_MADE.values(), ids=NOT_MADE)
def test_a_new_template_that_cannot_be_used_is_not_left_behind(
    call: Call, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    ran = call("prompts", "new", *words, "--task", "entailment", "--prompts", tmp_path)
    assert ran.status == 2
    assert said in re.sub(r"[\s│]+", " ", ran.err)
    assert not list(tmp_path.rglob("*.jinja"))


def test_a_template_that_is_there_is_not_written_over(call: Call, mine: Path) -> None:
    before = mine.read_text(encoding="utf-8")
    folder = mine.parent.parent
    ran = call("prompts", "new", "mine", "--task", "entailment", "--prompts", folder)
    assert ran.status == 2
    assert "there is such a file" in ran.err
    assert mine.read_text(encoding="utf-8") == before


def test_at_a_terminal_a_new_template_asks_for_what_no_option_says(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = io.TextIOWrapper(io.BytesIO(b"true or not\n\nTrue?\n"), encoding="utf-8")
    monkeypatch.setattr(typed, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdin", typed)
    path = tmp_path / "en" / "mine.jinja"
    shown(call("prompts", "new", "mine", "--task", "entailment", "--prompts", tmp_path))
    one = templates.opened(path, "en")
    assert one.about == "true or not"
    assert prompts.query(one, drawn()[0]).endswith("\nTrue?")


def many(body: str) -> str:
    return (
        f"{{% for a in range(1000) %}}{{% for b in range(90) %}}{body}{{% endfor %}}{{% endfor %}}"
    )


HOSTILE = {
    "empty lines": many("{{ '\\n' }}"),
    "signs": many("!") + "?",
    "many words": "\n".join(f"word{number}" for number in range(20_000)),
}


@pytest.mark.usefixtures("promptly")
@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_is_checked_in_no_time(tmp_path: Path, query: str) -> None:
    block = f"{{% block query %}}{query}{{% endblock %}}"
    bad = Bad(text=text(query=block, answer=labelled("!", "a")), kind="", line=0)
    assert checked(planted(tmp_path, bad), "en", {})


# ── init ────────────────────────────────────────────────────────────────────────────────────────


def test_what_init_lays_out_works_at_once(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = shown(call("init")).splitlines()
    assert sorted(made) == sorted(
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()
    )
    own = ("--tasks", "tasks", "--prompts", "prompts")
    assert call("tasks", "check", "short-evaluate", *own, "--jobs", "1").status == 0
    assert call("prompts", "check", *own).status == 0
    assert call("prompts", "preview", "terse", "--shots", "2", *own).status == 0
    assert call("run", "mine", *own, "--engine", "solver", "--limit", "2").status == 0


def test_init_takes_no_folder_that_holds_something(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "mine"):
        ran = call("init", folder)
        assert ran.status == 2
        assert "not an empty folder" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
