"""Questions for the tests of scorers."""

from collections.abc import Mapping
from dataclasses import replace

from evalsuite.records import Json, Question
from tests.conditions import PLAIN


def question(*, formal: Mapping[str, Json], gold: int, scorer: str) -> Question:
    """Return a certificate question whose answers are `yes` and `no`."""
    condition = replace(PLAIN, template="t")
    return Question(
        key="k",
        model="m",
        engine="e",
        task="t",
        condition=condition,
        instance="t/0",
        rung="1",
        twin="t",
        gold=gold,
        labels=("follows", "does-not-follow"),
        answers=("yes", "no"),
        answer="certificate",
        scorer=scorer,
        formal=formal,
        prompt="",
        prompt_sha256="",
        shots=(),
        dropped=0,
        too_long=False,
    )
