"""What the scorer of unifiers accepts and refuses."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.records import Json
from evalsuite.scorers import unifier

FORMAL: dict[str, Json] = {"equations": [["P(x, f(y))", "P(f(a), x)"]]}
FREE: dict[str, Json] = {"equations": [["P(x, f(y))", "P(z, x)"]]}
CLASH: dict[str, Json] = {"equations": [["P(a, x)", "P(b, x)"]]}


@pytest.mark.parametrize(
    "text",
    [
        "{x -> f(a), y -> a}",
        "x = f(a), y = a",
        "[x/f(a), y/a]",
        "{y := a; x := f(a)}",
        "mgu: {x ↦ f(a), y ↦ a}",
        "σ = {x -> f(a), y -> a}.",
        "x -> f(a)\ny -> a",
        "**{x -> f(a), y -> a}**",
        r"$\{x \mapsto f(a), y \mapsto a\}$",
        "The unifier is {x -> f(a), y -> a}",
        "{x: f(a), y: a}",
        '{"x": "f(a)", "y": "a"}',
        "1. x -> f(a)\n2. y -> a",
        "(1) x = f(a)\n(2) y = a\nBoth are P(f(a), f(a)).",
        "the unifier is x = f(a), y = a",
        "The most general unifier is: x = f(a) and y = a.",
        "MGU: x = f(a), y = a",
        "x = f(a) and y = a",
        "x = f(a), and y = a",
        "x = f(a) e y = a",
        "o unificador é x = f(a) e y = a",
        "It works.\nSo the unifier is x = f(a) and y = a.\nBoth are P(f(a), f(a)).",
    ],
)
def test_a_most_general_unifier_is_accepted_in_any_spelling(text: str) -> None:
    found = unifier.check(FORMAL, 0, text)
    assert found.accepted, found
    assert found.strict


@pytest.mark.parametrize(
    "text", ["{x -> f(y), z -> f(y)}", "{x -> z, z -> f(y)}", "x=f(v),z=f(v),y=v"]
)
def test_names_of_variables_and_order_are_free(text: str) -> None:
    assert unifier.check(FREE, 0, text).accepted


def test_a_triangular_unifier_is_accepted_but_not_strictly() -> None:
    found = unifier.check(FORMAL, 0, "{x -> f(y), y -> a}")
    assert found.accepted
    assert not found.strict


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("{x -> f(a)}", "NotAUnifier"),
        ("{x -> f(b), y -> a}", "NotAUnifier"),
        ("{}", "NotAUnifier"),
        ("{x: f(a)}", "NotAUnifier"),
        ("1. x -> f(a)\n2. y -> f(a)", "NotAUnifier"),
        ("x = f(a) and y = f(a)", "NotAUnifier"),
        ("the unifier is x = f(a)", "NotAUnifier"),
        ("the unifier is not x = f(a), y = a", "NoSubstitution"),
        ("x = f(a) or y = a", "NoSubstitution"),
    ],
)
def test_what_does_not_unify_is_refused(text: str, flaw: str) -> None:
    assert unifier.check(FORMAL, 0, text).flaw == flaw


def test_what_is_less_general_is_refused() -> None:
    found = unifier.check(FREE, 0, "{x -> f(a), y -> a, z -> f(a)}")
    assert found.flaw == "NotMostGeneral"


def test_that_there_is_no_unifier_is_decided() -> None:
    assert unifier.check(CLASH, 1, "").accepted
    assert not unifier.check(FORMAL, 1, "clash").accepted
    assert not unifier.check(CLASH, 0, "{x -> a}").accepted


def test_a_variable_may_stand_for_itself() -> None:
    one: dict[str, Json] = {"equations": [["P(x, y)", "P(a, y)"]]}
    assert unifier.check(one, 0, "x=a and y=y").accepted
    assert unifier.check(one, 0, "x=a and y=b").flaw == "NotMostGeneral"


@pytest.mark.parametrize("text", ["", "no idea", "x", "{x -> }", "{" * 5_000, "f(" * 9_000, "x=x"])
def test_hostile_text_is_refused_without_raising(text: str) -> None:
    assert not unifier.check(FORMAL, 0, text).accepted


@given(st.text(alphabet="xyfab(),{}->:=/[] \n", max_size=60))
def test_any_text_is_judged(text: str) -> None:
    assert not unifier.check(CLASH, 0, text).accepted
    unifier.check(FORMAL, 0, text)


def test_spoiled_unifiers_are_refused() -> None:
    for formal, good in ((FORMAL, "{x -> f(a), y -> a}"), (FREE, "{x -> f(y), z -> f(y)}")):
        mutants = list(unifier.spoil(formal, 0, good, Random(1)))
        assert mutants
        assert not any(unifier.check(formal, 0, one).accepted for one in mutants)
    assert not list(unifier.spoil(CLASH, 1, "", Random(1)))
