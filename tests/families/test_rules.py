"""Facts and rules: what each kind draws, says and certifies."""

from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from evalsuite import paths, prompts, tasks, templates
from evalsuite.families import Drawing
from evalsuite.families.rules import (
    _asking,
    _saying,
    derivation,
    derivation_depth,
    forward_chaining,
    forward_chaining_open,
    rule_choice,
)
from evalsuite.families.rules._asking import Asked
from evalsuite.instances import certified
from evalsuite.logic import datalog
from evalsuite.logic.clauses import Literal, complement, literal, show_literal
from evalsuite.logic.datalog import Rule, Theory
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.text import reading
from evalsuite.records import Draft
from evalsuite.scorers import derivation as scorer

# mypy holds each module against the protocol here.
KINDS: dict[str, Drawing] = {
    "derivation": derivation,
    "derivation-depth": derivation_depth,
    "forward-chaining": forward_chaining,
    "forward-chaining-open": forward_chaining_open,
    "rule-choice": rule_choice,
}
SURFACES = tuple(name for name in KINDS if name != "derivation")
TASKS = tuple(sorted(path.stem for path in (paths.shipped("tasks") / "rules").glob("*.yaml")))


def draft(kind: Drawing, rung: int, gold: int, seed: int, **params: object) -> Draft:
    rng = Random(f"{rung} {gold} {seed}")
    drafts = (kind.draw(kind.Params(**params), rung, gold, rng) for _ in range(100))
    return next(one for one in drafts if one is not None)


@cache
def drafts(name: str) -> tuple[tuple[int, int, Draft], ...]:
    kind = KINDS[name]
    return tuple(
        (rung, gold, draft(kind, rung, gold, seed))
        for rung in kind.rungs(kind.Params())
        for gold in range(kind.CHOICES)
        for seed in range(2)
    )


def problem(one: Draft) -> Asked:
    assert isinstance(one.problem, Asked)
    return one.problem


@pytest.mark.parametrize("name", KINDS)
def test_both_deciders_come_to_the_label(name: str) -> None:
    for _, gold, one in drafts(name):
        assert KINDS[name].decide(one.problem) == (gold, gold)


@pytest.mark.parametrize("name", KINDS)
def test_forms_differ_and_do_not_hang_on_order(name: str) -> None:
    kind = KINDS[name]
    forms = [kind.canonical(one.problem) for _, _, one in drafts(name)]
    assert len(set(forms)) > 0.9 * len(forms)
    asked = problem(drafts(name)[0][2])
    theory = Theory(facts=asked.theory.facts[::-1], rules=asked.theory.rules[::-1])
    assert kind.canonical(replace(asked, theory=theory)) == forms[0]


@pytest.mark.parametrize("name", KINDS)
def test_no_problem_is_vacuous(name: str) -> None:
    for rung, _, one in drafts(name):
        theory = problem(one).theory
        assert rung > 0
        assert not set(problem(one).questions) & set(theory.facts)
        assert all(complement(fact) not in theory.facts for fact in theory.facts)
        assert len(set(theory.facts)) == len(theory.facts)
        assert all(rule.head not in rule.body for rule in theory.rules)
        for question in problem(one).questions:
            assert question.atom.name in {rule.head.atom.name for rule in theory.rules}


@pytest.mark.parametrize("name", ["derivation", "forward-chaining", "forward-chaining-open"])
def test_the_thing_asked_about_has_as_many_facts_as_the_others(name: str) -> None:
    for _, _, one in drafts(name):
        counts = Counter(fact.atom.args for fact in problem(one).theory.facts)
        assert len(set(counts.values())) == 1
        assert problem(one).questions[0].atom.args in counts


@pytest.mark.parametrize("name", ["derivation", "forward-chaining"])
def test_the_other_label_has_the_same_theory_and_predicate(name: str) -> None:
    kind = KINDS[name]
    for rung in kind.rungs(kind.Params()):
        first, second = (
            problem(next(filter(None, (kind.draw(kind.Params(), rung, gold, Random(rung)),))))
            for gold in (0, 1)
        )
        assert first.theory == second.theory
        assert first.questions[0].atom.name == second.questions[0].atom.name
        assert first.questions[0].positive == second.questions[0].positive


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces_ask_about_the_same_problems(name: str) -> None:
    kind = KINDS[name]
    for gold in range(kind.CHOICES):
        words, nonce, symbols = (
            draft(kind, 3, gold, 5, surface=surface) for surface in _saying.SURFACES
        )
        assert words.problem == nonce.problem == symbols.problem
        assert len({str(one.shown["facts"]) for one in (words, nonce, symbols)}) == 3


@pytest.mark.parametrize("name", KINDS)
def test_a_ladder_out_of_reach_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="`fewest_steps`"):
        KINDS[name].Params(fewest_steps=5, most_steps=4)


@pytest.mark.parametrize("name", KINDS)
def test_the_highest_rung_that_is_allowed_can_be_drawn(name: str) -> None:
    kind = KINDS[name]
    with pytest.raises(ValueError, match=r"most <= \d+$") as caught:
        kind.Params(fewest_steps=99, most_steps=99)
    top = int(str(caught.value).rpartition(" ")[2])
    surfaces = [{"surface": one} for one in _saying.SURFACES] if name in SURFACES else [{}]
    for gold in range(kind.CHOICES):
        made = [
            draft(kind, top, gold, 1, fewest_steps=top, most_steps=top, **one) for one in surfaces
        ]
        assert all(one.problem == made[0].problem for one in made)


def test_an_unknown_surface_is_refused() -> None:
    with pytest.raises(ValueError, match="`surface`"):
        forward_chaining.Params(surface="verse")  # type: ignore[arg-type]


def test_what_is_asked_comes_after_so_many_rules() -> None:
    for name in ("derivation", "rule-choice", "forward-chaining-open"):
        for rung, _, one in drafts(name):
            found = datalog.rounds(problem(one).theory)
            asked = {*problem(one).questions, *map(complement, problem(one).questions)}
            assert {found[one] for one in asked if one in found} <= {rung}


def test_statements_are_negative_as_often_under_each_label() -> None:
    kind = forward_chaining
    for gold in (0, 1):
        said = Counter(draft(kind, 2, gold, seed).tags["statement"] for seed in range(200))
        assert 60 < said["negative"] < 140


# ── sentences ───────────────────────────────────────────────────────────────────────────────────


def test_portuguese_adjectives_agree() -> None:
    lexicon = _saying.Lexicon(
        adjectives={
            "P": _saying.Adjective("tall", "alto", "alta"),
            "Q": _saying.Adjective("shy", "tímido", "tímida"),
            "R": _saying.Adjective("calm", "calmo", "calma"),
        },
        people={
            "a": _saying.Person("Anne", "Ana", feminine=True),
            "b": _saying.Person("Bob", "Beto", feminine=False),
        },
    )
    assert _saying.fact(reading.literal("P(a)"), lexicon) == {
        "en": "Anne is tall",
        "pt": "Ana é alta",
    }
    assert _saying.fact(reading.literal("~P(b)"), lexicon) == {
        "en": "Bob is not tall",
        "pt": "Beto não é alto",
    }
    rule = datalog.rule_of(reading.formula("forall x. (P(x) & ~Q(x) -> ~R(x))"))
    assert _saying.rule(rule, lexicon) == {
        "en": "If someone is tall and is not shy, then they are not calm",
        "pt": "Se alguém é alto e não é tímido, então não é calmo",
    }
    assert _saying.rule(rule, None) == "P(x) & ~Q(x) -> ~R(x)"


def test_there_are_words_enough_and_none_twice() -> None:
    for words in (_saying.ADJECTIVES, _saying.NONCE):
        assert len(words) == len({word.en for word in words}) >= 44
        assert len(words) == len({word.masculine for word in words})
    assert max(
        len({o.atom.name for rule in problem(one).theory.rules for o in (*rule.body, rule.head)})
        for name in KINDS
        for _, _, one in drafts(name)
    ) <= len(_saying.NONCE)


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", TASKS)
def test_tasks_render(name: str, language: str) -> None:
    task = tasks.task(name, (paths.shipped("tasks"),))
    kind = KINDS[task.family]
    rung = kind.rungs(task.params)[0]
    one = kind.draw(task.params, rung, 0, Random(4))
    assert one is not None
    instance = certified(one, task=task, name="t/0", gold=0, form="")
    template = templates.template(task.template, language, (paths.shipped("prompts"),))
    prompts.check(template, instance)
    text = prompts.query(template, instance)
    assert "{" not in text
    assert ("Fatos" if language == "pt" else "Facts") in text
    assert len(prompts.answers(template, instance)) == kind.CHOICES
    assert (instance.certificate is not None) == (task.answer == "certificate")


# ── certificates ────────────────────────────────────────────────────────────────────────────────


def test_gold_certificates_are_accepted_and_spoilt_ones_refused() -> None:
    for rung, gold, one in drafts("derivation"):
        certificate = derivation.certificate(derivation.Params(), problem(one))
        checked = scorer.check(one.formal, gold, certificate)
        assert checked.accepted
        assert checked.strict
        assert not scorer.check(one.formal, 1 - gold, certificate).accepted
        spoilt = list(scorer.spoil(one.formal, gold, certificate, Random(rung)))
        assert len(spoilt) >= 2
        assert not any(scorer.check(one.formal, gold, text).accepted for text in spoilt)


# ── the logic ───────────────────────────────────────────────────────────────────────────────────


def theory(facts: str, *rules: str) -> Theory:
    return Theory(
        facts=tuple(map(reading.literal, facts.split())),
        rules=tuple(datalog.rule_of(reading.formula(f"forall x. ({rule})")) for rule in rules),
    )


def test_a_round_fires_all_rules_at_once() -> None:
    found = datalog.rounds(theory("P(a)", "P(x) -> Q(x)", "Q(x) & P(x) -> R(x)", "P(x) -> R(x)"))
    assert {show_literal(one): number for one, number in found.items()} == {
        "P(a)": 0,
        "Q(a)": 1,
        "R(a)": 1,
    }


def test_negation_as_failure_waits_for_its_stratum() -> None:
    stratified = theory("P(a) P(b) S(b)", "P(x) & ~Q(x) -> R(x)", "S(x) -> Q(x)")
    holds = set(map(show_literal, datalog.model(stratified)))
    assert holds == {"P(a)", "P(b)", "S(b)", "Q(b)", "R(a)"}


def test_a_theory_that_denies_itself_is_refused() -> None:
    with pytest.raises(LogicError, match="its own negation"):
        datalog.model(theory("P(a)", "P(x) & ~Q(x) -> Q(x)"))


def test_a_set_is_closed_iff_the_rules_add_nothing() -> None:
    one = theory("P(a)", "P(x) -> Q(x)")
    p, q = (reading.literal(text) for text in ("P(a)", "Q(a)"))
    assert datalog.is_closed(one, frozenset((p, q)))
    assert not datalog.is_closed(one, frozenset((p,)))
    assert not datalog.is_closed(one, frozenset((q,)))


def test_rules_are_read_as_they_are_written() -> None:
    for _, _, one in drafts("forward-chaining"):
        for rule in problem(one).theory.rules:
            again = datalog.rule_of(reading.formula(datalog.show_rule(rule)))
            assert again.head == rule.head
            assert set(again.body) == set(rule.body)


def test_what_is_no_rule_is_refused() -> None:
    for text in ("P(a)", "forall x. (P(x) -> (Q(x) | R(x)))", "forall x. (P(x) | Q(x) -> R(x))"):
        with pytest.raises(LogicError, match="is no"):
            datalog.rule_of(reading.formula(text))


def test_forwards_and_backwards_agree_on_the_round() -> None:
    for name in ("derivation", "derivation-depth"):
        for _, _, one in drafts(name):
            whole = problem(one).theory
            found = datalog.rounds(whole)
            literals = [Literal(atom=o.head.atom, positive=True) for o in datalog.ground(whole)]
            back = _asking.steps_back(whole, literals)
            assert all(back[o] == found.get(o) for o in literals)


def test_going_round_in_a_circle_backwards_is_refused() -> None:
    circle = theory("S(a)", "P(x) -> Q(x)", "Q(x) -> P(x)")
    with pytest.raises(ValueError, match="rests on itself"):
        _asking.steps_back(circle, [reading.literal("P(a)")])


def test_propositional_rules_have_one_instance() -> None:
    rule = Rule(body=(literal("P"),), head=literal("Q"))
    assert list(datalog.instances(rule, ("a", "b"))) == [rule]
