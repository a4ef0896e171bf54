"""A valuation is accepted if it makes all clauses or formulas true."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.records import Json
from evalsuite.scorers.valuation import check, spoil

CLAUSES: dict[str, Json] = {"clauses": ["A | B", "~A | C", "~B"]}  # A=T, B=F, C=T
REFUTED: dict[str, Json] = {"clauses": ["A", "~A"]}
FORMULAS: dict[str, Json] = {"formulas": ["A -> B", "A"], "open": True}


def test_a_valuation_that_makes_all_true_is_accepted() -> None:
    assert check(CLAUSES, 1, "A=T, B=F, C=T").accepted
    assert check(FORMULAS, 0, "A=T, B=T").accepted


@pytest.mark.parametrize("text", ["A=T, B=F, C=F", "A=T, B=F", "", "none", "A=T, A=F, B=F, C=T"])
def test_any_other_is_refused(text: str) -> None:
    assert not check(CLAUSES, 1, text).accepted


def test_that_there_is_none_is_decided() -> None:
    assert check(REFUTED, 0, "none").accepted
    assert not check(REFUTED, 1, "A=T").accepted
    assert not check(CLAUSES, 0, "none").accepted
    assert not check(FORMULAS, 0, "none").accepted


def test_each_mutant_is_refused() -> None:
    for formal, verdict, text in ((CLAUSES, 1, "A=T, B=F, C=T"), (FORMULAS, 0, "A=T, B=T")):
        mutants = list(spoil(formal, verdict, text, Random(0)))
        assert len(mutants) > 1
        for mutant in mutants:
            assert not check(formal, verdict, mutant).accepted, mutant


@given(st.text(max_size=200))
def test_no_text_makes_a_contradiction_true(text: str) -> None:
    assert not check(REFUTED, 1, text).accepted


ONE: dict[str, Json] = {"formulas": ["A"], "open": True}
BOTH: dict[str, Json] = {"formulas": ["A", "~B"], "open": True}


@pytest.mark.parametrize(
    "text",
    ["~A = T", "¬A=V", "not A = T", r"\neg A = T", "¬(A) = T", "A: not true", "A is not true"],
)
def test_a_negation_turns_the_value_of_its_atom(text: str) -> None:
    assert not check(ONE, 0, text).accepted
    assert check(ONE, 0, "~" + text).accepted
    assert check(BOTH, 0, f"A=T; {text.replace('A', 'B')}").accepted


@pytest.mark.parametrize(
    "before", ["B ->", "B |", "(B ∨", "B and", "B <->", r"B \to", "B =", "B v"]
)
def test_the_value_of_a_compound_is_none_of_its_last_atom(before: str) -> None:
    formal: dict[str, Json] = {"formulas": ["A", "B | ~B"], "open": True}
    assert not check(formal, 0, f"B=F, {before} A = T").accepted
    assert not check(formal, 0, f"{before} A = T").accepted
    assert check(BOTH, 0, f"A=T, B=F, {before} A = F").accepted


def test_a_table_has_its_values_below_the_names() -> None:
    assert check(BOTH, 0, "A B\nT F").accepted
    assert not check(BOTH, 0, "A B\nF T").accepted
    assert not check(BOTH, 0, "| B | A |\n|---|---|\n| T | F |").accepted
    assert check(BOTH, 0, "(A,B) = (T,F)").accepted
    assert not check(BOTH, 0, "(B,A) = (T,F)").accepted
    assert not check(ONE, 0, "B -> A = T").accepted


@pytest.mark.parametrize("text", ["if A = T", "never A = T", "A = true or false", "A = T / F"])
def test_a_value_that_is_not_asserted_is_none(text: str) -> None:
    assert check(ONE, 0, text).flaw == "NoProof"
