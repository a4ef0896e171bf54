"""Questions that were judged, made up: what compares and ranks them needs no run."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from evalsuite.records import Condition, Judged, Outcome, Question, Score, Usage
from tests.conditions import PLAIN


def judged(
    instance: int,
    *,
    right: bool,
    model: str = "one",
    task: str = "entailment",
    under: Condition = PLAIN,
    **others: Any,
) -> Judged:
    """Return a question; problem `i` of each task is the same problem."""
    made = Question(
        key=f"{model}/{task}/{instance}/{under}",
        model=model,
        engine="vllm",
        task=task,
        condition=under,
        instance=f"{task}/{instance:03}",
        rung="1",
        twin=f"problem {instance}",
        gold=0,
        labels=("follows", "does-not-follow"),
        answers=("yes", "no"),
        answer="choices",
        scorer="label",
        formal={},
        prompt=f"Does {instance} follow?",
        prompt_sha256="0",
        shots=("shot/1",) * under.k,
        dropped=0,
        too_long=False,
    )
    outcome = Outcome.RIGHT if right else Outcome.WRONG
    score = Score(outcome=outcome, verdict=0 if right else 1)
    return Judged(question=replace(made, **others), score=score, usage=Usage())


def answered(rights: Iterable[object], **others: Any) -> tuple[Judged, ...]:
    """Return the questions 0, 1, 2 … with whether each is right."""
    return tuple(judged(i, right=bool(right), **others) for i, right in enumerate(rights))
