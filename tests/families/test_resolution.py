"""What the kinds of problem about resolution promise of every draft."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from evalsuite import paths, prompts
from evalsuite.families import Drawing, draws, family
from evalsuite.families.resolution import (
    clause_entailment,
    hard_refutation,
    refutation,
    resolvent_exists,
    saturation,
    shortest_refutation,
    strategy,
    subsumption,
    unit_propagation,
)
from evalsuite.families.resolution._clause_sets import ClauseSet
from evalsuite.logic.clauses import Clause
from evalsuite.records import Draft, Instance
from evalsuite.scorers.refutation import check, spoil

# mypy holds each module against the protocol here.
MODULES: dict[str, Drawing] = {
    "clause-entailment": clause_entailment,
    "hard-refutation": hard_refutation,
    "refutation": refutation,
    "resolvent-exists": resolvent_exists,
    "saturation": saturation,
    "shortest-refutation": shortest_refutation,
    "strategy": strategy,
    "subsumption": subsumption,
    "unit-propagation": unit_propagation,
}
CERTIFIED = {
    "refutation": ({}, {"surface": "dimacs"}, {"surface": "words"}),
    "hard-refutation": ({"hardest": 4},),
    "strategy": ({"strategy": "unit"}, {"strategy": "input"}),
}
TEMPLATES = {
    "hard-refutation": ("refutation", "refutation-proof"),
    "refutation": ("refutation", "refutation-proof"),
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


def signs(clauses: tuple[Clause, ...]) -> Counter[tuple[str, bool]]:
    return Counter((one.atom.name, one.positive) for clause in clauses for one in clause)


@pytest.mark.parametrize("name", ["refutation", "hard-refutation", "saturation", "strategy"])
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
    draft = drawn(kind, params, kind.rungs(params)[0], 1, 1)
    for template in TEMPLATES.get(name, (name,)):
        loaded = prompts.template(template, language, [paths.shipped("prompts")])
        prompts.check(loaded, instance(kind, params, draft, 1))


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("surface", ["dimacs", "words", "nonce"])
def test_each_surface_renders_in_both_languages(surface: str, language: str) -> None:
    params = refutation.Params(surface=surface)
    draft = drawn(refutation, params, 5, 1, 1)
    name = "refutation-dimacs" if surface == "dimacs" else "refutation-words"
    loaded = prompts.template(name, language, [paths.shipped("prompts")])
    one = instance(refutation, params, draft, 1)
    prompts.check(loaded, one)
    assert "{" not in prompts.query(loaded, one)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("refutation", {"fewest_steps": 2}),
        ("refutation", {"surface": "latin"}),
        ("hard-refutation", {"hardest": 9}),
        ("strategy", {"strategy": "sld"}),
        ("strategy", {"fewest_atoms": 1}),
        ("resolvent-exists", {"most_literals": 40}),
        ("saturation", {"step": 0}),
        ("shortest-refutation", {"lowest": 0}),
        ("subsumption", {"fewest_literals": 1}),
        ("unit-propagation", {"shortest": 1}),
        ("clause-entailment", {"most_steps": 99}),
    ],
)
def test_a_ladder_out_of_reach_is_refused(name: str, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="`"):
        family(name).Params(**values)
