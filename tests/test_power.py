"""How many instances show a difference: exact, as simulations and other computations find it."""

import json
import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import power, stats
from tests.calling import Call
from tests.test_cli import refused


def by_hand(n: int, difference: float, discordant: float) -> float:
    """Sum the chances of all gains and losses with which the test rejects."""
    gain, loss = (discordant + difference) / 2, (discordant - difference) / 2
    total = 0.0
    for gains, losses in product(range(n + 1), repeat=2):
        if gains + losses <= n and stats.mcnemar(gains, losses) <= power.ALPHA:
            same = n - gains - losses
            ways = math.comb(n, gains) * math.comb(n - gains, losses)
            total += ways * gain**gains * loss**losses * max(0.0, 1 - discordant) ** same
    return total


@pytest.mark.parametrize(
    ("n", "difference", "discordant"),
    [(8, 0.5, 0.6), (15, 0.4, 0.4), (20, 0.3, 0.9), (20, -0.3, 0.9), (25, 0.35, 1.0), (5, 1, 1)],
)
def test_power_is_the_sum_over_all_gains_and_losses(
    n: int, difference: float, discordant: float
) -> None:
    found = power.power(n, difference, discordant)
    assert found == pytest.approx(by_hand(n, difference, discordant), abs=1e-9)


def test_power_is_how_often_statsmodels_rejects() -> None:
    from statsmodels.stats.contingency_tables import mcnemar

    rng = np.random.default_rng(1)
    n, difference, discordant, draws = 120, 0.12, 0.3, 3_000
    odds = [(discordant + difference) / 2, (discordant - difference) / 2, 1 - discordant]
    tables = rng.multinomial(n, odds, draws)
    seen: dict[tuple[int, int], bool] = {}
    for gains, losses, _ in tables:
        key = (int(gains), int(losses))
        if key not in seen:
            seen[key] = mcnemar([[0, key[0]], [key[1], 0]], exact=True).pvalue <= power.ALPHA
    share = np.mean([seen[int(gains), int(losses)] for gains, losses, _ in tables])
    assert power.power(n, difference, discordant) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    ("difference", "discordant"), [(0.2, 0.2), (0.2, 0.5), (0.3, 1), (-0.2, 0.5)]
)
def test_what_is_needed_is_enough_and_nothing_larger_falls_short(
    difference: float, discordant: float
) -> None:
    n = power.needed(difference, discordant)
    assert n is not None
    enough = [power.power(each, difference, discordant) >= power.POWER for each in range(3 * n)]
    assert not enough[n - 1]
    assert all(enough[n:])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 300), st.floats(0, 1))
def test_what_is_detectable_has_the_power_and_what_is_smaller_has_not(
    n: int, discordant: float
) -> None:
    found = power.detectable(n, discordant)
    if n < 6:  # 5 gains and no loss are p = 0.0625
        assert found is None
    else:
        assert found is not None
        assert power.power(n, found, max(found, discordant)) >= power.POWER
        less = found - 1e-3
        if less > 0:
            assert power.power(n, less, max(less, discordant)) < power.POWER


def test_more_discordance_wants_more_instances_and_more_power_too() -> None:
    needed = [power.needed(0.1, level) or 0 for level in (0.1, 0.2, 0.4, 0.8)]
    assert needed == sorted(needed)
    assert (power.needed(0.1, 0.4, target=0.9) or 0) > needed[2]
    assert (power.needed(0.1, 0.4, alpha=0.01) or 0) > needed[2]
    assert power.needed(0.002, 0.5) is None


@pytest.mark.parametrize(
    ("n", "difference", "discordant"), [(9, 0, 0.5), (9, 0.6, 0.5), (-1, 0.1, 1)]
)
def test_what_cannot_be_is_refused(n: int, difference: float, discordant: float) -> None:
    with pytest.raises(ValueError, match="no such instances"):
        power.power(n, difference, discordant)


def test_of_single_answers_the_detectable_difference_is_the_exact_one() -> None:
    differences = [1.0] * 30 + [-1.0] * 20 + [0.0] * 50
    assert power.detectable_from(differences) == power.detectable(100, 52 / 102)
    halves = [one / 2 for one in differences]
    of_means = power.detectable_from(halves)
    assert of_means is not None
    spread = np.std([*halves, 1, -1])
    assert of_means == pytest.approx((1.959964 + 0.841621) * spread / math.sqrt(102), abs=1e-4)


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def test_the_command_answers_both_questions_and_checks_one_by_the_other(call: Call) -> None:
    (needed,) = json.loads(call("power", "-d", "0.1", "--discordant", "0.3", "--json").out)
    n = str(needed["instances"])
    (shown,) = json.loads(call("power", "-n", n, "--discordant", "0.3", "--json").out)
    assert shown["difference"] == pytest.approx(0.1, abs=1e-3)
    words = ("power", "-n", n, "-d", "0.1", "--discordant", "0.3", "--json")
    (both,) = json.loads(call(*words).out)
    assert both["power"] == pytest.approx(0.8, abs=0.005)


def test_a_difference_that_is_shown_is_no_larger_than_what_is_discordant(call: Call) -> None:
    (shown,) = json.loads(call("power", "-n", "200", "--discordant", "0.02", "--json").out)
    assert shown["difference"] > 0.02  # so few changes show nothing
    assert shown["discordant"] == shown["difference"]
    again = ("-d", str(shown["difference"]), "--discordant", str(shown["discordant"]))
    (checked,) = json.loads(call("power", "-n", "200", *again, "--json").out)
    assert checked["power"] == pytest.approx(0.8, abs=0.001)


def test_without_a_discordance_there_is_a_line_for_several(call: Call) -> None:
    lines = call("power", "--difference", "0.15").out.splitlines()
    assert lines[0].split() == ["discordant", "difference", "instances", "power"]
    assert [line.split()[0] for line in lines[1:]] == ["0.150", "0.200", "0.300", "0.500"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "neither `--difference` nor `--instances`"),
        (("-d", "0"), "--difference: 0"),
        (("-d", "1.5"), "--difference: 1.5"),
        (("-d", "nan"), "--difference: nan"),
        (("-n", "100001"), "less than or equal to 100000"),
        (("-d", "0.1", "--discordant", "0.05"), "--discordant: 0.05 is less than the difference"),
        (("-d", "0.1", "--power", "1"), "--power: 1"),
        (("-d", "0.1", "--alpha", "0"), "--alpha: 0"),
        (("-d", "0.1", "--a", "k=0"), "--a, --b: of which run?"),
        (("-d", "0.1", "--run", "none-1"), "unknown run `none-1`"),
        (("-d", "0.1", "--run", "none-1", "--discordant", "0.3"), "measured in the run"),
    ],
)
def test_what_cannot_be_asked_is_told(
    words: tuple[str, ...], told: str, call: Call, tmp_path: Path
) -> None:
    refused(call("power", *words, "--results", tmp_path), told)


def test_a_run_of_which_no_two_conditions_pair_needs_them_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "tasks" / "suites").mkdir(parents=True)
    (tmp_path / "tasks" / "suites" / "seeds.yaml").write_text(
        "about: a\ntasks: [syllogism]\nmodels: [a]\nbaselines: []\n"
        "shots: [0, 2]\nshot_seeds: [1]\n",
        encoding="utf-8",
    )
    words = ("run", "seeds", "-e", "random", "--limit", "5", "--tasks", tmp_path / "tasks")
    run = json.loads(call(*words, "--results", tmp_path, "--json").out)["run"]
    measured = ("power", "-d", "0.1", "--run", run, "--results", tmp_path)
    refused(call(*measured), "no condition of the one part pairs", "`--a k=0 --b k=4 --b shot-seed")
    ran = call(*measured, "--a", "k=0", "--b", "k=2", "--b", "shot-seed=1", "--json")
    assert len(json.loads(ran.out)) == 1
