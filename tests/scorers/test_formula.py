"""A formula is accepted if it is in the form and means the same, whatever formula it is."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.records import Json
from evalsuite.scorers.formula import check, spoil


def asked(form: str, formula: str) -> dict[str, Json]:
    return {"form": form, "formula": formula}


NNF = asked("nnf", "~(A -> B & C)")
CNF = asked("cnf", "A | B & C")
DNF = asked("dnf", "A & (B | C)")
TSEITIN = asked("tseitin", "A & B | C & D")
EVERY = asked("equivalent", "forall x. (D(x) -> exists y. (C(y) & L(x, y)))")
WIDE = asked("tseitin", "A | B | C | D")


@pytest.mark.parametrize(
    ("formal", "text"),
    [
        (NNF, "A & (~B | ~C)"),
        (NNF, "(A & ~B) | (A & ~C)"),
        (NNF, r"$A \land (\lnot B \lor \lnot C)$"),
        (NNF, "a ∧ (¬b ∨ ¬c)"),
        (NNF, "**A & (~B | ~C)**"),
        (NNF, "NNF: A & (~B | ~C)."),
        (CNF, "(A | B) & (A | C)"),
        (CNF, "A | B\nA | C"),
        (CNF, "{{A, B}, {A, C}}"),
        (CNF, "{A, B}, {A, C}"),
        (CNF, r"{A, B} \land {A, C}"),
        (CNF, "(A | B) &\n(A | C)"),
        (CNF, "(A | B) & (A | C) (which is in CNF)"),
        (CNF, "(A | B) & (A | C). Each clause has two literals."),
        (CNF, "The formula in conjunctive normal form is (A | B) & (A | C)"),
        (CNF, "The equivalent CNF is: (A | B) & (A | C)"),
        (CNF, "A | B & C = (A | B) & (A | C)"),
        (CNF, r"$A \lor (B \land C) \equiv (A \lor B) \land (A \lor C)$"),
        (CNF, "(A | C) & (B | A) & (A | B | C)"),
        (DNF, "(A & B) | (A & C)"),
        (
            TSEITIN,
            (
                "(~t1 | A) & (~t1 | B) & (t1 | ~A | ~B) & (~t2 | C) & (~t2 | D) & (t2 | ~C | ~D)"
                " & (t1 | t2)"
            ),
        ),
        (TSEITIN, "(~p | A) & (~p | B) & (~q | C) & (~q | D) & (p | q)"),
        (WIDE, "(A | B | t1) & (~t1 | C | D)"),
        (asked("prenex", "(exists x. P(x)) -> Q"), "forall x. (P(x) -> Q)"),
        (asked("skolem", "forall x. exists y. R(x, y)"), "forall x. R(x, f(x))"),
        (asked("clausal", "forall x. (P(x) -> Q(x) & R(x))"), "(~P(x) | Q(x)) & (~P(x) | R(x))"),
        (asked("equivalent", "A -> B"), "~B -> ~A"),
        (asked("equivalent", "~(exists x. P(x))"), "forall x. ~P(x)"),
        (EVERY, "∀x[D(x) → ∃y[C(y) ∧ L(x, y)]]"),
        (EVERY, "∀x (Dx → ∃y (Cy ∧ Lxy))"),
        (EVERY, r"\[ \forall x\, (Dx \to \exists y\, (Cy \land Lxy)) \]"),
    ],
)
def test_every_right_answer_is_accepted(formal: dict[str, Json], text: str) -> None:
    checked = check(formal, 0, text)
    assert checked.accepted, checked


@pytest.mark.parametrize(
    ("formal", "text", "flaw"),
    [
        (NNF, "~(A -> B & C)", "WrongForm"),
        (NNF, "A & ~(B & C)", "WrongForm"),
        (NNF, "A & (B | C)", "NotEquivalent"),
        (NNF, "A & (~B | ~C) & (Z | ~Z)", "NewAtom"),
        (CNF, "A | B & C", "WrongForm"),
        (CNF, "A | B", "NotEquivalent"),
        (CNF, "{A, B}", "NotEquivalent"),
        (DNF, "A & (B | C)", "WrongForm"),
        (TSEITIN, "A & B | C & D", "WrongForm"),
        (WIDE, "A | B | C | D", "WrongForm"),
        (TSEITIN, "(~t1 | A) & (~t1 | B) & (t1 | t2)", "NotEquivalent"),
        (asked("prenex", "(exists x. P(x)) -> Q"), "exists x. (P(x) -> Q)", "NotEquivalent"),
        (asked("prenex", "(exists x. P(x)) -> Q"), "(exists x. P(x)) -> Q", "WrongForm"),
        (asked("skolem", "forall x. exists y. R(x, y)"), "forall x. R(x, c)", "NotEquivalent"),
        (asked("equivalent", "A -> B"), "B -> A", "NotEquivalent"),
        (EVERY, "∀x[Dx → ∃y[Cy ∧ Lyx]]", "NotEquivalent"),
        (EVERY, "∀x[Dx → ∃y[Cy ∧ Lx]]", "NotEquivalent"),
    ],
)
def test_what_is_wrong_is_named(formal: dict[str, Json], text: str, flaw: str) -> None:
    checked = check(formal, 0, text)
    assert not checked.accepted
    assert checked.flaw == flaw


@pytest.mark.parametrize(
    "text", ["{A} | {B}", "{A} or {B}", "{A} -> {B}", "{{A}, {B}, C}", "{{A}, C | {B}}"]
)
def test_nothing_is_passed_over_between_the_clauses_of_a_set(text: str) -> None:
    checked = check(asked("cnf", "~(A -> ~B)"), 0, text)
    assert not checked.accepted
    assert not checked.readable
    assert check(asked("cnf", "~(A -> ~B)"), 0, "{A}, {B}").accepted


LISTED = asked("cnf", "~A | B & C")


@pytest.mark.parametrize(
    "text",
    [
        "~A | B, ~A | C",
        "~A | B ; ~A | C",
        "(~A | B), (~A | C)",
        "~A | B,\n~A | C",
        "[~A, B], [~A, C]",
        "[[~A, B], [~A, C]]",
        "[~A | B] & [~A | C]",
        "[(~A | B) & (~A | C)]",
        "(~A | B) & [~A | C]",
    ],
)
def test_clauses_may_stand_between_commas_or_in_square_brackets(text: str) -> None:
    assert check(LISTED, 0, text).accepted
    for wrong in ("~(A & B & C)", "A -> B & ~C", "(~A | B) | (~A | C)"):
        assert check(asked("cnf", wrong), 0, text).flaw == "NotEquivalent"


@pytest.mark.parametrize(
    "text",
    [
        "[~A | B] | [~A | C]",
        "[~A | B], ~[~A | C]",
        "[~A, B] -> [~A, C]",
        "~A | B, ~A | C, -C",
        "~A | B, ~(~A | C)",
        "~A | B, A -> C",
        "~A | B, ~A | C | D",
        "~A, B, ~A, C",
    ],
)
def test_nothing_is_passed_over_between_the_clauses_of_a_list(text: str) -> None:
    assert not check(LISTED, 0, text).accepted


def test_literals_alone_between_commas_are_no_list_of_clauses() -> None:
    for formula in ("A & B", "A | B"):
        assert not check(asked("cnf", formula), 0, "A, B").readable
    assert check(asked("cnf", "A & B"), 0, "A; B").accepted
    assert check(asked("cnf", "A | B"), 0, "[A, B]").accepted


def test_square_brackets_are_round_ones_in_any_form() -> None:
    assert check(NNF, 0, "A & [~B | ~C]").accepted
    assert check(DNF, 0, "[A & B] | [A & C]").accepted
    assert not check(NNF, 0, "A & [~B, ~C]").readable
    assert not check(NNF, 0, "A & []~B").accepted


@pytest.mark.parametrize("text", ["", "I do not know", "A &", "((", "A & (B", "```"])
def test_what_is_no_formula_is_unread(text: str) -> None:
    checked = check(NNF, 0, text)
    assert not checked.accepted
    assert not checked.readable


@pytest.mark.parametrize(
    ("formal", "certificate"),
    [
        (NNF, "A & (~B | ~C)"),
        (CNF, "(A | B) & (A | C)"),
        (DNF, "(A & B) | (A & C)"),
        (WIDE, "(A | B | t1) & (~t1 | C | D)"),
        (asked("prenex", "(exists x. P(x)) -> Q"), "forall x. (P(x) -> Q)"),
        (asked("equivalent", "A -> B"), "~A | B"),
    ],
)
def test_each_mutant_is_refused(formal: dict[str, Json], certificate: str) -> None:
    mutants = list(spoil(formal, 0, certificate, Random(0)))
    assert len(mutants) > 1
    for text in mutants:
        assert not check(formal, 0, text).accepted, text


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    for formal in (NNF, CNF, TSEITIN):
        assert not check(formal, 0, text).accepted or "A" in text.upper()


@pytest.mark.parametrize(
    "text",
    [
        "~" * 15_000 + "A",
        "(" * 15_000,
        "A & " * 4_000 + "A",
        " & ".join(f"(t{n} | u{n})" for n in range(800)),
        "{{" * 9_000,
        "A | B\n" * 3_000,
        "A | B, " * 2_800,
        "[A, " * 4_900,
        "[" * 15_000 + "]" * 4_000,
        "A" * 1_000_000,
    ],
)
def test_a_hostile_text_is_refused_in_time(text: str) -> None:
    for formal in (NNF, CNF, TSEITIN):
        assert not check(formal, 0, text).accepted
