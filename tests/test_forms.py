"""The shipped forms: what each shows is what the scorers read, and where a completion ends."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from evalsuite import instances, paths, prompts, tasks, templates
from evalsuite.engines import solver
from evalsuite.plan import Asked, Options, plan
from evalsuite.plan._rendering import _stop
from evalsuite.records import (
    AnswerKind,
    Completion,
    Generate,
    Instance,
    Outcome,
    Question,
    Settings,
    Shot,
    Task,
)
from evalsuite.scorers import scorer
from tests import tiny
from tests.conditions import PLAIN

FOLDERS = (paths.shipped("prompts"),)
TASKS = (paths.shipped("tasks"),)
LANGUAGES = ("en", "pt")
FORMS = templates.form_names("en", FOLDERS)
LAYOUTS = tuple(product(FORMS, LANGUAGES))
# Each scorer, each kind of answer, and questions that begin in their own way.
CHOICES = ("branch-closure", "classify", "entailment", "ordering", "resolvent", "zebra")
VERDICTS = (
    *("derivation", "entailment-countermodel", "entailment-tableau", "entailment-truth-table"),
    *("modal-countermodel", "refutation-dimacs", "refutation-proof", "refutation-words"),
    *("satisfiable-valuation", "strategy-sld", "unification-mgu"),
)
OPEN = ("clausal-form", "formalise", "nnf", "repair", "resolvents", "tseitin")


class Chat:
    """A chat template, with a tokenizer that looks at nothing."""

    separate = False

    def encode(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        return [(0, len(text)) for text in texts]

    encode_answers = encode

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        turns = (f"<{one['role']}>\n{one['content']}</>\n" for one in messages)
        return "".join(turns) + "<assistant>\n"


@cache
def task(name: str) -> Task:
    return tasks.task(name, TASKS)


@cache
def worked(name: str) -> tuple[Instance, ...]:
    return instances.pool(task(name), 4)


@cache
def layout(name: str, form: str, language: str) -> prompts.Layout:
    return prompts.Layout(
        template=templates.template(task(name).template, language, FOLDERS),
        form=templates.form(form, language, FOLDERS),
        description=True,
        tokenizer=Chat(),
        room=None,
        answer_tokens=0,
        certified=task(name).answer == "certificate",
    )


def answer_kind(name: str) -> AnswerKind:
    return "certificate" if task(name).answer == "certificate" else "generate"


def reply(one: prompts.Layout, instance: Instance) -> str:
    """Return what a shot shows as the answer, as a model would begin with it."""
    _, text = prompts.turn(one, Shot(asked=instance, answered=instance))
    return text.lstrip() if one.form.messages else text


def asked(name: str, form: str, language: str, instance: Instance) -> Question:
    """Return a question whose prompt has every other instance as a shot."""
    others = [Shot(asked=one, answered=one) for one in worked(name) if one is not instance]
    rendered = prompts.render(layout(name, form, language), instance, others)
    return Question(
        key=instance.id,
        model="",
        engine="",
        task=name,
        condition=replace(
            PLAIN, template=task(name).template, language=language, form=form, k=len(others)
        ),
        instance=instance.id,
        rung=str(instance.tags["rung"]),
        twin="",
        gold=instance.gold,
        labels=instance.choices,
        answers=rendered.answers,
        answer=answer_kind(name),
        scorer=task(name).scorer,
        formal=instance.formal,
        prompt=rendered.prompt.text,
        prompt_sha256="",
        shots=rendered.prompt.shots,
        dropped=0,
        too_long=False,
    )


def outcome(question: Question, text: str) -> Outcome:
    completion = Completion(key=question.key, text=text, finish="stop")
    return scorer(question.scorer).score(question, completion).outcome


# ── what is shown is what is read ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("form", "language"), LAYOUTS)
@pytest.mark.parametrize("name", [*CHOICES, *VERDICTS, *OPEN])
def test_what_a_shot_shows_is_read_as_right(name: str, form: str, language: str) -> None:
    for instance in worked(name):
        question = asked(name, form, language, instance)
        text = reply(layout(name, form, language), instance)
        assert outcome(question, text) is Outcome.RIGHT, text


@pytest.mark.parametrize(("form", "language"), LAYOUTS)
@pytest.mark.parametrize("name", [*CHOICES, *VERDICTS])
def test_what_a_shot_shows_for_another_verdict_is_not(name: str, form: str, language: str) -> None:
    one = layout(name, form, language)
    right = worked(name)[0]
    wrong = next(other for other in worked(name) if other.gold != right.gold)
    assert outcome(asked(name, form, language, right), reply(one, wrong)) is not Outcome.RIGHT


@pytest.mark.parametrize(("form", "language"), LAYOUTS)
@pytest.mark.parametrize("name", VERDICTS)
def test_a_verdict_stands_in_an_answer_line_whether_it_needs_a_certificate_or_not(
    name: str, form: str, language: str
) -> None:
    one = layout(name, form, language)
    word = {"en": "Answer", "pt": "Resposta"}[language]
    for instance in worked(name):
        answer = prompts.answers(one.template, instance)[instance.gold]
        *before, last = reply(one, instance).splitlines()
        assert last == f"{word}: {answer}"
        assert any(before) == bool(instance.certificate)


STEPS = {
    "en": "First, look at what is given.\n\nThen it is {} or {}: it takes a closer look.",
    "pt": "Primeiro, vejamos o que é dado.\n\nEntão é {} ou {}: é preciso olhar melhor.",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["step-by-step", "chat-step-by-step"])
@pytest.mark.parametrize("name", [*CHOICES, *VERDICTS, "nnf"])
def test_steps_before_the_answer_change_nothing(name: str, form: str, language: str) -> None:
    one = layout(name, form, language)
    for instance in worked(name):
        question = asked(name, form, language, instance)
        steps = STEPS[language].format(question.answers[0], question.answers[-1])
        text = f" {steps}\n{reply(one, instance).lstrip()}"
        assert outcome(question, text) is Outcome.RIGHT, text


# ── where a completion ends ─────────────────────────────────────────────────────────────────────


def stop(name: str, form: str, language: str, instance: Instance) -> tuple[str, ...]:
    one = layout(name, form, language)
    head = prompts.render(one, instance, ()).head
    return _stop(one.form, answer_kind(name), head)


@pytest.mark.parametrize(("form", "language"), LAYOUTS)
@pytest.mark.parametrize("name", [*CHOICES, *VERDICTS, *OPEN])
def test_a_completion_is_not_cut_before_its_answer(name: str, form: str, language: str) -> None:
    one = layout(name, form, language)
    for instance in worked(name):
        for end in stop(name, form, language, instance):
            assert end not in reply(one, instance)


@pytest.mark.parametrize(("form", "language"), LAYOUTS)
@pytest.mark.parametrize("name", [*CHOICES, *VERDICTS, *OPEN])
def test_a_text_does_not_go_on_with_another_question(name: str, form: str, language: str) -> None:
    """Whatever the next question is: no two of them need to begin alike."""
    one = layout(name, form, language)
    if one.form.messages:
        assert stop(name, form, language, worked(name)[0]) == ()
        return
    for instance, other in product(worked(name), repeat=2):
        (end,) = stop(name, form, language, instance)
        asks, answers = prompts.turn(one, Shot(asked=other, answered=other))
        text = reply(one, instance)
        assert f"{text}\n\n{asks}{answers}".partition(end)[0] == text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["step-by-step", "terse", "text", "textbook"])
@pytest.mark.parametrize("name", ["entailment-countermodel", "refutation-proof", "strategy-sld"])
def test_what_goes_on_with_another_question_is_read_up_to_there(
    name: str, form: str, language: str
) -> None:
    """Where one line break is all that stands between, no stop has cut it off."""
    one = layout(name, form, language)
    for right, other in product(worked(name), repeat=2):
        asks, answers = prompts.turn(one, Shot(asked=other, answered=other))
        text = f"{reply(one, right)}\n{asks}{answers}"
        assert outcome(asked(name, form, language, right), text) is Outcome.RIGHT, text


@pytest.mark.parametrize(
    ("form", "heads"),
    [
        ("step-by-step", ("Problem:", "Problema:")),
        ("terse", ("Q:", "P:")),
        ("textbook", ("Exercise.", "Exercício.")),
        ("alpaca", ("### Input:", "### Entrada:")),
        ("text", ("Logic ", "Lógica ")),
    ],
)
def test_a_question_begins_as_its_form_or_its_template_says(
    form: str, heads: tuple[str, str]
) -> None:
    name = "modal-countermodel"
    for language, head in zip(LANGUAGES, heads, strict=True):
        rendered = prompts.render(layout(name, form, language), worked(name)[0], ())
        assert rendered.head == head


# ── the forms ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_the_same_in_each_language(name: str) -> None:
    one, other = (templates.form(name, language, FOLDERS) for language in LANGUAGES)
    assert (one.messages, one.one_turn, one.reasons) == (
        other.messages,
        other.one_turn,
        other.reasons,
    )
    assert one.about
    assert one.about != other.about


@pytest.mark.parametrize(("form", "language"), LAYOUTS)
@pytest.mark.parametrize("name", ["entailment", "refutation-proof"])
def test_the_description_stands_in_the_prompt_as_it_is(name: str, form: str, language: str) -> None:
    one = layout(name, form, language)
    described = prompts.render(one, worked(name)[0], ()).prompt.text
    bare = prompts.render(replace(one, description=False), worked(name)[0], ()).prompt.text
    source = one.template.path.read_text(encoding="utf-8")
    description = source.partition("{% block description %}")[2].partition("{% endblock %}")[0]
    assert description in described
    assert description not in bare


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_one_turn_the_shots_stand_in_the_message_of_the_query(language: str) -> None:
    one = layout("entailment", "chat-one-turn", language)
    first, second = (Shot(asked=each, answered=each) for each in worked("entailment")[:2])
    query = worked("entailment")[2]
    made = prompts.render(one, query, (first, second))
    words = {"en": ("Answer: yes", "yes"), "pt": ("Resposta: sim", "sim")}[language]
    assert made.prompt.text.count("<user>") == 1
    assert made.prompt.text.count("<assistant>") == 1
    assert made.prompt.text.endswith(f"{words[0].partition(' ')[0]}</>\n<assistant>\n")
    assert words[0] in made.prompt.text
    assert made.choices[0].text == words[1]


# ── engines ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a tiny model with a chat template."""
    return str(tiny.model(tmp_path_factory.mktemp("chat"), chat=True))


def planned(form: str, name: str, engine: str, model: str) -> list[Asked]:
    options = Options(
        suite="quick",
        tasks=(name,),
        models=(model,),
        engine=engine,
        form=form,
        limit=6,
        shots=(0,),
        baselines=False,
        settings=Settings(max_context=100_000),
        results=Path("results"),
        task_folders=TASKS,
        prompt_folders=FOLDERS,
    )
    return list(plan(options, lambda _said: None).asked)


@pytest.mark.parametrize("form", ["step-by-step", "chat-step-by-step"])
@pytest.mark.parametrize("name", ["branch-closure", "entailment", "resolvent", "refutation-proof"])
def test_a_solver_that_is_asked_for_steps_is_right(name: str, form: str, model: str) -> None:
    found = planned(form, name, "transformers", model)
    engine = solver.start(None, Settings())
    assert {one.question.condition.form for one in found} == {form}
    for one in found:
        assert isinstance(one.request, Generate)
        assert one.request.max_tokens >= 512
        assert one.request.stop == (("\n\nProblem:",) if form == "step-by-step" else ())
        (response,) = engine.ask([one.request])
        assert scorer(one.question.scorer).score(one.question, response).outcome is Outcome.RIGHT


@pytest.mark.parametrize("form", FORMS)
def test_a_baseline_is_asked_in_running_text_whatever_the_form(form: str, model: str) -> None:
    found = planned(form, "entailment", "solver", model)
    assert {one.question.condition.form for one in found} == {"text"}
