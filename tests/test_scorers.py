"""What is read out of a response, and what is not."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.errors import UnknownName
from evalsuite.records import (
    Completion,
    LogLikelihoods,
    Outcome,
    Question,
    Score,
)
from evalsuite.scorers import scorer
from tests.conditions import PLAIN

YES_NO = ("yes", "no")
SIM_NAO = ("Sim", "Não")
VALID = ("valid", "invalid")
SATISFIABLE = ("satisfiable", "unsatisfiable")
SATISFATIVEL = ("satisfatível", "insatisfatível")
FOLLOWS = ("follows", "does not follow")
SEGUE = ("segue", "não segue")
CLOSES = ("closes", "stays-open")
CLAUSES = ("~P | Q", "P | Q", "P | Q | R", "[]")
LETTERS = ("A", "B", "C", "D")


def question(answers: tuple[str, ...], gold: int = 0) -> Question:
    condition = replace(PLAIN, template="t", description=False)
    return Question(
        key="key",
        model="m",
        engine="replay",
        task="task",
        condition=condition,
        instance="task/0",
        rung="3",
        twin="",
        formal={},
        gold=gold,
        labels=tuple(f"label-{index}" for index, _ in enumerate(answers)),
        answers=answers,
        answer="generate",
        scorer="label",
        prompt="?",
        prompt_sha256="0",
        shots=(),
        dropped=0,
        too_long=False,
    )


def read(
    text: str,
    answers: tuple[str, ...],
    *,
    finish: Literal["stop", "length"] = "stop",
    gold: int = 0,
) -> Score:
    return scorer("label").score(
        question(answers, gold), Completion(key="key", text=text, finish=finish)
    )


def ranked(*values: float, answers: tuple[str, ...] = VALID, gold: int = 0) -> Score:
    return scorer("label").score(question(answers, gold), LogLikelihoods(key="key", values=values))


# ── log-likelihoods ─────────────────────────────────────────────────────────────────────────────


@given(
    st.lists(st.floats(-1e6, 0), min_size=2, max_size=6, unique=True),
    st.integers(0, 5),
)
def test_the_most_likely_choice_is_the_verdict(values: list[float], gold: int) -> None:
    answers = tuple(f"answer {index}" for index, _ in enumerate(values))
    best = max(range(len(values)), key=values.__getitem__)
    found = ranked(*values, answers=answers, gold=gold % len(values))
    assert found.verdict == best
    assert found.outcome is (Outcome.RIGHT if best == gold % len(values) else Outcome.WRONG)


@pytest.mark.parametrize("gold", [0, 1, 2])
def test_a_tie_at_the_top_is_no_verdict_whatever_is_right(gold: int) -> None:
    found = ranked(-1.5, -1.5, -2.0, answers=("a b", "c d", "e f"), gold=gold)
    assert (found.outcome, found.verdict) == (Outcome.TIE, None)


def test_a_tie_below_the_top_does_not_matter() -> None:
    assert ranked(-2.0, -2.0, -1.0, answers=("a b", "c d", "e f"), gold=2).outcome is Outcome.RIGHT


@pytest.mark.parametrize(
    "values",
    [
        (float("nan"), -1.0),
        (-1.0, float("nan")),
        (float("-inf"), -1.0),
        (float("inf"), -1.0),
        (-1.0,),
        (-1.0, -2.0, -3.0),
        (),
    ],
)
def test_values_that_are_no_log_likelihoods_of_the_choices_are_unread(
    values: tuple[float, ...],
) -> None:
    found = ranked(*values)
    assert (found.outcome, found.verdict) == (Outcome.UNREAD, None)
    assert found.note


# ── completions ─────────────────────────────────────────────────────────────────────────────────

STRICT = [
    ("Answer: yes", YES_NO, 0),
    ("answer: NO.", YES_NO, 1),
    (" Answer : yes ", YES_NO, 0),
    ("**Answer:** Yes", YES_NO, 0),
    ("**Answer: No.**", YES_NO, 1),
    ("__Answer__: *yes*!", YES_NO, 0),
    ("### Answer: `no`", YES_NO, 1),
    ("> - Answer: “yes”", YES_NO, 0),
    ("Answer: (yes)", YES_NO, 0),
    ("Answer：yes", YES_NO, 0),
    ("The premises say no such thing.\nAnswer: yes", YES_NO, 0),
    ("Answer: yes\nOn reflection, that was wrong.\nAnswer: no", YES_NO, 1),
    ("Let's see. P holds, so it is valid.\r\n\r\nAnswer: invalid\r\n", VALID, 1),
    ("Answer: does not follow", FOLLOWS, 1),
    ("Answer: Does-not-follow.", FOLLOWS, 1),
    ("Answer: stays open", CLOSES, 1),
    ("Answer: ~P | Q", CLAUSES, 0),
    ("Answer: ¬P ∨ Q.", CLAUSES, 0),
    ("Answer: !P | Q", CLAUSES, 0),
    ("Answer: P | Q!", CLAUSES, 1),
    ("Answer: []", CLAUSES, 3),
    ("Answer: (B)", LETTERS, 1),
    ("answer: c)", LETTERS, 2),
    ("Resposta: sim", SIM_NAO, 0),
    ("**Resposta:** Não.", SIM_NAO, 1),
    ("resposta: na\u0303o", SIM_NAO, 1),
    ("As premissas não bastam.\nResposta: não segue", SEGUE, 1),
    ("RESPOSTA: SEGUE", SEGUE, 0),
    ("Answer: yes\nAnswer: I am quite sure.", YES_NO, 0),
    ("Answer: un-satisfiable", SATISFIABLE, 1),
    ("Answer: in-valid", VALID, 1),
    ("Answer: does\u2011not\u2011follow", FOLLOWS, 1),
]

LENIENT = [
    ("Answer: yes, because P holds.", YES_NO, 0, "answer line"),
    ("Final answer: no", YES_NO, 1, "answer line"),
    ("**Final Answer:** No", YES_NO, 1, "answer line"),
    ("Resposta final: segue", SEGUE, 0, "answer line"),
    ("Answer:\n\nfollows", FOLLOWS, 0, "answer line"),
    ("Answer: $\\boxed{\\text{invalid}}$", VALID, 1, "answer line"),
    ("Answer: it follows", FOLLOWS, 0, "answer line"),
    ("Answer: $\\boxed{A}$", LETTERS, 0, "answer line"),
    ("Answer: \\(\\boxed{\\text{B}}\\).", LETTERS, 1, "answer line"),
    ("Answer:\n\\boxed{\\text{(C)}}", LETTERS, 2, "answer line"),
    ("$\\boxed{\\text{A}}$", LETTERS, 0, "first line"),
    ("**\\boxed{B}**", LETTERS, 1, "first line"),
    ("Answer: \\boxed{no}", YES_NO, 1, "answer line"),
    ("Answer: no (A=F, B=T)", YES_NO, 1, "answer line"),
    ("Answer: yes, {x -> a}", YES_NO, 0, "answer line"),
    ("It is not the case that P, so it is invalid.", VALID, 1, "only one named"),
    ("That fails to hold, so: no.", YES_NO, 1, "only one named"),
    ("It is false that P and Q. No.", YES_NO, 1, "only one named"),
    ("It is the case that the set is satisfiable.", SATISFIABLE, 0, "only one named"),
    (" yes", YES_NO, 0, "first line"),
    ("\n\nNo.\n\nYes would need Q.", YES_NO, 1, "first line"),
    ("**Does not follow.**", FOLLOWS, 1, "first line"),
    ("Sim!", SIM_NAO, 0, "first line"),
    ("~P | Q\n\nQuestion: P | Q", CLAUSES, 0, "first line"),
    ("b", LETTERS, 1, "first line"),
    ("B. ~P | Q", LETTERS, 1, "first line"),
    ("Option (B)", LETTERS, 1, "first line"),
    ("Answer: B. ~P | Q", LETTERS, 1, "answer line"),
    ("Resposta: opção B", LETTERS, 1, "answer line"),
    ("Yes, the conclusion holds.", YES_NO, 0, "only one named"),
    ("The conclusion does not follow from the premises.", FOLLOWS, 1, "only one named"),
    ("It does not follow. So it does not follow.", FOLLOWS, 1, "only one named"),
    ("Hence: does not follow; does not follow.", FOLLOWS, 1, "only one named"),
    ("It follows trivially here.", ("follows", "follows trivially"), 1, "only one named"),
    ("The argument is **invalid**, I think.", VALID, 1, "only one named"),
    ("A conclusão não segue das premissas.", SEGUE, 1, "only one named"),
    ("Acho que a conclusão segue, sim.", SEGUE, 0, "only one named"),
    ("Parents ~P | Q | R and ~R, hence ~P | Q", CLAUSES, 0, "only one named"),
]

UNREADABLE = [
    ("", YES_NO),
    ("   \n\t\n", YES_NO),
    ("I cannot tell.", YES_NO),
    ("Answer: yes or no", YES_NO),
    ("Answer: yes/no", YES_NO),
    ("Answer: yes\nAnswer: yes | no", YES_NO),
    ("Yes\nAnswer: not yes, but no", YES_NO),
    ("Answer: follows / does not follow", FOLLOWS),
    ("Answer: yesterday", YES_NO),
    ("Answer: nowhere", YES_NO),
    ("Both yes and no are possible.", YES_NO),
    ("yes no yes no", YES_NO),
    ("The answer is not valid.", VALID),
    ("It isn't really valid", VALID),
    ("It isn’t valid", VALID),
    ("Answer: not valid", VALID),
    ("I have to say whether it is valid.", VALID),
    ("The word invalidate is no answer, nor is validity.", VALID),
    ("It does not necessarily follow.", FOLLOWS),
    ("Answer: ~P", ("P | Q", "P")),
    ("P | Q | S", ("P | Q", "R | S")),
    ("P | ~Q", ("P | Q", "R | S")),
    ("A valid argument needs more than that.", LETTERS),
    ("Answer: A valid one", LETTERS),
    ("Sim e não.", SIM_NAO),
    ("Talvez.", SIM_NAO),
    ("Answer: \\boxed{A} or \\boxed{B}", LETTERS),
    ("Answer: \\boxed{A or B}", LETTERS),
    ("Answer: \\boxed{\\text{not valid}}", VALID),
    ("Answer: yes or no, A=F", YES_NO),
    ("Answer: far from valid", VALID),
    ("Answer: far from being clearly valid", VALID),
    ("Answer: fails to be valid", VALID),
    ("Answer: anything but valid", VALID),
    ("Answer: hardly yes", YES_NO),
    ("Answer: non-satisfiable", SATISFIABLE),
    ("It is not the case that it is satisfiable.", SATISFIABLE),
    ("It is not true that the given set of clauses is satisfiable.", SATISFIABLE),
    ("Answer: it is false that it follows", FOLLOWS),
    ("Não é o caso que o conjunto de cláusulas seja satisfatível.", SATISFATIVEL),
    ("Resposta: longe de ser satisfatível", SATISFATIVEL),
]


@pytest.mark.parametrize(("text", "answers", "verdict"), STRICT)
def test_a_well_formed_answer_line_is_read_strictly(
    text: str, answers: tuple[str, ...], verdict: int
) -> None:
    found = read(text, answers)
    assert (found.verdict, found.note) == (verdict, "strict")


@pytest.mark.parametrize(("text", "answers", "verdict", "rung"), LENIENT)
def test_a_clear_answer_is_read_leniently(
    text: str, answers: tuple[str, ...], verdict: int, rung: str
) -> None:
    found = read(text, answers)
    assert (found.verdict, found.note) == (verdict, f"lenient: {rung}")


@pytest.mark.parametrize(("text", "answers"), UNREADABLE)
def test_an_unclear_answer_is_unread(text: str, answers: tuple[str, ...]) -> None:
    found = read(text, answers)
    assert (found.outcome, found.verdict) == (Outcome.UNREAD, None), found
    assert found.note


@pytest.mark.parametrize(("text", "answers"), UNREADABLE)
def test_an_unclear_answer_at_the_limit_is_cut(text: str, answers: tuple[str, ...]) -> None:
    assert read(text, answers, finish="length").outcome is Outcome.CUT


@pytest.mark.parametrize(
    ("text", "answers", "outcome"),
    [
        ("Answer: yes", YES_NO, Outcome.RIGHT),
        ("Answer: no", ("no", "not provable"), Outcome.CUT),
        ("no", ("no", "not provable"), Outcome.CUT),
        ("Answer: no.", ("no", "not provable"), Outcome.RIGHT),
        ("Answer: P | Q", ("P | Q", "P | Q | R"), Outcome.CUT),
        ("Answer: P | Q | R", ("P | Q | R", "P | Q"), Outcome.RIGHT),
        ("First, I note that", YES_NO, Outcome.CUT),
    ],
)
def test_a_cut_answer_counts_only_where_it_cannot_go_on(
    text: str, answers: tuple[str, ...], outcome: Outcome
) -> None:
    assert read(text, answers, finish="length").outcome is outcome


@given(st.sampled_from([YES_NO, SIM_NAO, FOLLOWS, SEGUE, CLOSES, CLAUSES]), st.data())
def test_naming_every_answer_earns_nothing(answers: tuple[str, ...], data: st.DataObject) -> None:
    order = data.draw(st.permutations(answers))
    joint = data.draw(st.sampled_from([" or ", ", ", " / ", "; ", " e "]))
    before = data.draw(st.sampled_from(["", "Answer: ", "It is ", "Resposta: "]))
    gold = data.draw(st.integers(0, len(answers) - 1))
    assert read(before + joint.join(order), answers, gold=gold).outcome is Outcome.UNREAD


@given(st.text(max_size=300), st.sampled_from(["stop", "length"]))
def test_any_text_is_judged_without_an_error(text: str, finish: Literal["stop", "length"]) -> None:
    for answers in (YES_NO, SIM_NAO, CLAUSES, LETTERS):
        found = read(text, answers, finish=finish)
        assert (found.verdict is None) == (found.outcome not in {Outcome.RIGHT, Outcome.WRONG})


@given(st.sampled_from([YES_NO, SIM_NAO, FOLLOWS, SEGUE, CLOSES, CLAUSES]), st.data())
def test_each_answer_reads_as_itself(answers: tuple[str, ...], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(answers) - 1))
    assert read(answers[index], answers).verdict == index
    assert read(f"Answer: {answers[index]}", answers).note == "strict"


def test_answers_that_differ_in_case_alone_are_told_apart_by_it() -> None:
    assert read("Answer: P", ("p", "P")).verdict == 1


def test_answers_that_cannot_be_told_apart_are_never_read() -> None:
    assert read("Answer: yes", ("yes", "Yes.")).outcome is Outcome.UNREAD
    assert read("Answer: yes", ("yes", "...")).outcome is Outcome.UNREAD


def test_a_long_text_is_read_at_its_end_and_start_alone() -> None:
    filler = "nothing is said here\n" * 50_000
    assert read(f"{filler}Answer: no", YES_NO).note == "strict"
    assert read(f"No\n{filler}", YES_NO).note == "lenient: first line"
    assert read(f"It is a no.\n{filler}", YES_NO).outcome is Outcome.UNREAD


MEGABYTE = 1_000_000
HOSTILE = {
    "spaces after the heading": "Answer" + " " * MEGABYTE,
    "emphasis": "*" * MEGABYTE,
    "headings": "Answer:" * (MEGABYTE // 7),
    "answer lines": "Answer: maybe\n" * (MEGABYTE // 14),
    "empty lines": "\n" * MEGABYTE,
    "one word": "a" * MEGABYTE,
    "apostrophes": "a'" * (MEGABYTE // 2),
    "beginnings of an answer": "does not " * (MEGABYTE // 9),
    "combining marks": "e" + "\u0301\u0327" * (MEGABYTE // 2),
    "combining marks after the heading": "Answer: e" + "\u0327\u0301" * (MEGABYTE // 2),
    "characters that grow": "\ufdfa" * MEGABYTE,
    "finals": "final " * (MEGABYTE // 6),
    "boxes": "\\boxed{" * (MEGABYTE // 7),
    "closed boxes": "Answer: " + "\\boxed{" * 8_000 + "}" * 8_000,
    "denials": "it is not the case that " * (MEGABYTE // 24),
    "both answers": "follows does not follow " * (MEGABYTE // 24),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.usefixtures("promptly")
def test_a_hostile_megabyte_is_unread_within_a_second(text: str) -> None:
    assert read(text, FOLLOWS).outcome is Outcome.UNREAD
    assert read(text[: 60 * 1024], FOLLOWS).outcome is Outcome.UNREAD


def test_an_unknown_scorer_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownName, match=r"unknown scorer `lable`") as caught:
        scorer("lable")
    assert caught.value.hint == "did you mean `label`?"
