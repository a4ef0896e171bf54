"""Intervals and paired tests keep the laws of their textbooks."""

import math
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from random import Random

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import stats

Z = 1.959963984540054  # the 97.5 % point of the normal distribution


@st.composite
def proportions(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 5_000))
    return draw(st.integers(0, n)), n


unhurried = settings(deadline=None)  # the first call loads SciPy
few_differences = st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=60)


@unhurried
@given(proportions())
def test_wilson_agrees_with_the_closed_formula(proportion: tuple[int, int]) -> None:
    successes, n = proportion
    p = successes / n
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    found = stats.wilson(successes, n)
    assert found.low == pytest.approx(centre - reach, abs=1e-9)
    assert found.high == pytest.approx(centre + reach, abs=1e-9)
    assert found.n == n


@unhurried
@given(proportions())
def test_wilson_contains_the_proportion_and_stays_between_0_and_1(
    proportion: tuple[int, int],
) -> None:
    found = stats.wilson(*proportion)
    assert found.value == proportion[0] / proportion[1]
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high


@unhurried
@given(proportions())
def test_wilson_of_failures_mirrors_that_of_successes(proportion: tuple[int, int]) -> None:
    successes, n = proportion
    right, wrong = stats.wilson(successes, n), stats.wilson(n - successes, n)
    assert right.low == pytest.approx(1 - wrong.high, abs=1e-9)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 5), (6, 5), (0, -1)])
def test_wilson_refuses_what_is_no_proportion(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        stats.wilson(successes, n)


@unhurried
@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_symmetric_and_a_probability(gains: int, losses: int) -> None:
    p = stats.mcnemar(gains, losses)
    assert p == pytest.approx(stats.mcnemar(losses, gains))
    assert 0 <= p <= 1


@unhurried
@given(st.integers(1, 60), st.integers(0, 60))
def test_mcnemar_agrees_with_the_binomial_sum(gains: int, losses: int) -> None:
    n, fewer = gains + losses, min(gains, losses)
    one_sided = sum(math.comb(n, i) for i in range(fewer + 1)) / 2**n
    assert stats.mcnemar(gains, losses) == pytest.approx(min(1.0, 2 * one_sided))


def test_mcnemar_is_1_without_a_discordant_pair() -> None:
    assert stats.mcnemar(0, 0) == 1.0


def test_mcnemar_refuses_negative_counts() -> None:
    with pytest.raises(ValueError, match="no counts"):
        stats.mcnemar(-1, 2)


@settings(max_examples=15, deadline=None)
@given(few_differences, st.integers(0, 2**64 - 1))
def test_a_paired_interval_contains_the_mean(differences: list[int], seed: int) -> None:
    mean, low, high = stats.paired(differences, seed)
    assert mean == pytest.approx(sum(differences) / len(differences))
    assert -1 <= low <= mean <= high <= 1


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**64 - 1), st.randoms(use_true_random=False))
def test_a_paired_interval_depends_on_the_seed_and_not_on_the_order(
    seed: int, random: Random
) -> None:
    differences = [(-1) ** i * math.sqrt(i) for i in range(60)]  # hardly two resamples are alike
    shuffled = random.sample(differences, len(differences))
    assert stats.paired(differences, seed) == stats.paired(shuffled, seed)


def test_another_seed_gives_another_paired_interval() -> None:
    differences = [0.1 * i * (-1) ** i for i in range(40)]
    assert stats.paired(differences, 1) != stats.paired(differences, 2)


def test_a_paired_interval_shrinks_with_the_root_of_n() -> None:
    few, many = [1, 0, 0, -1, 1, 0, 1, 0], [1, 0, 0, -1, 1, 0, 1, 0] * 16
    _, low, high = stats.paired(few, 7)
    _, low_of_many, high_of_many = stats.paired(many, 7)
    assert (high - low) / (high_of_many - low_of_many) == pytest.approx(4, rel=0.15)


def test_a_paired_interval_is_about_the_normal_one_for_many_differences() -> None:
    differences = [1] * 120 + [0] * 220 + [-1] * 60
    mean = 60 / 400
    error = math.sqrt((180 / 400 - mean**2) / 400)
    _, low, high = stats.paired(differences, 3)
    assert low == pytest.approx(mean - Z * error, abs=0.01)
    assert high == pytest.approx(mean + Z * error, abs=0.01)


@pytest.mark.parametrize("differences", [[1.0], [0.0], [0.25] * 5])
def test_without_variation_the_paired_interval_is_a_point(differences: list[float]) -> None:
    assert stats.paired(differences, 0) == (differences[0],) * 3


def test_paired_refuses_no_differences() -> None:
    with pytest.raises(ValueError, match="no differences"):
        stats.paired([], 0)


def test_importing_the_judging_modules_loads_neither_scipy_nor_pandas() -> None:
    code = (
        "import sys, evalsuite.metrics, evalsuite.leaderboard, evalsuite.scorers.label;"
        "print(sorted({'scipy', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# ── clusters ────────────────────────────────────────────────────────────────────────────────────


def in_clusters(seed: int) -> tuple[list[float], list[int]]:
    """Draw differences that are much alike within a cluster, in clusters of unequal sizes."""
    rng = np.random.default_rng(seed)
    values, clusters = [], []
    for cluster in range(40):
        tendency = rng.choice([-1.0, 0.0, 1.0], p=[0.2, 0.4, 0.4])
        for _ in range(rng.integers(1, 6)):
            values.append(float(tendency if rng.random() < 0.8 else rng.choice([-1.0, 0.0, 1.0])))
            clusters.append(cluster)
    return values, clusters


def test_cluster_robust_errors_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    values, clusters = in_clusters(1)
    fitted = sm.OLS(values, np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(clusters)}, use_t=True
    )
    low, high = fitted.conf_int()[0]
    found = stats.cluster_robust(values, clusters)
    assert found.value == pytest.approx(fitted.params[0])
    assert (found.low, found.high) == pytest.approx((low, high))


def test_singletons_make_cluster_robust_errors_those_of_a_mean() -> None:
    values, _ = in_clusters(2)
    found = stats.cluster_robust(values, range(len(values)))
    theirs = scipy.stats.ttest_1samp(values, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


def test_cluster_robust_bounds_are_those_of_a_difference_at_most() -> None:
    found = stats.cluster_robust([1.0, 0.0], ["a", "b"])  # Student's t alone would say 6.9
    assert (found.low, found.value, found.high) == (-1.0, 0.5, 1.0)


def test_of_one_cluster_nothing_is_known() -> None:
    found = stats.cluster_robust([1.0, 0.0], ["a", "a"])
    assert (found.low, found.value, found.high) == (-1.0, 0.5, 1.0)


def test_a_bootstrap_over_clusters_is_the_one_written_out() -> None:
    values, clusters = in_clusters(3)
    sums, sizes = np.bincount(clusters, values), np.bincount(clusters)
    rng = np.random.default_rng(4)
    drawn = rng.integers(0, 40, (20_000, 40))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    mean, low, high = stats.clustered(values, clusters, seed=5)
    assert mean == pytest.approx(np.mean(values))
    assert (low, high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.02)
    _, narrow_low, narrow_high = stats.paired(values, seed=5)
    assert high - low > 1.2 * (narrow_high - narrow_low)  # what is alike counts once


def test_clusters_of_one_are_no_clusters() -> None:
    values, _ = in_clusters(6)
    each = list(range(len(values)))
    assert stats.clustered(values, each, 7) == stats.paired(values, 7)
    assert stats.clustered_p(values, each, 7) == stats.paired_p(values, 7)


def test_whole_clusters_change_their_sign_together() -> None:
    values, clusters = in_clusters(8)
    sums = np.bincount(clusters, values)
    rng = np.random.default_rng(9)
    flips = np.abs((rng.choice([-1.0, 1.0], (20_000, 40)) * sums).sum(axis=1))
    theirs = np.mean(flips >= abs(sums.sum()) - 1e-9)
    assert stats.clustered_p(values, clusters, 10) == pytest.approx(theirs, abs=0.01)


@unhurried
@given(st.sampled_from([2, 3, 5, 7]), st.lists(st.integers(-7, 7), min_size=2, max_size=8))
def test_sign_flips_of_means_are_those_of_whole_numbers(seeds: int, sums: list[int]) -> None:
    """What is a tie in whole numbers is one in floats, too."""
    held = [max(-seeds, min(seeds, one)) for one in sums]
    reached = sum(
        abs(sum(sign * one for sign, one in zip(signs, held, strict=True))) >= abs(sum(held))
        for signs in product((1, -1), repeat=len(held))
    )
    p = stats.paired_p([one / seeds for one in held], seed=1)
    assert p == pytest.approx(reached / 2 ** len(held))


def test_means_that_cancel_are_no_difference() -> None:
    thirds = [1 / 3] * 20 + [2 / 3] * 5 + [-1 / 3] * 10 + [-2 / 3] * 10
    assert stats.paired_p(thirds, seed=1) == 1.0


@pytest.mark.parametrize("of", [stats.cluster_robust, lambda a, b: stats.clustered(a, b, 0)])
def test_every_value_has_a_cluster(of: Callable[[list[float], list[int]], object]) -> None:
    with pytest.raises(ValueError, match="clusters"):
        of([1.0, 2.0], [1])
    with pytest.raises(ValueError, match="clusters"):
        of([], [])


# ── two shares of different instances ───────────────────────────────────────────────────────────


@unhurried
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_fisher_agrees_with_the_hypergeometric_sum(a: int, b: int, c: int, d: int) -> None:
    n, m, right = a + b, c + d, a + c
    chances = [
        math.comb(n, i) * math.comb(m, right - i)
        for i in range(max(0, right - m), min(n, right) + 1)
    ]
    mine = math.comb(n, a) * math.comb(m, c)
    expected = sum(one for one in chances if one <= mine) / sum(chances)
    assert stats.fisher(a, n, c, m) == pytest.approx(expected)


def test_fisher_refuses_what_is_no_share() -> None:
    with pytest.raises(ValueError, match="no shares"):
        stats.fisher(3, 2, 0, 1)
