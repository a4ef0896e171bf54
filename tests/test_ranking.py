"""Who shares a rank was not told apart; who has a worse one was."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact
from statsmodels.stats.multitest import multipletests

from evalsuite import metrics
from evalsuite.ranking import Key, Ranked, key_of, ranked
from evalsuite.records import Condition, Judged, Row
from tests.conditions import PLAIN
from tests.judging import answered

RUN = "run"


def rows_of(ones: Sequence[Judged], run: str = RUN) -> tuple[Row, ...]:
    return metrics.rows(
        run=run,
        suite="quick",
        judged=ones,
        metrics=dict.fromkeys({one.question.task for one in ones}, ("accuracy",)),
        seconds={},
        weights={},
    )


def known(ones: Sequence[Judged], run: str = RUN) -> dict[Key, list[Judged]]:
    found: dict[Key, list[Judged]] = {}
    for one in ones:
        found.setdefault(key_of(one, run), []).append(one)
    return found


def ranks(found: Sequence[Ranked]) -> dict[str, int]:
    return {one.row.model: one.rank for one in found}


def shares(n: int, **right: int) -> list[Judged]:
    """Return models with as many right answers among the first of n questions."""
    return [
        one
        for model, count in right.items()
        for one in answered([i < count for i in range(n)], model=model)
    ]


def test_ranks_go_by_significance_and_not_by_digits() -> None:
    ones = shares(100, best=95, close=92, middle=60, worst=30)
    found = ranked(rows_of(ones), known(ones))
    assert ranks(found) == {"best": 1, "close": 1, "middle": 3, "worst": 4}
    assert [one.row.model for one in found] == ["best", "close", "middle", "worst"]
    assert [(one.better, one.worse, one.of) for one in found] == [
        (0, 2, 4),
        (0, 2, 4),
        (2, 1, 4),
        (3, 0, 4),
    ]
    assert {one.by for one in found} == {"instances"}


def test_the_same_instances_tell_apart_what_two_shares_do_not() -> None:
    ones = shares(100, one=58, two=50)  # 8 gains and no loss
    rows = rows_of(ones)
    paired, alone = ranked(rows, known(ones)), ranked(rows, {})
    assert ranks(paired) == {"one": 1, "two": 2}
    assert ranks(alone) == {"one": 1, "two": 1}
    assert {one.by for one in alone} == {"shares"}


def test_other_instances_are_compared_by_their_shares() -> None:
    one = answered([1] * 50 + [0] * 30, model="one")
    other = tuple(
        replace(each, question=replace(each.question, twin=f"else {each.question.twin}"))
        for each in answered([1] * 20 + [0] * 60, model="two")
    )
    found = ranked(rows_of([*one, *other]), known([*one, *other]))
    assert {each.by for each in found} == {"shares"}
    assert ranks(found) == {"one": 1, "two": 2}


def test_corrected_over_all_pairs_of_a_task_as_written_out() -> None:
    rng = np.random.default_rng(3)
    few = replace(PLAIN, k=4)
    ones: list[Judged] = []
    rights: dict[tuple[str, Condition], np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    for under in (PLAIN, few):
        for number in range(5):
            right = rng.random(80) < 0.35 + 0.1 * number
            rights[f"m{number}", under] = right
            ones.extend(answered(right, model=f"m{number}", under=under))
    pairs = [
        (one, other)
        for one in rights
        for other in rights
        if one[0] < other[0] and one[1] == other[1]
    ]
    ps = []
    for one, other in pairs:
        gains = int((rights[other] & ~rights[one]).sum())
        losses = int((rights[one] & ~rights[other]).sum())
        ps.append(binomtest(gains, gains + losses).pvalue if gains + losses else 1.0)
    shown = multipletests(ps, method="holm")[1] < 0.05
    assert 0 < shown.sum() < len(pairs)
    worse: dict[tuple[str, Condition], int] = dict.fromkeys(rights, 0)
    for (one, other), significant in zip(pairs, shown, strict=True):
        if significant:
            worse[one if rights[other].sum() > rights[one].sum() else other] += 1
    found = ranked(rows_of(ones), known(ones))
    assert {(one.row.model, one.row.condition): one.rank for one in found} == {
        key: 1 + count for key, count in worse.items()
    }


def test_shares_are_compared_by_fishers_exact_test() -> None:
    for count in range(50, 75):
        rows = rows_of(shares(100, one=count, two=50))
        told_apart = ranks(ranked(rows, {}))["two"] == 2
        assert told_apart == (
            fisher_exact(np.array([[count, 100 - count], [50, 50]])).pvalue < 0.05
        )


def test_conditions_are_ranked_apart_and_forms_together() -> None:
    few, chat = replace(PLAIN, k=4), replace(PLAIN, form="chat")
    ones = [
        *answered([1] * 40, model="one"),
        *answered([0] * 40, model="two", under=chat),
        *answered([0] * 40, model="one", under=few),
    ]
    found = ranked(rows_of(ones), known(ones))
    assert [(one.row.model, one.row.condition.k, one.rank, one.of) for one in found] == [
        ("one", 0, 1, 2),
        ("two", 0, 2, 2),
        ("one", 4, 1, 1),
    ]
    assert [one.by for one in found] == ["instances", "instances", ""]


def test_what_is_no_share_of_questions_has_no_rank() -> None:
    (row,) = rows_of(shares(10, one=5))
    assert not ranked([replace(row, metric="gold-perplexity"), replace(row, metric="x")], {})
    assert ranked([], {}) == ()


@pytest.mark.parametrize("runs", [("first", "second"), ("second", "first")])
def test_models_of_several_runs_are_compared_on_their_instances(runs: tuple[str, str]) -> None:
    one, other = shares(100, one=58), shares(100, two=50)
    rows = [*rows_of(one, runs[0]), *rows_of(other, runs[1])]
    found = ranked(rows, known(one, runs[0]) | known(other, runs[1]))
    assert ranks(found) == {"one": 1, "two": 2}
