"""Kripke models as people write them, and what is no countermodel."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.logic.formats import worlds
from evalsuite.records import Completion, Json, Outcome, Question
from evalsuite.scorers import kripke
from evalsuite.scorers._certified import Checked
from tests.scorers.asking import question

FOUR: dict[str, Json] = {"premises": [], "conclusion": "[]P -> [][]P", "logic": "T"}
MIDDLE: dict[str, Json] = {"premises": [], "conclusion": "P | ~P", "logic": "intuitionistic"}
GOLD = """worlds: w0, w1, w2
relation: w0->w0, w1->w1, w2->w2, w0->w1, w1->w2
w0: P
w1: P
w2: none
at: w0"""


def check(text: str, formal: dict[str, Json] = FOUR) -> Checked:
    return kripke.check(formal, 1, text)


@pytest.mark.parametrize(
    "text",
    [
        GOLD,
        GOLD.replace("\nat: w0", ""),
        GOLD.replace("->", " → "),
        GOLD.replace("w2: none", ""),
        GOLD.replace("w0: P", "**w0**: P=T").replace("w2: none", "w2: P=F"),
        GOLD.replace("w0: P", "w0: {P}").replace("w2: none", "w2: {}"),
        GOLD.replace("w0: P", "w0 ⊩ P, ~Q").replace("w2: none", "w2: ~P"),
        GOLD.replace("worlds", "Mundos").replace("relation", "Relação").replace("none", "nenhum"),
        "W = {w0, w1, w2}\nR = {(w0,w0), (w1,w1), (w2, w2), (w0, w1), (w1, w2)}\nV(P) = {w0, w1}",
        """- worlds: w0, w1, w2.
- relation: w0 -> {w0, w1}, w1 -> {w1, w2}, w2 -> w2
- V(w0) = {P}
- V(w1) = {P}
- V(w2) = {}""",
        f"The first world sees the second.\n\n{GOLD}\n\nSo: []P holds in w0.",
        f"worlds: w5\nrelation: none\n{GOLD}",
        GOLD.replace("relation: ", "relation:\n- ").replace(", w0->", "\n- w0->"),
        GOLD.replace("worlds:", "Worlds (W):").replace("relation:", "Accessibility relation R:"),
        GOLD.replace("worlds:", "Set of worlds W =").replace("relation:", "Relation (R):"),
        GOLD.replace("w0: P", "World w0: P").replace("w1: P", "World w1: {P}"),
        GOLD.replace("w0: P\nw1: P\nw2: none", "P: w0, w1"),
        GOLD.replace("w0: P\nw1: P\nw2: none", "w0: P, w1: P, w2: no atoms"),
        GOLD.replace("w0: P\nw1: P\nw2: none", "P is true only at w0 and w1."),
        GOLD.replace("w0: P\nw1: P\nw2: none", "Valuation: P is true in w0, w1"),
        GOLD.replace("w0: P\nw1: P\nw2: none", "valuation:\n- w0: P\n- w1: P\n- w2: none"),
        GOLD.replace("w0: P\nw1: P\nw2: none", "V(w0)={P}, V(w1)={P}, V(w2)={}"),
        GOLD.replace("w0: P\nw1: P\nw2: none", "V(P, w0) = T, V(P, w1) = T, V(P, w2) = F"),
        GOLD.replace("w0: P\nw1: P\nw2: none", "| w0 | P |\n| w1 | P |"),
        GOLD.replace("w0->w0, w1->w1, w2->w2,", "w0Rw0, w1Rw1, w2Rw2 (reflexive),"),
        f"{GOLD}\nWorld w0: []P is true there, and [][]P is not.",
    ],
)
def test_a_countermodel_is_read_in_many_spellings(text: str) -> None:
    assert check(text).accepted, check(text)


@pytest.mark.parametrize(
    ("text", "flaw", "message"),
    [
        ("", "NoProof", "no line"),
        ("It is obvious.", "NoProof", "no line"),
        ("worlds: w0, w1", "UnreadableLine", "relation"),
        ("worlds:\nrelation: none", "UnreadableLine", "at least one world"),
        (GOLD.replace("w1->w2", "w1->w3"), "UnreadableLine", "no world `w3`"),
        (GOLD.replace(", w1->w2", "\nw1->w3"), "UnreadableLine", "no world `w3`"),
        (GOLD.replace("at: w0", "at: w9"), "UnreadableLine", "no world `w9`"),
        (GOLD.replace("w0->w0, ", ""), "NotACountermodel", "not reflexive"),
        (GOLD.replace("w2: none", "w2: P"), "NotACountermodel", "conclusion is true"),
        (GOLD.replace("at: w0", "at: w2"), "NotACountermodel", "`w2`"),
        (GOLD.replace("w0: P", "w0: P, ~P"), "UnreadableLine", "true and false"),
        (GOLD.replace("w1: P", "w0: P"), "UnreadableLine", "twice"),
        (GOLD.replace("relation: w0->w0, ", "relation: w0 and w0, "), "UnreadableLine", "arrows"),
    ],
)
def test_what_is_no_countermodel_is_refused(text: str, flaw: str, message: str) -> None:
    checked = check(text)
    assert not checked.accepted
    assert checked.flaw == flaw
    assert message in checked.message


@pytest.mark.parametrize(
    "line",
    [
        "World w0: P",
        "P: w0",
        "P = {w0}",
        "P is true in w0",
        "valuation: P at w0",
        "V(P, w0) = T",
        "w0 P",
        "w0 - P",
        "| w0 | P |",
    ],
)
def test_no_line_about_the_model_is_lost(line: str) -> None:
    possible: dict[str, Json] = {"premises": [], "conclusion": "<>P", "logic": "K"}
    assert not check(f"worlds: w0\nrelation: w0->w0\n{line}\nat: w0", possible).accepted
    for arrows in ("relation:\n- w0->w0", "relation: none\nw0 -> w0", "relation:\n(w0, w0)"):
        assert not check(f"worlds: w0\n{arrows}\nw0: P\nat: w0", possible).accepted
    assert check("worlds: w0\nrelation: w0->w0\nw0 ⊮ P\nw0 ~P\nV(P): ~w0", possible).flaw
    assert check("worlds: w0\nrelation:\nw0: w0\nP: w0", possible).flaw == "UnreadableLine"


EVERY: dict[str, Json] = {"premises": ["[]P"], "conclusion": "P", "logic": "K"}
NEXT: dict[str, Json] = {"premises": ["P"], "conclusion": "[]P", "logic": "K"}
ARROW = "worlds: w0, w1\nrelation: w0->w1\n"


@pytest.mark.parametrize(
    "line",
    [
        "w0, w1: P",
        "w0 and w1: P",
        "{w0, w1}: P",
        "All worlds: P",
        "both: P",
        "Worlds w0 and w1: P",
        "P is true everywhere",
        "P is true in every world.",
        "P holds at w0 and at w1",
        "w0 forces P and w1 forces P",
        "Every atom holds at w0 and w1",
        "| 1 | w0 | P |",
    ],
)
def test_a_line_about_several_worlds_is_not_lost(line: str) -> None:
    assert not check(ARROW + line, EVERY).accepted
    assert check(ARROW + "w1: P", EVERY).accepted


@pytest.mark.parametrize(
    "line", ["w0, w1: P", "w1 and w0: P", "{w0, w1}: P", "both: P", "P is true everywhere"]
)
def test_a_line_about_several_worlds_is_read(line: str) -> None:
    formal: dict[str, Json] = {"premises": ["[]P", "P"], "conclusion": "<><>P", "logic": "K"}
    assert check(ARROW + line, formal).accepted
    assert not check(ARROW + line.replace("P", "Q"), formal).accepted


@pytest.mark.parametrize(
    "line",
    [
        "P true at w0",
        "P(w0) = T",
        "w0 forces P",
        "val(w0) = {P}",
        "P at w0",
        "At w0, P is true.",
    ],
)
def test_a_sentence_about_an_atom_is_not_lost(line: str) -> None:
    # In a world without successors, boxes are true.
    one = f"worlds: w0\nrelation: none\n{line}"
    assert not check(one, EVERY).accepted
    formal: dict[str, Json] = {"premises": ["P"], "conclusion": "<>P", "logic": "K"}
    assert check(one, formal).accepted
    assert not check(one.replace(line, f"w0: none\n{line}"), formal).accepted


@pytest.mark.parametrize(
    "line",
    [
        "w1 forces P",
        "P(w1)=T",
        "P holds at w1 too",
        "w1 also: P",
        "w1 too",
        "Likewise at w1.",
        "w1 is as w0",
        "w1: same",
        "P is true at w0 but also at w1",
        "World w0: P, and w1 as well",
        "w1 | P | Q",
        "P, Q: w0, w1",
        "P & Q hold at w1",
        "V(P, w0) = T and P at w1",
        "w1: none\nP is true at w1",
        "w1: none\nP holds everywhere.",
        "w1: none\nIn w1 both P and []P.",
        "w1: none\nThus w0 sees w0.",
        "P: all but none",
    ],
)
def test_no_sentence_about_another_world_is_lost(line: str) -> None:
    assert not check(f"{ARROW}w0: P\n{line}", NEXT).accepted
    assert check(f"{ARROW}w0: P", NEXT).accepted


@pytest.mark.parametrize(
    "line",
    [
        "So P is true at w0, but P is false at w1.",
        "w0 sees w1, where P is false, so []P fails at w0.",
        "P holds at w0 and since w0->w1, []P does not hold at w0.",
        "w1 does not force P; hence []P is false at w0.",
        "At w0 the premise is true and the conclusion is not.",
        "World w0: []P is not true there.",
        "Thus P -> []P fails in w0, and so does ~P | []P.",
        "This is a countermodel.",
        "at: w0.",
    ],
)
def test_a_remark_that_agrees_with_the_model_is_passed_over(line: str) -> None:
    text = f"{ARROW}w0: P\nw1: none\n{line}"
    assert check(text, NEXT).accepted, check(text, NEXT)


def test_worlds_are_listed() -> None:
    assert check("worlds: w0 and w1\nrelation: w0->w1\nw0: P", NEXT).accepted
    for listed in ("w0, w1 with P true in w1", "w0 (where P is true), w1"):
        assert not check(f"worlds: {listed}\nrelation: w0->w1\nw0: P", NEXT).accepted
        assert not check(f"{ARROW}w0: P\nworlds: {listed}\nrelation: w0->w1", NEXT).accepted


def test_atoms_may_have_the_names_of_sets() -> None:
    for name in "RW":
        formal: dict[str, Json] = {"premises": [], "conclusion": f"<>{name}", "logic": "K"}
        model = "worlds: w0, w1\nrelation: w0->w0"
        assert check(f"{model}\n{name}: w1", formal).accepted
        assert not check(f"{model}\n{name}: w0, w1\nat: w0", formal).accepted


def test_an_order_of_worlds_is_a_relation() -> None:
    for sign in ("≤", "<=", r"\leq"):
        text = f"worlds: a, b\nrelation: a {sign} a, a {sign} b, b {sign} b\na: none\nb: P"
        assert check(text, MIDDLE).accepted


def test_the_line_of_an_error_is_that_of_the_text() -> None:
    text = GOLD.replace("w0: P\nw1: P", "w0: P, w1: P") + "\nw1: []P"
    assert check(text).line == 6


def test_an_intuitionistic_atom_stays_true() -> None:
    text = "worlds: a, b\nrelation: a->a, b->b, a->b\na: {}\nb: P"
    assert check(text, MIDDLE).accepted
    lost = check(text.replace("a: {}", "a: Q"), MIDDLE)
    assert "not monotone" in lost.message


def test_what_is_valid_has_no_countermodel_and_needs_none() -> None:
    valid: dict[str, Json] = {**FOUR, "logic": "S4"}
    assert kripke.check(valid, 0, "").accepted
    assert not kripke.check(FOUR, 0, GOLD).accepted
    assert not kripke.check(valid, 1, GOLD).accepted


def test_a_verdict_without_its_model_is_not_right() -> None:
    asked: Question = question(formal=FOUR, gold=1, scorer="kripke")
    for text, outcome in (
        (f"```\n{GOLD}\n```\nAnswer: no", Outcome.RIGHT),
        ("Answer: no", Outcome.UNREAD),
        (f"```\n{GOLD.replace('w1: P', 'w1: Q')}\n```\nAnswer: no", Outcome.INVALID),
        (f"```\n{GOLD}\n```\nAnswer: yes", Outcome.WRONG),
    ):
        response = Completion(key="k", text=text, finish="stop")
        assert kripke.score(asked, response).outcome is outcome, text


@settings(max_examples=60)
@given(st.text(alphabet="worldsrelationVP:=->{}()w01,~ \n", max_size=200))
def test_no_text_raises(text: str) -> None:
    assert not check(text + "\nworlds: w0\nrelation: w0->w0").accepted


@pytest.mark.parametrize(
    "text",
    [
        "worlds: " + ", ".join(f"w{n}" for n in range(5000)),
        "worlds: w0\nrelation: " + "w0->w0," * 100_000,
        "worlds: w0\nrelation: " + "(" * 100_000,
        "worlds: w0\nrelation: w0->w0\nw0: " + "P " * 100_000,
        "worlds: w0\n" * 50_000,
        "worlds: w0\nrelation: none\n" + "w0: " * 5_000,
        "worlds: w0\n" + ("V(P, w0) = F, " * 1_400 + "\n") * 9,
        "worlds: w0\n" + "w0 P, P, " * 20_000,
        "x" * 300_000,
        "a " * 100_000 + ":",
        "worlds: w0, w1\n" + "w0, " * 5_000 + "w1: P",
        "worlds: w0, w1\n" + "at w0: " * 2_800 + "P",
        "worlds: w0, w1\n" + "valuation: " * 1_800 + "P",
        "worlds: w0\n" + ("everywhere " * 1_800 + "\n") * 9,
        "worlds: w0\n" + ("so P is true at w0, " * 900 + "\n") * 9,
        "worlds: w0\n" + ("(P | " * 3_900 + "\n") * 9,
        "worlds: w0\n" + ("w0 sees w0 " * 1_800 + "\n") * 9,
    ],
)
@pytest.mark.usefixtures("promptly")
def test_hostile_texts_are_refused_soon(text: str) -> None:
    assert not check(text).accepted


def test_what_is_written_is_read_back() -> None:
    told = worlds.read(GOLD)
    assert worlds.read(worlds.show(told.model, told.at)) == told
