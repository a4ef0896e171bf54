"""The scorer of repaired steps: the resolvent of the two lines, in any ink, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.records import Json
from evalsuite.scorers import criticism

FORMAL: dict[str, Json] = {"lines": [], "line": 7, "left": "P | ~Q | R", "right": "Q | R | ~S"}


@pytest.mark.parametrize(
    "text",
    [
        "P | R | ~S",
        "~S | P | R",
        "7. P | R | ~S [2,5]",
        "line 7: P | R | ~S",
        "linha 7) P | R | ~S",
        "{P, R, ~S}",
        "**P | R | ~S**",
        "`P ∨ R ∨ ¬S`.",
        "P | R | R | ~S",
        "$P \\lor R \\lor \\lnot S$",
        "7.P | R | ~S",
        "Line 7 should be P | R | ~S",
        "The clause should be P | R | ~S",
        "the correct clause: P | R | ~S [2,5]",
        "P | R | ~S (line 7)",
    ],
)
def test_the_resolvent_is_accepted_in_any_ink(text: str) -> None:
    assert criticism.check(FORMAL, 0, text).accepted


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("P | R", "StrongerClause"),
        ("[]", "StrongerClause"),
        ("P | R | ~S | Q", "NotAResolvent"),
        ("P | R | S", "NotAResolvent"),
        ("P | ~Q | R", "NotAResolvent"),
        ("8. P | R | ~S", "WrongLine"),
        ("P | R | ~S (line 8)", "WrongLine"),
        ("line 8 should be P | R | ~S", "WrongLine"),
    ],
)
def test_other_clauses_are_refused_and_the_flaw_is_named(text: str, flaw: str) -> None:
    checked = criticism.check(FORMAL, 0, text)
    assert not checked.accepted
    assert checked.readable
    assert checked.flaw == flaw


@pytest.mark.parametrize("text", ["", "the fifth one", "((((", "P & R", "P | " * 900 + "R", "7."])
def test_what_is_no_clause_is_unreadable(text: str) -> None:
    checked = criticism.check(FORMAL, 0, text)
    assert not checked.accepted
    assert not checked.readable


@given(st.text(max_size=80) | st.text(alphabet="PQRS~|[](){}.,:7 ", max_size=40))
def test_no_text_raises(text: str) -> None:
    checked = criticism.check(FORMAL, 0, text)
    letters = {letter for letter in text if letter.isalpha()}
    assert not checked.accepted or letters >= {"P", "R", "S"}
