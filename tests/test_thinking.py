"""A reasoning model's thinking is no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite import thinking
from evalsuite.records import Completion, LogLikelihoods


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>\nAnswer: yes\n</think>\nAnswer: no", "\nAnswer: no"),
        ("Answer: yes?\n</think>\n\nAnswer: no", "\n\nAnswer: no"),  # the template began it
        ("<think>Answer: yes", ""),  # cut in the middle of it
        ("  <think>", ""),
        ("<think>a</think>b<think>c</think>d", "d"),
        ("Answer: no", "Answer: no"),
        ("what is <think>?", "what is <think>?"),
        ("", ""),
    ],
)
def test_the_answer_stands_after_the_thinking(text: str, answer: str) -> None:
    assert thinking.answer_of(text) == answer


@given(st.text(), st.text().filter(lambda text: "</think>" not in text))
def test_whatever_is_thought_is_left_out(thought: str, answer: str) -> None:
    assert thinking.answer_of(f"<think>{thought}</think>{answer}") == answer


def test_scores_and_finish_stay() -> None:
    said = Completion(key="k", text="<think>x</think>y", finish="length")
    assert thinking.apart(said) == Completion(key="k", text="y", finish="length")
    scored = LogLikelihoods(key="k", values=(-1.0,))
    assert thinking.apart(scored) is scored
