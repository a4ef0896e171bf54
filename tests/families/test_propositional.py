"""What the propositional kinds of problem promise of every draft."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from random import Random
from typing import Any, get_args

import pytest

from evalsuite import paths, prompts, templates
from evalsuite.families import Drawing, draws, family
from evalsuite.families.propositional import (
    classify,
    entailment,
    equivalence,
    evaluate,
    minimal_unsatisfiable,
    model_counting,
    model_finding,
    normal_form,
    satisfiable,
)
from evalsuite.families.propositional._surface import Surface
from evalsuite.logic import semantics, solvers
from evalsuite.logic.problems import Entailment
from evalsuite.logic.syntax import Not, atoms
from evalsuite.logic.text import reading
from evalsuite.records import Draft, Instance, Task
from evalsuite.scorers import countermodel, formula, refutation, tableau, truth_table, valuation
from evalsuite.tasks import task, task_names

# mypy holds each module against the protocol here.
KINDS: dict[str, Drawing] = {
    "classify": classify,
    "entailment": entailment,
    "equivalence": equivalence,
    "evaluate": evaluate,
    "minimal-unsatisfiable": minimal_unsatisfiable,
    "model-counting": model_counting,
    "model-finding": model_finding,
    "normal-form": normal_form,
    "satisfiable": satisfiable,
}
SCORERS: dict[str, Any] = {
    "countermodel": countermodel,
    "formula": formula,
    "refutation": refutation,
    "tableau": tableau,
    "truth-table": truth_table,
    "valuation": valuation,
}
FOLDERS = [paths.shipped("tasks")]


def tasks() -> Iterator[Task]:
    for name in task_names(FOLDERS):
        found = task(name, FOLDERS)
        if found.path.parent.name == "propositional":
            yield found


TASKS = {one.name: one for one in tasks()}
CERTIFIED = [name for name, one in TASKS.items() if one.answer == "certificate"]


def drawn(kind: Drawing, params: Any, rung: int, gold: int, seed: int) -> Draft:
    rng = Random(seed)
    drafts = (kind.draw(params, rung, gold, rng) for _ in range(5_000))
    return next(draft for draft in drafts if draft is not None)


@cache
def cells(name: str) -> tuple[tuple[Draft, int], ...]:
    """Return two drafts of each rung and label, or one of each where there are many cells."""
    one = TASKS[name]
    kind = KINDS[one.family]
    return tuple(
        (drawn(kind, one.params, rung, gold, seed), gold)
        for rung, gold in product(kind.rungs(one.params), range(kind.CHOICES))
        for seed in range(2)
    )


def test_every_kind_is_found_by_its_name() -> None:
    for name, kind in KINDS.items():
        found = family(name)
        assert draws(found)
        assert found is kind
    assert {one.family for one in TASKS.values()} == set(KINDS)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_the_deciders_come_to_the_label_that_was_drawn(name: str) -> None:
    kind = KINDS[TASKS[name].family]
    for draft, gold in cells(name):
        assert set(kind.decide(draft.problem)) == {gold}, kind.show(draft.problem)


@pytest.mark.parametrize("name", CERTIFIED)
def test_the_gold_certificate_is_accepted_and_what_is_spoiled_is_refused(name: str) -> None:
    one = TASKS[name]
    kind, scorer = KINDS[one.family], SCORERS[one.scorer]
    spoiled = 0
    for draft, gold in cells(name):
        certificate = kind.certificate(one.params, draft.problem)
        assert certificate is not None
        checked = scorer.check(draft.formal, gold, certificate)
        assert checked.accepted, (certificate, checked)
        assert checked.strict
        for text in list(scorer.spoil(draft.formal, gold, certificate, Random(0)))[:6]:
            spoiled += 1
            assert not scorer.check(draft.formal, gold, text).accepted, (text, draft.formal)
    assert spoiled


@pytest.mark.parametrize("name", CERTIFIED)
def test_no_certificate_is_accepted_for_the_other_verdict(name: str) -> None:
    one = TASKS[name]
    kind, scorer = KINDS[one.family], SCORERS[one.scorer]
    for draft, gold in cells(name):
        certificate = kind.certificate(one.params, draft.problem)
        assert certificate is not None
        if kind.CHOICES > 1:
            for text in (certificate, "none", ""):
                assert not scorer.check(draft.formal, 1 - gold, text).accepted


@pytest.mark.parametrize("name", sorted(TASKS))
@pytest.mark.parametrize("language", ["en", "pt"])
def test_each_template_renders_every_draft(name: str, language: str) -> None:
    one = TASKS[name]
    template = templates.template(one.template, language, [paths.shipped("prompts")])
    for draft, gold in cells(name):
        instance = Instance(
            id="some/0",
            task=name,
            shown=draft.shown,
            choices=draft.choices,
            gold=gold,
            problem=draft.problem,
            formal=draft.formal,
            certificate=None,
            canonical="",
            tags=draft.tags,
        )
        prompts.check(template, instance)
        assert prompts.query(template, instance)


# ── twins ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        (
            entailment,
            [
                *({"surface": one} for one in get_args(Surface)),
                *(
                    {"calculus": calculus}
                    for calculus in ("truth-table", "resolution", "tableau", "countermodel")
                ),
            ],
        ),
        (satisfiable, [{"calculus": "valuation"}]),
    ],
)
def test_a_surface_and_a_calculus_leave_the_problem_as_it_is(
    kind: Drawing, others: list[dict[str, str]]
) -> None:
    plain = kind.Params()
    for rung, gold in product(kind.rungs(plain)[:2], range(kind.CHOICES)):
        first = drawn(kind, plain, rung, gold, 7)
        for other in others:
            assert drawn(kind, kind.Params(**other), rung, gold, 7).problem == first.problem


def test_as_many_atoms_as_are_allowed_can_be_renamed() -> None:
    with pytest.raises(ValueError, match="`most_atoms`: at most 9 where they are renamed"):
        entailment.Params(most_atoms=10, surface="renamed")
    for gold in range(2):
        drawn(entailment, entailment.Params(most_atoms=9, surface="renamed"), 9, gold, 1)


@pytest.mark.parametrize("calculus", get_args(entailment.Calculus))
@pytest.mark.parametrize("surface", ["renamed", "permuted"])
def test_another_guise_has_its_own_certificate_and_the_same_answer(
    surface: Surface, calculus: entailment.Calculus
) -> None:
    params = entailment.Params(surface=surface, calculus=calculus)
    judge = {"resolution": "refutation"}.get(calculus, calculus)
    for gold, seed in product(range(2), range(5)):
        plain = drawn(entailment, entailment.Params(), 4, gold, seed)
        draft = drawn(entailment, params, 4, gold, seed)
        problem: Any = draft.problem
        assert problem == plain.problem
        assert draft.shown != plain.shown
        seen = Entailment(
            premises=tuple(map(reading.formula, map(str, draft.formal["premises"]))),  # type: ignore[arg-type]
            conclusion=reading.formula(str(draft.formal["conclusion"])),
        )
        assert entailment.canonical(seen) == entailment.canonical(problem)
        certificate = entailment.certificate(params, problem)
        assert (certificate is None) == (calculus == "none")
        if certificate is not None:
            assert SCORERS[judge].check(draft.formal, gold, certificate).accepted


def test_the_negated_goal_is_one_of_the_formulas() -> None:
    for gold, seed in product(range(2), range(5)):
        draft = drawn(entailment, entailment.Params(surface="negated-goal"), 4, gold, seed)
        formulas: Any = draft.shown["formulas"]
        read = [reading.formula(one) for one in formulas]
        assert read[-1] == Not(draft.problem.conclusion)  # type: ignore[attr-defined]
        assert solvers.satisfiable(read) == (gold == 1)


def test_words_say_what_the_key_says_in_both_languages() -> None:
    draft = drawn(entailment, entailment.Params(surface="words"), 3, 0, 1)
    for language in ("en", "pt"):
        shown: Any = prompts.localised(draft.shown, language)
        assert len(shown["key"]) == len(draft.problem.premises)  # type: ignore[attr-defined]
        sentences = " ".join([*shown["premises"], shown["conclusion"]]).lower()
        for entry in shown["key"]:
            subject = entry.split(": ")[1].split()[:2]
            assert " ".join(subject) in sentences


# ── nothing shallow tells the label ─────────────────────────────────────────────────────────────


def test_no_premise_is_idle_and_none_is_contradicted() -> None:
    for draft, _ in cells("entailment"):
        problem = draft.problem
        assert isinstance(problem, Entailment)
        names = [name for one in (*problem.premises, problem.conclusion) for name in atoms(one)]
        rows = list(semantics.valuations(names))
        models = [row for row in rows if all(semantics.value(one, row) for one in problem.premises)]
        worth = {semantics.value(problem.conclusion, row) for row in rows}
        assert models
        assert worth == {True, False}


def literals(draft: Draft) -> Counter[str]:
    clauses: Any = draft.formal["clauses"]
    return Counter(literal for clause in clauses for literal in clause.split(" | "))


def test_satisfiable_and_unsatisfiable_sets_have_the_same_literals() -> None:
    params = satisfiable.Params()
    for rung, seed in product(satisfiable.rungs(params), range(5)):
        first, second = (drawn(satisfiable, params, rung, gold, seed) for gold in (0, 1))
        assert literals(first) == literals(second)
        assert all(" | " in str(clause) for clause in first.shown["clauses"])  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [classify, equivalence, model_counting])
def test_formulas_of_each_label_are_written_with_the_same_signs(kind: Drawing) -> None:
    params = kind.Params()
    for rung, seed in product(kind.rungs(params)[:3], range(2)):
        inks = set()
        for gold in range(kind.CHOICES):
            draft = drawn(kind, params, rung, gold, seed)
            texts = [value for value in draft.formal.values() if isinstance(value, str)]
            inks.add("".join(sorted("".join(texts))))
        assert len(inks) == 1


def test_valuations_of_each_label_make_as_many_atoms_true() -> None:
    params = evaluate.Params()
    for rung, seed in product(evaluate.rungs(params), range(5)):
        problems: list[Any] = [drawn(evaluate, params, rung, gold, seed).problem for gold in (0, 1)]
        assert problems[0].formula == problems[1].formula
        assert len(problems[0].true) == len(problems[1].true)


def test_options_of_a_minimal_set_are_alike_in_size_and_overlap() -> None:
    params = minimal_unsatisfiable.Params()
    for rung, gold in product(minimal_unsatisfiable.rungs(params), range(4)):
        problem: Any = drawn(minimal_unsatisfiable, params, rung, gold, 3).problem
        parts = [set(part) for part in problem.parts]
        assert {len(part) for part in parts} == {rung}
        assert len({sum(len(one & other) for other in parts) for one in parts}) == 1


@pytest.mark.parametrize("name", ["nnf", "cnf", "dnf", "tseitin"])
def test_the_formula_that_is_given_is_no_answer(name: str) -> None:
    for draft, _ in cells(name):
        given = str(draft.formal["formula"])
        assert not formula.check(draft.formal, 0, given).accepted


def test_no_guess_solves_a_model_finding() -> None:
    for draft, _ in cells("model-finding"):
        names = sorted({literal.strip("~") for literal in literals(draft)})
        for value in "TF":
            guess = ", ".join(f"{name}={value}" for name in names)
            assert not valuation.check(draft.formal, 0, guess).accepted


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
def test_an_empty_ladder_is_refused(kind: Drawing) -> None:
    fields = list(kind.Params.__dataclass_fields__)
    high = next(name for name in fields if name.startswith(("fewest", "least")))
    with pytest.raises(ValueError, match=r"fewest|least"):
        kind.Params(**{high: 1_000})
