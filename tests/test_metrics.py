"""Judged questions become rows: grouped, counted, and compared with zero-shot."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import metrics, stats
from evalsuite.errors import UnknownName
from evalsuite.records import (
    Condition,
    Judged,
    Outcome,
    Question,
    Row,
    Score,
    ShotMode,
    Usage,
)
from tests.conditions import PLAIN

RIGHT, WRONG = Outcome.RIGHT, Outcome.WRONG
unhurried = settings(deadline=None, max_examples=40)  # the first call loads SciPy


def condition(
    k: int = 0, *, description: bool = False, mode: ShotMode = "fixed", seed: int = 0
) -> Condition:
    return replace(
        PLAIN, template="t", k=k, description=description, shot_mode=mode, shot_seed=seed
    )


def judged(  # noqa: PLR0913
    outcome: Outcome,
    instance: int,
    under: Condition,
    *,
    model: str = "m",
    task: str = "task",
    engine: str = "vllm",
) -> Judged:
    question = Question(
        key=f"{model}/{task}/{instance}/{under}",
        model=model,
        engine=engine,
        task=task,
        condition=under,
        instance=f"{task}/{instance}",
        rung="3",
        twin=f"{task}/{instance}",
        formal={},
        gold=0,
        labels=("yes", "no"),
        answers=("yes", "no"),
        answer="choices",
        scorer="label",
        prompt="?",
        prompt_sha256="0",
        shots=(),
        dropped=under.k % 2,
        too_long=outcome is Outcome.TOO_LONG,
    )
    usage = Usage(prompt_tokens=10, cached_tokens=4, generated_tokens=1)
    verdict = {Outcome.RIGHT: 0, Outcome.INVALID: 0, Outcome.WRONG: 1}.get(outcome)
    return Judged(question=question, score=Score(outcome=outcome, verdict=verdict), usage=usage)


def series(outcomes: Iterable[Outcome], under: Condition, model: str = "m") -> list[Judged]:
    return [judged(outcome, i, under, model=model) for i, outcome in enumerate(outcomes)]


def rows(ones: Iterable[Judged], seconds: Mapping[str, float] | None = None) -> tuple[Row, ...]:
    return metrics.rows(
        run="run",
        suite="suite",
        judged=ones,
        metrics={"task": ("accuracy",), "other": ("accuracy", "accuracy")},
        seconds=seconds or {},
        weights={"m": "abc", "random": None},
    )


@unhurried
@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=80))
def test_only_a_right_verdict_with_its_certificate_is_certified(outcomes: list[Outcome]) -> None:
    ones = series(outcomes, condition())
    certified = metrics.share(metrics.metric("certified-accuracy"), ones)
    assert certified == stats.wilson(outcomes.count(RIGHT), len(outcomes))


@unhurried
@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=80))
def test_only_a_right_verdict_is_right_and_everything_is_in_n(outcomes: list[Outcome]) -> None:
    (row,) = rows(series(outcomes, condition()))
    right = outcomes.count(RIGHT) + outcomes.count(Outcome.INVALID)
    assert row.estimate == stats.wilson(right, len(outcomes))
    assert row.counts == {each: outcomes.count(each) for each in Outcome}
    assert sum(row.counts.values()) == row.estimate.n
    assert row.usage.prompt_tokens == 10 * len(outcomes)


@st.composite
def judged_sets(draw: st.DrawFn) -> list[Judged]:
    conditions = st.builds(
        condition,
        k=st.sampled_from([0, 1, 3]),
        description=st.booleans(),
        mode=st.sampled_from(["fixed", "per-item"]),
        seed=st.integers(0, 1),
    )
    ones = st.builds(
        judged,
        st.sampled_from(Outcome),
        st.integers(0, 5),
        conditions,
        model=st.sampled_from(["m", "n", "random", "solver"]),
        task=st.sampled_from(["task", "other"]),
        engine=st.sampled_from(["vllm", "transformers"]),
    )
    return draw(
        st.lists(ones, max_size=40, unique_by=lambda one: (one.question.key, one.question.engine))
    )


@unhurried
@given(judged_sets(), st.randoms(use_true_random=False))
def test_the_order_of_what_was_judged_does_not_matter(ones: list[Judged], random: Random) -> None:
    assert rows(random.sample(ones, len(ones))) == rows(ones)


@unhurried
@given(judged_sets())
def test_each_judged_question_is_counted_once_a_metric(ones: list[Judged]) -> None:
    wanted = Counter[str]()
    for one in ones:
        wanted[one.question.task] += 2 if one.question.task == "other" else 1
    found = Counter[str]()
    for row in rows(ones):
        found[row.task] += row.estimate.n
    assert found == wanted


@unhurried
@given(judged_sets())
def test_rows_stand_by_task_then_models_before_baselines_then_shots(ones: list[Judged]) -> None:
    order = ["m", "n", "random", "majority", "solver"]
    places = [(row.task, order.index(row.model), row.condition.k) for row in rows(ones)]
    assert places == sorted(places)


def test_few_shot_is_compared_with_zero_shot_on_the_shared_instances() -> None:
    zero = series([RIGHT, WRONG, WRONG, WRONG, RIGHT], condition())
    few = series([RIGHT, RIGHT, RIGHT, WRONG, WRONG, RIGHT, RIGHT], condition(3))
    without, compared = rows([*few, *zero])
    assert without.comparison is None
    assert compared.comparison is not None
    assert compared.comparison.n == 5
    assert compared.comparison.difference == pytest.approx(1 / 5)
    assert compared.comparison.p == stats.mcnemar(gains=2, losses=1)
    assert compared.comparison.low <= 1 / 5 <= compared.comparison.high
    assert compared.estimate.n == 7


@pytest.mark.parametrize("outcome", sorted({*Outcome} - {RIGHT, Outcome.INVALID}, key=str))
def test_whatever_is_not_right_is_a_loss_against_right(outcome: Outcome) -> None:
    ones = [*series([RIGHT] * 4, condition()), *series([outcome] * 4, condition(1))]
    comparison = rows(ones)[1].comparison
    assert comparison is not None
    assert comparison.difference == -1
    assert comparison.p == stats.mcnemar(gains=0, losses=4)


def test_zero_shot_matches_any_shot_seed_and_mode() -> None:
    zero = series([RIGHT, WRONG], condition(mode="fixed", seed=0))
    few = [
        *series([RIGHT, RIGHT], condition(1, mode="per-item", seed=0)),
        *series([WRONG, WRONG], condition(1, mode="fixed", seed=9)),
    ]
    found = {row.condition.shot_seed: row.comparison for row in rows([*zero, *few])[1:]}
    assert {seed: each and each.difference for seed, each in found.items()} == {0: 0.5, 9: -0.5}


@pytest.mark.parametrize(
    "zero",
    [
        series([RIGHT], condition(description=True)),
        series([RIGHT], condition(), model="n"),
        [judged(RIGHT, 0, condition(), engine="transformers")],
        [judged(RIGHT, 0, condition(), task="other")],
        [judged(RIGHT, 7, condition())],
        [],
    ],
    ids=["description", "model", "engine", "task", "instances", "none"],
)
def test_without_a_zero_shot_row_equal_in_all_else_there_is_no_comparison(
    zero: list[Judged],
) -> None:
    few = series([RIGHT], condition(2))
    assert [row.comparison for row in rows([*zero, *few])] == [None] * len(rows([*zero, *few]))


def test_what_is_known_of_a_model_stands_in_its_rows() -> None:
    ones = [*series([RIGHT], condition(1)), *series([RIGHT], condition(1), model="random")]
    model, baseline = rows(ones, seconds={"m": 2.5})
    assert (model.seconds, model.weights_sha256, model.dropped) == (2.5, "abc", 1)
    assert (baseline.seconds, baseline.weights_sha256) == (None, None)


def test_seconds_in_which_more_was_asked_than_the_rows_have_tokens_of_are_left_out() -> None:
    ones = series([RIGHT], condition(1))
    calibrated = [replace(one, question=replace(one.question, setting="s")) for one in ones]
    proved = [replace(one, proof=-1.0) for one in ones]
    for more in (calibrated, proved):
        assert [row.seconds for row in rows(more, seconds={"m": 2.5})] == [None] * len(rows(more))


def test_an_unknown_metric_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownName, match="unknown metric `acuracy`") as caught:
        metrics.metric("acuracy")
    assert caught.value.hint == "did you mean `accuracy`?"


def test_accuracy_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no proportion"):
        metrics.share(metrics.metric("accuracy"), ())


# ── twins ───────────────────────────────────────────────────────────────────────────────────────


def twins(task: str, verdicts: Iterable[int | None]) -> list[Judged]:
    """Return judged questions about the same problems, whatever the task is called."""
    found = []
    for place, verdict in enumerate(verdicts):
        outcome = {0: RIGHT, 1: WRONG, None: Outcome.UNREAD}[verdict]
        one = judged(outcome, place, condition(), task=task)
        found.append(replace(one, question=replace(one.question, twin=str(place))))
    return found


def test_consistency_is_the_share_of_problems_with_one_verdict_in_all_twins() -> None:
    ones = [*twins("task", [0, 1, 0, None]), *twins("other", [0, 1, 1, None, 0])]
    found = {row.task: row.estimate for row in rows(ones) if row.metric == "consistency"}
    assert found == {"task": stats.wilson(2, 4), "other": stats.wilson(2, 4)}


def test_consistency_is_of_the_problems_that_have_a_twin_alone() -> None:
    found = rows([*twins("task", [0]), *twins("other", [0, 1, 0])])
    told = {row.metric: row for row in found if row.task == "other"}
    assert (told["accuracy"].estimate.n, told["consistency"].estimate.n) == (3, 1)
    assert {sum(row.counts.values()) for row in told.values()} == {3}  # as the page on columns says


def test_a_task_without_twins_has_no_consistency() -> None:
    ones = [*series([RIGHT, WRONG], condition()), *series([RIGHT, WRONG], condition(1))]
    assert {row.metric for row in rows(ones)} == {"accuracy"}
