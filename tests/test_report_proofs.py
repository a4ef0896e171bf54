"""Certificates as drawings: what is right, what is wrong first, and what cannot be drawn."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.instances import questions
from evalsuite.records import Completion, Outcome, Score
from evalsuite.report.proofs import Drawing, drawing
from evalsuite.report.visible import visible
from evalsuite.scorers import scorer
from tests import reporting

CLAUSES: dict[str, Any] = {"clauses": ["~P | Q", "P", "~Q"]}
REFUTATION = "1. ~P | Q [given]\n2. P [given]\n3. Q [1,2]\n4. ~Q [given]\n5. [] [3,4]\n"
INFERENCE: dict[str, Any] = {"premises": ["P -> Q", "P"], "conclusion": "Q", "logic": "classical"}
TABLEAU = (
    "1. [0] T P -> Q premise\n2. [0] T P premise\n3. [0] F Q goal\n"
    "4. [0.1] F P 1\n5. [0.2] T Q 1\n6. [0.1] x 2,4\n7. [0.2] x 3,5\n"
)
MODAL: dict[str, Any] = {"premises": [], "conclusion": "[]P -> P", "logic": "K"}
KRIPKE = "worlds: w0, w1\nrelation: w0->w1\nw0: none\nw1: P\nat: w0\n"
RIGHT = Score(outcome=Outcome.RIGHT, verdict=0)


def statuses(made: Drawing | None) -> list[tuple[str, str]]:
    assert made is not None
    return [(line.number, line.status) for node in made.nodes for line in node.lines]


def wrong(line: int) -> Score:
    return Score(outcome=Outcome.INVALID, verdict=0, flaw="NotAResolvent", note="no", line=line)


def test_a_refutation_is_a_dag_from_its_premises_to_the_empty_clause() -> None:
    made = drawing("refutation", CLAUSES, REFUTATION, RIGHT)
    assert made is not None
    assert made.shape == "dag"
    assert [node.parents for node in made.nodes] == [(), (), ("0", "1"), (), ("2", "3")]
    assert [node.lines[0].text for node in made.nodes][-1] == "□"
    assert {status for _, status in statuses(made)} == {"right"}


def test_the_first_wrong_step_is_marked_and_what_follows_it_set_apart() -> None:
    made = drawing("refutation", CLAUSES, REFUTATION.replace("3. Q", "3. ~Q"), wrong(3))
    assert statuses(made) == [
        *(("1", "right"), ("2", "right"), ("3", "wrong"), ("4", "after"), ("5", "after")),
    ]


@pytest.mark.parametrize(
    ("name", "formal", "text"),
    [
        ("refutation", CLAUSES, REFUTATION),
        ("tableau", INFERENCE, TABLEAU),
        ("kripke", MODAL, KRIPKE),
    ],
)
def test_of_a_proof_for_a_wrong_verdict_no_step_is_marked(
    name: str, formal: dict[str, Any], text: str
) -> None:
    score = Score(outcome=Outcome.WRONG, verdict=1, note="strict", certificate=text)
    assert {status for _, status in statuses(drawing(name, formal, text, score))} == {"after"}


def test_reasons_in_a_set_of_facts_make_it_no_derivation() -> None:
    """Gemma wrote one below `Answer: no`."""
    formal: dict[str, Any] = {"facts": ["P(a)"], "rules": ["P(x) -> Q(x)"], "goal": "R(a)"}
    text = "1. P(a) [fact 1]\n2. P(a) [rule 1: 1]\n"
    score = Score(outcome=Outcome.INVALID, verdict=1, flaw="NotClosed", note="Q(a) is left out")
    assert drawing("derivation", formal, text, score) is None
    assert drawing("derivation", formal, text, replace(score, verdict=0)) is not None


@pytest.mark.parametrize(
    ("name", "formal", "text"),
    [
        ("refutation", CLAUSES, "1. ~P | Q [given]\n2. P [given]\n"),
        ("tableau", INFERENCE, TABLEAU),
        ("tableau", MODAL, "1. [0] F []P -> P goal\n2. [0] T []P 1\n3. [0] F P 1\n"),
    ],
)
def test_steps_that_were_judged_as_a_model_are_not_drawn_as_right(
    name: str, formal: dict[str, Any], text: str
) -> None:
    """Gemma wrote numbered clauses, and that they are satisfiable."""
    score = Score(outcome=Outcome.UNREAD, verdict=1, flaw="NoProof", note="no atom has a value")
    assert drawing(name, formal, text, score) is None
    assert drawing(name, formal, text, replace(score, outcome=Outcome.WRONG, flaw="")) is not None


def test_a_tableau_that_claims_a_countermodel_has_its_wrong_line_marked() -> None:
    score = Score(outcome=Outcome.INVALID, verdict=1, flaw="OpenBranch", note="no", line=4)
    made = drawing("tableau", INFERENCE, TABLEAU, score)
    assert ("4", "wrong") in statuses(made)


def test_a_world_that_refutes_a_model_is_marked() -> None:
    score = Score(outcome=Outcome.INVALID, verdict=1, flaw="NotACountermodel", note="no")
    assert statuses(drawing("kripke", MODAL, KRIPKE, score)) == [("w0", "wrong"), ("w1", "right")]


def test_a_line_that_cannot_be_read_is_drawn_as_it_stands() -> None:
    text = "1. ~P | Q [given]\n2. P [given]\n3. Q |&| Q [1,2]\n"
    made = drawing("refutation", CLAUSES, text, wrong(3))
    assert made is not None
    assert [line.text for line in made.nodes[-1].lines] == ["3. Q |&| Q [1,2]"]
    assert made.nodes[-1].lines[0].status == "wrong"


def test_a_tableau_is_a_tree_of_branches() -> None:
    made = drawing("tableau", INFERENCE, TABLEAU, RIGHT)
    assert made is not None
    assert made.shape == "tree"
    assert [(node.name, node.parents) for node in made.nodes] == [
        *(("[0]", ()), ("[0.1]", ("[0]",)), ("[0.2]", ("[0]",))),
    ]
    assert [line.text for line in made.nodes[1].lines] == ["F P", "✗"]


def test_a_kripke_model_is_a_graph_of_worlds() -> None:
    made = drawing("kripke", MODAL, KRIPKE, RIGHT)
    assert made is not None
    assert made.shape == "graph"
    assert [(node.name, node.parents) for node in made.nodes] == [("w0", ()), ("w1", ("w0",))]
    assert [node.lines[0].text for node in made.nodes] == ["∅", "P"]


def test_a_modal_tableaus_countermodel_is_drawn_as_the_model_it_is() -> None:
    made = drawing("tableau", MODAL, KRIPKE, None)
    assert made is not None
    assert made.shape == "graph"


@pytest.mark.parametrize("name", ["refutation", "tableau", "kripke", "derivation", "formula", "x"])
def test_what_is_no_certificate_is_not_drawn(name: str) -> None:
    for formal in (CLAUSES, INFERENCE, MODAL, {}):
        for text in ("", "It is clear.", "\0" * 50, "1. " * 30_000, "[" * 40_000):
            assert drawing(name, formal, text, None) is None


def test_a_proof_of_very_many_lines_is_not_drawn() -> None:
    text = "".join(f"{number}. ~P | Q [given]\n" for number in range(1, 450))
    assert drawing("refutation", CLAUSES, text, None) is None


def test_a_model_of_very_many_arrows_is_not_drawn() -> None:
    worlds = [f"w{number}" for number in range(30)]
    relation = ", ".join(f"{one}->{other}" for one in worlds for other in worlds)
    values = "".join(f"{one}: P\n" for one in worlds)
    few, text = (
        f"worlds: {', '.join(worlds)}\nrelation: {told}\n{values}at: w0\n"
        for told in ("w0->w1", relation)
    )
    assert drawing("kripke", MODAL, few, None) is not None
    assert drawing("kripke", MODAL, text, None) is None


def test_what_a_line_hides_is_shown() -> None:
    made = drawing("refutation", CLAUSES, f"{REFUTATION}6. Q\u202e [1,2]\n", wrong(6))
    assert made is not None
    told = [line.text for node in made.nodes for line in node.lines]
    assert "⟦U+202E⟧" in told[-1]
    assert not any("\u202e" in one for one in told)


@given(st.text(max_size=300), st.sampled_from(["refutation", "tableau", "kripke", "derivation"]))
def test_no_text_breaks_a_drawing(text: str, name: str) -> None:
    formal = {"refutation": CLAUSES, "kripke": MODAL}.get(name, INFERENCE)
    for before in ("", REFUTATION, TABLEAU, KRIPKE):
        made = drawing(name, formal, before + text, wrong(2))
        for node in () if made is None else made.nodes:
            for line in node.lines:
                assert visible(line.text) == line.text


@pytest.mark.parametrize("name", [*reporting.CERTIFIED, "unification-mgu"])
def test_a_score_has_the_text_that_was_judged(name: str) -> None:
    task = reporting.task(name)
    for one in questions(task, 4):
        if not one.certificate:
            continue
        under = reporting.question(task, one, "m", reporting.condition(), "replay")
        answer = one.choices[one.gold]
        text = f"I think:\n```\n{one.certificate}\n```\nAnswer: {answer}"
        if len(one.choices) == 1:
            text = f"Answer: {one.certificate}"
        response = Completion(key="k", text=text, finish="stop")
        score = scorer(task.scorer).score(under, response)
        assert score.outcome is Outcome.RIGHT
        assert score.certificate.strip() == one.certificate.strip()


def test_every_spoilt_certificate_that_can_be_read_has_its_wrong_line_marked() -> None:
    seen = 0
    for name in ("refutation-proof", "tableau-proof"):
        task = reporting.task(name)
        judge: Any = scorer(task.scorer)
        for one in questions(task, 6):
            if one.gold != 0:
                continue
            for spoilt in list(judge.spoil(one.formal, 0, one.certificate, Random(1)))[:6]:
                under = reporting.question(task, one, "m", reporting.condition(), "replay")
                text = f"```\n{spoilt}\n```\nAnswer: {one.choices[0]}"
                response = Completion(key="k", text=text, finish="stop")
                score = judge.score(under, response)
                assert score.outcome is not Outcome.RIGHT
                if score.line is None:
                    continue
                made = drawing(task.scorer, one.formal, score.certificate, score)
                assert "wrong" in {status for _, status in statuses(made)}, spoilt
                seen += 1
    assert seen > 10
