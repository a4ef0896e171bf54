"""Other scores of the choices, against their definitions written out with numpy."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.calibration import BINS, calibration, probabilities
from evalsuite.records import Judged
from tests.test_conditioning import FEW, judged

scores = st.floats(-60, 0)
unhurried = settings(deadline=None)


def one(
    values: Sequence[float],
    gold: int = 0,
    *,
    blanks: Sequence[Sequence[float]] = (),
    tokens: Sequence[int] = (),
    sizes: Sequence[int] = (),
) -> Judged:
    made = judged(FEW, 0, right=True)
    question = replace(
        made.question, gold=gold, choice_tokens=tuple(tokens), choice_bytes=tuple(sizes)
    )
    return replace(made, question=question, values=tuple(values), blanks=tuple(map(tuple, blanks)))


@unhurried
@given(st.lists(st.tuples(st.lists(scores, min_size=3, max_size=3), st.integers(0, 2)), min_size=1))
def test_entropy_brier_and_calibration_error_agree_with_numpy(
    drawn: list[tuple[list[float], int]],
) -> None:
    measured = calibration([one(values, gold) for values, gold in drawn])
    assert measured is not None
    shares = np.exp([np.array(values) - np.logaddexp.reduce(values) for values, _ in drawn])
    golds = np.array([gold for _, gold in drawn])
    entropy = -np.where(shares > 0, shares * np.log(np.maximum(shares, 1e-300)), 0).sum(axis=1)
    assert measured.entropy == pytest.approx(entropy.mean(), abs=1e-9)
    hit = np.eye(3)[golds]
    assert measured.brier == pytest.approx(((shares - hit) ** 2).sum(axis=1).mean())
    highest = shares.max(axis=1)
    alone = (shares == highest[:, None]).sum(axis=1) == 1
    right = (shares.argmax(axis=1) == golds) & alone
    edges = np.linspace(0, 1, BINS + 1)
    error = 0.0
    for low, high in pairwise(edges):
        inside = (highest > low + 1e-12) & (highest <= high + 1e-12)
        if inside.any():
            error += inside.mean() * abs(highest[inside].mean() - right[inside].mean())
    assert measured.calibration_error == pytest.approx(error, abs=1e-6)


def test_each_ranking_can_say_something_else() -> None:
    """Two choices: the first is likelier as it stands, the second by each other measure."""
    asked = one((-4.0, -6.0), 1, blanks=[(-1.0, -9.0)] * 3, tokens=(1, 3), sizes=(2, 9))
    measured = calibration([asked])
    assert measured is not None
    assert measured.accuracy_per_token == 1
    assert measured.accuracy_per_byte == 1
    assert measured.accuracy_pmi == 1
    assert measured.accuracy_calibrated == 1


def test_what_was_not_asked_is_absent_and_not_zero() -> None:
    assert calibration([judged(FEW, 0, right=True)]) is None
    measured = calibration([one((-1.0, -2.0))])
    assert measured is not None
    assert measured.accuracy_pmi is None
    assert measured.accuracy_calibrated is None
    assert measured.accuracy_per_token is None


def test_a_question_that_was_too_long_to_ask_is_not_right() -> None:
    unasked = judged(FEW, 1, right=False)
    measured = calibration([one((-1.0, -2.0), sizes=(1, 1)), unasked])
    assert measured is not None
    assert measured.accuracy_per_byte == 0.5


def test_a_tie_is_not_right() -> None:
    measured = calibration([one((-2.0, -2.0), sizes=(1, 1))])
    assert measured is not None
    assert measured.accuracy_per_byte == 0


def test_calibration_is_that_of_zhao_and_others() -> None:
    """Their `W = diag(p_cf)^-1`, with p_cf the mean over the contents-free inputs."""
    values, blanks = [-1.0, -2.0, -0.5], [[-3.0, -1.0, -2.0], [-2.0, -1.0, -4.0], [-1.0] * 3]
    free = np.mean([probabilities(each) for each in blanks], axis=0)
    theirs = np.array(probabilities(values)) / free
    for gold in range(3):
        measured = calibration([one(values, gold, blanks=blanks)])
        assert measured is not None
        assert measured.accuracy_calibrated == (theirs.argmax() == gold)


@unhurried
@given(st.lists(scores, min_size=1, max_size=9))
def test_probabilities_sum_to_one_and_keep_the_order(values: list[float]) -> None:
    shares = probabilities(values)
    assert math.fsum(shares) == pytest.approx(1)
    assert all(
        (a < b) <= (shares[i] <= shares[j])
        for i, a in enumerate(values)
        for j, b in enumerate(values)
    )
