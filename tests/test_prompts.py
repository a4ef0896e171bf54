"""Rendering: how a prompt is put together, and what is refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import instances, models, paths, prompts, shots, tasks, templates, tokenizing
from evalsuite.errors import ModelMistake, TemplateMistake, UnknownName
from evalsuite.records import Condition, Instance, Shot, Task
from tests.conditions import PLAIN

FOLDERS = (paths.shipped("prompts"),)
TASKS = ("branch-closure", "entailment", "resolvent")
LANGUAGES = ("en", "pt")
FORMS = ("text", "alpaca", "step-by-step", "terse", "textbook")  # that need no chat template
CASES = tuple(product(TASKS, LANGUAGES, FORMS, (0, 2)))


class Words:
    """A tokenizer of words, spaces and signs, with a chat template that may refuse `system`."""

    separate = False

    def __init__(self, *, system: bool = True) -> None:
        self._system = system

    def encode(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        return [tuple(map(ord, text)) for text in texts]

    encode_answers = encode

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        if messages[0]["role"] == "system" and not self._system:
            raise ModelMistake("the model's chat template: no system message")
        return "".join(f"<{one['role']}>{one['content']}</>" for one in messages) + "<assistant>"


@cache
def task(name: str) -> Task:
    return tasks.task(name, (paths.shipped("tasks"),))


@cache
def pool(name: str) -> tuple[Instance, ...]:
    return instances.pool(task(name), 8)


@cache
def question(name: str) -> Instance:
    (found,) = instances.questions(task(name), 1)
    return found


def condition(k: int, *, language: str = "en", form: str = "text") -> Condition:
    return replace(PLAIN, template="", language=language, form=form, k=k)


def worked(name: str, k: int) -> tuple[Shot, ...]:
    return shots.shots(task(name), pool(name), condition(k), question(name).id)


def layout(name: str, language: str = "en", form: str = "text", **changes: Any) -> prompts.Layout:
    made = prompts.Layout(
        template=templates.template(name, language, FOLDERS),
        form=templates.form(form, language, FOLDERS),
        description=True,
        tokenizer=None,
        room=None,
        answer_tokens=0,
    )
    return replace(made, **changes)


def rendered(name: str, language: str, form: str, k: int) -> prompts.Rendered:
    return prompts.render(layout(name, language, form), question(name), worked(name, k))


# ── layout ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "language", "form", "k"), CASES)
def test_shots_stand_apart_by_one_blank_line_and_no_line_ends_in_a_space(
    name: str, language: str, form: str, k: int
) -> None:
    text = rendered(name, language, form, k).prompt.text
    assert "\n\n\n" not in text
    assert text == text.lstrip()
    assert not [line for line in text.split("\n") if line != line.rstrip()]


@pytest.mark.parametrize(("name", "language"), list(product(TASKS, LANGUAGES)))
def test_in_form_text_the_space_belongs_to_the_answer(name: str, language: str) -> None:
    one = rendered(name, language, "text", 2)
    assert one.prompt.text.endswith(":")
    assert all(choice.text == f" {answer}" for choice, answer in _pairs(one))


@pytest.mark.parametrize(("name", "language"), list(product(TASKS, LANGUAGES)))
def test_in_form_alpaca_the_answer_begins_a_line(name: str, language: str) -> None:
    one = rendered(name, language, "alpaca", 2)
    assert one.prompt.text.endswith(":\n")
    assert all(choice.text == answer for choice, answer in _pairs(one))


def _pairs(one: prompts.Rendered) -> list[tuple[Any, str]]:
    return list(zip(one.choices, one.answers, strict=True))


@pytest.mark.parametrize(("name", "language", "form"), list(product(TASKS, LANGUAGES, FORMS)))
def test_a_shot_is_the_query_with_its_answer(name: str, language: str, form: str) -> None:
    one = layout(name, language, form, description=False)
    shot, query = worked(name, 1)[0].asked, question(name)
    alone = prompts.render(one, shot, ())
    after = prompts.render(one, query, (Shot(asked=shot, answered=shot),)).prompt.text
    gold = alone.choices[shot.gold].text
    assert after == f"{alone.prompt.text}{gold}\n\n{prompts.render(one, query, ()).prompt.text}"


def test_without_a_description_only_the_description_is_missing() -> None:
    described = prompts.render(layout("entailment"), question("entailment"), ()).prompt.text
    bare = prompts.render(
        layout("entailment", description=False), question("entailment"), ()
    ).prompt.text
    assert described.endswith(f"\n\n{bare}")
    assert "Decide whether" not in bare


# ── chat ────────────────────────────────────────────────────────────────────────────────────────


def test_in_form_chat_shots_are_turns_and_the_description_is_the_system_message() -> None:
    one = layout("entailment", form="chat", tokenizer=Words())
    text = prompts.render(one, question("entailment"), worked("entailment", 2)).prompt.text
    roles = re.findall("<(system|user|assistant)>", text)
    assert roles == ["system", "user", "assistant", "user", "assistant", "user", "assistant"]


def test_a_model_without_system_messages_reads_the_description_in_the_first_turn() -> None:
    one = layout("entailment", form="chat", tokenizer=Words(system=False))
    text = prompts.render(one, question("entailment"), worked("entailment", 1)).prompt.text
    assert "<system>" not in text
    assert text.startswith("<user>Decide whether the conclusion follows")
    assert text.count("Decide whether the conclusion follows") == 1


def test_form_chat_needs_a_chat_template() -> None:
    with pytest.raises(TemplateMistake, match="needs a model's chat template"):
        prompts.render(layout("entailment", form="chat"), question("entailment"), ())


@pytest.mark.tokenizers
@pytest.mark.parametrize("k", [0, 2])
def test_a_smollm2_prompt_has_one_system_message_and_no_bos(k: int) -> None:
    model = models.ready("smollm2-135m-instruct")
    tokenizer = tokenizing.tokenizer(model)
    one = layout("entailment", form="chat", tokenizer=tokenizer)
    prompt = prompts.render(one, question("entailment"), worked("entailment", k)).prompt
    assert model.bos is None
    assert prompt.text.count("<|im_start|>system\n") == 1
    assert prompt.text.count("<|im_start|>user\n") == k + 1
    assert prompt.text.endswith("<|im_start|>assistant\n")
    assert prompt.token_ids == tokenizer.encode([prompt.text])[0]


@pytest.mark.tokenizers
@pytest.mark.parametrize("k", [0, 2])
def test_a_gemma_prompt_has_exactly_one_bos_and_it_comes_first(k: int) -> None:
    model = models.ready("gemma3-270m")
    one = layout("entailment", tokenizer=tokenizing.tokenizer(model))
    prompt = prompts.render(one, question("entailment"), worked("entailment", k)).prompt
    assert prompt.token_ids is not None
    assert model.bos is not None
    assert prompt.token_ids[0] == model.bos
    assert prompt.token_ids.count(model.bos) == 1


# ── room ────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(room=st.integers(min_value=1, max_value=1_200))
def test_shots_that_do_not_fit_are_dropped_whole_the_farthest_first(room: int) -> None:
    examples = worked("entailment", 4)
    one = layout("entailment", tokenizer=Words(), room=room)
    made = prompts.render(one, question("entailment"), examples)
    kept = examples[made.prompt.dropped :]
    free = replace(one, room=None)
    assert made.prompt.shots == tuple(shot.asked.id for shot in kept)
    assert made.prompt.text == prompts.render(free, question("entailment"), kept).prompt.text
    assert made.too_long == (not made.prompt.shots and not _fits(made, room))
    if made.prompt.dropped:  # with one more it would not have fitted
        more = examples[made.prompt.dropped - 1 :]
        assert not _fits(prompts.render(free, question("entailment"), more), room)


def _fits(made: prompts.Rendered, room: int) -> bool:
    longest = max(len(choice.token_ids or ()) for choice in made.choices)
    return len(made.prompt.token_ids or ()) + longest + 1 <= room


def test_a_question_is_never_cut() -> None:
    query = question("entailment")
    made = prompts.render(layout("entailment", tokenizer=Words(), room=3), query, ())
    assert made.too_long
    assert made.prompt.text == rendered("entailment", "en", "text", 0).prompt.text


# ── files ───────────────────────────────────────────────────────────────────────────────────────

BLOCKS = {
    "description": "Say yes or no.",
    "query": "{{ premises[0] }}",
    "answer": "{{ choice }}",
}


def written(folder: Path, text: str | bytes, *, language: str = "en") -> tuple[Path, ...]:
    """Write the template `mine` and return the folders to look it up in."""
    place = folder / language
    place.mkdir(parents=True, exist_ok=True)
    content = text.encode() if isinstance(text, str) else text
    (place / "mine.jinja").write_bytes(content)
    return (folder, *FOLDERS)


def source(**changes: str) -> str:
    parts = {**BLOCKS, **changes}
    return "\n".join(f"{{% block {name} %}}{body}{{% endblock %}}" for name, body in parts.items())


def refused(folder: Path, text: str | bytes) -> TemplateMistake:
    """Return why the template is refused, when it is loaded or checked."""
    with pytest.raises(TemplateMistake) as caught:
        prompts.check(
            templates.template("mine", "en", written(folder, text)), question("entailment")
        )
    return caught.value


def test_a_template_of_ones_own_stands_before_the_shipped_one(tmp_path: Path) -> None:
    folders = written(tmp_path, source())
    (tmp_path / "en" / "mine.jinja").rename(tmp_path / "en" / "entailment.jinja")
    found = templates.template("entailment", "en", folders)
    seen = replace(question("entailment"), shown={"premises": ["P & Q"]})
    assert prompts.query(found, seen) == "P & Q"


@pytest.mark.parametrize("name", ["gold", "witness", "problem", "choice", "answer", "index"])
def test_a_query_that_reaches_for_the_gold_is_refused_with_its_line(
    tmp_path: Path, name: str
) -> None:
    mistake = refused(tmp_path, source(query=f"a\n{{% if false %}}{{{{ {name} }}}}{{% endif %}}"))
    assert mistake.exit_status == 2
    assert f"mine.jinja:3: block `query` uses the undefined name `{name}`" in mistake.message
    assert mistake.hint == "it may use `conclusion`, `premises`"


def test_a_block_inside_the_query_is_as_blind_as_the_query(tmp_path: Path) -> None:
    body = "{% block inner %}{{ gold }}{% endblock %}"
    assert "undefined name `gold`" in refused(tmp_path, source(query=body)).message


def test_a_description_sees_nothing_of_the_instance(tmp_path: Path) -> None:
    assert (
        "undefined name `premises`"
        in refused(tmp_path, source(description="{{ premises }}")).message
    )


@settings(deadline=None)
@given(st.text(max_size=40))
def test_the_query_shows_what_the_instance_shows_as_it_is(text: str) -> None:
    template = templates.template("entailment", "en", FOLDERS)
    seen = replace(question("entailment"), shown={"premises": ["P"], "conclusion": text})
    assert f"Conclusion: {text}\n" in prompts.query(template, seen)


MATTERS = {
    "not a mapping": ("---\n- a\n---\n", ":1: front matter that is not a mapping"),
    "unknown key": ("---\nabuot: x\n---\n", ":1: front matter with `abuot`"),
    "a form's key": ("---\nreasons: true\n---\n", ":1: front matter with `reasons`"),
    "wrong type": (
        "---\nabout: 3\n---\n",
        ":1: front matter with a value of the wrong type: `about`",
    ),
    "a date": ("---\nabout: 2020-01-01\n---\n", ":1: front matter with a value of the wrong type"),
    "no date": ("---\nabout: 2020-99-99\n---\n", ":1: front matter that cannot be read"),
    "not YAML": ("---\nabout: a\n: ]\n---\n", ":3: front matter that is not YAML"),
    "an object": (
        "---\nabout: !!python/object/apply:os.getcwd []\n---\n",
        ":2: front matter that is not YAML",
    ),
    "too deep": ("---\nabout: " + "[" * 3_000 + "\n---\n", ":1: front matter that cannot be read"),
    "without end": ("---\nabout: a\n", ":1: the front matter does not end"),
    "a bomb": (
        "---\na: &a [x, x]\n"
        + "".join(
            f"{key}: &{key} [{', '.join([f'*{last}'] * 9)}]\n"
            for last, key in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "---\n",
        ":1: front matter with `",
    ),
    "a NUL": ("---\nabout: a\0\n---\n", ":1: front matter that cannot be read"),
}


@pytest.mark.parametrize(("matter", "reason"), MATTERS.values(), ids=MATTERS)
def test_bad_front_matter_is_refused_with_file_and_line(
    tmp_path: Path, matter: str, reason: str
) -> None:
    assert f"mine.jinja{reason}" in refused(tmp_path, matter + source()).message


@pytest.mark.parametrize("matter", ["", "---\nabout: a\n---\n", "---\nabout: >\n  a\n  b\n---\n"])
def test_front_matter_does_not_shift_the_line_of_a_mistake(tmp_path: Path, matter: str) -> None:
    line = matter.count("\n") + 2
    broken = source(query="{% if %}")
    unknown = source(query="{{ nothing }}")
    failing = source(query="{{ premises.nothing }}")
    assert f"mine.jinja:{line}: " in refused(tmp_path, matter + broken).message
    assert f"mine.jinja:{line}: " in refused(tmp_path, matter + unknown).message
    template = templates.template("mine", "en", written(tmp_path, matter + failing))
    with pytest.raises(TemplateMistake, match=f"mine.jinja:{line}: .*`nothing`|no attribute"):
        prompts.query(template, question("entailment"))


@pytest.mark.parametrize("missing", list(BLOCKS))
def test_a_template_that_lacks_a_block_is_refused(tmp_path: Path, missing: str) -> None:
    text = "".join(f"{{% block {name} %}}a{{% endblock %}}" for name in BLOCKS if name != missing)
    assert f"mine.jinja: no block `{missing}`" in refused(tmp_path, text).message


@pytest.mark.parametrize(
    ("answer", "texts"),
    [("yes", "`yes`, `yes`"), ("", "``, ``"), ("{{ '' if index else ' yes ' }}", "`yes`, ``")],
)
def test_choices_need_texts_of_their_own(tmp_path: Path, answer: str, texts: str) -> None:
    mistake = refused(tmp_path, source(answer=answer))
    assert f"gives the choices `follows`, `does-not-follow` the texts {texts}" in mistake.message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff" + source().encode(), "not UTF-8 at byte 0"),
        (b"a" * (templates.LARGEST + 1), "larger than 65536 bytes"),
    ],
    ids=["latin-1", "large"],
)
def test_a_file_that_is_no_small_text_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert f"mine.jinja: {reason}" in refused(tmp_path, content).message


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_a_name_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "en" / "mine.jinja"
    place.parent.mkdir()
    if kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")
    with pytest.raises(TemplateMistake, match=r"mine\.jinja: cannot be read"):
        templates.template("mine", "en", (tmp_path, *FOLDERS))


def refused_form(folder: Path, matter: str, inside: str) -> TemplateMistake:
    place = folder / "en" / "forms"
    place.mkdir(parents=True)
    blocks = ("opening", "question", "reply")
    text = "".join(f"{{% block {name} %}}{inside}{{% endblock %}}" for name in blocks)
    (place / "mine.jinja").write_text(matter + text, encoding="utf-8")
    with pytest.raises(TemplateMistake) as caught:
        templates.form("mine", "en", (folder, *FOLDERS))
    return caught.value


def test_a_form_may_use_only_what_it_lays_out(tmp_path: Path) -> None:
    mistake = refused_form(tmp_path, "", "{{ answer }}")
    assert "block `opening` uses the undefined name `answer`" in mistake.message


@pytest.mark.parametrize(
    ("matter", "reason"),
    [
        ("task: entailment", "`task`"),
        ("abuot: x", "`abuot`"),
        ("reasons: 1", "a value of the wrong type: `reasons`"),
        ("messages: null", "a value of the wrong type: `messages`"),
    ],
)
def test_the_front_matter_of_a_form_has_its_own_keys(
    tmp_path: Path, matter: str, reason: str
) -> None:
    mistake = refused_form(tmp_path, f"---\n{matter}\n---\n", "a")
    assert mistake.message.endswith(f"mine.jinja:1: front matter with {reason}")
    assert "a form `about` (a text) and `messages`, `one_turn`" in (mistake.hint or "")


@pytest.mark.parametrize("flag", ["messages", "one_turn", "reasons"])
def test_a_template_has_no_flag_of_a_form(tmp_path: Path, flag: str) -> None:
    mistake = refused(tmp_path, f"---\n{flag}: false\n---\n{source()}")
    assert f"mine.jinja:1: front matter with `{flag}`" in mistake.message
    assert "a template may have `about`, `task` (texts); a form" in (mistake.hint or "")


@pytest.mark.parametrize(
    "shipped", [paths.shipped("prompts"), paths.starter() / "prompts"], ids=["shipped", "starter"]
)
def test_every_shipped_file_has_the_keys_of_its_kind(shipped: Path) -> None:
    found = [
        templates.opened(path, language)
        for language in ("en", "pt")
        for path in templates.files(shipped, language)
    ]
    assert found
    assert all(one.about for one in found)


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        (
            lambda: templates.template("entailmnt", "en", FOLDERS),
            "template in `en`",
            "`entailment`",
        ),
        (lambda: templates.template("entailment", "enn", FOLDERS), "language", "`en`"),
        (lambda: templates.form("alpacca", "en", FOLDERS), "form in `en`", "`alpaca`"),
        (lambda: templates.template("../en/entailment", "en", FOLDERS), "template in `en`", "mean"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(call: Any, message: str, hint: str) -> None:
    with pytest.raises(UnknownName) as caught:
        call()
    assert f"unknown {message} `" in caught.value.message
    assert "did you mean" in str(caught.value.hint)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(("language", "name"), list(product(LANGUAGES, TASKS)))
def test_every_shipped_template_fits_its_task(language: str, name: str) -> None:
    template = templates.template(name, language, FOLDERS)
    prompts.check(template, question(name))
    assert template.about
    assert len(set(prompts.answers(template, question(name)))) == len(question(name).choices)
