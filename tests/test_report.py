"""What a report shows: every statistic again from the raw scores, by SciPy and statsmodels."""

import json
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, multinomial
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from evalsuite import conditioning
from evalsuite.cli import _runs
from evalsuite.loaded import LoadedRun
from evalsuite.metrics import metric
from evalsuite.records import (
    Condition,
    Estimate,
    Judged,
    LogLikelihoods,
    Outcome,
    Question,
    Score,
)
from evalsuite.report import effects, ladders, shots, surety
from evalsuite.report.figures import Figure
from evalsuite.report.gold import gold
from evalsuite.report.record import Report, report
from evalsuite.report.runs import Curve, curves, groups, of_models, series_of
from evalsuite.report.samples import LONGEST
from evalsuite.report.visible import visible
from tests import reporting

Row = Mapping[str, Any]
NEAR = 1e-9
SIDES = ("before", "after")
SAMPLED = 0.008  # five standard errors of a share of 0.025 of 9,999 resamples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return reporting.written(tmp_path_factory.mktemp("results") / "runs" / "reported", limit=10)


@pytest.fixture(scope="module")
def runs(folder: Path) -> tuple[LoadedRun, ...]:
    return _runs.judged([str(folder)], folder.parent.parent, lambda _: None)


@pytest.fixture(scope="module")
def made(runs: tuple[LoadedRun, ...]) -> Report:
    return report(runs)


def figure(made: Report, name: str) -> Figure:
    return next(one for part in made.sections for one in part.figures if one.name == name)


def rows(made: Report, name: str) -> list[dict[str, Any]]:
    return records(figure(made, name))


def records(held: Figure) -> list[dict[str, Any]]:
    return [dict(zip((one.name for one in held.columns), row, strict=True)) for row in held.rows]


def altered(run: LoadedRun, kept: Callable[[Question], bool]) -> LoadedRun:
    """Return a run without some of its questions."""
    return replace(run, judged=tuple(one for one in run.judged if kept(one.question)))


def lines(runs: Sequence[LoadedRun]) -> tuple[Curve, ...]:
    return of_models(curves(runs, groups(runs, series_of(runs))))


def asked(run: LoadedRun, row: Row, language: str = "en") -> list[Judged]:
    """Return what a row is about, out of all that was judged."""
    return [
        one
        for one in run.judged
        if one.question.model == row["series"]
        and one.question.task == row["task"]
        and one.question.condition.k == row["k"]
        and one.question.condition.language == language
    ]


def is_right(one: Judged) -> bool:
    return one.score.verdict == one.question.gold


def is_certified(one: Judged) -> bool:
    return one.score.outcome is Outcome.RIGHT


def assert_wilson(counted: Sequence[bool], value: float, low: float, high: float) -> None:
    assert value == pytest.approx(sum(counted) / len(counted))
    wanted = proportion_confint(sum(counted), len(counted), method="wilson")
    assert (low, high) == pytest.approx(wanted, abs=NEAR)


def assert_paired(
    told: tuple[float, float, float, float],
    after: Iterable[Judged],
    before: Iterable[Judged],
    of: Callable[[Judged], bool],
) -> None:
    """Difference, bounds and p: McNemar's by statsmodels, and where in the resamples bounds lie."""
    value, low, high, p = told
    then = {one.question.instance: of(one) for one in before}
    now = {one.question.instance: of(one) for one in after}
    pairs = Counter((then[one], now[one]) for one in then.keys() & now.keys())
    table = [[pairs[a, b] for b in (True, False)] for a in (True, False)]
    gains, losses, n = pairs[False, True], pairs[True, False], sum(pairs.values())
    assert value == pytest.approx((gains - losses) / n)
    assert p == pytest.approx(mcnemar(table, exact=True).pvalue)
    # A resample's gains and losses are multinomial, so the share of resamples below is known.
    resample = multinomial(n, [gains / n, losses / n, (n - gains - losses) / n])
    drawn = np.array([(up, down) for up in range(n + 1) for down in range(n + 1 - up)])
    mass = resample.pmf(np.column_stack([drawn, n - drawn.sum(axis=1)]))
    net = drawn[:, 0] - drawn[:, 1]
    for bound, share in ((low, 0.025), (high, 0.975)):
        below, upto = (mass[net < bound * n + edge].sum() for edge in (-NEAR, NEAR))
        assert below - SAMPLED <= share <= upto + SAMPLED


def difference(row: Row) -> tuple[float, float, float, float]:
    return row["difference"], row["difference_low"], row["difference_high"], row["p"]


# ── every statistic, again ──────────────────────────────────────────────────────────────────────


def test_the_gap_is_between_two_wilson_shares_of_the_same_responses(
    made: Report, runs: tuple[LoadedRun, ...]
) -> None:
    found = rows(made, "gap")
    assert {row["task"] for row in found} == {*reporting.CERTIFIED} - {"nnf"}  # that one is open
    assert {row["series"] for row in found} == {"small-base", "small-chat"}  # no baseline
    for row in found:
        held = asked(runs[0], row)
        assert row["n"] == len(held) == 10
        verdict, proof = [is_right(one) for one in held], [is_certified(one) for one in held]
        assert_wilson(verdict, row["accuracy"], row["accuracy_low"], row["accuracy_high"])
        assert_wilson(proof, row["certified"], row["certified_low"], row["certified_high"])
        assert row["gap"] == pytest.approx((sum(verdict) - sum(proof)) / len(held))
    assert any(row["gap"] > 0 for row in found)


def test_a_slope_has_wilson_ends_and_mcnemars_p(made: Report, runs: tuple[LoadedRun, ...]) -> None:
    found = rows(made, "slopes")
    assert {row["k"] for row in found} == {0, 4}
    assert {row["series"] for row in found} == {"small-base", "small-chat"}
    for row in found:
        held = asked(runs[0], row)
        counts = metric(row["metric"])
        assert_wilson([counts(one) for one in held], row["value"], row["low"], row["high"])
        if row["k"]:
            assert_paired(difference(row), held, asked(runs[0], {**row, "k": 0}), counts)
        else:
            assert row["p"] is None


def test_the_ends_of_a_slope_are_of_the_same_instances(runs: tuple[LoadedRun, ...]) -> None:
    left_out = {("entailment/0", 0), ("entailment/1", 4)}
    fewer = altered(runs[0], lambda one: (one.instance, one.condition.k) not in left_out)
    figure = shots.slopes(lines([fewer]))
    assert figure is not None
    found = [row for row in records(figure) if row["task"] == "entailment"]
    assert [(row["k"], row["n"]) for row in found] == [(0, 8), (4, 8)] * 2
    for low, high in zip(found[::2], found[1::2], strict=True):
        assert high["difference"] == pytest.approx(high["value"] - low["value"])


def test_a_curve_has_wilson_shares_and_the_shots_that_did_not_fit(
    made: Report, runs: tuple[LoadedRun, ...]
) -> None:
    found = rows(made, "curves")
    places = {(row["series"], row["task"], row["k"]) for row in found}
    models, tasks = ("small-base", "small-chat"), (*reporting.CERTIFIED, *reporting.CHOSEN)
    assert places == set(product(models, tasks, (0, 2, 4)))
    for row in found:
        held = asked(runs[0], row)
        counts = metric(row["metric"])
        assert_wilson([counts(one) for one in held], row["value"], row["low"], row["high"])
        assert row["n"] == len(held)
        assert row["shots_dropped"] == (row["k"] == 4)


def test_languages_are_compared_on_the_same_instances(
    made: Report, runs: tuple[LoadedRun, ...]
) -> None:
    found = rows(made, "languages")
    assert found
    for row in found:
        english, other = asked(runs[0], row), asked(runs[0], row, "pt")
        counts = metric(runs[0].headline(row["task"]))
        for side, held in (("english", english), ("other", other)):
            share = [row[name] for name in (side, f"{side}_low", f"{side}_high")]
            assert_wilson([counts(one) for one in held], *share)
        assert_paired(difference(row), other, english, counts)


def test_effects_are_paired_and_corrected_over_the_run(
    made: Report, runs: tuple[LoadedRun, ...]
) -> None:
    found = rows(made, "effects")
    assert {row["factor"] for row in found} == {"shots", "language"}
    assert {row["series"] for row in found} == {"small-base", "small-chat"}
    for row in found:
        counts = metric(runs[0].headline(row["task"]))
        if row["factor"] == "shots":
            language = row["setting"].split(", ")[1]
            sides = [asked(runs[0], {**row, "k": int(row[side])}, language) for side in SIDES]
        else:
            told = re.search(r"(\d+) shots", row["setting"])
            k = int(told[1]) if told else 0
            sides = [asked(runs[0], {**row, "k": k}, row[side]) for side in SIDES]
        before, after = sides
        assert row["base"] == pytest.approx(sum(map(counts, before)) / len(before))
        assert row["n"] == len(before) == len(after)
        assert_paired((row["difference"], row["low"], row["high"], row["p"]), after, before, counts)
    kinds: Any = {"small-base": "pretrained", "small-chat": "instruct"}
    headline = {row["task"]: runs[0].headline(row["task"]) for row in found}
    slopes = [  # over k; they are no differences, but were tested
        one.p
        for one in conditioning.effects(runs[0].judged, kinds, headline)
        if one.factor == "shots slope"
    ]
    assert len(slopes) == 2 * 2 * 6
    corrected = multipletests([*(row["p"] for row in found), *slopes], method="holm")[1]
    assert [row["p_holm"] for row in found] == pytest.approx(list(corrected[: len(found)]))


def test_kinds_are_wilson_shares_of_models_alone(made: Report, runs: tuple[LoadedRun, ...]) -> None:
    found = rows(made, "kinds")
    assert {row["kind"] for row in found} == {"pretrained", "instruct"}
    for row in found:
        counts = metric(row["metric"])
        held = [counts(one) for one in asked(runs[0], row)]
        assert_wilson(held, row["value"], row["low"], row["high"])


def test_a_ladder_has_exact_binomial_ps_corrected_by_holm(
    made: Report, runs: tuple[LoadedRun, ...]
) -> None:
    found = rows(made, "ladder")
    assert {row["series"] for row in found} == {"small-base", "small-chat"}
    for series, task, k in {(row["series"], row["task"], row["k"]) for row in found}:
        mine = [row for row in found if (row["series"], row["task"], row["k"]) == (series, task, k)]
        raw = []
        for row in mine:
            held = [one for one in asked(runs[0], row) if one.question.rung == row["rung"]]
            right = [is_right(one) for one in held]
            assert_wilson(right, row["value"], row["low"], row["high"])
            labels = len(held[0].question.labels)
            assert row["chance"] == pytest.approx(1 / labels if labels > 1 else 0)
            test = binomtest(sum(right), len(right), row["chance"], alternative="greater")
            raw.append(test.pvalue)
        # Holm's, by its definition: statsmodels collects garbage at each call, which takes long.
        corrected = [max(q * sum(r >= q for r in raw) for q in raw if q <= p) for p in raw]
        assert [row["p_holm"] for row in mine] == pytest.approx([min(1.0, p) for p in corrected])
        above = [row["rung"] for row in mine if row["p_holm"] < 0.05]
        edge = [row["rung"] for row in mine if row["frontier"]]
        assert edge == above[-1:]
        assert [int(row["rung"]) for row in mine] == sorted(int(row["rung"]) for row in mine)
    assert any(row["frontier"] for row in found)


def test_confusions_count_verdicts_by_gold(made: Report, runs: tuple[LoadedRun, ...]) -> None:
    found = rows(made, "confusion")
    assert found
    for row in found:
        held = [one for one in asked(runs[0], row) if _label(one) == row["gold"]]
        mine = [one for one in held if _said(one) == row["verdict"]]
        assert row["count"] == len(mine)
        assert row["share"] == pytest.approx(len(mine) / len(held))


def _label(one: Judged) -> str:
    return one.question.labels[one.question.gold]


def _said(one: Judged) -> str:
    verdict = one.score.verdict
    return "no verdict" if verdict is None else one.question.labels[verdict]


@pytest.mark.parametrize(("name", "column"), [("flaws", "flaw"), ("places", "line")])
def test_first_errors_are_counted_among_refused_certificates(
    made: Report, runs: tuple[LoadedRun, ...], name: str, column: str
) -> None:
    found = rows(made, name)
    assert found
    for row in found:
        refused = [
            one.score
            for one in runs[0].judged
            if one.question.model == row["series"] and one.score.flaw
        ]
        if column == "line":
            refused = [one for one in refused if one.line is not None]
        counted = [_named(one, column) == row[column] for one in refused]
        assert (row["count"], row["n"]) == (sum(counted), len(counted))
        assert row["share"] == pytest.approx(sum(counted) / len(counted))
        assert "low" not in row  # an instance counts once a condition


def _named(score: Any, column: str) -> str:
    if column == "flaw":
        return str(score.flaw)
    return f"line {score.line}" if score.line < 10 else "line 10 or later"


def test_outcomes_add_up(made: Report, runs: tuple[LoadedRun, ...]) -> None:
    found = rows(made, "outcomes")
    assert sum(row["count"] for row in found) == len(runs[0].judged)
    for row in found:
        mine = [one for one in runs[0].judged if one.question.model == row["series"]]
        held = [one for one in mine if one.score.outcome.value.replace("_", " ") == row["outcome"]]
        assert (row["count"], row["n"]) == (len(held), len(mine))
        assert row["share"] == pytest.approx(len(held) / len(mine))


def test_a_reliability_diagram_bins_the_highest_probability(
    made: Report, runs: tuple[LoadedRun, ...]
) -> None:
    found = rows(made, "reliability")
    measured = {(row["series"], row["k"]): row for row in rows(made, "calibration")}
    assert {row["series"] for row in found} == {"small-base", "small-chat"}  # no baseline
    assert measured.keys() == {(row["series"], row["k"]) for row in found}
    for series, k in {(row["series"], row["k"]) for row in found}:
        mine = [row for row in found if (row["series"], row["k"]) == (series, k)]
        held = asked(runs[0], mine[0])
        shares = [[math.exp(value) for value in one.values] for one in held]
        shares = [[one / sum(each) for one in each] for each in shares]
        assert sum(row["n"] for row in mine) == len(held)
        error = 0.0
        for row in mine:
            low, _, high = row["bin"].partition(" to ")
            inside = [
                (max(each), each.index(max(each)) == one.question.gold)
                for each, one in zip(shares, held, strict=True)
                if float(low) < max(each) <= float(high)
            ]
            assert row["confidence"] == pytest.approx(sum(at for at, _ in inside) / len(inside))
            assert_wilson([right for _, right in inside], row["value"], row["low"], row["high"])
            error += len(inside) * abs(row["confidence"] - row["value"]) / len(held)
        told = measured[series, k]
        assert told["calibration_error"] == pytest.approx(error)
        golds = [one.question.gold for one in held]
        brier = [
            sum((share - (at == gold)) ** 2 for at, share in enumerate(each))
            for each, gold in zip(shares, golds, strict=True)
        ]
        assert told["brier"] == pytest.approx(sum(brier) / len(brier))
        entropy = [-sum(share * math.log(share) for share in each) for each in shares]
        assert told["entropy"] == pytest.approx(sum(entropy) / len(entropy))


def test_the_leaderboard_has_every_row_of_every_run(
    made: Report, runs: tuple[LoadedRun, ...]
) -> None:
    found = rows(made, "leaderboard")
    assert len(found) == len(runs[0].board)
    for told, row in zip(found, runs[0].board, strict=True):
        assert (told["task"], told["model"], told["k"]) == (row.task, row.model, row.condition.k)
        assert told["value"] == row.estimate.value
        assert told["shots_dropped"] == row.dropped == (row.condition.k == 4)
        if row.metric in {"accuracy", "certified-accuracy"}:
            held = asked(runs[0], {**told, "series": row.model}, row.condition.language)
            counts = metric(row.metric)
            assert_wilson([counts(one) for one in held], told["value"], told["low"], told["high"])
            if told["k"]:
                zero = {**told, "series": row.model, "k": 0}
                before = asked(runs[0], zero, row.condition.language)
                assert_paired(difference(told), held, before, counts)
            else:
                assert told["difference"] is None


# ── ladders ─────────────────────────────────────────────────────────────────────────────────────


def test_the_frontier_is_the_highest_rung_that_is_significant() -> None:
    ladder = [rung("1", 0.001), rung("2", 0.2), rung("3", 0.04), rung("10", 0.05)]
    assert ladders.frontier(ladder) == "3"
    assert ladders.frontier(ladder[1:2]) is None


def rung(name: str, p: float) -> ladders.Rung:
    estimate = Estimate(value=0.5, low=0.4, high=0.6, n=10)
    return ladders.Rung(name=name, estimate=estimate, chance=0.5, p=p)


# ── what is left out ────────────────────────────────────────────────────────────────────────────


def test_sections_without_data_are_left_out(tmp_path: Path) -> None:
    place = reporting.written(
        tmp_path / "runs" / "plain", tasks_=("entailment",), limit=4, shots=(0,), languages=("en",)
    )
    found = report(_runs.judged([str(place)], tmp_path, lambda _: None))
    names = [one.name for part in found.sections for one in part.figures]
    assert "leaderboard" in names
    for absent in ("gap", "slopes", "curves", "flaws", "places", "languages", "speed", "effects"):
        assert absent not in names


def test_where_shots_alone_vary_there_are_no_effects(runs: tuple[LoadedRun, ...]) -> None:
    english = altered(runs[0], lambda one: one.condition.language == "en")
    assert effects.effects([english], series_of([english])) is None


def test_baselines_are_drawn_where_there_are_no_models(runs: tuple[LoadedRun, ...]) -> None:
    alone = altered(runs[0], lambda one: one.engine != "replay")
    for made in (shots.slopes, shots.over_k, ladders.ladder):
        figure = made(lines([alone]))
        assert figure is not None
        assert {row[0] for row in figure.rows} == {"solver", "random"}
    assert surety.measures(lines([alone])) is not None


# ── which of several settings is drawn ──────────────────────────────────────────────────────────


def under(tmp_path: Path, conditions: Iterable[Condition]) -> LoadedRun:
    """Return a run of one model on one task."""
    place = reporting.written(
        tmp_path / "runs" / "settings",
        tasks_=("entailment",),
        limit=2,
        conditions=conditions,
        subjects=reporting.SUBJECTS[:1],
    )
    return _runs.judged([str(place)], tmp_path, lambda _: None)[0]


PLAIN = [reporting.condition(k) for k in (0, 2)]
SETTINGS: dict[str, tuple[list[Condition], str, set[int]]] = {
    "one": (PLAIN, "text, en", {0, 2}),
    "template": ([*PLAIN, replace(PLAIN[0], template="other")], "text, en, template any", {0, 2}),
    "seed": ([*PLAIN, replace(PLAIN[1], shot_seed=1)], "text, en, seed 0", {0, 2}),
    "seeds alone": (
        [PLAIN[0], *(replace(reporting.condition(k), shot_seed=7) for k in (2, 4))],
        "text, en",
        {0, 2, 4},
    ),
    "fuller": ([*PLAIN, *(reporting.condition(k, "pt") for k in (0, 2, 4))], "text, pt", {0, 2, 4}),
    "not plain": (
        [replace(one, description=False) for one in PLAIN],
        "text, en, no description",
        {0, 2},
    ),
    "shuffled": ([replace(PLAIN[1], labels="shuffled")], "text, en, labels shuffled", {2}),
}


@pytest.mark.parametrize(("conditions", "setting", "ks"), SETTINGS.values(), ids=SETTINGS)
def test_a_curve_says_which_setting_it_is_of(
    tmp_path: Path, conditions: list[Condition], setting: str, ks: set[int]
) -> None:
    (curve,) = lines([under(tmp_path, conditions)])
    assert curve.setting == setting
    assert curve.points.keys() == ks
    told = {one.question.condition for k in ks if k for one in curve.points[k]}
    assert len({one.shot_seed for one in told}) <= 1


def test_languages_are_told_apart_by_their_settings(tmp_path: Path) -> None:
    conditions = [
        replace(reporting.condition(2, language), template=template, shot_seed=seed)
        for language, template, seed in product(("en", "pt"), ("any", "other"), (0, 1))
    ]
    found = rows(report([under(tmp_path, conditions)]), "languages")
    assert sorted(row["setting"] for row in found) == [
        f"text, template {template}, seed {seed}"
        for template in ("any", "other")
        for seed in (0, 1)
    ]


# ── samples ─────────────────────────────────────────────────────────────────────────────────────


def test_a_sample_has_its_prompt_and_response_as_they_were(
    made: Report, runs: tuple[LoadedRun, ...]
) -> None:
    held, columns = made.samples, made.samples.columns
    judged = {one.question.key[:16]: one.question for one in runs[0].judged}
    assert sorted(columns["key"]) == sorted(judged)  # type: ignore[type-var]
    assert {len(column) for column in columns.values()} == {len(judged)}
    pieces: Any = columns["prompt"]
    responses: Any = columns["response"]
    for place, key in enumerate(columns["key"]):
        question = judged[str(key)]
        assert "".join(held.texts[piece] for piece in pieces[place]) == question.prompt
        response = runs[0].responses[question.key]
        assert (responses[place] >= 0) == hasattr(response, "text")
        if responses[place] >= 0:
            assert held.texts[responses[place]] == response.text  # type: ignore[union-attr]
    assert len(set(held.texts)) == len(held.texts)  # each once


def test_two_runs_of_the_same_questions_keep_their_samples_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        reporting.written(
            tmp_path / "runs" / name,
            tasks_=("nnf",),
            limit=2,
            shots=(0,),
            languages=("en",),
            texts={"nnf/0": f"Answer: {name}"},
        )
    found = report(_runs.judged([], tmp_path, lambda _: None))
    columns: Any = found.samples.columns
    assert len(set(columns["key"])) == len(columns["key"]) == 2 * 3 * 2
    assert {one.model for one in found.subjects} == {"small-base", "small-chat", "solver"}
    series = found.samples.words["series"]
    said = {
        series[columns["series"][place]]: found.samples.texts[columns["response"][place]]
        for place in range(len(columns["key"]))
        if columns["instance"][place] == "0"
    }
    for name in ("one", "two"):
        assert said[f"small-chat ({name})"] == f"Answer: {name}"


def test_a_vote_says_how_many_samples_agree(runs: tuple[LoadedRun, ...]) -> None:
    first = runs[0].judged[0]
    verdict = 0
    scores = [Score(outcome=Outcome.WRONG, verdict=one) for one in (verdict, 1, verdict, None)]
    voted = replace(first, score=scores[0], samples=tuple(scores))
    run = replace(runs[0], judged=(voted, runs[0].judged[1]))
    found = report([run]).samples
    votes: Any = found.columns["vote"]
    assert {found.words["vote"][one] for one in votes} == {"2 of 4 samples", ""}


def test_choices_have_no_shares_where_a_score_is_no_number(runs: tuple[LoadedRun, ...]) -> None:
    one = next(one for one in runs[0].judged if one.values)
    response = LogLikelihoods(key=one.question.key, values=(-math.inf, *one.values[1:]))
    run = replace(runs[0], judged=(one,), responses={response.key: response})
    columns: Any = report([run]).samples.columns
    assert columns["shares"] == [[]]
    assert columns["values"][0][0] is None


def test_a_text_that_is_too_long_is_cut_and_says_so(tmp_path: Path) -> None:
    place = reporting.written(
        tmp_path / "runs" / "long",
        tasks_=("nnf",),
        limit=1,
        shots=(0,),
        languages=("en",),
        texts={"nnf/0": "P" * (LONGEST + 1_234)},
    )
    found = report(_runs.judged([str(place)], tmp_path, lambda _: None)).samples
    longest = max(found.texts, key=len)
    assert longest.endswith("⟦1,234 more characters are in the run’s store⟧")


def test_the_gold_certificate_stands_beside_the_models(made: Report) -> None:
    held, columns = made.samples, made.samples.columns
    tasks: Any = columns["task"]
    golds: Any = columns["gold_drawing"]
    shapes: dict[str, set[str]] = {}
    for place in range(len(columns["key"])):
        if golds[place] >= 0:
            name = str(held.words["task"][tasks[place]])
            shape = json.loads(held.drawings[golds[place]])["shape"]
            shapes.setdefault(name, set()).add(shape)
    assert shapes == {
        "refutation-proof": {"dag"},
        "tableau-proof": {"tree"},
        "modal-countermodel": {"graph"},
        "derivation": {"dag"},
    }


def test_what_the_solver_did_not_answer_has_the_gold_certificate_that_was_drawn(
    runs: tuple[LoadedRun, ...],
) -> None:
    alone = altered(runs[0], lambda one: one.engine != "solver" or one.instance.endswith("/0"))
    held = [one for one in alone.judged if one.question.task == "derivation"]
    known = gold([replace(alone, judged=tuple(held))])
    assert {name for _, name in known} >= {one.question.instance for one in held}


def test_equal_runs_make_equal_samples(folder: Path, made: Report) -> None:
    again = _runs.judged([str(folder), f"{folder}/."], folder.parent.parent, lambda _: None)
    assert len(again) == 1  # however often it is named
    assert report(again).samples == made.samples


def test_nothing_stays_hidden_but_line_feeds_and_tabs() -> None:
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    hidden = [
        code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in kinds
    ]
    shown = {code for code in hidden if visible(chr(code)) == chr(code)}
    assert shown == {ord("\n"), ord("\t")}
    assert visible("a\0\x1b\x7f\u202e\u200b\u3164é∀") == "a␀␛␡⟦U+202E⟧⟦U+200B⟧⟦U+3164⟧é∀"
    assert visible("x\ufe00y\ufe0f") == "x⟦U+FE00⟧y⟦U+FE0F⟧"
