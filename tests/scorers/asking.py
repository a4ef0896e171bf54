"""Questions for the tests of scorers."""

from collections.abc import Mapping

from evalsuite.records import Condition, Json, Question


def question(*, formal: Mapping[str, Json], gold: int, scorer: str) -> Question:
    """Return a certificate question whose answers are `yes` and `no`."""
    condition = Condition(
        template="t",
        language="en",
        form="text",
        k=0,
        description=True,
        labels="gold",
        shot_mode="fixed",
        shot_seed=0,
    )
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
