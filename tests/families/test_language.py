"""Arguments and puzzles in plain language: certified, and the same words for both labels."""

import re
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from evalsuite import instances, paths, prompts, tasks, templates
from evalsuite.families import _vocabulary, family
from evalsuite.families.language._chains import LINKS, Argument, denial, linked, literal
from evalsuite.logic import semantics
from evalsuite.logic.problems import Entailment
from evalsuite.logic.syntax import atoms
from evalsuite.records import Draft, Instance, Task

KINDS = (
    "inference-rule",
    "fallacy-name",
    "knights-knaves",
    "knights-knaves-choice",
    "web-of-lies",
    "ordering",
    "zebra",
)
TASKS = (*KINDS, "inference-rule-nonce", "ordering-nonce")


def _task(name: str) -> Task:
    return tasks.task(name, [paths.shipped("tasks")])


def _drawn(kind: str, rung: int, gold: int, rng: Random, params: Any = None) -> Draft:
    module: Any = family(kind)
    while True:
        draft: Draft | None = module.draw(params or module.Params(), rung, gold, rng)
        if draft is not None:
            return draft


def _some(kind: str) -> list[tuple[int, Draft]]:
    module: Any = family(kind)
    rng = Random(kind)
    return [
        (gold, _drawn(kind, rung, gold, rng))
        for rung in module.rungs(module.Params())
        for gold in range(module.CHOICES)
        for _ in range(2)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_deciders_find_the_label_that_was_asked_for(kind: str) -> None:
    module: Any = family(kind)
    for gold, draft in _some(kind):
        assert module.decide(draft.problem) == (gold, gold), module.show(draft.problem)
        assert len(draft.choices) == module.CHOICES


@pytest.mark.parametrize("kind", KINDS)
def test_a_canonical_form_is_the_same_each_time(kind: str) -> None:
    module: Any = family(kind)
    for _, draft in _some(kind):
        assert module.canonical(draft.problem) == module.canonical(draft.problem)
        assert "\n" not in module.show(draft.problem)


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", TASKS)
def test_a_task_renders_in_both_languages(name: str, language: str) -> None:
    task = _task(name)
    template = templates.template(task.template, language, [paths.shipped("prompts")])
    for instance in instances.questions(replace(task, size=8)):
        prompts.check(template, instance)
        query = prompts.query(template, instance)
        assert query.endswith("?")
        assert not re.search(r"[{}]|\bNone\b|  ", query), query


@pytest.mark.parametrize(("one", "other"), [("inference-rule", "inference-rule-nonce"),
                                             ("ordering", "ordering-nonce")])  # fmt: skip
def test_real_and_made_up_words_are_about_the_same_problems(one: str, other: str) -> None:
    def problems(name: str) -> list[tuple[object, int]]:
        found = instances.questions(replace(_task(name), size=8))
        return [(instance.problem, instance.gold) for instance in found]

    assert problems(one) == problems(other)


def test_a_rule_is_valid_and_its_fallacy_is_not() -> None:
    for link in LINKS:
        for signs in ((True, True), (True, False), (False, True), (False, False)):
            left, right = (literal(name, positive=sign) for name, sign in zip("PQ", signs))  # noqa: B905
            for valid in (True, False):
                premise = linked(link, left, right, valid=valid)
                problem = Entailment(premises=(premise, left), conclusion=right)
                assert semantics.answer(problem) == (0 if valid else 1)


def test_to_deny_twice_is_to_affirm() -> None:
    one = literal("P", positive=False)
    assert denial(denial(one)) == one


def test_no_argument_is_empty() -> None:
    """No conclusion is among the premises, and these can be true together."""
    for _, draft in _some("inference-rule"):
        problem = draft.problem
        assert isinstance(problem, Argument)
        assert problem.conclusion not in problem.premises
        names = {name for one in problem.premises for name in atoms(one)}
        rows = list(semantics.valuations({*names, *atoms(problem.conclusion)}))
        assert any(all(semantics.value(one, row) for one in problem.premises) for row in rows)


@pytest.mark.parametrize("kind", ["inference-rule", "knights-knaves", "web-of-lies"])
@pytest.mark.parametrize("language", ["en", "pt"])
def test_both_labels_are_said_in_the_same_words(kind: str, language: str) -> None:
    """From one random stream, the two labels come out in words that only change places."""
    module: Any = family(kind)
    for seed in range(12):
        rung = module.rungs(module.Params())[seed % 4]
        drafts = [module.draw(module.Params(), rung, gold, Random(seed)) for gold in (0, 1)]
        if None in drafts:
            assert drafts == [None, None]
            continue
        bags = [
            Counter(re.findall(r"\w+", _neuter(prompts.localised(draft.shown, language))))
            for draft in drafts
        ]
        if kind == "inference-rule":  # the words for the atoms hang on the problem
            assert bags[0].total() - _content(bags[0]) == bags[1].total() - _content(bags[1])
        else:
            assert bags[0] == bags[1]


def _neuter(shown: object) -> str:
    """Write what is shown without the gender of those who are called knights."""
    return str(shown).lower().replace("uma", "um").replace("cavaleira", "cavaleiro")


def _content(bag: Counter[str]) -> int:
    connectives = {"if", "then", "or", "and", "not", "both", "se", "então", "ou", "e", "não"}
    return sum(count for word, count in bag.items() if word not in connectives)


def test_lies_are_as_often_odd_with_either_label() -> None:
    rng = Random(7)
    odd = {
        gold: sum(
            str(_drawn("web-of-lies", 7, gold, rng).shown).count("lies") % 2 for _ in range(100)
        )
        for gold in (0, 1)
    }
    assert abs(odd[0] - odd[1]) < 30  # four standard deviations


def test_a_sentence_and_its_negation_differ_in_one_word() -> None:
    for place, language in enumerate(_vocabulary.LANGUAGES):
        word = {"en": "not", "pt": "não"}[language]
        for pair in _vocabulary._SENTENCES:
            denied = _vocabulary.negated(pair[place], language)
            assert Counter(denied.split()) - Counter(pair[place].split()) == Counter([word])


@pytest.mark.parametrize("nonce", [True, False])
def test_a_lexicon_has_other_words_for_each_atom_in_each_language(nonce: bool) -> None:  # noqa: FBT001
    found = _vocabulary.lexicon("PQRSABCD", Random(3), nonce=nonce)
    for language in _vocabulary.LANGUAGES:
        texts = [text for pair in found[language].sentences.values() for text in pair]
        assert len(set(texts)) == 16
        assert _vocabulary.key(found, "P", language) == [f"P: {found[language].sentences['P'][0]}"]


def _instance(name: str) -> Instance:
    return instances.questions(replace(_task(name), size=1))[0]


def test_an_instance_shows_no_gold() -> None:
    for name in TASKS:
        assert "gold" not in _instance(name).shown
