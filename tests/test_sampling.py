"""Several samples of a question: their vote, what single ones come to, and that a run resumes."""

import json
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite import metrics, voting
from evalsuite.records import Judged, Outcome, Score
from tests import tiny
from tests.calling import Call
from tests.judging import judged

verdicts = st.lists(st.sampled_from((0, 1, 2, None)), min_size=1, max_size=9)


def sample(verdict: int | None, instance: int = 0) -> Judged:
    outcome = {None: Outcome.UNREAD, 0: Outcome.RIGHT}.get(verdict, Outcome.WRONG)
    return replace(judged(instance, right=True), score=Score(outcome=outcome, verdict=verdict))


@given(given_verdicts=verdicts)
def test_the_vote_is_the_verdict_that_most_samples_have(given_verdicts: list[int | None]) -> None:
    (one,) = voting.voted(map(sample, given_verdicts), lambda one: one.question.instance)
    votes = Counter(verdict for verdict in given_verdicts if verdict is not None)
    most = max(votes.values(), default=0)
    top = {verdict for verdict, count in votes.items() if count == most}
    if len(given_verdicts) == 1:
        assert one == sample(given_verdicts[0])
        return
    assert [score.verdict for score in one.samples] == given_verdicts
    if not votes:
        assert one.score.outcome is Outcome.UNREAD
    elif len(top) > 1:
        assert (one.score.outcome, one.score.verdict) == (Outcome.TIE, None)
    else:
        assert {one.score.verdict} == top
        assert (one.score.outcome is Outcome.RIGHT) == (top == {0})


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.model(tmp_path_factory.mktemp("tiny") / "gpt2"))


def words(
    gpt2: str, results: Path, *more: str, task: str = "entailment-tableau"
) -> tuple[str, ...]:
    return (
        *("run", "quick", "--task", task, "--model", gpt2, "--results", str(results)),
        *("--engine", "transformers", "--no-baselines", "--shots", "0", "--limit", "3"),
        *("--max-tokens", "5", "--json", *more),
    )


def test_each_sample_is_asked_kept_and_judged(call: Call, gpt2: str, tmp_path: Path) -> None:
    sampling = ("--samples", "4", "--temperature", "1")
    ran = call(*words(gpt2, tmp_path, *sampling))
    assert ran.status == 0, ran.err
    said = json.loads(ran.out)
    assert said["asked"] == 12
    rows = {row["metric"]: row for row in said["rows"]}
    assert rows[metrics.SAMPLES]["n"] == rows[metrics.ANY]["n"] == 3
    assert rows["accuracy"]["n"] == 3
    assert rows["accuracy"]["generated_tokens"] > 0
    (database,) = tmp_path.glob("runs/*/run.sqlite")
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        texts = [
            (json.loads(question)["instance"], json.loads(response)["text"])
            for question, response in connection.execute(
                "SELECT questions.json, responses.json FROM questions JOIN responses USING (key)"
            )
        ]
    assert Counter(instance for instance, _ in texts) == {
        f"entailment-tableau/{index}": 4 for index in range(3)
    }
    assert len(set(texts)) > 3  # a temperature of 1 over a model that knows nothing

    again = json.loads(call(*words(gpt2, tmp_path, *sampling)).out)
    assert (again["asked"], again["answered_before"]) == (0, 12)
    assert again["rows"] == said["rows"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("entailment-tableau", "0"), "without a temperature all samples are the same"),
        (("entailment", "1"), "nothing is written that could be sampled"),
    ],
)
def test_samples_that_would_all_be_one_are_told(
    call: Call, gpt2: str, tmp_path: Path, asked: tuple[str, str], told: str
) -> None:
    task, temperature = asked
    sampling = ("--samples", "4", "--temperature", temperature)
    ran = call(*words(gpt2, tmp_path, *sampling, task=task))
    assert ran.status == 2
    assert told in ran.err.replace("\n", " ")
    assert not (tmp_path / "runs").exists()


def test_what_single_samples_come_to() -> None:
    samples = [(0, 0, 1, None), (1, 1, 1, 0)]
    members = tuple(
        voting.voted(
            (
                sample(verdict, instance)
                for instance, verdicts_given in enumerate(samples)
                for verdict in verdicts_given
            ),
            lambda one: one.question.instance,
        )
    )
    rows = {
        row.metric: row.estimate
        for row in metrics.rows(
            run="r",
            suite="s",
            judged=members,
            metrics={members[0].question.task: ("accuracy",)},
            seconds={},
            weights={},
        )
    }
    assert rows["accuracy"].value == 0.5
    assert rows[metrics.SAMPLES].value == pytest.approx((2 + 1) / 8)
    assert rows[metrics.ANY].value == 1.0
