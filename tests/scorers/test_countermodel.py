"""A countermodel is accepted however it is spelled, and only if it is one."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.logic.text import reading, structures
from evalsuite.records import Json
from evalsuite.scorers.countermodel import check, spoil

OPEN: dict[str, Json] = {"premises": ["A | B", "A -> C"], "conclusion": "C"}  # A=F, B=T, C=F
VALID: dict[str, Json] = {"premises": ["A", "A -> C"], "conclusion": "C"}
FIRST: dict[str, Json] = {
    "premises": ["forall x. exists y. R(x, y)", "P(c)"],
    "conclusion": "exists y. forall x. R(x, y)",
}
UNARY: dict[str, Json] = {
    "premises": ["exists x. P(x)", "exists x. Q(x)"],
    "conclusion": "exists x. (P(x) & Q(x))",
}
FUNCTION: dict[str, Json] = {"premises": ["forall x. P(f(x))"], "conclusion": "forall x. P(x)"}


@pytest.mark.parametrize(
    "text",
    [
        "A=F, B=T, C=F",
        "a = false; b = true; c = false",
        "A: F\nB: T\nC: F",
        "A := 0, B := 1, C := 0",
        "**A** = F, **B** = T, **C** = F",
        "Countermodel: A=F, B=T, C=F.",
        "{A: False, B: True, C: False}",
        "A=F, B=V, C=F",
        "A é falso, B é verdadeiro, C é falso",
        "| A | F |\n| B | T |\n| C | F |",
        "open [0.2]: A=F, B=T, C=F",
        "A ↦ F, B ↦ T, C ↦ F",
        "~A, B, ~C",
        "~A = T, B = T, ~C = V",
        "¬A=V, B=V, not C = T",
        "A=F, B=T (so ~A = T), C=F",
        "A=F, B=T, C=F, -C=T",
        "A = False, B = True (so A | B = True), C = False (so A -> C = True)",
        "A=F, B=T, C=F; A ∨ B = T, (A → C) = T",
        "(A=F) & (B=T) & (C=F)",
        "(A,B,C) = (F,T,F)",
        "(~A, B, C) = (T, T, F)",
        "A, B, C = 0, 1, 0",
        "A is not true, B is true, C isn't true",
        "A não é verdadeiro, B é verdadeiro, C é não verdadeiro",
        "| A | B | C |\n|---|:-:|---|\n| F | T | F |",
        "A B C\nF T F",
    ],
)
def test_a_valuation_is_read_in_many_spellings(text: str) -> None:
    checked = check(OPEN, 1, text)
    assert checked.accepted, checked


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("A=T, B=T, C=F", True),
        ("A=F, B=T", True),  # C might be true
        ("A=F, B=T, C=F, C=T", True),
        ("", False),
        ("none", False),
        ("```", False),
        ("A -> C = T, A | B = T", False),  # values of compounds
        ("A B C\nF T F\nT T F", False),  # which row?
        ("A B C F T F", False),
        ("(A, ~B, C) = (F, F, F)", True),
        ("(A, B, C) = (F, T)", True),
    ],
)
def test_what_is_no_countermodel_is_refused(text: str, readable: bool) -> None:  # noqa: FBT001 - a parameter of the test
    checked = check(OPEN, 1, text)
    assert not checked.accepted
    assert checked.readable is readable
    assert checked.flaw


def test_an_atom_that_does_not_matter_may_be_left_out() -> None:
    formal: dict[str, Json] = {"premises": ["A | B | ~B"], "conclusion": "C & B | C & ~B"}
    assert check(formal, 1, "A=T, C=F").accepted


def test_that_it_follows_needs_no_proof_and_is_decided() -> None:
    assert check(VALID, 0, "").accepted
    assert not check(OPEN, 0, "because I say so").accepted
    assert not check(VALID, 1, "A=T, C=F").accepted
    first: dict[str, Json] = {"premises": ["forall x. P(x)"], "conclusion": "P(a)"}
    assert check(first, 0, "").accepted
    assert not check(FIRST, 0, "").accepted


@pytest.mark.parametrize(
    "text",
    [
        "domain: a, b\nc = a\nR: (a, a), (b, b)\nP: a",
        "Domain = {1, 2}\nc = 1\nR = {(1, 1), (2, 2)}\nP = {1}",
        "D = {1, 2}; c: 1; R: (1,1), (2,2); P: 1",
        "- domain: {0, 1}\n- c -> 0\n- R(0,0)=T, R(0,1)=F, R(1,0)=F, R(1,1)=T\n- P(0): true",
        "domínio: a, b\nc = a\nR: <a, a>, <b, b>\nP: (a)",
        "domain: c, b\nR: (c, c), (b, b)\nP: c",  # a constant names itself
        "universe: {a, b}, c = a, R: {(a, a), (b, b)}, P: {a}",
        "domain: a, b\nc = a\nR: (a, a) = true, (b, b) = true, (a, b) = false\nP: a = T, b = F",
    ],
)
def test_a_structure_is_read_in_many_spellings(text: str) -> None:
    checked = check(FIRST, 1, text)
    assert checked.accepted, checked


def test_a_function_is_read_by_its_values() -> None:
    for line in (
        "f: a -> a, b -> a",
        "f(a) = a, f(b) = a",
        "f: (a) ↦ a, (b) ↦ a",
        "f: (a,a),(b,a)",
    ):
        assert check(FUNCTION, 1, f"domain: a, b\n{line}\nP: a").accepted, line


def test_a_predicate_that_is_left_out_is_empty() -> None:
    formal: dict[str, Json] = {"premises": ["exists x. P(x)"], "conclusion": "exists x. Q(x)"}
    assert check(formal, 1, "domain: a\nP: a").accepted
    assert check(formal, 1, "domain: a\nP: a\nQ: none").accepted
    assert check(formal, 1, "domain: a\nP: a\nQ = {}").accepted


@pytest.mark.parametrize(
    "text",
    [
        "R: (a, a), (b, b)\nP: a",  # no domain
        "domain: a\nc = a\nR: (a, a)\nP: a",  # the conclusion is true
        "domain: a, b\nc = d\nR: (a, a), (b, b)\nP: a",  # outside the domain
        "domain: a, b\nR: (a, a), (b, b)\nP: a",  # c names nothing
        "domain: a, b\nc = a\nR: (a), (b, b)\nP: a",
        "domain: a, b\ndomain: a, c\nc = a\nR: (a, a), (b, b)\nP: a",
        "domain:\nc = a",
        "domain: a, b\nc = a\nR(a,a), ~R(a,a), R(b,b)\nP: a",
    ],
)
def test_what_is_no_structure_or_no_countermodel_is_refused(text: str) -> None:
    checked = check(FIRST, 1, text)
    assert not checked.accepted
    assert checked.flaw


SOME: dict[str, Json] = {"premises": ["exists x. Q(x)"], "conclusion": "P"}
PAIR: dict[str, Json] = {"premises": ["exists x. exists y. R(x, y)"], "conclusion": "P"}
NOT_ALL: dict[str, Json] = {"premises": ["exists x. Q(x)"], "conclusion": "forall x. Q(x)"}
LOOPS: dict[str, Json] = {"premises": ["exists x. ~R(x, a)"], "conclusion": "~R(a, a)"}


@pytest.mark.parametrize(
    ("formal", "text"),
    [
        (NOT_ALL, "domain: a, b\nQ(a)\nQ(b) does not hold"),
        (NOT_ALL, "domain: a, b\nQ(a)\nNot Q(b)"),
        (NOT_ALL, "domain: a, b\nQ(a) holds, but Q(b) is not true"),
        (NOT_ALL, "domain: a, b\nQ(a)\nNeither Q(b) nor Q(b)"),
        (NOT_ALL, "domain: a, b\nQ: (a), not (b)"),
        (NOT_ALL, "domain: a, b\nQ: a, but not b"),
        (NOT_ALL, "domain: a, b\nQ: ~b, a"),
        (NOT_ALL, "domain: a, b\nQ: a\nAll premises are true, as Q(a) holds."),
        (LOOPS, "domain: a, b\nR: (a,a), (b,b), but neither (a,b) nor (b,a)"),
        (LOOPS, "domain: a, b\nR: (a,a), not (b,a)"),
        (SOME, "domain: the set {a, b}\nQ: a\nP is not true"),
        (SOME, "domain: a and b\nQ: a"),
        (SOME, "domain: a b c.\nQ: a"),
        (SOME, "domain: D = {1, 2}\nQ: 2"),
    ],
)
def test_denials_and_domains_are_read(formal: dict[str, Json], text: str) -> None:
    checked = check(formal, 1, text)
    assert checked.accepted, checked


@pytest.mark.parametrize(
    ("formal", "text"),
    [
        (SOME, "domain: a\nQ(a) does not hold"),
        (SOME, "domain: a\nQ(a) is not true"),
        (SOME, "domain: a\nNot Q(a)"),
        (SOME, "domain: a\nQ(a) ≠ T"),
        (SOME, "domain: a\nQ(a) != T"),
        (SOME, "domain: a\n| Q(a) | F |"),
        (SOME, "domain: a\n| Q(a) | 0 |"),
        (SOME, "domain: a\nQ(a) has the value F"),
        (SOME, "domain: a\n~(Q(a))"),
        (SOME, "domain: a\nIt is not the case that Q(a)"),
        (SOME, "domain: a\nQ(a) or P"),
        (SOME, "domain: a\nQ(a) -> P"),
        (SOME, "domain: a\nQ: (a) is not in it"),
        (SOME, "domain: a\nQ: a is missing"),
        (SOME, "domain: a\nQ: not a"),
        (SOME, "domain: a\nQ: a = not T"),
        (SOME, "domain: a\nQ: all but (a)"),
        (SOME, "domain: a, b\nQ: not (a), (b)"),
        (SOME, "domain: a, b\nQ(a), Q(b) do not hold"),
        (PAIR, "domain: a\nR: not (a,a)"),
        (PAIR, "domain: a, b\nR: neither (a,b) nor (b,a)"),
        (PAIR, "domain: a, b\nR: every pair except (a,b)"),
        (PAIR, "domain: a, b\nR: (a,b), (b,a), ..."),
        (NOT_ALL, "domain: a, b\nQ: a\nQ is not empty"),
    ],
)
def test_a_denial_is_not_read_as_a_fact(formal: dict[str, Json], text: str) -> None:
    checked = check(formal, 1, text)
    assert not checked.accepted
    assert checked.readable


@pytest.mark.parametrize(
    "domain",
    [
        "all integers",
        "natural numbers",
        "integers",
        "ℕ",
        "2 elements",
        "0, 1, 2, ...",
        "0, 1, 2 ...",
        "{0, 1, …}",
        r"{0, 1, \\dots}",
        "0, 1, etc.",
        "{0} ∪ {1}",
        "0 (the root), 1",
    ],
)
def test_a_domain_is_listed(domain: str) -> None:
    formal: dict[str, Json] = {"premises": [], "conclusion": "exists x. Q(x)"}
    assert check(formal, 1, f"domain: {domain}\nQ: none").flaw == "UnreadableLine"
    assert check(formal, 1, "domain: {0, 1}\nQ: none").accepted


def test_what_is_written_is_read_again() -> None:
    claims = [reading.formula(str(one)) for one in FUNCTION["premises"]]  # type: ignore[union-attr]
    model = structures.structure("domain: a, b\nf: a -> b, b -> b\nP: b", claims)
    assert structures.structure(structures.show(model), claims) == model


@pytest.mark.parametrize(
    ("formal", "certificate"),
    [
        (OPEN, "A=F, B=T, C=F"),
        (FIRST, "domain: a, b\nc = a\nR: (a, a), (b, b)\nP: a"),
        (UNARY, "domain: a, b\nP: a\nQ: b"),
    ],
)
def test_each_mutant_is_refused(formal: dict[str, Json], certificate: str) -> None:
    assert check(formal, 1, certificate).accepted
    mutants = list(spoil(formal, 1, certificate, Random(0)))
    assert len(mutants) > 1
    for text in mutants:
        assert not check(formal, 1, text).accepted, text


@given(st.text(max_size=300))
def test_no_text_is_too_strange(text: str) -> None:
    for formal in (VALID, FIRST):
        check(formal, 1, text)
    assert not check(VALID, 1, text).accepted


@pytest.mark.parametrize(
    "text",
    [
        "A=" * 9_000,
        "A, " * 6_000,
        "A -> " * 4_000,
        "~ " * 9_000 + "A",
        "A" + "~ " * 9_000 + "A = T",
        "A B C\n" * 3_000,
        "A | " * 4_000 + "A = T",
        "A, B = " + "T, " * 6_000,
        "domain: " + ", ".join(f"e{n}" for n in range(3_000)),
        "R: " + "(" * 9_000,
        "R" + "(a, b), " * 2_000,
        "domain: a\n" * 1_500,
        " " * 19_000 + "A",
        "A" * 1_000_000,
        "domain = {" * 1_500,
        "~" * 19_000,
        "domain: a\nP: " + "not " * 4_900,
        "domain: a\n" + "not P(a) does not hold, " * 800,
        "domain: {" + "the set " * 2_400,
        "domain: " + "a " * 9_900,
    ],
)
def test_a_hostile_text_is_refused_in_time(text: str) -> None:
    for formal in (OPEN, FIRST, FUNCTION):
        assert not check(formal, 1, text).accepted
