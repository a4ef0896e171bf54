"""Named problems: theorems and companions that are none, certified, with proofs and models."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from evalsuite import instances, paths, prompts, tasks, templates
from evalsuite.families.named import pelletier
from evalsuite.families.named._pelletier import COMPANIONS, FRIENDS, PELLETIER
from evalsuite.logic import smt
from evalsuite.logic.elaborators import tableau as elaborator
from evalsuite.logic.problems import Entailment
from evalsuite.logic.syntax import Not, Truth, free_variables
from evalsuite.logic.text import reading
from evalsuite.records import Item
from evalsuite.scorers import tableau

HERE = Path()
SHORT = pelletier.Params(most_lines=30)
# z3 does not decide it in a second, and resolution takes as long.
SLOW = {"pelletier-37"}


@pytest.fixture(scope="module")
def every() -> tuple[Item, ...]:
    return tuple(pelletier.items(pelletier.Params(), HERE))


def _problem(item: Item) -> Entailment:
    assert isinstance(item.draft.problem, Entailment)
    return item.draft.problem


def test_each_theorem_has_a_companion_that_is_none(every: tuple[Item, ...]) -> None:
    assert len(PELLETIER) == 46
    names = [case.name for case in (*PELLETIER, *FRIENDS)]
    assert sorted(names) == sorted(case.name for case in COMPANIONS)
    assert Counter((one.draft.tags["name"], one.gold) for one in every) == Counter(
        (name, gold) for name in names for gold in (0, 1)
    )
    rungs = Counter((one.draft.tags["rung"], one.gold) for one in every)
    assert all(rungs[rung, 0] == rungs[rung, 1] > 10 for rung in (1, 2, 3))


def test_both_deciders_know_them_all(every: tuple[Item, ...]) -> None:
    for item in every:
        if item.draft.tags["name"] not in SLOW:
            assert set(pelletier.decide(_problem(item))) == {item.gold}, item.draft.tags


def test_no_two_are_the_same_and_all_are_closed(every: tuple[Item, ...]) -> None:
    forms = {pelletier.canonical(_problem(item)) for item in every}
    assert len(forms) == len(every)
    for item in every:
        problem = _problem(item)
        assert not any(map(free_variables, (*problem.premises, problem.conclusion)))
        assert problem.conclusion not in problem.premises


def test_companions_are_not_decided_by_one_side_alone(every: tuple[Item, ...]) -> None:
    for item in every:
        premises, conclusion = _problem(item).premises, _problem(item).conclusion
        if item.gold == 1 and premises:
            assert smt.entails(premises, Truth(False), milliseconds=500) == "no"
            assert smt.entails((), Not(conclusion), milliseconds=500) == "no"


def test_proofs_and_countermodels_are_accepted_for_what_they_show(every: tuple[Item, ...]) -> None:
    short = list(pelletier.items(SHORT, HERE))
    assert 80 <= len(short) < len(every)
    for item in short[::3]:
        text = pelletier.certificate(SHORT, _problem(item))
        assert text is not None
        checked = tableau.check(item.draft.formal, item.gold, text)
        assert checked.accepted, (item.draft.tags, text, checked)
        assert checked.strict
        assert not tableau.check(item.draft.formal, 1 - item.gold, text).accepted


def test_spoilt_certificates_are_refused() -> None:
    rng = Random(1)
    for item in list(pelletier.items(SHORT, HERE))[::7]:
        text = pelletier.certificate(SHORT, _problem(item)) or ""
        for _, spoilt in zip(
            range(6), tableau.spoil(item.draft.formal, item.gold, text, rng), strict=False
        ):
            assert not tableau.check(item.draft.formal, item.gold, spoilt).accepted, spoilt


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", ["pelletier", "pelletier-tableau"])
def test_both_languages_show_them(name: str, language: str) -> None:
    task = tasks.task(name, [paths.shipped("tasks")])
    template = templates.template(task.template, language, [paths.shipped("prompts")])
    for one in instances.questions(task, 12):
        query = prompts.query(template, one)
        assert ("remiss" in query) == bool(one.tags["premises"])
        assert len(set(prompts.answers(template, one))) == 2


@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_proof_and_the_model_in_the_prompt_are_right(language: str) -> None:
    template = templates.template("pelletier-tableau", language, [paths.shipped("prompts")])
    text = template.path.read_text(encoding="utf-8").split("```\n")
    premises = [reading.formula(one) for one in ("forall x. (P(x) -> Q(x))", "exists x. P(x)")]
    goal = reading.formula("exists x. Q(x)")
    verdict = elaborator.check(premises, goal, text[1])
    assert verdict.flaw is None
    assert {liberty.kind for liberty in verdict.liberties} <= {"ink"}
    claims: dict[str, object] = {"premises": ["P(a)"], "conclusion": "forall x. R(x, x) & Q(a)"}
    assert tableau.check(claims, 1, text[3]).accepted  # type: ignore[arg-type]
