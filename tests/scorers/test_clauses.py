"""A list of clauses is right if it is the set of all resolvents, however it is written."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.records import Json
from evalsuite.scorers.clauses import check, spoil

# The first and the third clause give only tautologies.
ASKED: dict[str, Json] = {"clauses": ["P | Q", "~P | R", "~P | ~Q", "~R", "P | S", "P | ~S"]}
EVERY = ["Q | R", "R | S", "R | ~S", "~Q | S", "~Q | ~S", "~P", "P"]
UNREAD = [
    *("", "I do not know", "Q |", "{Q, R", "((", "Q | R -> ~P", "```"),
    *("[Q, R], ~[P]", "[Q] | [R], ~P", "[Q, R], [~P", "[Q, R] -> [~P]"),
]
FEW: dict[str, Json] = {"clauses": ["P | Q", "~P | R", "~P | ~Q", "~R"]}
SPELLED = [
    "Q | R, ~P",
    "~P, R | Q",
    "Q | R; ~P.",
    "Q | R\n~P",
    "1. Q | R\n2. ~P",
    "- R | Q\n- ~P",
    "* Q | R,\n* ~P.",
    "(1) Q | R\n(2) ~P",
    "Q ∨ R, ¬P",
    r"$Q \lor R$, $\lnot P$",
    r"$\{\{Q, R\}, \{\lnot P\}\}$",
    "{Q, R}, {~P}",
    "{{Q, R}, {~P}}",
    "{{Q, R},\n {~P}}",
    "{Q | R, ~P}",
    "1. {Q, R}\n2. {~P}",
    "(Q | R) & (~P)",
    "Q | R and ~P",
    "Q | R, and ~P",
    "Q | R e ~P",
    "Q or R, not P",
    "Q ou R, não P",
    "q | r, ~p",
    "`Q | R`, `~P`",
    "**Q | R**, **~P**",
    "Resolvents: Q | R, ~P",
    "The resolvents are: Q | R, ~P",
    "Os resolventes são: Q | R, ~P",
    "1. Q | R [1,2]\n2. ~P [2,4]",
    "Q | R (from 1 and 2), ~P (from 2 and 4)",
    "1 and 2: Q | R\n2, 4: ~P",
    "1 and 2: Q | R\n1 and 4: none\n2, 4: ~P",
    "Clauses 1 and 2: Q | R\nClauses 2 and 4: ~P",
    "Q | R, ~P, R | Q",
    "Q | R | Q, ~P",
    "[Q, R], [~P]",
    "[Q | R], [~P]",
    "[[Q, R], [~P]]",
    "[Q | R, ~P]",
    "1. [Q, R] [1,2]\n2. [~P] [2,4]",
    "Q\n| R\n~P",
    "Q |\nR\n~P",
]


@pytest.mark.parametrize("text", SPELLED)
def test_every_spelling_of_the_right_clauses_is_accepted(text: str) -> None:
    checked = check(FEW, 0, text)
    assert checked.accepted, checked
    assert checked.strict


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("Q | R", "MissingClause"),
        ("none", "MissingClause"),
        ("{Q, R}", "MissingClause"),
        ("Q | R, ~P, P | Q", "NotAResolvent"),
        ("Q | R, ~P, ~Q", "NotAResolvent"),  # two steps away
        ("Q, R, ~P", "NotAResolvent"),
        ("Q | R, P", "NotAResolvent"),
        ("Q | R, ~P, []", "NotAResolvent"),
        ("Q | R, ~P, Z", "NotAResolvent"),
        ("[Q], [R], [~P]", "NotAResolvent"),
        ("[Q, R], [P]", "NotAResolvent"),
        ("[Q, R], [~P], []", "NotAResolvent"),
        ("[[Q, R], [~P], []]", "NotAResolvent"),
        ("[Q, R]", "MissingClause"),
        ("Q | R, ~P, Q | ~Q", "Tautology"),
    ],
)
def test_what_is_wrong_is_named(text: str, flaw: str) -> None:
    checked = check(FEW, 0, text)
    assert not checked.accepted
    assert checked.readable
    assert checked.flaw == flaw


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_no_list_of_clauses_is_unread(text: str) -> None:
    checked = check(FEW, 0, text)
    assert not checked.accepted
    assert not checked.readable


def test_none_is_the_answer_where_there_is_no_resolvent() -> None:
    idle: dict[str, Json] = {"clauses": ["P | Q", "~P | ~Q", "R"]}
    for text in ("none", "None.", "nenhum", "nenhuma", "there are none", "no resolvents"):
        assert check(idle, 0, text).accepted
    assert check(idle, 0, "[]").flaw == "NotAResolvent"
    assert not check(idle, 0, "").accepted


def test_the_empty_clause_is_a_resolvent_like_others() -> None:
    units: dict[str, Json] = {"clauses": ["P", "~P"]}
    for text in ("[]", "[ ]", "1. []", "⊥", "□ [1,2]"):
        assert check(units, 0, text).accepted
    assert check(units, 0, "none").flaw == "MissingClause"


def test_case_tells_atoms_apart_where_both_are_there() -> None:
    both: dict[str, Json] = {"clauses": ["p | Q", "~p | P"]}
    assert check(both, 0, "Q | P").accepted
    assert not check(both, 0, "Q | p").accepted


def test_a_list_is_accepted_iff_it_is_the_set_of_all_resolvents() -> None:
    rng = Random(0)
    for _ in range(60):
        listed = [clause for clause in EVERY if rng.random() < 0.9]
        rng.shuffle(listed)
        text = ", ".join(listed) or "none"
        assert check(ASKED, 0, text).accepted == (len(listed) == len(EVERY))


def test_each_mutant_is_refused() -> None:
    for formal, certificate in ((FEW, "Q | R, ~P"), (ASKED, ", ".join(EVERY))):
        mutants = {
            text for seed in range(20) for text in spoil(formal, 0, certificate, Random(seed))
        }
        assert len(mutants) > 8
        for text in mutants:
            assert not check(formal, 0, text).accepted, text


@given(st.text(max_size=200) | st.text(alphabet="PQR~|&,;{}[]()12. \n\\$e", max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    assert not check(ASKED, 0, text).accepted


@pytest.mark.parametrize(
    "text",
    [
        "~" * 15_000 + "A",
        "(" * 15_000,
        "{" * 15_000,
        "{" * 9_000 + "}" * 9_000,
        "[" * 9_000 + "]" * 9_000,
        "[P" * 9_000,
        "P, " * 6_000,
        "P | " * 4_000 + "P",
        "P" + " " * 19_000 + "|",
        " " * 19_000 + "x",
        "(1" * 9_000,
        "[1" * 9_000,
        "(from " * 3_000,
        "clauses " * 2_400,
        "1. " * 6_000,
        "and " * 4_900,
        "P\n" * 9_000,
        "A" * 1_000_000,
        "\x00\ud800",
    ],
)
@pytest.mark.usefixtures("promptly")
def test_a_hostile_text_is_refused_in_time(text: str) -> None:
    assert not check(ASKED, 0, text).accepted
