"""Tableaux as certificates: closed ones, open branches, and what is neither."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.records import Completion, Json, Outcome
from evalsuite.scorers import tableau
from tests.scorers.asking import question

Formal = dict[str, Json]
PONENS: Formal = {"premises": ["P -> Q", "P"], "conclusion": "Q", "logic": "classical"}
CONVERSE: Formal = {"premises": ["P -> Q", "Q"], "conclusion": "P", "logic": "classical"}
CLASH: Formal = {"premises": ["P", "~P"], "conclusion": None, "logic": "classical"}
FOUR: Formal = {"premises": [], "conclusion": "[]P -> [][]P", "logic": "S4"}
SWAP: Formal = {
    "premises": ["forall y. exists x. L(x, y)"],
    "conclusion": "exists x. forall y. L(x, y)",
    "logic": "classical",
}
CLOSED = """1. [0]    T P -> Q   premise
2. [0]    T P        premise
3. [0]    F Q        goal
4. [0.1]  F P        1
5. [0.2]  T Q        1
6. [0.1]  x          2,4
7. [0.2]  x          3,5"""
OPEN = """1. [0]    T P -> Q   premise
2. [0]    T Q        premise
3. [0]    F P        goal
4. [0.1]  F P        1
5. [0.2]  T Q        1
open [0.1]: P=F, Q=T"""
TRANSITIVE = """1. [0] 1 F []P -> [][]P    goal
2. [0] 1 T []P             1
3. [0] 1 F [][]P           1
4. [0] 1.1 F []P           3
5. [0] 1.1.1 F P           4
6. [0] 1.1.1 T P           2
7. [0] x                   5,6"""


@pytest.mark.parametrize(
    ("formal", "verdict", "text"),
    [
        (PONENS, 0, CLOSED),
        (PONENS, 0, CLOSED.replace(" T ", " ").replace(" F ", " ~")),
        (PONENS, 0, f"Here it is:\n{CLOSED}\nSo it follows."),
        (PONENS, 0, CLOSED.replace("premise", "premise  # given").replace("2,4", "2,4 // both P")),
        (CLASH, 0, "1. [0] T P premise\n2. [0] T ~P premise\n3. [0] F P 2\n4. [0] x 1,3"),
        (FOUR, 0, TRANSITIVE),
        (CONVERSE, 1, OPEN),
        (CONVERSE, 1, "P=F, Q=T"),
        (CONVERSE, 1, "P: false; Q: true"),
        (CONVERSE, 1, "v(P) = 0\nv(Q) = 1"),
        (
            {**FOUR, "logic": "T"},
            1,
            "worlds: a, b, c\nrelation: a->a, b->b, c->c, a->b, b->c\na: P\nb: P",
        ),
        (SWAP, 1, "domain: 0, 1\nL: (0,0), (1,1)"),
    ],
)
def test_what_shows_the_verdict_is_accepted(formal: Formal, verdict: int, text: str) -> None:
    checked = tableau.check(formal, verdict, text)
    assert checked.accepted, checked
    assert not tableau.check(formal, 1 - verdict, text).accepted


@pytest.mark.parametrize(
    ("formal", "verdict", "text", "flaw", "line"),
    [
        (PONENS, 0, "", "NoProof", None),
        (PONENS, 0, "It follows by modus ponens.", "NoProof", None),
        (PONENS, 0, CLOSED.rpartition("\n")[0], "OpenBranch", 5),
        (PONENS, 0, CLOSED.replace("x          2,4", "x          2,3"), "NotComplementary", 6),
        (PONENS, 0, CLOSED.replace("4. [0.1]  F P", "4. [0.1]  F Q"), "WrongComponent", 4),
        (PONENS, 0, CLOSED.replace("F Q        goal", "T Q        goal"), "NotAssumed", 3),
        ({**FOUR, "logic": "T"}, 0, TRANSITIVE, "NotAccessible", 6),
        (CONVERSE, 1, OPEN.replace("P=F", "P=T"), "NotACountermodel", 6),
        (CONVERSE, 1, "P=T, Q=T", "NotACountermodel", None),
        (CONVERSE, 1, "P=F, Q=F", "NotACountermodel", None),
        (CONVERSE, 1, "no such valuation", "NoProof", None),
    ],
)
def test_what_does_not_is_refused_with_its_flaw(
    formal: Formal, verdict: int, text: str, flaw: str, line: int | None
) -> None:
    checked = tableau.check(formal, verdict, text)
    assert not checked.accepted
    assert checked.flaw == flaw
    assert checked.line == line
    assert checked.readable == (flaw != "NoProof")


def test_a_step_in_one_line_too_many_is_accepted_but_not_strict() -> None:
    text = "1. [0] T ~~P premise\n2. [0] F P goal\n3. [0] T P 1\n4. [0] x 2,3"
    formal: Formal = {"premises": ["~~P"], "conclusion": "P", "logic": "classical"}
    checked = tableau.check(formal, 0, text)
    assert checked.accepted
    assert not checked.strict


def test_a_valid_inference_has_no_countermodel_and_an_invalid_one_no_tableau() -> None:
    for values in ("P=T, Q=T", "P=T, Q=F", "P=F, Q=T", "P=F, Q=F"):
        assert not tableau.check(PONENS, 1, values).accepted
    assert not tableau.check(CONVERSE, 0, CLOSED).accepted


@pytest.mark.parametrize(
    ("formal", "verdict", "text"),
    [(PONENS, 0, CLOSED), (FOUR, 0, TRANSITIVE), (CONVERSE, 1, OPEN), (CONVERSE, 1, "P=F, Q=T")],
)
def test_spoilt_certificates_are_refused(formal: Formal, verdict: int, text: str) -> None:
    mutants = list(tableau.spoil(formal, verdict, text, Random(3)))
    assert len(mutants) >= 3
    for mutant in mutants:
        assert not tableau.check(formal, verdict, mutant).accepted, mutant


def test_a_wrong_verdict_is_wrong_whatever_its_certificate() -> None:
    asked = question(formal=PONENS, gold=0, scorer="tableau")
    for text, outcome in (
        (f"```\n{CLOSED}\n```\nAnswer: yes", Outcome.RIGHT),
        (f"{CLOSED}\nAnswer: yes", Outcome.RIGHT),
        (f"```\n{OPEN}\n```\nAnswer: no", Outcome.WRONG),
        ("Answer: yes", Outcome.UNREAD),
        (f"```\n{CLOSED[:120]}\n```\nAnswer: yes", Outcome.INVALID),
        (f"```\n{CLOSED}\n```\n```\nbranch 0.1: closed\n```\nAnswer: yes", Outcome.RIGHT),
        ("```\nP=T, Q=T\n```\nAnswer: yes", Outcome.UNREAD),
    ):
        response = Completion(key="k", text=text, finish="stop")
        assert tableau.score(asked, response).outcome is outcome, text


def test_a_tableau_that_claims_nothing_takes_no_countermodel_away() -> None:
    asked = question(formal=CONVERSE, gold=1, scorer="tableau")
    open_ = OPEN.rpartition("\n")[0]
    for text, outcome in (
        (f"```\nP=F, Q=T\n```\n```\n{open_}\n```\nAnswer: no", Outcome.RIGHT),
        (f"```\nP=T, Q=T\n```\n```\n{open_}\n```\nAnswer: no", Outcome.INVALID),
        (f"```\n{open_}\n```\nAnswer: no", Outcome.UNREAD),
    ):
        response = Completion(key="k", text=text, finish="stop")
        assert tableau.score(asked, response).outcome is outcome, text


@settings(max_examples=60)
@given(st.text(alphabet="0123.[]TFPQ ~&|->x,=open:\n", max_size=200))
def test_no_text_raises_or_shows_both(text: str) -> None:
    for formal in (PONENS, CONVERSE, FOUR):
        both = [tableau.check(formal, verdict, text).accepted for verdict in (0, 1)]
        assert not all(both)


@pytest.mark.parametrize(
    "text",
    [
        "1. [0] T " + "~" * 50_000 + "P premise",
        "1. [0] T " + "(" * 50_000 + " premise",
        "\n".join(f"{n}. [0] T P premise" for n in range(1, 5000)),
        "[0." + "1." * 50_000 + "] T P",
        "1. [0] T P -> Q premise\n" + "\n".join(f"{n}. [0.{n}] F P 1" for n in range(2, 1500)),
        "P=T, " * 60_000,
        "x" * 300_000,
    ],
)
@pytest.mark.usefixtures("promptly")
def test_hostile_texts_are_refused_soon(text: str) -> None:
    for verdict in (0, 1):
        assert not tableau.check(PONENS, verdict, text).accepted
