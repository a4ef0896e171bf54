"""The report's leaderboard, effects, speed and samples: again from what was judged and measured."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import proportion_confint

from evalsuite import metrics, stats
from evalsuite.cli import _runs
from evalsuite.loaded import LoadedRun
from evalsuite.records import Condition, Judged, Outcome, Score
from evalsuite.report import board
from evalsuite.report.record import Report, report
from tests import reporting
from tests.test_report import Row, assert_wilson, records, rows
from tests.test_speed import SHAPE, SPELL

LIMIT = 8
TASKS = ("refutation-proof", "derivation", "entailment")
UNSETTLED = (Outcome.INVALID, Outcome.TIE, Outcome.UNREAD, Outcome.CUT, Outcome.TOO_LONG)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LoadedRun:
    place = tmp_path_factory.mktemp("results") / "runs" / "judged"
    reporting.written(place, tasks_=TASKS, limit=LIMIT, shots=(0, 2))
    return _runs.judged([str(place)], place.parent.parent, lambda _: None)[0]


@pytest.fixture(scope="module")
def made(run: LoadedRun) -> Report:
    return report([run])


def members(judged: Sequence[Judged], row: Row) -> list[Judged]:
    """Return what a row of the leaderboard is about."""
    return [one for one in judged if _place(one.question) == _place_of(row)]


def _place(asked: Any) -> tuple[object, ...]:
    under: Condition = asked.condition
    return asked.model, asked.task, under.k, under.language


def _place_of(row: Row) -> tuple[object, ...]:
    return row["model"], row["task"], row["k"], row["language"]


# ── the leaderboard ─────────────────────────────────────────────────────────────────────────────


def test_the_board_counts_every_outcome(made: Report, run: LoadedRun) -> None:
    for row in rows(made, "leaderboard"):
        counted = Counter(one.score.outcome for one in members(run.judged, row))
        assert [row[one.value] for one in UNSETTLED] == [counted[one] for one in UNSETTLED]
        assert row["n"] == sum(counted.values()) == LIMIT


def test_a_strictly_certified_share_is_of_those_without_leniency(
    made: Report, run: LoadedRun
) -> None:
    found = [row for row in rows(made, "leaderboard") if row["metric"].startswith("strictly")]
    assert {row["task"] for row in found} == {"refutation-proof", "derivation"}
    for row in found:
        scores = [one.score for one in members(run.judged, row)]
        strict = [one.outcome is Outcome.RIGHT and one.strict for one in scores]
        assert_wilson(strict, row["value"], row["low"], row["high"])


def test_consistency_is_of_the_same_problems_in_the_other_language(
    made: Report, run: LoadedRun
) -> None:
    found = [row for row in rows(made, "leaderboard") if row["metric"] == "consistency"]
    assert found
    for row in found:
        other = "pt" if row["language"] == "en" else "en"
        here, there = (
            {one.question.twin: one.score.verdict for one in members(run.judged, each)}
            for each in (row, {**row, "language": other})
        )
        alike = [here[each] is not None and here[each] == there[each] for each in here]
        assert_wilson(alike, row["value"], row["low"], row["high"])


def sampled(run: LoadedRun) -> LoadedRun:
    """Return a run of one condition as if it had samples of each answer, and scores of proofs."""
    rng = np.random.default_rng(1)
    held = []
    for one in run.judged:
        if (one.question.model, *_place(one.question)[2:]) == ("small-base", 0, "en"):
            verdicts = [int(each) for each in rng.integers(0, 2, 4)]
            scores = [
                Score(outcome=Outcome.RIGHT if rng.random() < 0.3 else Outcome.WRONG, verdict=each)
                for each in verdicts
            ]
            loss, tokens = float(rng.gamma(2, 40)), int(rng.integers(10, 90))
            held.append(replace(one, samples=tuple(scores), proof=-loss, proof_tokens=tokens))
    found = metrics.rows(
        run=run.name,
        suite="reported",
        judged=held,
        metrics=dict.fromkeys(TASKS, ("accuracy",)),
        seconds={},
        weights={},
    )
    return replace(run, judged=tuple(held), board=found)


def quantiles(over: Sequence[float], under: Sequence[float]) -> tuple[float, float]:
    """Return the percentile bounds of a ratio of sums, by a bootstrap of its own."""
    rng = np.random.default_rng(2)
    drawn = rng.integers(0, len(over), (40_000, len(over)))
    ratios = np.array(over)[drawn].sum(axis=1) / np.array(under)[drawn].sum(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def test_samples_and_gold_proofs_have_rows_of_their_own(run: LoadedRun) -> None:
    altered = sampled(run)
    figure = board.leaderboard([altered])
    assert figure is not None
    found = {(row["task"], row["metric"]): row for row in records(figure)}
    for task in TASKS:
        mine = [one for one in altered.judged if one.question.task == task]
        gold = [one.question.gold for one in mine]
        shares = [
            sum(score.verdict == right for score in one.samples) / len(one.samples)
            for one, right in zip(mine, gold, strict=True)
        ]
        single = found[task, "sample-accuracy"]
        assert single["value"] == pytest.approx(np.mean(shares))
        bounds = quantiles(shares, [1.0] * len(shares))
        assert (single["low"], single["high"]) == pytest.approx(bounds, abs=0.04)
        certified = [any(score.outcome is Outcome.RIGHT for score in one.samples) for one in mine]
        any_right = found[task, "any-right"]
        assert_wilson(certified, any_right["value"], any_right["low"], any_right["high"])
        losses = [-(one.proof or 0.0) for one in mine]
        tokens = [one.proof_tokens for one in mine]
        told = found[task, "gold-perplexity"]
        assert told["value"] == pytest.approx(math.exp(sum(losses) / sum(tokens)))
        bounds = quantiles(losses, tokens)
        assert [math.log(told[one]) for one in ("low", "high")] == pytest.approx(bounds, rel=0.05)
        assert {row["n"] for row in (single, any_right, told)} == {LIMIT}


# ── effects ─────────────────────────────────────────────────────────────────────────────────────


def powered(n: int, size: float, discordant: float) -> float:
    """Return the power of McNemar's exact test: SciPy's p of every number of gains and losses."""
    shown = 0.0
    for m in range(1, n + 1):
        for gains in range(m + 1):
            if binomtest(gains, m, 0.5).pvalue <= 0.05:
                gain = (1 + size / discordant) / 2
                shown += binom.pmf(m, n, discordant) * binom.pmf(gains, m, gain)
    return shown


def test_what_is_detectable_beside_an_effect_has_a_power_of_8_in_10(
    made: Report, run: LoadedRun
) -> None:
    found = [row for row in rows(made, "effects") if row["factor"] == "shots"]
    assert found
    checked = {}
    for row in found:
        language = row["setting"].split(", ")[1]
        before, after = (
            {
                one.question.instance: metrics.metric(run.headline(row["task"]))(one)
                for one in members(
                    run.judged,
                    {**row, "model": row["series"], "k": int(row[side]), "language": language},
                )
            }
            for side in ("before", "after")
        )
        changed = sum(before[each] != after[each] for each in before)
        checked[changed] = row["detectable"]
    for changed, size in checked.items():
        share = (changed + 2) / (LIMIT + 2)  # one gain and one loss more
        assert size is not None
        assert powered(LIMIT, size, max(size, share)) == pytest.approx(0.8, abs=1e-3)


# ── sizes ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["slopes", "kinds", "ladder"])
def test_n_is_how_many_were_asked(name: str, made: Report, run: LoadedRun) -> None:
    for row in rows(made, name):
        asked = members(run.judged, {**row, "model": row["series"], "language": "en"})
        rung = row.get("rung")
        assert row["n"] == sum(rung in {None, one.question.rung} for one in asked) > 0


def test_the_head_counts_tasks_settings_and_what_is_open(made: Report, run: LoadedRun) -> None:
    assert made.tasks == len(TASKS)
    assert made.settings == 2  # languages
    assert made.runs[0].unanswered == 0
    assert report([replace(run, unanswered=3)]).runs[0].unanswered == 3


# ── speed ───────────────────────────────────────────────────────────────────────────────────────


def test_speed_is_what_the_spells_measured_by_palms_recipe(run: LoadedRun) -> None:
    """FLOPs: 2 a weight and token, 4·L·W a pair of tokens that attend; MFU: of the peak."""
    spells = [SPELL, replace(SPELL, seconds=30.0)]
    figure = board.speed([replace(run, spells=tuple(spells))])
    assert figure is not None
    (row,) = records(figure)
    seconds, computed, attended, heads = 10.0 + 30.0, 2 * 500, 2 * 9000, 2 * 20
    weights = 1000 - 200  # an embedding is looked up
    work = 2 * weights * computed + 2 * 200 * heads + 4 * 2 * 8 * attended
    assert SHAPE["parameters"] == 1000
    assert row["petaflops"] == pytest.approx(work / 1e15)
    assert row["mfu"] == pytest.approx(work / (1e6 * seconds))
    assert (row["seconds"], row["prompts"]) == (seconds, 40)
    assert row["logical_tokens"] == 4000
    assert row["logical_tokens_per_s"] == pytest.approx(4000 / seconds)
    assert row["computed_tokens"] == computed
    assert row["computed_tokens_per_s"] == pytest.approx(computed / seconds)
    assert (row["generated_tokens"], row["generated_tokens_per_s"]) == (0, 0)
    assert row["hit_rate"] == pytest.approx(3000 / 4000)
    assert row["energy_joules"] == 60
    assert row["cost"] == 0.25 + 0.25
    facts = {name: value for name, value in SPELL.facts.items() if name != "cost"}
    unpriced = board.speed([replace(run, spells=(replace(SPELL, facts=facts),))])
    assert unpriced is not None
    assert "cost" not in records(unpriced)[0]


# ── samples ─────────────────────────────────────────────────────────────────────────────────────


def test_the_probability_of_a_choice_is_the_softmax_of_its_score(made: Report) -> None:
    columns: Any = made.samples.columns
    scored = [place for place, values in enumerate(columns["values"]) if values]
    assert scored
    for place in scored:
        wanted = softmax(columns["values"][place])
        assert columns["shares"][place] == pytest.approx(list(wanted), abs=1e-4)


def test_wilsons_bounds_are_his_formula() -> None:
    for right, n in ((0, 1), (1, 1), (3, 10), (10, 10), (7, 2000)):
        p, z = right / n, 1.959963984540054
        half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        low, high = ((p + z**2 / (2 * n) + side * half) / (1 + z**2 / n) for side in (-1, 1))
        told = stats.wilson(right, n)
        assert (told.low, told.high) == pytest.approx((low, high), abs=1e-12)
        assert (low, high) == pytest.approx(proportion_confint(right, n, method="wilson"), abs=1e-9)
