"""What the kinds of first-order problems promise of their instances."""

from collections import Counter
from functools import cache
from importlib import import_module
from random import Random
from types import ModuleType

import pytest

from evalsuite import paths, prompts, tasks, templates
from evalsuite.families import Drawing, draws, family
from evalsuite.families.first_order import (
    capture,
    first_order_entailment,
    model_checking,
    unification,
)
from evalsuite.instances import certified
from evalsuite.logic.problems import Entailment
from evalsuite.logic.provers import models
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import free_variables
from evalsuite.logic.text.tptp import read as read_tptp
from evalsuite.records import Draft, Instance, Task

TASKS = (paths.shipped("tasks"),)
PROMPTS = (paths.shipped("prompts"),)
NAMES = sorted(path.stem for path in paths.shipped("tasks").glob("first_order/*.yaml"))
CERTIFIED = [name for name in NAMES if tasks.task(name, TASKS).answer == "certificate"]
CONTRASTED = ["capture", "first-order-entailment", "model-checking", "unification"]
TWINS = [name for name in NAMES if tasks.task(name, TASKS).family == "first-order-entailment"]


def drawn(kind: Drawing, params: object, rung: int, gold: int, rng: Random) -> Draft:
    drafts = (kind.draw(params, rung, gold, rng) for _ in range(20_000))
    return next(draft for draft in drafts if draft is not None)


def kind_of(task: Task) -> Drawing:
    kind = family(task.family)
    assert draws(kind)
    return kind


@cache
def some(name: str) -> tuple[Instance, ...]:
    """Return an instance of each rung and label, certified."""
    task = tasks.task(name, TASKS)
    kind, rng = kind_of(task), Random(7)
    made = []
    for rung in kind.rungs(task.params):
        for gold in range(kind.CHOICES)[:2]:
            draft = drawn(kind, task.params, rung, gold, rng)
            form = kind.canonical(draft.problem)
            made.append(certified(draft, task=task, name=f"{name}/0", gold=gold, form=form))
    return tuple(made)


def scorer(name: str) -> ModuleType:
    return import_module(f"evalsuite.scorers.{tasks.task(name, TASKS).scorer}")


@pytest.mark.parametrize("name", NAMES)
def test_deciders_agree_and_rungs_are_tagged(name: str) -> None:
    task = tasks.task(name, TASKS)
    assert [one.tags["rung"] for one in some(name)] == sorted(
        rung
        for rung in kind_of(task).rungs(task.params)
        for _ in range(min(2, kind_of(task).CHOICES))
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "pt"])
def test_every_task_renders(name: str, language: str) -> None:
    template = templates.template(tasks.task(name, TASKS).template, language, PROMPTS)
    for one in some(name):
        prompts.check(template, one)
        assert prompts.query(template, one)


@pytest.mark.parametrize("name", CERTIFIED)
def test_a_gold_certificate_is_accepted_and_a_spoiled_one_refused(name: str) -> None:
    judge, rng = scorer(name), Random(3)
    for one in some(name):
        found = judge.check(one.formal, one.gold, one.certificate or "")
        assert found.accepted, (one.certificate, found)
        assert found.strict
        if one.certificate is not None:
            for mutant in list(judge.spoil(one.formal, one.gold, one.certificate, rng))[:4]:
                assert not judge.check(one.formal, one.gold, mutant).accepted, mutant


@pytest.mark.parametrize("name", CERTIFIED)
def test_no_certificate_is_accepted_for_the_wrong_verdict(name: str) -> None:
    for one in some(name)[:4]:  # z3 may think long about the higher rungs
        if len(one.choices) > 1:
            other = scorer(name).check(one.formal, 1 - one.gold, one.certificate or "{}")
            assert not other.accepted


@pytest.mark.parametrize("name", CONTRASTED)
def test_both_labels_stand_with_the_same_words(name: str) -> None:
    kind = family(name)
    assert draws(kind)
    params, rng = kind.Params(), Random(11)
    pairs = 0
    for _ in range(3_000):
        rung = kind.rungs(params)[pairs % 2]
        state = rng.getstate()
        first = kind.draw(params, rung, 0, rng)
        rng.setstate(state)
        second = kind.draw(params, rung, 1, rng)
        if first is None or second is None:
            continue
        assert words(first) == words(second)
        pairs += 1
        if pairs == 4:
            return
    raise AssertionError(pairs)


def words(draft: Draft) -> Counter[str]:
    text = str(draft.shown)
    for sign in "()[],.{}'~":
        text = text.replace(sign, f" {sign} ")
    return Counter(word for word in text.split() if word not in {"(", ")"})


def test_twins_share_their_problem_and_certificate() -> None:
    problems = [[one.problem for one in some(name)] for name in TWINS]
    assert all(one == problems[0] for one in problems)


def test_an_entailment_is_not_vacuous() -> None:
    for one in some("first-order-entailment"):
        problem = one.problem
        assert isinstance(problem, Entailment)
        assert not any(map(free_variables, (*problem.premises, problem.conclusion)))
        assert problem.conclusion not in problem.premises
        assert isinstance(models.find(problem.premises, None), Structure)
        assert isinstance(models.find([], problem.conclusion), Structure)
        for premise in problem.premises:
            assert isinstance(models.find([premise], problem.conclusion), Structure)


def test_a_tptp_problem_is_read_back() -> None:
    for one in some("first-order-tptp"):
        stated = read_tptp(str(one.shown["problem"]))
        assert "Inference" in type(stated).__name__


def test_words_say_each_formula_in_both_languages() -> None:
    for one in some("first-order-words"):
        shown = one.shown["premises"]
        assert isinstance(shown, dict)
        assert isinstance(one.problem, Entailment)
        en, pt = shown["en"], shown["pt"]
        assert isinstance(en, list)
        assert isinstance(pt, list)
        assert len(en) == len(pt) == len(one.problem.premises)


@pytest.mark.parametrize("name", NAMES)
def test_no_option_stands_twice_and_shapes_are_canonical(name: str) -> None:
    task = tasks.task(name, TASKS)
    for one in some(name):
        assert len(set(one.choices)) == len(one.choices)
        assert kind_of(task).canonical(one.problem) == one.canonical
        assert kind_of(task).show(one.problem)


def klingon() -> object:
    return first_order_entailment.Params(surface="klingon")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: capture.Params(fewest_quantifiers=0),
        lambda: unification.Params(most_arguments=99),
        lambda: model_checking.Params(fewest_quantifiers=4, most_quantifiers=2),
        lambda: first_order_entailment.Params(highest=9),
        klingon,
    ],
)
def test_parameters_out_of_reach_are_refused(mistake: object) -> None:
    assert callable(mistake)
    with pytest.raises(ValueError, match="`"):
        mistake()
