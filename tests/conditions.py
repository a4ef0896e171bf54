"""The plain condition: tests say only what is another in theirs."""

from evalsuite.records import Condition

PLAIN = Condition(
    template="entailment",
    language="en",
    form="text",
    k=0,
    description=True,
    labels="gold",
    shot_mode="fixed",
    shot_seed=0,
)
