"""What a report shows: every statistic again from the raw scores, by SciPy and statsmodels."""

import json
import math
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from evalsuite.cli import _runs
from evalsuite.metrics import metric
from evalsuite.records import Estimate, Judged, Outcome
from evalsuite.report import ladders
from evalsuite.report.figures import Figure
from evalsuite.report.record import Report, report
from evalsuite.report.runs import Run
from evalsuite.report.samples import LONGEST
from evalsuite.report.visible import visible
from tests import reporting

Row = Mapping[str, Any]
NEAR = 1e-9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return reporting.written(tmp_path_factory.mktemp("results") / "runs" / "reported", limit=10)


@pytest.fixture(scope="module")
def runs(folder: Path) -> tuple[Run, ...]:
    return _runs.judged([str(folder)], folder.parent.parent, lambda _: None)


@pytest.fixture(scope="module")
def made(runs: tuple[Run, ...]) -> Report:
    return report(runs)


def figure(made: Report, name: str) -> Figure:
    return next(one for part in made.sections for one in part.figures if one.name == name)


def rows(made: Report, name: str) -> list[dict[str, Any]]:
    held = figure(made, name)
    return [dict(zip((one.name for one in held.columns), row, strict=True)) for row in held.rows]


def asked(run: Run, row: Row, language: str = "en") -> list[Judged]:
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


def paired(after: Iterable[Judged], before: Iterable[Judged], of: Callable[[Judged], bool]) -> Any:
    then = {one.question.instance: of(one) for one in before}
    now = {one.question.instance: of(one) for one in after}
    pairs = Counter((then[one], now[one]) for one in then.keys() & now.keys())
    table = [[pairs[a, b] for b in (True, False)] for a in (True, False)]
    difference = (pairs[False, True] - pairs[True, False]) / sum(pairs.values())
    return difference, mcnemar(table, exact=True).pvalue


# ── every statistic, again ──────────────────────────────────────────────────────────────────────


def test_the_gap_is_between_two_wilson_shares_of_the_same_responses(
    made: Report, runs: tuple[Run, ...]
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


def test_a_slope_has_wilson_ends_and_mcnemars_p(made: Report, runs: tuple[Run, ...]) -> None:
    found = rows(made, "slopes")
    assert {row["k"] for row in found} == {0, 4}
    for row in found:
        held = asked(runs[0], row)
        counts = metric(row["metric"])
        assert_wilson([counts(one) for one in held], row["value"], row["low"], row["high"])
        if row["k"]:
            difference, p = paired(held, asked(runs[0], {**row, "k": 0}), counts)
            assert (row["difference"], row["p"]) == pytest.approx((difference, p))
            assert row["difference_low"] <= row["difference"] <= row["difference_high"]
        else:
            assert row["p"] is None


def test_languages_are_compared_on_the_same_instances(made: Report, runs: tuple[Run, ...]) -> None:
    found = rows(made, "languages")
    assert found
    for row in found:
        english, other = asked(runs[0], row), asked(runs[0], row, "pt")
        counts = metric(runs[0].headline(row["task"]))
        told = [row[name] for name in ("english", "english_low", "english_high")]
        assert_wilson([counts(one) for one in english], *told)
        told = [row[name] for name in ("other", "other_low", "other_high")]
        assert_wilson([counts(one) for one in other], *told)
        difference, p = paired(other, english, counts)
        assert (row["difference"], row["p"]) == pytest.approx((difference, p))


def test_kinds_are_wilson_shares_of_models_alone(made: Report, runs: tuple[Run, ...]) -> None:
    found = rows(made, "kinds")
    assert {row["kind"] for row in found} == {"pretrained", "instruct"}
    for row in found:
        counts = metric(row["metric"])
        held = [counts(one) for one in asked(runs[0], row)]
        assert_wilson(held, row["value"], row["low"], row["high"])


def test_a_ladder_has_exact_binomial_ps_corrected_by_holm(
    made: Report, runs: tuple[Run, ...]
) -> None:
    found = rows(made, "ladder")
    lines = {(row["series"], row["task"], row["k"]) for row in found}
    for series, task, k in lines:
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
        corrected = multipletests(raw, method="holm")[1]
        assert [row["p"] for row in mine] == pytest.approx(list(corrected))
        above = [row["rung"] for row in mine if row["p"] < 0.05]
        edge = [row["rung"] for row in mine if row["frontier"]]
        assert edge == above[-1:]
        assert [int(row["rung"]) for row in mine] == sorted(int(row["rung"]) for row in mine)
    assert any(row["frontier"] for row in found)


def test_confusions_count_verdicts_by_gold(made: Report, runs: tuple[Run, ...]) -> None:
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
    made: Report, runs: tuple[Run, ...], name: str, column: str
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
        assert_wilson(counted, row["share"], row["low"], row["high"])


def _named(score: Any, column: str) -> str:
    if column == "flaw":
        return str(score.flaw)
    return f"line {score.line}" if score.line < 10 else "line 10 or later"


def test_outcomes_add_up(made: Report, runs: tuple[Run, ...]) -> None:
    found = rows(made, "outcomes")
    assert sum(row["count"] for row in found) == len(runs[0].judged)
    for row in found:
        mine = [one for one in runs[0].judged if one.question.model == row["series"]]
        held = [one for one in mine if one.score.outcome.value.replace("_", " ") == row["outcome"]]
        assert (row["count"], row["n"]) == (len(held), len(mine))
        assert row["share"] == pytest.approx(len(held) / len(mine))


def test_a_reliability_diagram_bins_the_highest_probability(
    made: Report, runs: tuple[Run, ...]
) -> None:
    found = rows(made, "reliability")
    measured = {(row["series"], row["k"]): row for row in rows(made, "calibration")}
    assert found
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


def test_the_leaderboard_has_every_row_of_every_run(made: Report, runs: tuple[Run, ...]) -> None:
    found = rows(made, "leaderboard")
    assert len(found) == len(runs[0].rows)
    for told, row in zip(found, runs[0].rows, strict=True):
        assert (told["task"], told["model"], told["k"]) == (row.task, row.model, row.condition.k)
        assert told["value"] == row.estimate.value
        if row.metric in {"accuracy", "certified-accuracy"}:
            held = asked(runs[0], {**told, "series": row.model}, row.condition.language)
            counts = metric(row.metric)
            assert_wilson([counts(one) for one in held], told["value"], told["low"], told["high"])


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
    for absent in ("gap", "slopes", "curves", "flaws", "places", "languages", "speed"):
        assert absent not in names


# ── samples ─────────────────────────────────────────────────────────────────────────────────────


def test_a_sample_has_its_prompt_and_response_as_they_were(
    made: Report, runs: tuple[Run, ...]
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


def test_equal_runs_make_equal_samples(runs: tuple[Run, ...], made: Report) -> None:
    assert report(runs) == made


def test_nothing_stays_hidden_but_line_feeds_and_tabs() -> None:
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    hidden = [
        code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in kinds
    ]
    shown = {code for code in hidden if visible(chr(code)) == chr(code)}
    assert shown == {ord("\n"), ord("\t")}
    assert visible("a\0\x1b\x7f\u202e\u200b\u3164é∀") == "a␀␛␡⟦U+202E⟧⟦U+200B⟧⟦U+3164⟧é∀"
