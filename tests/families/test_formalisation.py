"""From sentence to formula and back: one meaning, four options alike."""

import re
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from evalsuite import instances, paths, prompts, tasks, templates
from evalsuite.families import family
from evalsuite.families.formalisation import _phrases, _sampling, formalise
from evalsuite.families.formalisation._phrases import NO, YES, Phrase
from evalsuite.logic.structures import satisfies
from evalsuite.logic.text import reading
from evalsuite.logic.writing import show
from evalsuite.records import Draft
from evalsuite.scorers import formula

TASKS = ("formalise", "formalise-first-order", "formalise-choice", "read-back")


def _drafts(kind: str, fragment: str, *, of_each: int = 2) -> list[tuple[int, Draft]]:
    module: Any = family(kind)
    rng, params = Random(f"{kind} {fragment}"), module.Params(fragment=fragment)
    found: list[tuple[int, Draft]] = []
    for rung in module.rungs(params):
        for gold in range(module.CHOICES):
            some: list[Draft] = []
            while len(some) < of_each:
                draft = module.draw(params, rung, gold, rng)
                some += [] if draft is None else [draft]
            found += [(gold, draft) for draft in some]
    return found


@pytest.mark.parametrize("fragment", ["propositional", "first-order"])
@pytest.mark.parametrize("kind", ["formalise", "formalise-choice", "read-back"])
def test_the_deciders_find_the_answer_that_was_asked_for(kind: str, fragment: str) -> None:
    module: Any = family(kind)
    for gold, draft in _drafts(kind, fragment, of_each=1):
        assert module.decide(draft.problem) == (gold, gold), module.show(draft.problem)


@pytest.mark.parametrize("fragment", ["propositional", "first-order"])
def test_the_gold_formula_is_accepted_and_what_is_spoiled_is_not(fragment: str) -> None:
    rng = Random(1)
    for gold, draft in _drafts("formalise", fragment):
        text = formalise.certificate(formalise.Params(fragment=fragment), draft.problem)  # type: ignore[arg-type]
        assert formula.check(draft.formal, gold, text).accepted
        for wrong in formula.spoil(draft.formal, gold, text, rng):
            assert not formula.check(draft.formal, gold, wrong).accepted, wrong


def test_an_equivalent_formula_is_as_right() -> None:
    formal = {"form": "equivalent", "formula": "P -> Q"}
    assert formula.check(formal, 0, "~Q → ~P").accepted
    assert formula.check(formal, 0, "~(P & ~Q)").accepted
    assert not formula.check(formal, 0, "Q -> P").accepted


@pytest.mark.parametrize("kind", ["formalise-choice", "read-back"])
def test_the_options_are_made_of_the_same_words(kind: str) -> None:
    for _, draft in _drafts(kind, "both", of_each=1):
        for language in ("en", "pt"):
            options = prompts.localised(draft.shown, language)["options"]
            assert isinstance(options, list)
            bags = [Counter(re.findall(r"\w+|[^\w\s]", str(one).lower())) for one in options]
            assert all(bag == bags[0] for bag in bags)
            assert len({str(one) for one in options}) == 4


def test_the_sentence_is_true_where_its_formula_is() -> None:
    for fragment in ("propositional", "first-order"):
        for _, draft in _drafts("formalise", fragment):
            problem = draft.problem
            assert isinstance(problem, formalise.Sentence)
            meant = _phrases.meaning(problem.said)
            assert reading.formula(show(meant)) == meant
            for structure in formalise._some_structures(meant):
                assert _phrases.holds(problem.said, structure) == satisfies(structure, meant)


def test_to_let_the_same_two_words_change_places_twice_changes_nothing() -> None:
    rng = Random(5)
    for _ in range(40):
        said = _sampling.text(rng.choice(_sampling.RUNGS), "both", rng)
        if said is None:
            continue
        for one, other in _phrases.exchanges(said):
            there = _phrases.exchanged(said, (one, other))
            back = (replace(one, value=other.value), replace(other, value=one.value))
            assert there != said
            assert _phrases.exchanged(there, back) == said


def test_what_could_be_meant_in_two_ways_is_not_said() -> None:
    p, q, r = (Phrase("literal", (name, YES)) for name in "PQR")
    chain = Phrase("pair", ("and",), (p, q))
    assert not _phrases.sayable(Phrase("pair", ("unless",), (chain, r)))
    assert _phrases.sayable(Phrase("pair", ("if",), (chain, r)))
    tall, calm = (Phrase("is", (name, sign)) for name, sign in (("A", YES), ("B", NO)))
    assert not _phrases.sayable(Phrase("quantified", ("every", "N"), (calm,)))
    assert _phrases.sayable(Phrase("quantified", ("some", "N"), (calm,)))
    assert _phrases.sayable(Phrase("quantified", ("every", "N"), (tall, calm)))


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", TASKS)
def test_a_task_renders_in_both_languages(name: str, language: str) -> None:
    task = tasks.task(name, [paths.shipped("tasks")])
    template = templates.template(task.template, language, [paths.shipped("prompts")])
    for instance in instances.questions(replace(task, size=8)):
        prompts.check(template, instance)
        query = prompts.query(template, instance)
        assert query.endswith("?")
        assert not re.search(r"[{}]|\bNone\b|  ", query), query
        if task.answer == "certificate":
            assert instance.certificate
            assert formula.check(instance.formal, instance.gold, instance.certificate).accepted
