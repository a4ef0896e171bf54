"""`tasks check` finds what is planted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from evalsuite import checking, instances, paths
from evalsuite.errors import SoundnessAlarm, TaskMistake
from evalsuite.families.named import pelletier
from evalsuite.families.propositional import entailment
from evalsuite.families.resolution import refutation as refutations
from evalsuite.records import Draft, Json
from evalsuite.scorers import refutation
from evalsuite.scorers._certified import Checked
from tests.strategies import task

PROMPTS = (paths.shipped("prompts"),)
ENTAILMENT = "about: it follows\nfamily: entailment\nsize: 16\n"
ENOUGH = ENTAILMENT.replace("16", "60")  # for a baseline to be told from chance
REFUTATION = """
about: a refutation
family: refutation
params: {fewest_steps: 3, most_steps: 6}
size: 16
answer: certificate
max_tokens: 400
scorer: refutation
metrics: [certified-accuracy]
template: refutation-proof
"""

Check = Callable[..., checking.TaskReport]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    # Of eight that are drawn, one may be a shot; `tasks check --all` draws the whole pool.
    monkeypatch.setattr(instances, "POOL", 16)

    def checked(text: str, prompts: Path | None = None) -> checking.TaskReport:
        folder = tmp_path / "tasks" / "mine"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mine.yaml").write_text(text, encoding="utf-8")
        mine = () if prompts is None else (prompts,)
        return checking.check("mine", (tmp_path / "tasks",), (*mine, *PROMPTS))

    return checked


def test_a_sound_task_is_good(check: Check) -> None:
    found = check(REFUTATION)
    assert found.good
    assert found.family == "resolution"
    assert found.certificates == checking.Share(good=16, of=16)
    assert found.spoiled is not None
    assert found.spoiled.whole
    assert found.spoiled.of >= 16
    assert found.deciders == 2


def test_a_decider_that_is_wrong_raises_the_alarm(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entailment, "decide", lambda _problem: (0, 1))
    with pytest.raises(SoundnessAlarm, match="mine/0"):
        check(ENTAILMENT)


def test_a_gold_certificate_that_is_refused_is_named(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refutations, "certificate", lambda _params, _problem: "1. Zq [given]")
    found = check(REFUTATION)
    assert found.certificates == checking.Share(good=0, of=16)
    assert "mine/0: gold certificate" in found.notes[0]


def test_a_checker_that_accepts_everything_is_found(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lax(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:  # noqa: ARG001
        return Checked(accepted=True)

    monkeypatch.setattr(refutation, "check", lax)
    monkeypatch.setattr(
        refutation, "score", lambda question, response: _judge(question, response, lax)
    )
    found = check(REFUTATION)
    assert found.spoiled is not None
    assert found.spoiled.good == 0
    assert any("a spoiled certificate is accepted" in note for note in found.notes)


def test_a_label_that_a_baseline_can_tell_is_found(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = entailment.draw

    def longer(params: entailment.Params, rung: int, gold: int, rng: Random) -> Draft | None:
        draft = drawn(params, rung, gold, rng)
        if draft is None or gold == 0:
            return draft
        conclusion = f"{draft.shown['conclusion']} | {draft.shown['conclusion']}"
        return replace(draft, shown={**draft.shown, "conclusion": conclusion})

    monkeypatch.setattr(entailment, "draw", longer)
    found = check(ENOUGH)
    assert any("baseline `bag-of-words`" in note for note in found.notes), found.notes


def test_premises_that_hold_the_conclusion_are_vacuous(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = entailment.draw

    def repeated(params: entailment.Params, rung: int, gold: int, rng: Random) -> Draft | None:
        draft = drawn(params, rung, gold, rng)
        formal: Mapping[str, Json] = {"premises": ["P", "Q -> P"], "conclusion": "P"}
        return None if draft is None else replace(draft, formal=formal)

    monkeypatch.setattr(entailment, "draw", repeated)
    found = check(ENTAILMENT)
    assert len(found.vacuous) == 16
    assert "vacuous: mine/0" in found.notes


# ── vacuous ─────────────────────────────────────────────────────────────────────────────────────

TWO_SOME = ["exists x. P(x)", "exists x. ~P(x)"]
ENDLESS = ["forall x. ~R(x, x)", "forall x. exists y. R(x, y)"]
INFERENCES: dict[str, tuple[list[str], str, bool]] = {
    "propositional": (["P -> Q", "P"], "Q", False),
    "first-order": (["forall x. (P(x) -> Q(x))", "P(a)"], "Q(a)", False),
    "no model of one element": (TWO_SOME, "exists x. Q(x)", False),
    "no finite model": (
        [*ENDLESS, "forall x. forall y. forall z. (R(x, y) & R(y, z) -> R(x, z))"],
        "exists x. P(x)",
        False,
    ),
    "premises that contradict each other": ([*TWO_SOME, "forall x. P(x)"], "exists x. Q(x)", True),
    "a conclusion that is valid": (TWO_SOME, "(forall x. Q(x)) -> (exists x. Q(x))", True),
    "a premise": (TWO_SOME, "exists x. P(x)", True),
}


@pytest.mark.parametrize("name", INFERENCES)
def test_an_inference_is_vacuous_where_it_needs_no_premise_or_has_no_model(name: str) -> None:
    premises, conclusion, vacuous = INFERENCES[name]
    one = replace(
        instances.questions(task("entailment"), 1)[0],
        formal={"premises": [*premises], "conclusion": conclusion},
    )
    assert checking.is_vacuous(one, task("entailment")) is vacuous


@pytest.mark.parametrize(
    ("clauses", "conclusion", "vacuous"),
    [
        (["P | Q", "~P | Q"], "Q", False),
        (["P", "~P"], "Q", True),
        (["P | Q"], "R | ~R", True),
        (["P | Q", "R"], "R", True),
    ],
)
def test_clauses_with_a_conclusion_are_looked_at_too(
    clauses: list[str], conclusion: str, *, vacuous: bool
) -> None:
    drawn = instances.questions(task("clause-entailment"), 1)[0]
    one = replace(drawn, shown={"clauses": [*clauses], "conclusion": conclusion})
    assert checking.is_vacuous(one, task("clause-entailment")) is vacuous


def test_the_one_published_problem_that_is_vacuous_is_known() -> None:
    asked = task("pelletier", size=200)
    every = (*instances.questions(asked), *instances.pool(asked))
    named = {one.tags["name"] for one in every if checking.is_vacuous(one, task("entailment"))}
    assert named == pelletier.VACUOUS
    assert not any(checking.is_vacuous(one, asked) for one in every)


# ── languages ───────────────────────────────────────────────────────────────────────────────────


def portuguese(folder: Path, name: str, blocks: Mapping[str, str]) -> Path:
    """Write a template or form in Portuguese alone, and return the folder of prompts."""
    path = folder / "prompts" / "pt" / f"{name}.jinja"
    path.parent.mkdir(parents=True)
    text = "".join(f"{{% block {one} %}}{body}{{% endblock %}}" for one, body in blocks.items())
    path.write_text(text, encoding="utf-8")
    return folder / "prompts"


@pytest.mark.parametrize("text", [ENTAILMENT, REFUTATION])
def test_a_task_is_read_in_each_language(check: Check, text: str) -> None:
    found = check(text)
    assert [one.language for one in found.languages] == ["en", "pt"]
    assert all(one.read.whole and one.read.of >= 16 for one in found.languages)
    assert found.baselines == found.languages[0].baselines


def test_an_answer_that_cannot_be_read_in_a_language_is_told(check: Check, tmp_path: Path) -> None:
    blocks = {"opening": "", "question": "{{ query }}", "reply": "{{ certificate }}"}
    found = check(REFUTATION, portuguese(tmp_path, "forms/text", blocks))
    assert found.notes[0].startswith("in `pt`: mine/0: gold answer unread")
    assert found.notes[3] == "in `pt`: and 13 more"
    assert [one.read.good for one in found.languages] == [16, 0]


def test_a_template_that_does_not_fit_in_a_language_is_told(check: Check, tmp_path: Path) -> None:
    blocks = {"description": "", "query": "{{ premisses }}", "answer": "{{ choice }}"}
    found = check(ENTAILMENT, portuguese(tmp_path, "entailment", blocks))
    (note,) = found.notes
    assert note.startswith("in `pt`: ")
    assert "premisses" in note
    assert [one.language for one in found.languages] == ["en"]


def test_a_label_that_a_baseline_can_tell_in_a_language_is_found(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = entailment.draw

    def longer(params: entailment.Params, rung: int, gold: int, rng: Random) -> Draft | None:
        draft = drawn(params, rung, gold, rng)
        if draft is None or gold == 0:
            return draft
        stated = str(draft.shown["conclusion"])
        texts: Json = {"en": stated, "pt": f"{stated} | {stated}"}
        return replace(draft, shown={**draft.shown, "conclusion": texts})

    monkeypatch.setattr(entailment, "draw", longer)
    found = check(ENOUGH)
    assert found.notes
    assert all(" in `pt`, p = " in note for note in found.notes)


# ── fixed sets ──────────────────────────────────────────────────────────────────────────────────


def test_what_a_set_lacks_and_what_it_has_twice_is_told(check: Check, tmp_path: Path) -> None:
    lines = [f'{{"question": "Is {n % 30} even?", "answer": "yes"}}\n' for n in range(40)]
    (tmp_path / "tasks" / "mine").mkdir(parents=True)
    (tmp_path / "tasks" / "mine" / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    text = (
        "about: a\nfamily: jsonl\ntemplate: short-answer\n"
        "params: {file: a.jsonl, mapping: {choices: ['yes', 'no']}}\n"
    )
    found = check(text + "size: 35\n")
    assert found.balanced is None
    assert found.good
    few, same = found.remarks
    assert few.startswith(f"`size` is 35, and the set has {found.size} questions")
    assert few.endswith(f"; {30 - found.size} more are kept for shots")
    assert same == "10 of 40 questions stood in the set before: each is asked once"
    assert len(check(f"{text}size: {found.size}\n").remarks) == 1


def test_a_set_that_has_none_to_ask_is_a_mistake(check: Check, tmp_path: Path) -> None:
    """One question, whose hash keeps it for shots."""
    (tmp_path / "tasks" / "mine").mkdir(parents=True)
    set_ = tmp_path / "tasks" / "mine" / "a.jsonl"
    text = (
        "about: a\nfamily: jsonl\ntemplate: short-answer\n"
        "params: {file: a.jsonl, mapping: {choices: ['yes', 'no']}}\n"
    )
    said = []
    for number in range(40):
        set_.write_text(f'{{"question": "Is {number} even?", "answer": "no"}}', encoding="utf-8")
        try:
            assert check(text).size == 1
        except TaskMistake as mistake:
            said.append(mistake.message)
    assert said
    assert set(said) == {"task `mine`: no instance"}


def test_a_verdict_that_needs_no_certificate_is_right_without(check: Check) -> None:
    found = check(
        "about: a\nfamily: unification\nsize: 16\nanswer: certificate\n"
        "scorer: unifier\nmetrics: [accuracy]\ntemplate: unification-mgu\n"
    )
    assert found.good
    assert found.certificates == checking.Share(good=16, of=16)
    assert found.spoiled is not None
    assert found.spoiled.whole


def _judge(question: object, response: object, check: object) -> object:
    from evalsuite.scorers import _certified

    return _certified.judge(question, response, check)  # type: ignore[arg-type]
