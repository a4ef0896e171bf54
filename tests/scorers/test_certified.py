"""A verdict with its certificate: what of a completion is read as which."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.errors import SoundnessAlarm
from evalsuite.records import (
    Completion,
    Json,
    LogLikelihoods,
    Outcome,
    Question,
    Score,
)
from evalsuite.scorers import _certified, formula, label, refutation
from evalsuite.scorers._certified import Checked
from tests.conditions import PLAIN

LINE = "P [given]"
PROOF = "1. P [given]\n2. ~P [given]\n3. [] [1,2]"
ANSWERS = ("yes", "no")


def asked(*, gold: int = 0, answers: tuple[str, ...] = ANSWERS) -> Question:
    return Question(
        key="k",
        model="m",
        engine="vllm",
        task="t",
        condition=replace(PLAIN, template="t"),
        instance="t/0",
        rung="1",
        twin="",
        gold=gold,
        labels=answers,
        answers=answers,
        answer="certificate",
        scorer="refutation",
        formal={"wanted": PROOF},
        prompt="?",
        prompt_sha256="",
        shots=(),
        dropped=0,
        too_long=False,
    )


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Accept, for the first verdict, what the problem wants, and nothing for the other."""
    if verdict == 0 and text.strip() == formal["wanted"]:
        return Checked(accepted=True)
    return Checked(
        accepted=False, readable="given" in text, flaw="NotAResolvent", message="no", line=3
    )


def judged(text: str, question: Question | None = None, *, cut: bool = False) -> Score:
    response = Completion(key="k", text=text, finish="length" if cut else "stop")
    return _certified.judge(question or asked(), response, check)


ON_LINE = replace(asked(), formal={"wanted": LINE})
RIGHT = {
    "as asked": f"```\n{PROOF}\n```\nAnswer: yes",
    "prose around": f"Let us see.\n\n```text\n{PROOF}\n```\n\nSo it is.\n**Answer:** yes.",
    "no fence": f"{PROOF}\nAnswer: yes",
    "tildes": f"~~~\n{PROOF}\n~~~\nAnswer: Yes",
    "Portuguese": f"```\n{PROOF}\n```\nResposta: yes",
    "a draft before": f"```\n1. P [given]\n```\nAgain:\n```\n{PROOF}\n```\nAnswer: yes",
    "another problem after": f"```\n{PROOF}\n```\nAnswer: yes\n\nClauses:\n```\n1. Q [given]\n```",
    "an answer in the block": f"```\n{PROOF}\nAnswer: yes",
    "Windows lines": f"```\r\n{PROOF}\r\n```\r\nAnswer: yes\r\n".replace("\n2", "\r\n2"),
    "an answer in a closed block": f"```\n{PROOF}\nAnswer: yes\n```",
    "an answer in its own block": f"```\n{PROOF}\n```\n```\nAnswer: yes\n```",
    "an answer behind the fence": f"```\n{PROOF}\n``` Answer: yes",
    "the proof begins behind the fence": f"```{PROOF}\n```\nAnswer: yes",
    "the fence ends the last line": f"```\n{PROOF}```\nSo:\nAnswer: yes",
    "another block begins unclosed": f"```\n1. P\n```text\n{PROOF}\n```\nAnswer: yes",
    "a check of it in a block": f"```\n{PROOF}\n```\nCheck:\n```\nfine\n```\nAnswer: yes",
    "the answer first": f"Answer: yes\n\n```\n{PROOF}\n```",
    "the answer first, no fence": f"Answer: yes\n\n{PROOF}",
    "a sketch, the answer, the proof": f"```\nfrom P\n```\nAnswer: yes\n```\n{PROOF}\n```",
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_a_right_verdict_with_its_certificate_is_right(text: str) -> None:
    assert judged(text).outcome is Outcome.RIGHT


def test_the_three_ways_to_fail_are_told_apart() -> None:
    no_proof = "```\n1. P [given]\n```\nAnswer: yes"
    assert judged(no_proof).outcome is Outcome.INVALID
    assert judged("```\nI think so\n```\nAnswer: yes").outcome is Outcome.UNREAD
    assert judged("```\n1. P [given]\n2. P", cut=True).outcome is Outcome.CUT
    assert judged("It depends.").outcome is Outcome.UNREAD
    assert judged(no_proof.replace("yes", "no")).outcome is Outcome.WRONG


def test_a_verdict_may_stand_alone_in_the_only_block() -> None:
    """SmolLM2 wrote the first two about `entailment-countermodel`."""
    for text, outcome in (
        ("```\nno", Outcome.WRONG),
        ("```\nyes", Outcome.UNREAD),  # the verdict alone shows nothing
        ("```\nyes\n```\n", Outcome.UNREAD),
        ("```\nNone", Outcome.UNREAD),
    ):
        assert judged(text).outcome is outcome, text
    assert judged("```\nyes").verdict == 0
    assert judged("```\nyes\n```\n```\nno\n```").verdict is None
    assert judged("```\n1. P [given]\nyes").verdict is None


def test_a_text_that_goes_on_with_the_description_shows_nothing_by_it() -> None:
    """Gemma wrote the clauses, an answer and the task's own example about `refutation-proof`."""
    formal: dict[str, Json] = {"clauses": ["Q | P", "~P | Q"]}
    question = replace(asked(answers=("unsatisfiable", "satisfiable"), gold=1), formal=formal)
    told = (
        "\n1. Q | P\n2. ~P | Q\nAnswer: satisfiable\n\nIf they are satisfiable, write a truth value"
        " for every letter that makes every clause true, such as P=T, Q=F, and then the last line"
        " Answer: satisfiable"
    )
    description = told.rpartition("\n")[2].replace("write a", "write in the fenced block a")
    response = Completion(key="k", text=told, finish="stop")
    echoed = replace(question, prompt=f"Decide.\n{description}\n\nClauses:")
    assert refutation.score(echoed, response).outcome is Outcome.UNREAD
    answer = replace(response, text=f"{told}\nP=T, Q=T")
    assert refutation.score(echoed, answer).outcome is Outcome.RIGHT


def test_of_several_attempts_the_last_one_is_judged() -> None:
    attempt = "```\n1. P [given]\n```"
    assert judged(f"```\n{PROOF}\n```\n{attempt}\nAnswer: yes").outcome is Outcome.INVALID
    assert judged(f"{attempt}\nAnswer: yes\n```\n{PROOF}\n```").outcome is Outcome.INVALID


def test_a_proof_that_is_cut_behind_its_answer_is_cut() -> None:
    assert judged("Answer: yes\n```\n1. P [given]\n2. P", cut=True).outcome is Outcome.CUT
    closed = "Answer: yes\n```\n1. P [given]\n```\nSo"
    assert judged(closed, cut=True).outcome is Outcome.INVALID


def asked_in_text(answers: tuple[str, ...] = ANSWERS, *, form: str = "text") -> Question:
    question = asked(answers=answers)
    return replace(
        question,
        prompt="Decide.\n\nClauses:\n1. P\nCan they be refuted?\nSolution:",
        condition=replace(question.condition, form=form),
    )


def test_a_question_of_its_own_is_not_answered() -> None:
    right = f"\n```\n{PROOF}\n```\nAnswer: yes"
    more = f"{right}\n\nClauses:\n1. Q\n```\nQ=T\n```\nAnswer: no"
    assert judged(more, asked_in_text()).outcome is Outcome.RIGHT
    assert judged(more, asked_in_text(), cut=True).outcome is Outcome.RIGHT
    assert judged(more, asked_in_text(form="chat")).outcome is Outcome.WRONG
    assert judged(f"\nClauses:\n1. P\n{right}", asked_in_text()).outcome is Outcome.RIGHT
    open_ = asked_in_text(("solved",))
    assert judged(f" {PROOF}\n\nClauses:\n1. Q\nAnswer: Q", open_).outcome is Outcome.RIGHT


def test_a_question_that_is_asked_again_ends_the_answer() -> None:
    """Gemma went on so about `nnf`, up to its last token, and with no `Formula:` between."""
    asks = "What is it in negation normal form?"
    problem: dict[str, Json] = {"formula": "~(P & Q)", "form": "nnf"}
    question = replace(
        asked_in_text(("solved",)),
        prompt=f"Decide.\n\nFormula: ~(P & Q)\n{asks}\nAnswer:",
        formal=problem,
    )

    def outcome(text: str, question: Question = question) -> Outcome:
        return formula.score(question, Completion(key="k", text=text, finish="length")).outcome

    def again(answer: str) -> str:
        return f" {answer}\n{asks}\nAnswer:" * 3

    assert outcome(again("~P | ~Q")) is Outcome.RIGHT
    assert outcome(again("~A | (B & ~C)")) is Outcome.WRONG
    assert outcome(f" What it is:\n{asks}\nAnswer: ~P | ~Q\n\n") is Outcome.RIGHT
    steps = f"{question.prompt.removesuffix('Answer:')}Solution: Let's think step by step."
    in_steps = replace(question, prompt=steps)
    assert outcome(f" P & Q\n{asks}\nAnswer: ~P | ~Q", in_steps) is Outcome.RIGHT


@pytest.mark.parametrize("cue", ["Answer:", "Solution:"])
def test_a_verdict_is_read_up_to_where_the_question_is_asked_again(cue: str) -> None:
    question = asked_in_text()
    question = replace(question, prompt=question.prompt.replace("Solution:", cue))
    more = "\nCan they be refuted?\nAnswer: no"
    first = " yes" if cue == "Answer:" else " It is so.\nAnswer: yes"
    for text, verdict in ((first + more, 0), (f" Let us see.{more}", 1)):
        completion = Completion(key="k", text=text, finish="length")
        assert label.score(question, completion).verdict == verdict
    chat = asked_in_text(form="chat")
    assert label.score(chat, Completion(key="k", text=first + more, finish="stop")).verdict == 1


@pytest.mark.usefixtures("promptly")
def test_a_question_that_is_asked_for_ever_is_read_in_time() -> None:
    text = "\nClauses:" * 100_000
    assert judged(text, asked_in_text()).outcome is Outcome.UNREAD
    completion = Completion(key="k", text=text * 5, finish="stop")
    assert label.score(asked_in_text(), completion).outcome is Outcome.UNREAD


def test_what_is_wrong_is_named_and_the_verdict_kept() -> None:
    score = judged("```\n1. P [given]\n```\nAnswer: yes")
    assert (score.verdict, score.flaw, score.line, score.note) == (0, "NotAResolvent", 3, "no")


def test_a_certified_wrong_verdict_stops_the_run() -> None:
    with pytest.raises(SoundnessAlarm, match="t/0: a certificate for `yes` is accepted"):
        judged(f"```\n{PROOF}\n```\nAnswer: yes", asked(gold=1))


def test_a_word_in_the_certificate_is_no_verdict() -> None:
    assert judged("```\n1. P [given] yes\n```\n").outcome is Outcome.UNREAD


OPEN = {
    "line": "So:\nAnswer: P & Q",
    "emphasis": "**Answer:** `P & Q`",
    "bare": "P & Q\n\nFormula: R",
    "block": "```\nP & Q\n```",
    "heading": "Answer:\nP & Q",
    "heading with lines to spare": "**Answer:**\n\nP & Q\n\nIt is so because R.",
    "displayed": "Answer:\n\n$$\nP & Q\n$$",
    "boxed": r"Answer: $\boxed{P & Q}$",
    "a draft before": "```\nP\n```\nAnswer:\nP & Q",
    "in a block": "```\nAnswer: P & Q\n```",
    "announced": "It is this one:\n\nP & Q",
    "block below": "Answer: it is\n```\nP & Q\n```",
}


@pytest.mark.parametrize("text", OPEN.values(), ids=OPEN.keys())
def test_an_open_answer_is_found(text: str) -> None:
    question = asked(answers=("solved",))
    seen: list[str] = []

    def note(formal: Mapping[str, Json], verdict: int, answer: str) -> Checked:
        assert verdict == 0
        assert formal
        if "&" not in answer:
            return Checked(accepted=False, readable=False)
        seen.append(answer)
        return Checked(accepted=True)

    response = Completion(key="k", text=text, finish="stop")
    assert _certified.judge(question, response, note).outcome is Outcome.RIGHT
    assert seen[0] == "P & Q"


def test_an_open_answer_may_take_several_lines() -> None:
    question = asked(answers=("solved",))
    for text in (f"Answer:\n{PROOF}", f"**Answer:**\n\n{PROOF}\n\nSo it is.", PROOF):
        assert judged(text, question).outcome is Outcome.RIGHT


def test_an_open_answer_that_is_refused_is_wrong_and_has_no_verdict() -> None:
    score = judged("Answer: 1. Q [given]", asked(answers=("solved",)))
    assert (score.outcome, score.verdict) == (Outcome.WRONG, None)
    assert judged("", asked(answers=("solved",))).outcome is Outcome.UNREAD
    assert judged("Answer: 1. Q [giv", asked(answers=("solved",)), cut=True).outcome is Outcome.CUT


def sorted_out(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Read a list of capital letters with signs between; accept what the problem wants."""
    told = "".join(text.split())
    readable = re.fullmatch(r"[A-Z](?:[&|,]?[A-Z])*", told) is not None
    return Checked(accepted=verdict == 0 and told == formal["wanted"], readable=readable)


def outcome(text: str, wanted: str, *, cut: bool = False) -> Outcome:
    question = replace(asked(answers=("solved",)), formal={"wanted": wanted})
    response = Completion(key="k", text=text, finish="length" if cut else "stop")
    return _certified.judge(question, response, sorted_out).outcome


GOES_ON = {
    "below": "Answer:\nA & B\n& C",
    "on the line": "Answer: A & B\n& C",
    "emphasis": "**Answer:** **A & B**\n**& C**",
    "displayed": "Answer: $$\nA & B\n& C\n$$",
    "no answer line": "A & B\n& C\n\nSo it is.",
    "prose below": "Answer: A & B\n& C\nwhich is the whole of it, A & B",
    "a word below": "Answer: A & B\n& C\nDone.",
    "a heading below": "Answer: A & B\n& C\n**Why:**\nD",
    "what cannot be read below": "Answer: A & B\n& C\n(1)",
    "another paragraph": "Answer: A & B\n& C\n\nD",
    "a block below": "Answer: A & B\n& C\n```\nD\n```",
}


@pytest.mark.parametrize("text", GOES_ON.values(), ids=GOES_ON.keys())
def test_an_open_answer_is_all_its_lines_and_not_the_first_alone(text: str) -> None:
    assert outcome(text, "A&B&C") is Outcome.RIGHT
    assert outcome(text, "A&B") is Outcome.WRONG


def test_one_reading_of_an_open_answer_is_picked_whatever_is_right() -> None:
    for text in (
        "Answer:\nA\nB",
        "Answer: A\nB",
        "A\nB",
        "Answer: A\nB\n\nA",
        "Answer: AB\n```\nA",
    ):
        assert outcome(text, "AB") is Outcome.RIGHT
        assert outcome(text, "A") is Outcome.WRONG
        assert outcome(text, "B") is Outcome.WRONG


def test_no_reading_of_an_open_answer_ends_before_an_operator() -> None:
    assert outcome("Answer: A\n& B or so they say", "A") is Outcome.UNREAD
    assert outcome("Answer: A\n(B or so they say)", "A") is Outcome.RIGHT


def test_an_open_answer_that_is_cut_in_its_last_line_is_cut() -> None:
    assert outcome("Answer: A\n& B", "A&B&C", cut=True) is Outcome.CUT
    assert outcome("Answer: A\n& B\n\nSo I", "A&B&C", cut=True) is Outcome.WRONG


def test_the_certificate_may_stand_on_the_answer_line_where_it_stands_nowhere_else() -> None:
    for text in (f"Answer: yes, {LINE}", f"Answer: yes: {LINE}", f"**Answer:** **yes** – {LINE}"):
        assert judged(text, ON_LINE).outcome is Outcome.RIGHT
        assert judged(f"```\n1. Q [given]\n```\n{text}", ON_LINE).outcome is Outcome.INVALID
    assert judged("Answer: yes, 1. Q [given]", ON_LINE).outcome is Outcome.INVALID
    assert judged(f"Answer: no, {LINE}", ON_LINE).outcome is Outcome.WRONG
    assert judged(f"Answer: yes or no, {LINE}", ON_LINE).outcome is Outcome.UNREAD
    cut = judged("Answer: yes, Q [given]", ON_LINE, cut=True)
    assert cut.outcome is Outcome.CUT


def test_likelihoods_hold_no_certificate() -> None:
    response = LogLikelihoods(key="k", values=(0.0, -1.0))
    assert _certified.judge(asked(), response, check).outcome is Outcome.UNREAD


@given(st.text(alphabet=st.sampled_from("`~\n Answer:yesno1.P[]>*"), max_size=200), st.booleans())
def test_no_text_breaks_it(text: str, cut: bool) -> None:  # noqa: FBT001
    for question in (asked(), asked(gold=1), asked(answers=("solved",))):
        assert judged(text, question, cut=cut).outcome in Outcome


def test_a_huge_text_is_not_looked_at() -> None:
    assert judged("`" * 3_000_000).outcome is Outcome.UNREAD
    assert judged("```\n" * 200_000 + "Answer: yes").outcome in Outcome


@pytest.mark.parametrize(
    "text",
    [
        "Answer: A" + "\nA" * 50_000,
        "Answer: A\n" + "word " * 20_000,
        "Answer: A\n" + "word" * 25_000,
        "Answer: A\n" + "w " * 50_000 + ":",
        "Answer: " + r"\boxed{" * 15_000,
        "Answer: " + r"\boxed{" * 7_000 + "}" * 7_000,
        "Answer: " + "$" * 100_000,
        "Answer: " + r"\boxed{A" + "} " * 50_000 + "x",
        "\n" * 100_000 + "Answer:" + "\n" * 100_000,
    ],
)
@pytest.mark.usefixtures("promptly")
def test_a_hostile_text_is_judged_in_time(text: str) -> None:
    outcome(text, "B")
    judged(text)
