"""What the kinds of problem about resolution promise of every draft."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from random import Random
from typing import Any

import pytest

from evalsuite import instances, paths, prompts, sandbox, tasks, templates
from evalsuite.families import Drawing, draws, family
from evalsuite.families.resolution import (
    clause_entailment,
    hard_refutation,
    refutation,
    resolvent_exists,
    resolvents,
    saturation,
    shortest_refutation,
    sld,
    strategy,
    subsumption,
    unit_propagation,
)
from evalsuite.families.resolution._clause_sets import ClauseSet
from evalsuite.logic.clauses import Clause, every_resolvent, is_tautology
from evalsuite.logic.clauses import resolvents as of_two
from evalsuite.logic.provers.strategies import negative
from evalsuite.records import Draft, Instance, Json
from evalsuite.scorers import clauses as clause_lists
from evalsuite.scorers.refutation import check, spoil

# mypy holds each module against the protocol here.
MODULES: dict[str, Drawing] = {
    "clause-entailment": clause_entailment,
    "hard-refutation": hard_refutation,
    "refutation": refutation,
    "resolvent-exists": resolvent_exists,
    "resolvents": resolvents,
    "saturation": saturation,
    "shortest-refutation": shortest_refutation,
    "sld": sld,
    "strategy": strategy,
    "subsumption": subsumption,
    "unit-propagation": unit_propagation,
}
CERTIFIED = {
    "refutation": (
        {},
        {"surface": "dimacs"},
        {"surface": "words"},
        {"calculus": "linear", "most_steps": 7},
        {"calculus": "support"},
        {"calculus": "positive"},
    ),
    "hard-refutation": ({"hardest": 4},),
    "sld": ({},),
    "strategy": ({"strategy": "unit"}, {"strategy": "input"}),
}
CALCULI: tuple[refutation.Calculus, ...] = ("linear", "support", "positive")
TEMPLATES = {
    "hard-refutation": ("refutation", "refutation-proof"),
    "refutation": ("refutation", "refutation-proof", "strategy-linear", "strategy-positive"),
    "sld": ("strategy-sld",),
    "strategy": ("strategy-unit", "strategy-input"),
}


def drawn(kind: Drawing, params: Any, rung: int, gold: int, seed: int) -> Draft:
    rng = Random(seed)
    drafts = (kind.draw(params, rung, gold, rng) for _ in range(5_000))
    return next(draft for draft in drafts if draft is not None)


def twins(kind: Drawing, rung: int, seed: int) -> tuple[Draft, Draft]:
    """Draw towards both labels from the same state: one succeeds iff the other does."""
    params = kind.Params()
    rng = Random(seed)
    for _ in range(5_000):
        state = rng.getstate()
        first = kind.draw(params, rung, 0, rng)
        rng.setstate(state)
        second = kind.draw(params, rung, 1, rng)
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            return first, second
    raise AssertionError(rung)


def test_each_kind_is_found_by_its_name() -> None:
    for name, module in MODULES.items():
        assert family(name) is module
        assert draws(module)


@pytest.mark.parametrize("name", MODULES)
def test_both_deciders_come_to_the_label_that_was_drawn(name: str) -> None:
    kind = MODULES[name]
    params = kind.Params()
    for rung in kind.rungs(params):
        for gold in range(kind.CHOICES):
            for seed in range(2):
                draft = drawn(kind, params, rung, gold, seed)
                assert set(kind.decide(draft.problem)) == {gold}
                assert draft.tags["rung"] == rung
                assert len(draft.choices) == kind.CHOICES


@pytest.mark.parametrize(
    ("name", "values"), [(name, values) for name, all_ in CERTIFIED.items() for values in all_]
)
def test_gold_certificates_are_accepted_and_spoiled_ones_refused(
    name: str, values: dict[str, Any]
) -> None:
    kind = MODULES[name]
    params = kind.Params(**values)
    for rung in kind.rungs(params):
        for gold in range(2):
            draft = drawn(kind, params, rung, gold, rung)
            certificate = kind.certificate(params, draft.problem)
            assert certificate is not None
            found = check(draft.formal, gold, certificate)
            assert found.accepted
            assert found.strict
            assert not check(draft.formal, 1 - gold, certificate).accepted
            spoiled = list(spoil(draft.formal, gold, certificate, Random(rung)))
            assert spoiled
            assert not any(check(draft.formal, gold, text).accepted for text in spoiled)


@pytest.mark.parametrize("surface", ["dimacs", "words", "nonce"])
def test_surfaces_share_problem_and_certificate(surface: str) -> None:
    plain, other = refutation.Params(), refutation.Params(surface=surface)
    for gold in range(2):
        first, second = (drawn(refutation, one, 5, gold, 7) for one in (plain, other))
        assert isinstance(first.problem, ClauseSet)
        assert isinstance(second.problem, ClauseSet)
        assert first.problem == second.problem
        assert first.shown != second.shown
        assert refutation.certificate(plain, first.problem) == refutation.certificate(
            other, second.problem
        )


@pytest.mark.parametrize("calculus", CALCULI)
def test_calculi_share_the_problem_and_not_the_refutation(
    calculus: refutation.Calculus,
) -> None:
    plain, other = refutation.Params(), refutation.Params(calculus=calculus)
    for gold in range(2):
        first, second = (drawn(refutation, one, 5, gold, 7) for one in (plain, other))
        assert isinstance(first.problem, ClauseSet)
        assert first.problem == second.problem
        assert "strategy" not in first.formal
        assert second.formal == {**first.formal, "strategy": calculus}
        certificates = {refutation.certificate(one, first.problem) for one in (plain, other)}
        assert len(certificates) == 2 - gold


def test_tasks_that_differ_in_calculus_alone_ask_about_the_same_problems() -> None:
    names = ("refutation-proof", *(f"strategy-{calculus}" for calculus in CALCULI))
    found = [tasks.task(name, (paths.shipped("tasks"),)) for name in names]
    asked = [[one.canonical for one in instances.questions(task, 10)] for task in found]
    assert all(forms == asked[0] for forms in asked)


def test_the_set_of_support_that_is_shown_is_the_one_that_is_judged_by() -> None:
    params = refutation.Params(calculus="support")
    for rung in refutation.rungs(params):
        for gold in range(2):
            draft = drawn(refutation, params, rung, gold, rung)
            assert isinstance(draft.problem, ClauseSet)
            support = [place + 1 for place in negative(draft.problem.clauses)]
            assert draft.shown["support"] == support
            assert support or gold == 1


def signs(clauses: tuple[Clause, ...]) -> Counter[tuple[str, bool]]:
    return Counter((one.atom.name, one.positive) for clause in clauses for one in clause)


@pytest.mark.parametrize("name", ["refutation", "hard-refutation", "saturation", "sld", "strategy"])
def test_twins_have_the_same_literals_and_lengths(name: str) -> None:
    kind = MODULES[name]
    for rung in kind.rungs(kind.Params())[:3]:
        first, second = (draft.problem for draft in twins(kind, rung, rung))
        assert isinstance(first, ClauseSet | strategy.Problem)
        assert isinstance(second, ClauseSet | strategy.Problem)
        assert first.clauses != second.clauses
        assert signs(first.clauses) == signs(second.clauses)
        assert sorted(map(len, first.clauses)) == sorted(map(len, second.clauses))


def test_unit_propagation_does_not_begin_on_a_refutation() -> None:
    for rung in refutation.rungs(refutation.Params()):
        for draft in twins(refutation, rung, rung):
            assert isinstance(draft.problem, ClauseSet)
            assert min(map(len, draft.problem.clauses)) > 1


def test_a_definite_program_and_a_goal_stay_so_in_the_twin() -> None:
    for rung in sld.rungs(sld.Params()):
        for draft in twins(sld, rung, rung):
            assert isinstance(draft.problem, ClauseSet)
            *program, goal = draft.problem.clauses
            assert all(sum(one.positive for one in clause) == 1 for clause in program)
            assert not any(one.positive for one in goal)
            assert not any(map(is_tautology, draft.problem.clauses))


def test_a_goal_needs_as_many_clauses_of_the_program_as_is_tagged() -> None:
    for rung in sld.rungs(sld.Params()):
        draft, _ = twins(sld, rung, rung)
        assert isinstance(draft.problem, ClauseSet)
        clauses = draft.problem.clauses
        fewer = [(*clauses[:place], *clauses[place + 1 :]) for place in range(len(clauses))]
        needed = sum(sld.decide(ClauseSet(clauses=left)) == (1, 1) for left in fewer)
        assert needed == rung + 1
        assert draft.tags["steps"] == rung


def test_of_several_resolvents_none_is_given_and_some_are_tautologies() -> None:
    for rung in resolvents.rungs(resolvents.Params()):
        for seed in range(5):
            problem = drawn(resolvents, resolvents.Params(), rung, 0, seed).problem
            assert isinstance(problem, ClauseSet)
            made = every_resolvent(problem.clauses)
            assert len(problem.clauses) == rung
            assert len(made) > 1
            assert made.isdisjoint(problem.clauses)
            pairs = combinations(problem.clauses, 2)
            assert any(is_tautology(one) for pair in pairs for one in of_two(*pair))


def test_the_list_of_all_resolvents_is_accepted_and_spoiled_ones_are_refused() -> None:
    params = resolvents.Params()
    for rung in resolvents.rungs(params):
        draft = drawn(resolvents, params, rung, 0, rung)
        assert isinstance(draft.problem, ClauseSet)
        certificate = resolvents.certificate(params, draft.problem)
        assert clause_lists.check(draft.formal, 0, certificate).accepted
        spoiled = list(clause_lists.spoil(draft.formal, 0, certificate, Random(rung)))
        assert len(spoiled) > 3
        assert not any(clause_lists.check(draft.formal, 0, text).accepted for text in spoiled)


def test_premises_of_a_clause_entailment_can_be_true_and_do_not_hold_the_conclusion() -> None:
    for rung in clause_entailment.rungs(clause_entailment.Params()):
        for draft in twins(clause_entailment, rung, rung):
            problem = draft.problem
            assert isinstance(problem, clause_entailment.Problem)
            assert refutation.decide(ClauseSet(clauses=problem.clauses)) == (1, 1)
            assert not any(clause <= problem.conclusion for clause in problem.clauses)


def test_a_shortest_refutation_has_the_number_of_steps_that_is_tagged() -> None:
    for rung in shortest_refutation.rungs(shortest_refutation.Params()):
        for gold in range(4):
            draft = drawn(shortest_refutation, shortest_refutation.Params(), rung, gold, rung)
            assert draft.tags["steps"] == rung + gold
            assert draft.choices[gold] == str(rung + gold)


def instance(kind: Drawing, params: Any, draft: Draft, gold: int) -> Instance:
    return Instance(
        id="some/0",
        task="some",
        shown=draft.shown,
        choices=draft.choices,
        gold=gold,
        problem=draft.problem,
        formal=draft.formal,
        certificate=kind.certificate(params, draft.problem),
        canonical="",
        tags=draft.tags,
    )


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", MODULES)
def test_each_template_renders_in_both_languages(name: str, language: str) -> None:
    kind = MODULES[name]
    params = kind.Params()
    gold = min(1, kind.CHOICES - 1)
    draft = drawn(kind, params, kind.rungs(params)[0], gold, 1)
    for template in TEMPLATES.get(name, (name,)):
        loaded = templates.template(template, language, [paths.shipped("prompts")])
        prompts.check(loaded, instance(kind, params, draft, gold))


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("surface", ["dimacs", "words", "nonce"])
def test_each_surface_renders_in_both_languages(surface: str, language: str) -> None:
    params = refutation.Params(surface=surface)
    draft = drawn(refutation, params, 5, 1, 1)
    name = "refutation-dimacs" if surface == "dimacs" else "refutation-words"
    loaded = templates.template(name, language, [paths.shipped("prompts")])
    one = instance(refutation, params, draft, 1)
    prompts.check(loaded, one)
    assert "{" not in prompts.query(loaded, one)


@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_set_of_support_renders_in_both_languages(language: str) -> None:
    params = refutation.Params(calculus="support")
    draft = drawn(refutation, params, 5, 0, 1)
    loaded = templates.template("strategy-support", language, [paths.shipped("prompts")])
    one = instance(refutation, params, draft, 0)
    prompts.check(loaded, one)
    assert isinstance(draft.problem, ClauseSet)
    assert f": {negative(draft.problem.clauses)[0] + 1}" in prompts.query(loaded, one)
    none = replace(one, shown={**one.shown, "support": []})
    assert {"en": ": none", "pt": ": vazio"}[language] in prompts.query(loaded, none)


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("strategy", [*CALCULI, "sld", "unit", "input"])
def test_the_example_of_each_strategy_is_one(strategy: str, language: str) -> None:
    template = templates.template(f"strategy-{strategy}", language, [paths.shipped("prompts")])
    proof = sandbox.rendered(template.source, "description", {}).split("\n```\n")[1]
    given = [
        line.split("  ")[0].split(maxsplit=1)[1] for line in proof.splitlines() if "given" in line
    ]
    formal: dict[str, Json] = {"clauses": list[Json](given), "strategy": strategy}
    assert check(formal, 0, proof).accepted


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("refutation", {"fewest_steps": 2}),
        ("refutation", {"surface": "latin"}),
        ("hard-refutation", {"hardest": 9}),
        ("strategy", {"strategy": "sld"}),
        ("strategy", {"fewest_atoms": 1}),
        ("resolvent-exists", {"most_literals": 40}),
        ("resolvents", {"fewest_clauses": 2}),
        ("saturation", {"step": 0}),
        ("sld", {"most_steps": 20}),
        ("shortest-refutation", {"lowest": 0}),
        ("subsumption", {"fewest_literals": 1}),
        ("unit-propagation", {"shortest": 1}),
        ("clause-entailment", {"most_steps": 99}),
    ],
)
def test_a_ladder_out_of_reach_is_refused(name: str, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="`"):
        family(name).Params(**values)
