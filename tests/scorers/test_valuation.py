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
