"""What the kinds about tableaux promise."""

from random import Random

import pytest

from evalsuite.families.tableaux import (
    complete_branch,
    formula_type,
    open_branch,
    rule_application,
    tableau_proof,
)
from evalsuite.logic.problems import Entailment
from evalsuite.logic.syntax import Atom
from evalsuite.logic.tableau import Signed, complementary, extensions
from evalsuite.logic.text import reading
from tests.families.tableau_kinds import (
    assert_balanced,
    assert_certified,
    assert_shown,
    assert_twins,
    drawn,
)

CHOICES = ("formula-type", "rule-application", "complete-branch", "open-branch", "tableau-verdict")
CERTIFICATES = ("tableau-proof", "tableau-proof-unsigned")


def signed(text: str) -> Signed:
    found = reading.signed(text)
    assert isinstance(found, Signed)
    return found


@pytest.mark.parametrize("name", [*CHOICES, *CERTIFICATES])
def test_every_rung_has_each_label_and_both_languages_show_it(name: str) -> None:
    assert_balanced(name)
    assert_shown(name)


@pytest.mark.parametrize("name", CERTIFICATES)
def test_gold_certificates_are_accepted_and_spoilt_ones_refused(name: str) -> None:
    assert_certified(name)


def test_verdicts_and_proofs_are_asked_of_the_same_problems() -> None:
    assert_twins("tableau-verdict", *CERTIFICATES)


def test_premises_are_consistent_and_the_conclusion_is_none_of_them() -> None:
    for one in drawn("tableau-proof"):
        problem = one.problem
        assert isinstance(problem, Entailment)
        assert problem.conclusion not in problem.premises
        bottom = Entailment(premises=problem.premises, conclusion=reading.formula("false"))
        assert tableau_proof.decide(bottom) == (1, 1)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("T P & Q", "alpha"),
        ("F P & Q", "beta"),
        ("T P -> Q", "beta"),
        ("F P -> Q", "alpha"),
        ("T ~(P | Q)", "alpha"),
        ("T P <-> Q", "beta"),
        ("F P <-> Q", "beta"),
        ("T forall x. P(x) -> Q", "gamma"),
        ("F forall x. P(x)", "delta"),
        ("F exists x. P(x)", "gamma"),
        ("T exists x. P(x)", "delta"),
    ],
)
def test_types_are_smullyans(text: str, label: str) -> None:
    wanted = formula_type.LABELS.index(label)
    assert formula_type.decide(signed(text)) == (wanted, wanted)


def test_a_formula_of_a_type_has_twins_of_all_others_with_the_same_letters() -> None:
    for seed in range(12):
        texts = []
        for gold in range(4):
            draft = formula_type.draw(formula_type.Params(), 3, gold, Random(seed))
            texts.append(None if draft is None else sorted(str(draft.shown["formula"])))
        assert texts.count(texts[0]) == 4


def test_options_of_a_rule_hold_each_pair_of_signs_together_and_apart() -> None:
    for one in drawn("rule-application"):
        problem = one.problem
        assert isinstance(problem, rule_application.Application)
        seen = {
            (tuple(claim.sign for claim in option.claims), option.together)
            for option in problem.options
        }
        assert len(seen) == 4
        assert len({signs for signs, _ in seen}) == 2


def test_the_missing_line_is_the_only_one_that_completes_its_branch() -> None:
    for one in drawn("complete-branch"):
        problem = one.problem
        assert isinstance(problem, complete_branch.Completion)
        assert not complementary(problem.branch)
        whole = {*problem.branch, problem.options[one.gold]}
        assert all(
            not extensions(line) or any(whole.issuperset(added) for added in extensions(line))
            for line in whole
        )


def test_the_four_valuations_differ_in_two_atoms() -> None:
    for one in drawn("open-branch"):
        problem = one.problem
        assert isinstance(problem, open_branch.Description)
        columns = list(zip(*problem.valuations, strict=True))
        assert sorted(len(set(column)) for column in columns)[-3:].count(2) == 2
        assert len(set(problem.valuations)) == 4


def test_an_atom_alone_is_of_no_type() -> None:
    with pytest.raises(ValueError, match="no"):
        formula_type.decide(Signed(sign=True, formula=Atom("P")))


@pytest.mark.parametrize(
    ("params", "values"),
    [
        (formula_type.Params, {"fewest_connectives": 1}),
        (rule_application.Params, {"step": 0}),
        (complete_branch.Params, {"most_lines": 99}),
        (open_branch.Params, {"fewest_lines": 9, "most_lines": 8}),
        (tableau_proof.Params, {"calculus": "semantic"}),
        (tableau_proof.Params, {"most_atoms": 40}),
    ],
)
def test_a_ladder_out_of_reach_is_refused(params: type, values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="`"):
        params(**values)
